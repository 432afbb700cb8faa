"""Log-sigmoid, differentiated piece by piece.

Source: jax-ml/jax issue 2140
Wrong: min(x, 0) and |x| both have the derivative 0 at 0, which adds up to 0 in place of 1/2.
Kind: special point
"""

import numpy as np

WRT = ("x",)
VERDICT = "wrong-at-special-points"
TRIGGER = "an x == 0"


def forward(x, g):
    return float(np.sum(g * (np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))))))


def claimed(x, g):
    small = np.exp(-np.abs(x))
    return {"x": g * ((x < 0) + np.sign(x) * small / (1 + small))}


def correct(x, g):
    return {"x": g / (1 + np.exp(x))}


def sample(rng):
    return {"x": rng.standard_normal(3), "g": rng.standard_normal(3)}
