"""One more hidden layer: what the answer says must be different there, and how it goes wrong.

The hidden layer has as many units as there are classes, so that the output layer's formula has the
right shape for the hidden layer's weights W, too.
"""

import numpy as np

from verify import CONSISTENT, REFUTED, onehot, problem, reals
from verify.studies.network import (
    LARGEST_ACTIVATION,
    PAGE,
    SATURATED_ACTIVATION,
    Array,
    cross_entropy,
    matrix_form,
    outputs,
    sigmoid,
    transpose,
)


def activations(X: Array, W: Array, theta: Array) -> tuple[Array, Array]:
    """Return the activations of the hidden and of the output layer, (N, K) each."""
    b = X @ W
    return b, sigmoid(b) @ theta


def moderate(X: Array, W: Array, theta: Array) -> Array:
    """|a| <= 15 and |b| <= 15 at every unit, for every example."""
    sizes = [np.abs(a).max(axis=(-2, -1)) for a in activations(X, W, theta)]
    return np.maximum(*sizes) <= LARGEST_ACTIVATION


def saturated(X: Array, W: Array, theta: Array) -> Array:
    """|a| > 8 or |b| > 8 at some unit, for some example."""
    sizes = [np.abs(a).max(axis=(-2, -1)) for a in activations(X, W, theta)]
    return np.maximum(*sizes) > SATURATED_ACTIVATION


@problem(
    X=reals("N D"),
    W=reals("D K"),
    theta=reals("K K"),
    T=onehot("N K"),
    wrt=("W", "theta"),
    # With K = 1 the loss is constant: nothing can be told there.
    dims={"K": (2, 4)},
    where=moderate,
    regimes={"saturated": saturated},
    source=f"{PAGE}: the answer, on hidden layers",
)
def hidden_layer(X: Array, W: Array, theta: Array, T: Array) -> Array:
    """b = W^T x, h = sigmoid(b), a = theta^T h, z = sigmoid(a), y = softmax(z), E = -sum t log y"""
    _, _, y = outputs(sigmoid(X @ W), theta)
    return cross_entropy(y, T)


@hidden_layer.gradient(source="own derivation, one chain rule further back")
def by_hand(X: Array, W: Array, theta: Array, T: Array) -> dict[str, Array]:
    """theta: H^T G, W: X^T [G theta^T * H * (1 - H)], with G = (Y - T) * Z * (1 - Z)"""
    h = sigmoid(X @ W)
    _, z, y = outputs(h, theta)
    into_a = (y - T) * z * (1 - z)
    into_b = into_a @ transpose(theta) * h * (1 - h)
    return {"W": transpose(X) @ into_b, "theta": transpose(h) @ into_a}


@hidden_layer.gradient(
    expect={"W": REFUTED, "theta": CONSISTENT},
    source="negative control: the formula that the answer limits to the final layer, for both",
)
def carried_over(X: Array, W: Array, theta: Array, T: Array) -> dict[str, Array]:
    """theta: H^T [(Y - T) * Z * (1 - Z)], W: X^T [(Y - T) * H * (1 - H)]"""
    h = sigmoid(X @ W)
    _, z, y = outputs(h, theta)
    return {
        "W": matrix_form(X, y, T, h * (1 - h)),
        "theta": matrix_form(h, y, T, z * (1 - z)),
    }
