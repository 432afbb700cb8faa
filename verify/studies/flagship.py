"""The page's main result: the gradient of the loss with respect to the output layer's weights.

The question multiplies by a wrong derivative of the sigmoid. The answer looks for the error in the
sum over k, which is right, and in a note repairs the derivative of the sigmoid in passing.
"""

import numpy as np

from verify import MALFORMED, REFUTED, UNSTABLE, onehot, problem, reals
from verify.studies.network import (
    PAGE,
    Array,
    at_rest,
    clusters,
    cross_entropy,
    double_sum,
    matrix_form,
    moderate,
    only_k_equal_j,
    outputs,
    saturated,
    transpose,
)

REGIMES = {"a = 0": at_rest, "saturated": saturated}
NOTE = "the answer's note, sixth expression, put into the question's last formula"


@problem(
    X=reals("N D"),
    theta=reals("D K"),
    T=onehot("N K"),
    wrt="theta",
    dims={"N": (1, 4), "D": (1, 4), "K": (1, 4)},
    where=moderate,
    regimes=REGIMES,
    source=PAGE,
    name="flagship",
)
def softmax_of_sigmoid(X: Array, theta: Array, T: Array) -> Array:
    """a = theta^T x, z = sigmoid(a), y = softmax(z), E = -sum_n sum_k t_k^n log y_k^n"""
    _, _, y = outputs(X, theta)
    return cross_entropy(y, T)


@softmax_of_sigmoid.gradient(source="own derivation; uses that the rows of T sum to 1")
def closed_form(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y - T) * Z * (1 - Z)]"""
    _, z, y = outputs(X, theta)
    return matrix_form(X, y, T, z * (1 - z))


@softmax_of_sigmoid.gradient(expect=REFUTED, source="the question, last displayed formula")
def question(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n sum_k t_k^n (delta_jk - y_j^n) e^(a_j^n) / (1 + e^(-a_j^n))^2 x_i^n"""
    a, _, y = outputs(X, theta)
    return double_sum(X, y, T, np.exp(a) / (1 + np.exp(-a)) ** 2)


@softmax_of_sigmoid.gradient(
    expect=REFUTED,
    source="the answer, paragraph after its formula: only the output with the weight in it counts",
)
def correction_alone(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n t_j^n (1 - y_j^n) e^(a_j^n) / (1 + e^(-a_j^n))^2 x_i^n"""
    a, _, y = outputs(X, theta)
    return only_k_equal_j(X, y, T, np.exp(a) / (1 + np.exp(-a)) ** 2)


@softmax_of_sigmoid.gradient(source=NOTE)
def note_alone(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n sum_k t_k^n (delta_jk - y_j^n) z_j^n (1 - z_j^n) x_i^n with z = sigmoid(a)"""
    _, z, y = outputs(X, theta)
    return double_sum(X, y, T, z * (1 - z))


@softmax_of_sigmoid.gradient(
    expect=REFUTED, source="the answer: its correction and its note's sixth expression together"
)
def correction_and_note(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n t_j^n (1 - y_j^n) z_j^n (1 - z_j^n) x_i^n with z = sigmoid(a)"""
    _, z, y = outputs(X, theta)
    return only_k_equal_j(X, y, T, z * (1 - z))


@softmax_of_sigmoid.gradient(
    expect=REFUTED,
    source="the answer's note, fourth expression, put into the question's last formula",
)
def note_middle_line(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n sum_k t_k^n (delta_jk - y_j^n) s_j^n x_i^n, s = 1/(1 + e^(-a)) e^a/(1 + e^(-a))"""
    a, _, y = outputs(X, theta)
    return double_sum(X, y, T, 1 / (1 + np.exp(-a)) * (np.exp(a) / (1 + np.exp(-a))))


@softmax_of_sigmoid.gradient(expect=REFUTED, source="negative control: the minus of E is lost")
def sign_flipped(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(T - Y) * Z * (1 - Z)]"""
    _, z, y = outputs(X, theta)
    return transpose(X) @ ((T - y) * z * (1 - z))


@softmax_of_sigmoid.gradient(
    expect=REFUTED, source="negative control: a mean over the examples, where E is a sum"
)
def mean_over_examples(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y - T) * Z * (1 - Z)] / N"""
    _, z, y = outputs(X, theta)
    return matrix_form(X, y, T, z * (1 - z)) / X.shape[-2]


@softmax_of_sigmoid.gradient(
    expect={MALFORMED, REFUTED},
    source="negative control: of shape (K, D), which is a shape of theta only where D = K",
)
def transposed(X: Array, theta: Array, T: Array) -> Array:
    """[(Y - T) * Z * (1 - Z)]^T X"""
    _, z, y = outputs(X, theta)
    return transpose((y - T) * z * (1 - z)) @ X


@softmax_of_sigmoid.gradient(
    expect=REFUTED,
    source="negative control: the softmax's Jacobian taken as diagonal, as if it were elementwise",
)
def diagonal_softmax(X: Array, theta: Array, T: Array) -> Array:
    """-X^T [J (T / Y) * Z * (1 - Z)] with J_kj = delta_jk y_k (1 - y_k), row by row"""
    _, z, y = outputs(X, theta)
    jacobian = np.eye(y.shape[-1]) * (y * (1 - y))[..., None, :]
    into_z = ((T / y)[..., :, None] * jacobian).sum(axis=-2)
    return -transpose(X) @ (into_z * z * (1 - z))


@softmax_of_sigmoid.gradient(
    expect=REFUTED, source="negative control: the softmax's denominator taken as a constant"
)
def constant_normaliser(X: Array, theta: Array, T: Array) -> Array:
    """-X^T [T * Z * (1 - Z)]"""
    _, z, _ = outputs(X, theta)
    return -transpose(X) @ (T * z * (1 - z))


@softmax_of_sigmoid.gradient(
    expect=REFUTED,
    source="negative control: the last class as a reference whose weights are held fixed",
)
def last_class_fixed(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y - T) * Z * (1 - Z)], its last column replaced by 0"""
    _, z, y = outputs(X, theta)
    free = np.arange(y.shape[-1]) < y.shape[-1] - 1
    return matrix_form(X, y, T, z * (1 - z)) * free


softmax_of_sigmoid.train(rate=0.005, steps=300, theta=np.zeros((3, 3)), **clusters())


@problem(
    X=reals("N D"),
    theta=reals("D K"),
    T=onehot("N K"),
    wrt="theta",
    regimes=REGIMES,
    source=PAGE,
    name="flagship_unbounded",
)
def unbounded(X: Array, theta: Array, T: Array) -> Array:
    """The same network for activations of any size.

    Where z rounds to 1, z (1 - z) has lost its digits; the derivative there is still a float.
    """
    _, _, y = outputs(X, theta)
    return cross_entropy(y, T)


@unbounded.gradient(
    name="closed_form", expect=UNSTABLE, source="own derivation; uses that the rows of T sum to 1"
)
def unbounded_closed_form(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y - T) * Z * (1 - Z)]"""
    _, z, y = outputs(X, theta)
    return matrix_form(X, y, T, z * (1 - z))


@unbounded.gradient(name="note_alone", expect=UNSTABLE, source=NOTE)
def unbounded_note_alone(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n sum_k t_k^n (delta_jk - y_j^n) z_j^n (1 - z_j^n) x_i^n with z = sigmoid(a)"""
    _, z, y = outputs(X, theta)
    return double_sum(X, y, T, z * (1 - z))


@unbounded.gradient(
    source="own derivation: the sigmoid's derivative is even, so the exponent may stay negative"
)
def even_exponential(X: Array, theta: Array, T: Array) -> Array:
    """X^T [(Y - T) * e^(-|A|) / (1 + e^(-|A|))^2]"""
    a, _, y = outputs(X, theta)
    e = np.exp(-np.abs(a))
    return matrix_form(X, y, T, e / (1 + e) ** 2)


@unbounded.gradient(name="question", expect=REFUTED, source="the question, last displayed formula")
def unbounded_question(X: Array, theta: Array, T: Array) -> Array:
    """-sum_n sum_k t_k^n (delta_jk - y_j^n) e^(a_j^n) / (1 + e^(-a_j^n))^2 x_i^n"""
    a, _, y = outputs(X, theta)
    return double_sum(X, y, T, np.exp(a) / (1 + np.exp(-a)) ** 2)
