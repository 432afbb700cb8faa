"""Leaky ReLU, masked on its output in place of its input.

Source: chainer/chainer commit 0205876eea
Wrong: an output of 0 counts as positive, so at slope 0 a negative input gets the full gradient.
Kind: degenerate parameter
"""

import numpy as np

WRT = ("x",)
VERDICT = "wrong"
TRIGGER = "slope <= 0 and an x < 0"


def _leaky(x, slope):
    return np.where(x < 0, slope * x, x)


def forward(x, slope, g):
    return float(np.sum(g * _leaky(x, slope)))


def claimed(x, slope, g):
    return {"x": np.where(_leaky(x, slope) < 0, slope * g, g)}


def correct(x, slope, g):
    return {"x": np.where(x < 0, slope * g, g)}


def sample(rng):
    return {"x": rng.standard_normal(4), "slope": 0.1, "g": rng.standard_normal(4)}
