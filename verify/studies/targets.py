"""The flagship with targets that are not one-hot: soft labels, and rows that do not sum to 1.

The closed form uses that the targets of an example sum to 1; the page's double sum does not.
"""

from verify import REFUTED, nonnegative, problem, reals, simplex
from verify.studies.network import (
    PAGE,
    Array,
    at_rest,
    cross_entropy,
    double_sum,
    matrix_form,
    moderate,
    outputs,
    saturated,
    transpose,
)

REGIMES = {"a = 0": at_rest, "saturated": saturated}
CLOSED_FORM = "own derivation; uses that the rows of T sum to 1"
NOTE = "the answer's note, sixth expression, put into the question's last formula"


@problem(
    X=reals("N D"),
    theta=reals("D K"),
    T=simplex("N K"),
    wrt="theta",
    where=moderate,
    regimes=REGIMES,
    source=f"{PAGE}; soft labels are our addition",
)
def soft_labels(X: Array, theta: Array, T: Array) -> Array:
    """E = -sum_n sum_k t_k^n log y_k^n for targets t^n that are probabilities"""
    _, _, y = outputs(X, theta)
    return cross_entropy(y, T)


@soft_labels.gradient(name="closed_form", source=CLOSED_FORM)
def soft_closed_form(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y - T) * Z * (1 - Z)]"""
    _, z, y = outputs(X, theta)
    return matrix_form(X, y, T, z * (1 - z))


@soft_labels.gradient(name="note_alone", source=NOTE)
def soft_note_alone(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n sum_k t_k^n (delta_jk - y_j^n) z_j^n (1 - z_j^n) x_i^n with z = sigmoid(a)"""
    _, z, y = outputs(X, theta)
    return double_sum(X, y, T, z * (1 - z))


@problem(
    X=reals("N D"),
    theta=reals("D K"),
    T=nonnegative("N K"),
    wrt="theta",
    where=moderate,
    regimes={
        **REGIMES,
        "rows of T sum to 1": lambda T: (T.sum(axis=-1) == 1).all(axis=-1),
    },
    source=f"{PAGE}; targets with any row sum are our addition",
)
def unnormalised_targets(X: Array, theta: Array, T: Array) -> Array:
    """E = -sum_n sum_k t_k^n log y_k^n for nonnegative targets t^n with any sum"""
    _, _, y = outputs(X, theta)
    return cross_entropy(y, T)


@unnormalised_targets.gradient(name="closed_form", expect=REFUTED, source=CLOSED_FORM)
def unnormalised_closed_form(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y - T) * Z * (1 - Z)]"""
    _, z, y = outputs(X, theta)
    return matrix_form(X, y, T, z * (1 - z))


@unnormalised_targets.gradient(name="note_alone", source=NOTE)
def unnormalised_note_alone(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n sum_k t_k^n (delta_jk - y_j^n) z_j^n (1 - z_j^n) x_i^n with z = sigmoid(a)"""
    _, z, y = outputs(X, theta)
    return double_sum(X, y, T, z * (1 - z))


@unnormalised_targets.gradient(source="own derivation for every T")
def closed_form_with_row_sums(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y * s - T) * Z * (1 - Z)] with s^n = sum_k t_k^n"""
    _, z, y = outputs(X, theta)
    return transpose(X) @ ((y * T.sum(axis=-1, keepdims=True) - T) * z * (1 - z))
