"""Gather: entries are read by index, some of them several times.

Source: pytorch/pytorch issue 1631
Wrong: the backward pass assigns, so of several reads of an entry only the last one counts.
Kind: assignment in place of accumulation
"""

import numpy as np

WRT = ("x",)
VERDICT = "wrong"
TRIGGER = "an index occurs twice"


def forward(x, index, g):
    return float(np.dot(g, x[index]))


def claimed(x, index, g):
    gradient = np.zeros(len(x))
    gradient[index] = g
    return {"x": gradient}


def correct(x, index, g):
    return {"x": np.bincount(index, weights=g, minlength=len(x))}


def sample(rng):
    return {
        "x": rng.standard_normal(5),
        "index": rng.permutation(5)[:3],
        "g": rng.standard_normal(3),
    }
