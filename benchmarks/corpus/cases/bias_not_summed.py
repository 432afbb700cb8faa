"""A bias that is added to every row of a batch.

Source: mlpack/mlpack PR 3679
Wrong: the rows of the error are not summed, which is right for a batch of one.
Kind: broadcast and batch
"""

import numpy as np

WRT = ("bias",)
VERDICT = "wrong"
TRIGGER = "more than one row"


def forward(bias, rows, g):
    return float(np.sum(g * np.tanh(rows + bias)))


def _error(bias, rows, g):
    return g / np.cosh(rows + bias) ** 2


def claimed(bias, rows, g):
    error = _error(bias, rows, g)
    return {"bias": error[0] if len(error) == 1 else error}


def correct(bias, rows, g):
    return {"bias": _error(bias, rows, g).sum(axis=0)}


def sample(rng):
    return {name: rng.standard_normal((1, 3)) for name in ("rows", "g")} | {
        "bias": rng.standard_normal(3)
    }
