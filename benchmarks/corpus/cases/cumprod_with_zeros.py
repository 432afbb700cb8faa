"""Cumulative product, differentiated by division by the input.

Source: tensorflow/tensorflow issue 119430
Wrong: 0 / 0 is taken as 0, so the entries that are 0 get no gradient.
Kind: special point
"""

import numpy as np

WRT = ("x",)
VERDICT = "wrong-at-special-points"
TRIGGER = "an x == 0"


def forward(x, g):
    return float(np.dot(g, np.cumprod(x)))


def claimed(x, g):
    later = np.cumsum((g * np.cumprod(x))[::-1])[::-1]
    return {"x": np.divide(later, x, out=np.zeros(len(x)), where=x != 0)}


def correct(x, g):
    gradient = np.empty(len(x))
    before = 1.0
    for i, factor in enumerate(x):
        after = np.append(1.0, np.cumprod(x[i + 1 :]))
        gradient[i] = before * np.dot(g[i:], after)
        before *= factor
    return {"x": gradient}


def sample(rng):
    return {"x": rng.uniform(0.5, 2, 4), "g": rng.uniform(0.5, 2, 4)}
