"""The page's intermediate results, each a problem of its own.

Expressions of a chain are counted from the first one after the derivative that it is about.
"""

import numpy as np

from verify import REFUTED, positive, problem, reals, unit_interval
from verify.studies.network import (
    LARGEST_ACTIVATION,
    PAGE,
    SATURATED_ACTIVATION,
    Array,
    sigmoid,
    softmax,
)


@problem(y=positive("", high=1), wrt="y", source=f"{PAGE}: d log y_k / d y_k")
def log_of_output(y: Array) -> Array:
    """log y for an output y of the softmax, a number in (0, 1]"""
    return np.log(y)


@log_of_output.gradient(name="question", source="the question, derivative of log y_k")
def log_question(y: Array) -> Array:
    """1 / y"""
    return 1 / y


@problem(z=unit_interval("K"), wrt="z", source=f"{PAGE}: the derivative of y_k by z_j")
def softmax_of_outputs(z: Array) -> Array:
    """y_k = e^(z_k) / sum_l e^(z_l) for outputs z of sigmoids"""
    return softmax(z)


def pull_back(ybar: Array, jacobian: Array) -> Array:
    """sum_k ybar_k J_kj, `jacobian: (K, K)` with k down and j across."""
    return (ybar[..., :, None] * jacobian).sum(axis=-2)


@softmax_of_outputs.vjp(source="the question, derivative of y_k by z_j, first line")
def first_line(ybar: Array, z: Array) -> Array:
    """sum_k ybar_k (delta_jk e^(z_k) sum_l e^(z_l) - e^(z_k) e^(z_j)) / (sum_l e^(z_l))^2"""
    e = np.exp(z)
    delta, ek, ej = np.eye(z.shape[-1]), e[..., :, None], e[..., None, :]
    total = e.sum(axis=-1, keepdims=True)[..., None]
    return pull_back(ybar, (delta * ek * total - ek * ej) / total**2)


@softmax_of_outputs.vjp(source="the question, derivative of y_k by z_j, second line")
def second_line(ybar: Array, z: Array) -> Array:
    """sum_k ybar_k (delta_jk e^(z_k) / s - e^(z_k) / s e^(z_j) / s) with s = sum_l e^(z_l)"""
    e = np.exp(z)
    delta, ek, ej = np.eye(z.shape[-1]), e[..., :, None], e[..., None, :]
    total = e.sum(axis=-1, keepdims=True)[..., None]
    return pull_back(ybar, delta * ek / total - ek / total * (ej / total))


@softmax_of_outputs.vjp(source="the question, derivative of y_k by z_j, third line")
def third_line(ybar: Array, z: Array) -> Array:
    """sum_k ybar_k (delta_jk y_k - y_k y_j)"""
    y = softmax(z)
    delta, yk, yj = np.eye(z.shape[-1]), y[..., :, None], y[..., None, :]
    return pull_back(ybar, delta * yk - yk * yj)


@softmax_of_outputs.vjp(source="the question, derivative of y_k by z_j, fourth line")
def fourth_line(ybar: Array, z: Array) -> Array:
    """sum_k ybar_k y_k (delta_jk - y_j)"""
    y = softmax(z)
    delta, yk, yj = np.eye(z.shape[-1]), y[..., :, None], y[..., None, :]
    return pull_back(ybar, yk * (delta - yj))


@softmax_of_outputs.vjp(
    expect=REFUTED, source="negative control: the terms with k other than j left out"
)
def diagonal_only(ybar: Array, z: Array) -> Array:
    """ybar_j y_j (1 - y_j)"""
    y = softmax(z)
    return ybar * y * (1 - y)


@problem(
    a=reals("", -LARGEST_ACTIVATION, LARGEST_ACTIVATION),
    wrt="a",
    regimes={
        "saturated": lambda a: np.abs(a) > SATURATED_ACTIVATION,
    },
    source=f"{PAGE}: d z_j / d a_j",
)
def sigmoid_of_activation(a: Array) -> Array:
    """z = sigmoid(a) = 1 / (1 + e^(-a)), what the first two expressions of both chains say"""
    return sigmoid(a)


@sigmoid_of_activation.gradient(
    expect=REFUTED, source="the question, derivative of z_j, third expression"
)
def question_third(a: Array) -> Array:
    """e^a / (1 + e^(-a))^2"""
    return np.exp(a) / (1 + np.exp(-a)) ** 2


@sigmoid_of_activation.gradient(expect=REFUTED, source="the answer's note, third expression")
def note_third(a: Array) -> Array:
    """e^a / (1 + e^(-a))^2"""
    return np.exp(a) / (1 + np.exp(-a)) ** 2


@sigmoid_of_activation.gradient(expect=REFUTED, source="the answer's note, fourth expression")
def note_fourth(a: Array) -> Array:
    """1 / (1 + e^(-a)) e^a / (1 + e^(-a))"""
    return 1 / (1 + np.exp(-a)) * (np.exp(a) / (1 + np.exp(-a)))


@sigmoid_of_activation.gradient(source="the answer's note, fifth expression")
def note_fifth(a: Array) -> Array:
    """1 / (1 + e^(-a)) (1 - 1 / (1 + e^(-a)))"""
    return 1 / (1 + np.exp(-a)) * (1 - 1 / (1 + np.exp(-a)))


@sigmoid_of_activation.gradient(source="the answer's note, sixth expression")
def note_sixth(a: Array) -> Array:
    """sigma(a) (1 - sigma(a))"""
    return sigmoid(a) * (1 - sigmoid(a))


@sigmoid_of_activation.gradient(source="own derivation: the question's with the sign put right")
def minus_restored(a: Array) -> Array:
    """e^(-a) / (1 + e^(-a))^2"""
    return np.exp(-a) / (1 + np.exp(-a)) ** 2


@problem(
    x=reals("D"),
    theta=reals("D K"),
    wrt="theta",
    source=f"{PAGE}: the derivative of a_j by theta_ij",
)
def activation(x: Array, theta: Array) -> Array:
    """a_j = sum_i theta_ij x_i for one example"""
    return (x[..., None, :] @ theta)[..., 0, :]


@activation.vjp(name="question", source="the question, derivative of a_j by theta_ij")
def activation_question(abar: Array, x: Array, theta: Array) -> Array:
    """abar_j x_i"""
    return x[..., :, None] * abar[..., None, :]
