"""Log-probability of a negative binomial count.

Source: stan-dev/math issue 1578
Wrong: beyond alpha = 1e10 the derivative is that of a Poisson variable, which beta may not allow.
Kind: one branch of several
"""

import numpy as np

WRT = ("alpha", "beta")
VERDICT = "wrong"
TRIGGER = "alpha > 1e10"


def forward(alpha, beta, n):
    k = np.arange(n)
    rising = np.sum(np.log(alpha + k) - np.log1p(k))
    return float(rising - alpha * np.log1p(1 / beta) - n * np.log1p(beta))


def correct(alpha, beta, n):
    return {
        "alpha": np.sum(1 / (alpha + np.arange(n))) - np.log1p(1 / beta),
        "beta": (alpha / beta - n) / (1 + beta),
    }


def claimed(alpha, beta, n):
    if alpha > 1e10:
        return {"alpha": n / alpha - 1 / beta, "beta": (alpha / beta - n) / beta}
    return correct(alpha, beta, n)


def sample(rng):
    return {"alpha": rng.uniform(0.5, 5), "beta": rng.uniform(0.5, 2), "n": int(rng.integers(6))}
