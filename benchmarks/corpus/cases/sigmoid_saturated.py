"""Sigmoid, its derivative from its value.

Source: tensorflow/tensorflow issue 126060
Wrong: from x = 37 on y is rounded to 1 and y (1 - y) to 0; the mirrored input keeps its digits.
Kind: numerically unstable
"""

import numpy as np

WRT = ("x",)
VERDICT = "unstable"
TRIGGER = "an x far above 0"


def forward(x, g):
    return float(np.sum(g / (1 + np.exp(-x))))


def claimed(x, g):
    y = 1 / (1 + np.exp(-x))
    return {"x": g * y * (1 - y)}


def correct(x, g):
    return {"x": g / (2 + np.exp(x) + np.exp(-x))}


def sample(rng):
    return {"x": rng.standard_normal(3), "g": rng.standard_normal(3)}
