"""A vector divided by its length: doubted, and right.

Source: zhreshold/mxnet-ssd issue 48
Wrong: nothing: (g - y (g . y)) / |x| with y = x / |x|.
Kind: correct
"""

import numpy as np

WRT = ("x",)
VERDICT = "correct"
TRIGGER = "never"


def forward(x, g):
    return float(np.dot(g, x) / np.linalg.norm(x))


def claimed(x, g):
    length = np.linalg.norm(x)
    y = x / length
    return {"x": (g - y * np.dot(g, y)) / length}


def correct(x, g):
    length = np.linalg.norm(x)
    return {"x": g / length - x * (np.dot(g, x) / length**3)}


def sample(rng):
    return {"x": rng.standard_normal(4), "g": rng.standard_normal(4)}
