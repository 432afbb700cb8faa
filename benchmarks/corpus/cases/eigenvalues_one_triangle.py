"""Eigenvalues of a symmetric matrix of which only the lower triangle is read.

Source: pytorch/pytorch issue 30578
Wrong: V diag(g) V' spreads the gradient over both triangles; here all of it is in the lower one.
Kind: convention of a symmetric matrix
"""

import numpy as np

WRT = ("A",)
VERDICT = "wrong"
TRIGGER = "an eigenvector with two entries that are not 0"


def forward(A, g):
    return float(np.dot(g, np.linalg.eigvalsh(A, UPLO="L")))


def claimed(A, g):
    vectors = np.linalg.eigh(A, UPLO="L")[1]
    return {"A": (vectors * g) @ vectors.T}


def correct(A, g):
    both = claimed(A, g)["A"]
    return {"A": np.tril(both) + np.tril(both, -1)}


def sample(rng):
    return {"A": rng.standard_normal((3, 3)), "g": rng.standard_normal(3)}
