"""The noise of f: what rounding leaves of its values, measured and bounded from below."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
# 15 rungs from 10^0.5 down to 10^-6.5 of the length over which f is nearly linear hold both the
# truncation and the roundoff branch (findings/peers.md, section 6); the last two only show noise.
RUNGS = 10.0 ** np.concatenate([np.arange(0.5, -7.0, -0.5), [-10.0, -10.5]])
NOISE_RUNGS = 2
# One rounding per operation on values of size |f|; fewer than two ulps are never assumed.
NOISE_FLOOR = 2 * EPS
# Results in the subnormal range are spaced by this much whatever their size.
SUBNORMAL = 4 * float(np.finfo(np.float64).smallest_subnormal)
ENOUGH_VALUES = 8


def storage_eps(values: Floats) -> float:
    """Return the eps of the narrowest float type that holds all of some values of f exactly.

    A primal that computes in float32 stands still over steps of float64, and its values look exact.
    Eight different values that all happen to be that short are no accident.

    >>> storage_eps(np.exp(np.arange(9.0)))
    2.220446049250313e-16
    >>> storage_eps(np.exp(np.arange(9.0)).astype("f4").astype("f8"))
    1.1920928955078125e-07
    """
    finite = np.unique(values[np.isfinite(values)])
    if len(finite) < ENOUGH_VALUES:
        return EPS
    for kind in (np.float16, np.float32):
        with np.errstate(all="ignore"):
            short = finite.astype(kind).astype(np.float64)
        if np.array_equal(short, finite):
            return float(np.finfo(kind).eps)
    return EPS


def noise_of(
    plus: Floats,
    minus: Floats,
    center: Floats,
    jitter: Floats | float = 0.0,
    unit: float = EPS,
) -> Floats:
    """Measure the noise of f per rung: second differences at steps too small for curvature.

    Never less than twice the jitter, than the grain in which f moves, nor than two roundings, each
    of a `unit`, of the largest value at the rung.
    """
    fine = slice(len(plus) - NOISE_RUNGS, None)
    second = np.abs(plus[fine] - 2 * center + minus[fine])
    measured = np.nan_to_num(second, nan=0.0, posinf=0.0).max(axis=0)
    measured = np.maximum(measured, 2 * np.nan_to_num(jitter, nan=0.0, posinf=0.0)) + SUBNORMAL
    moves = np.concatenate([plus - center, minus - center])
    measured = np.maximum(measured, np.maximum(granularity(moves), _smallest_step(moves)))
    magnitude = np.maximum(np.maximum(np.abs(plus), np.abs(minus)), np.abs(center))
    return np.asarray(np.maximum(measured, 2 * unit * magnitude))


def granularity(moves: Floats) -> Floats:
    """Return the largest power of two of which all non-zero `moves: (M, ...)` are multiples.

    A term that was rounded at another size than that of f (1 − z for z near 1, log det of I + A for
    a tiny A) makes f move in grains of that rounding, which neither second differences nor the size
    of f show. Differences of full-grown floats are multiples of an ulp of f only.

    >>> float(granularity(np.array([0.75, -2.0, 0.0])))
    0.25
    """
    finite = np.where(np.isfinite(moves), moves, 0.0)
    fraction, exponent = np.frexp(finite)
    digits = np.ldexp(fraction, 53).astype(np.int64)
    grain = np.ldexp((digits & -digits).astype(np.float64), exponent - 53)
    smallest = np.where(finite != 0, grain, np.inf).min(axis=0)
    return np.where(np.isfinite(smallest), smallest, 0.0)


def _smallest_step(moves: Floats) -> Floats:
    """Return the smallest non-zero move where others vanish: f then stands on steps that high.

    The logarithm of a rounded term, say, moves in steps, but not in multiples of a grain.
    """
    sizes = np.abs(moves)
    vanishes = (sizes == 0).any(axis=0)
    smallest = np.where(sizes > 0, sizes, np.inf).min(axis=0)
    return np.where(vanishes & np.isfinite(smallest), smallest, 0.0)
