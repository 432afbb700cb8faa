"""The page's network in pieces that the studies share; everything broadcasts over leading axes.

Axes: N examples, D features, K classes. X: (N, D), theta: (D, K); a, z, y, T, slope: (N, K).
"""

from typing import Any

import numpy as np

# An array of floats, of complex numbers or of wide numbers: NumPy's types cannot say that.
Array = Any
PAGE = "a public question, and its answer, on the gradient of softmax over sigmoid outputs"
# At |a| <= 15 the factor 1 - z still has more than half of its digits: 1 - z(15) = 3e-7.
LARGEST_ACTIVATION = 15
# From here on a sigmoid is within 4e-4 of 0 or 1.
SATURATED_ACTIVATION = 8


def transpose(matrix: Array) -> Array:
    """Swap the last two axes."""
    return np.swapaxes(matrix, -1, -2)


def sigmoid(a: Array) -> Array:
    """z = 1 / (1 + e^(-a))."""
    return 1 / (1 + np.exp(-a))


def softmax(z: Array) -> Array:
    """y_k = e^(z_k) / sum_j e^(z_j), without a shift: for z in (0, 1) nothing overflows."""
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def outputs(X: Array, theta: Array) -> tuple[Array, Array, Array]:
    """Return a = theta^T x, z = sigmoid(a) and y = softmax(z), one example a row."""
    a = X @ theta
    z = sigmoid(a)
    return a, z, softmax(z)


def cross_entropy(y: Array, T: Array) -> Array:
    """E = -sum_n sum_k t_k^n log y_k^n."""
    return -(T * np.log(y)).sum(axis=(-2, -1))


def matrix_form(X: Array, y: Array, T: Array, slope: Array) -> Array:
    """X^T [(Y - T) * slope]: the gradient for weights whose outputs have this derivative."""
    return transpose(X) @ ((y - T) * slope)


def double_sum(X: Array, y: Array, T: Array, slope: Array) -> Array:
    """-sum_n sum_k t_k^n (delta_jk - y_j^n) slope_j^n x_i^n, every term of both sums formed."""
    delta = np.eye(y.shape[-1])
    terms = T[..., :, None] * (delta - y[..., None, :]) * slope[..., None, :]
    return -transpose(X) @ terms.sum(axis=-2)


def only_k_equal_j(X: Array, y: Array, T: Array, slope: Array) -> Array:
    """-sum_n t_j^n (1 - y_j^n) slope_j^n x_i^n: of the sum over k the term k = j alone."""
    return -transpose(X) @ (T * (1 - y) * slope)


def clusters() -> dict[str, Array]:
    """Return three clusters of twelve examples, X: (36, 3), a feature each, and T: (36, 3)."""
    rng = np.random.default_rng(0)
    classes = np.arange(36) % 3
    centres = 1.5 * np.eye(3)
    return {"X": centres[classes] + rng.normal(scale=0.8, size=(36, 3)), "T": np.eye(3)[classes]}


def moderate(X: Array, theta: Array) -> Array:
    """|a| <= 15 at every unit, for every example."""
    return (np.abs(X @ theta) <= LARGEST_ACTIVATION).all(axis=(-2, -1))


def at_rest(X: Array, theta: Array) -> Array:
    """a = 0 at every unit, for every example."""
    return (X @ theta == 0).all(axis=(-2, -1))


def saturated(X: Array, theta: Array) -> Array:
    """|a| > 8 at some unit, for some example."""
    return (np.abs(X @ theta) > SATURATED_ACTIVATION).any(axis=(-2, -1))
