"""Log-likelihood of a normal variable in mean and variance.

Source: ReactiveBayes/ExponentialFamily.jl issue 315
Wrong: log(v) / 2 is differentiated to 1 / v, without the factor 1/2.
Kind: constant factor on one term
"""

import numpy as np

WRT = ("m", "v")
VERDICT = "wrong"
TRIGGER = "always"


def forward(y, m, v):
    return float(-((y - m) ** 2) / (2 * v) - np.log(v) / 2)


def claimed(y, m, v):
    return {"m": (y - m) / v, "v": (y - m) ** 2 / (2 * v**2) - 1 / v}


def correct(y, m, v):
    return {"m": (y - m) / v, "v": (y - m) ** 2 / (2 * v**2) - 1 / (2 * v)}


def sample(rng):
    return {"y": rng.normal(), "m": rng.normal(), "v": rng.uniform(0.5, 2)}
