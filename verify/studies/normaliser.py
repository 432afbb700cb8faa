"""The network as the page prints it: class k is normalised by the classes up to k only.

The sum in the denominator is printed with the upper limit k instead of K. Taken at its word this
is another network, and the gradient of the softmax network is not its gradient.
"""

import numpy as np

from verify import REFUTED, onehot, problem, reals
from verify.studies.network import (
    PAGE,
    Array,
    at_rest,
    cross_entropy,
    matrix_form,
    moderate,
    outputs,
    saturated,
    sigmoid,
    transpose,
)


def as_printed(z: Array) -> Array:
    """y_k = e^(z_k) / sum_(j <= k) e^(z_j)."""
    e = np.exp(z)
    return e / np.cumsum(e, axis=-1)


@problem(
    X=reals("N D"),
    theta=reals("D K"),
    T=onehot("N K"),
    wrt="theta",
    where=moderate,
    regimes={"a = 0": at_rest, "saturated": saturated},
    source=f"{PAGE}: the question's definition of y, as printed",
)
def printed_normaliser(X: Array, theta: Array, T: Array) -> Array:
    """a = theta^T x, z = sigmoid(a), y_k = e^(z_k) / sum_(j <= k) e^(z_j), E = -sum t log y"""
    return cross_entropy(as_printed(sigmoid(X @ theta)), T)


@printed_normaliser.gradient(source="own derivation for the network as printed, for every T")
def by_hand(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n sum_(k >= j) t_k^n (delta_jk - e^(z_j^n) / s_k^n) z_j^n (1 - z_j^n) x_i^n

    log y_k = z_k - log s_k with s_k = sum_(l <= k) e^(z_l), so z_j is in every s_k with k >= j.
    """
    z = sigmoid(X @ theta)
    e = np.exp(z)
    delta = np.eye(z.shape[-1])
    k_from_j_on = np.tri(z.shape[-1])
    shares = k_from_j_on * e[..., None, :] / np.cumsum(e, axis=-1)[..., :, None]
    terms = T[..., :, None] * (delta - shares) * (z * (1 - z))[..., None, :]
    return -transpose(X) @ terms.sum(axis=-2)


@printed_normaliser.gradient(
    expect=REFUTED, source="own derivation for the softmax over all K classes, another network"
)
def closed_form(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y - T) * Z * (1 - Z)] with y_k = e^(z_k) / sum_(j <= K) e^(z_j)"""
    _, z, y = outputs(X, theta)
    return matrix_form(X, y, T, z * (1 - z))


@printed_normaliser.gradient(
    expect=REFUTED, source="negative control: the softmax's formula with the printed y put in"
)
def closed_form_of_printed_y(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y - T) * Z * (1 - Z)] with y_k = e^(z_k) / sum_(j <= k) e^(z_j)"""
    z = sigmoid(X @ theta)
    return matrix_form(X, as_printed(z), T, z * (1 - z))
