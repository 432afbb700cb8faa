"""Maximum, the entry that has it found with a tolerance.

Source: mni-ml/framework PR 22
Wrong: every entry less than 0.01 below the maximum gets the full gradient.
Kind: tolerance in a mask
"""

import numpy as np

WRT = ("x",)
VERDICT = "wrong"
TRIGGER = "two entries at the maximum, closer than 0.01"


def forward(x, g):
    return float(g * np.max(x))


def claimed(x, g):
    return {"x": np.where(np.max(x) - x < 0.01, g, 0.0)}


def correct(x, g):
    gradient = np.zeros(len(x))
    gradient[np.argmax(x)] = g
    return {"x": gradient}


def sample(rng):
    return {"x": rng.permutation(4) + rng.uniform(0, 0.5, 4), "g": rng.normal()}
