"""The step ladder: slopes from values at many steps, each with a bound on its own error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.differences.kinks import diverges, kinks
from verify.differences.noise import EPS, NOISE_RUNGS, SUBNORMAL, Floats, noise_of

# Where the finest steps (1e-10 of the length) see a second difference of a millionth of all that f
# moves, well above its rounding, that is structure and not noise: the scale is wrong.
STRUCTURE = 1e-6


@dataclass(frozen=True)
class Slope:
    """Derivative along a line with a bound on its error; at a kink the middle of the interval.

    At a kink `value ± bound` encloses both one-sided derivatives. A NaN value has an infinite
    bound: nothing is known.
    """

    value: Floats
    bound: Floats
    kink: NDArray[np.bool_]


def ladder(
    steps: Floats,
    plus: Floats,
    minus: Floats,
    center: Floats,
    jitter: Floats | float = 0.0,
    unit: float = EPS,
) -> Slope:
    """Estimate df/dt at t = 0 from f(±steps) and f(0).

    Central differences D(h) = (f(h) − f(−h)) / 2h = f′ + f‴h²/6 + … on two interleaved chains of
    rungs, each extrapolated twice (Richardson 1911; error from the tableau as in Ridders 1982,
    section 2). A candidate must agree with every finer rung within that rung's roundoff, and the
    second chain must corroborate it; the bound holds the gap to the next rung, twice the roundoff
    and whatever the chains disagree by.

    steps: (M, ...) decreasing, plus, minus: (M, ...), center: (...); jitter: (...), by how much f
    moves when its argument is rounded (x + h is not exact, and second differences do not show it);
    unit: the roundoff of the type in which f computes, from `storage_eps`.

    >>> from verify.differences import RUNGS as h
    >>> slope = ladder(h, np.exp(h), np.exp(-h), np.exp(0 * h[0]))
    >>> bool(abs(slope.value - 1) <= slope.bound < 1e-9)
    True
    """
    with np.errstate(all="ignore"):
        noise = noise_of(plus, minus, center, jitter, unit)
        chains = [slice(start, len(steps) - NOISE_RUNGS, 2) for start in (0, 1)]
        found = [_chain(steps[c], plus[c], minus[c], noise[c]) for c in chains]
        (left, left_bound), (right, right_bound) = found
        apart = np.abs(left - right)
        best = np.where(left_bound <= right_bound, left, right)
        smaller = np.fmin(left_bound, right_bound)
        corroborated = apart <= left_bound + right_bound
        bound = np.where(corroborated, np.maximum(smaller, apart), apart + left_bound + right_bound)
        value, bound, kink = kinks(steps, plus, minus, center, noise, best, bound)
        floor = 2 * unit * np.maximum(np.abs(plus), np.abs(minus)).max(axis=0) + SUBNORMAL
        moves = np.nan_to_num(np.abs(plus - minus), nan=0.0, posinf=0.0).max(axis=0)
        lost = (noise[-1] > STRUCTURE * moves) & (noise[-1] > 100 * floor) & ~kink
        lost |= diverges(steps, plus, minus, noise)
    known = np.isfinite(value) & np.isfinite(bound) & ~lost
    return Slope(np.where(known, value, np.nan), np.where(known, bound, np.inf), kink & known)


def checked(slope: Slope, steps: Floats, plus: Floats, minus: Floats, unit: float = EPS) -> Slope:
    """Widen the bound by what central differences at other steps contradict the value by.

    For steps far from the ladder's: a function may be linear at one scale and bent at another. A
    difference counts beyond the rounding of terms of size 1 (or of f, where it is larger).
    """
    with np.errstate(all="ignore"):
        magnitude = np.maximum(1.0, np.maximum(np.abs(plus), np.abs(minus)))
        apart = np.abs((plus - minus) / (2 * steps) - slope.value)
        noise = 4 * unit * magnitude / steps
        wider = np.where(apart > slope.bound + noise, apart + noise, 0.0)
    return Slope(slope.value, np.maximum(slope.bound, wider.max(axis=0)), slope.kink)


def _chain(steps: Floats, plus: Floats, minus: Floats, noise: Floats) -> tuple[Floats, Floats]:
    central = (plus - minus) / (2 * steps)
    roundoff = noise / steps
    best, best_bound = np.full(central.shape[1:], np.nan), np.full(central.shape[1:], np.inf)
    column, amplified = central, roundoff
    for order in (2, 4, 6):
        gap = np.abs(column[1:] - column[:-1])
        bound = gap + 2 * amplified[1:] + _excess(column, central, roundoff)[1:]
        bound = np.where(np.isfinite(bound), bound, np.inf)
        at = np.argmin(bound, axis=0)[None]
        here = np.take_along_axis(bound, at, 0)[0]
        value = np.take_along_axis(column[1:], at, 0)[0]
        best = np.where(here < best_bound, value, best)
        best_bound = np.minimum(here, best_bound)
        power = (steps[:-1] / steps[1:]) ** order
        power = power[: len(column) - 1]
        column = (power * column[1:] - column[:-1]) / (power - 1)
        amplified = (power * amplified[1:] + amplified[:-1]) / (power - 1)
    return best, best_bound


def _excess(column: Floats, central: Floats, roundoff: Floats) -> Floats:
    """By how much finer central differences leave the candidate beyond their own roundoff."""
    shift = len(central) - len(column)
    worst = np.zeros_like(column)
    for index in range(len(column)):
        finer = slice(index + shift + 1, None)
        beyond = np.abs(central[finer] - column[index]) - roundoff[finer]
        worst[index] = np.nan_to_num(beyond, nan=0.0).max(axis=0, initial=0.0)
    return worst


def linear_length(
    steps: Floats, plus: Floats, minus: Floats, center: Floats, unit: float = EPS
) -> Floats:
    """Find the largest step up to which f looks linear; NaN where no step moves f above its noise.

    steps: (M, ...) decreasing by a factor of 1000, none below the rounding of the argument. Two
    neighbours are close if their central differences are within a tenth (beyond roundoff), and
    tell something if rounding is small beside the largest slope seen at coarser steps. The
    finest run of close, telling neighbours counts, up to its coarsest: coarser runs are those of an
    asymptote, and a flat run is as good as another.
    """
    with np.errstate(all="ignore"):
        magnitude = np.maximum(np.maximum(np.abs(plus), np.abs(minus)), np.abs(center))
        central = (plus - minus) / (2 * steps)
        roundoff = 8 * unit * magnitude / steps
        close = np.abs(central[:-1] - central[1:]) <= 0.1 * np.abs(central[1:]) + roundoff[1:]
        seen = np.where(np.isfinite(central), np.abs(central), 0.0)
        largest = np.maximum.accumulate(seen, axis=0)[:-1]
        # Constants of size 1 inside f round at that size, however small f itself is.
        hidden = 8 * unit * np.maximum(1.0, magnitude) / steps
        good = close & (hidden[1:] < 0.1 * largest)
    top = np.full(close.shape[1:], -1)
    open_run = np.zeros(close.shape[1:], dtype=bool)
    for index in range(len(close) - 1, -1, -1):
        open_run = good[index] & (open_run | (top < 0))
        top = np.where(open_run, index, top)
    length = np.take_along_axis(np.broadcast_to(steps, plus.shape), np.maximum(top, 0)[None], 0)[0]
    return np.where(top >= 0, length, np.nan)
