"""Logarithm of a sum of two exponentials.

Source: stan-dev/math issue 1679
Wrong: exp(a - logaddexp(a, b)) loses the log 2 where a and b are huge and about equal.
Kind: numerically unstable
"""

import numpy as np

WRT = ("a", "b")
VERDICT = "unstable"
TRIGGER = "a == b, both beyond 1e8"


def forward(a, b):
    return float(np.logaddexp(a, b))


def claimed(a, b):
    total = np.logaddexp(a, b)
    return {"a": np.exp(a - total), "b": np.exp(b - total)}


def correct(a, b):
    return {"a": 1 / (1 + np.exp(b - a)), "b": 1 / (1 + np.exp(a - b))}


def sample(rng):
    return {"a": rng.normal(), "b": rng.normal()}
