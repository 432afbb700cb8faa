"""Numerics of one derivative: slopes from function values, each with a bound on its own error.

Nothing here knows problems or variants. Values come in arrays whose first axis runs over the
steps of a ladder, coarse to fine; everything is vectorised over the axes that follow.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
# 15 rungs from 10^0.5 down to 10^-6.5 of the length over which f is nearly linear hold both the
# truncation and the roundoff branch (findings/peers.md, section 6); the last two only show noise.
RUNGS = 10.0 ** np.concatenate([np.arange(0.5, -7.0, -0.5), [-10.0, -10.5]])
NOISE_RUNGS = 2
# Where the finest steps (1e-10 of the length) see a second difference of a millionth of all that f
# moves, well above its rounding, that is structure and not noise: the scale is wrong.
STRUCTURE = 1e-6
# One rounding per operation on values of size |f|; fewer than two ulps are never assumed.
NOISE_FLOOR = 2 * EPS
ENOUGH_VALUES = 8
# Results in the subnormal range are spaced by this much whatever their size.
SUBNORMAL = 4 * float(np.finfo(np.float64).smallest_subnormal)


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

    >>> h = RUNGS
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
        value, bound, kink = _kinks(steps, plus, minus, center, noise, best, bound)
        floor = 2 * unit * np.maximum(np.abs(plus), np.abs(minus)).max(axis=0) + SUBNORMAL
        moves = np.nan_to_num(np.abs(plus - minus), nan=0.0, posinf=0.0).max(axis=0)
        lost = (noise[-1] > STRUCTURE * moves) & (noise[-1] > 100 * floor) & ~kink
        lost |= _diverges(steps, plus, minus, noise)
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


def _diverges(steps: Floats, plus: Floats, minus: Floats, noise: Floats) -> NDArray[np.bool_]:
    """Tell where central differences do not settle: their gaps do not shrink with the step.

    Between rungs a factor of 10^0.5 apart the gap falls to a tenth for a smooth f; at x log x or
    the root of x, where there is no derivative, it stays or grows. The two finest gaps that stand
    50 times above the noise decide.
    """
    kept = slice(0, len(steps) - NOISE_RUNGS)
    central = (plus[kept] - minus[kept]) / (2 * steps[kept])
    gap = np.abs(np.diff(central, axis=0))
    seen = gap > 50 * noise[kept][1:] / steps[kept][1:]
    finest = np.where(seen.any(axis=0), len(gap) - 1 - np.argmax(seen[::-1], axis=0), 0)
    coarser = np.maximum(finest - 1, 0)
    fine, coarse = (np.take_along_axis(gap, i[None], 0)[0] for i in (finest, coarser))
    known = np.take_along_axis(seen, coarser[None], 0)[0] & (finest > len(gap) // 2)
    return np.asarray(known & (fine > 0.7 * coarse))


def _kinks(
    steps: Floats,
    plus: Floats,
    minus: Floats,
    center: Floats,
    noise: Floats,
    value: Floats,
    bound: Floats,
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Replace the slope by the interval of one-sided slopes where these stay apart as h falls.

    For a smooth f the gap between them falls like h, at a kink it stays. The two finest rungs at
    which the gap stands 50 times above the noise decide; the gap must keep 70 % over a factor
    of 10^0.5 in h, where a smooth f would leave 32 %.
    """
    kept = slice(0, len(steps) - NOISE_RUNGS)
    forward = (plus[kept] - center) / steps[kept]
    backward = (center - minus[kept]) / steps[kept]
    gap = np.abs(forward - backward)
    seen = gap > 50 * noise[kept] / steps[kept]
    finest = np.where(seen.any(axis=0), len(gap) - 1 - np.argmax(seen[::-1], axis=0), 0)
    coarser = np.maximum(finest - 1, 0)

    def at(array: NDArray[Any], index: NDArray[np.intp]) -> NDArray[Any]:
        return np.asarray(np.take_along_axis(array, index[None], 0)[0])

    clear = at(seen, finest) & at(seen, coarser) & (finest > 2)
    kink = clear & (at(gap, finest) > 0.7 * at(gap, coarser))
    right, left = at(forward, finest), at(backward, finest)
    drift = np.maximum(np.abs(right - at(forward, coarser)), np.abs(left - at(backward, coarser)))
    slack = drift + 2 * at(noise[kept], finest) / at(
        np.broadcast_to(steps[kept], gap.shape), finest
    )
    middle, half = 0.5 * (left + right), 0.5 * np.abs(right - left) + slack
    return np.where(kink, middle, value), np.where(kink, half, bound), kink


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


def four_point(
    step: Floats, minus: Floats, center: Floats, plus: Floats, plus2: Floats, noise: Floats
) -> Slope:
    """Estimate a slope from f at −h, 0, h, 2h, with both errors bounded.

    f′ = (f(h) − f(−h))/2h − δ³/6h + O(h³f⁗), δ³ = f(2h) − 3f(h) + 3f(0) − f(−h) (third
    difference; Abramowitz and Stegun 1964, 25.3.6). The bound takes all of the correction for the
    truncation error and twice the noise over h for roundoff. Cheap (three evaluations beside
    f(0)), for arrays too large for a ladder per entry; it does not see kinks.
    """
    third = (plus2 - 3 * plus + 3 * center - minus) / (6 * step)
    value = (plus - minus) / (2 * step) - third
    # Coefficients of the formula times h: 1/3, 1/2, 1, 1/6; their sum is 2.
    bound = np.abs(third) + 2 * noise / step
    known = np.isfinite(value) & np.isfinite(bound)
    no_kink = np.zeros(value.shape, dtype=bool)
    return Slope(np.where(known, value, np.nan), np.where(known, bound, np.inf), no_kink)


def taylor_order(steps: Floats, remainders: Floats, noise: Floats) -> Floats:
    """Estimate the order p of a Taylor remainder |f(x + hv) − f(x) − h⟨g, v⟩| ~ h^p.

    About 2 for a right g and 1 for a wrong one (Farrell et al. 2013, section 5); NaN where fewer
    than three remainders stand above the noise. steps: (M, ...) decreasing, remainders: (M, ...).

    >>> h = 10.0 ** -np.arange(1.0, 6.0)
    >>> rest = np.abs(np.exp(h) - 1 - h)
    >>> float(np.round(taylor_order(h, rest, 1e-16 * np.ones_like(h)), 1))
    2.0
    """
    with np.errstate(all="ignore"):
        above = np.isfinite(remainders) & (remainders > 20 * noise)
        x = np.where(above, np.log(np.broadcast_to(steps, remainders.shape)), np.nan)
        y = np.where(above, np.log(remainders), np.nan)
        count = above.sum(axis=0)
        mean_x = np.where(above, x, 0).sum(axis=0) / count
        mean_y = np.where(above, y, 0).sum(axis=0) / count
        top = np.where(above, (x - mean_x) * (y - mean_y), 0).sum(axis=0)
        bottom = np.where(above, (x - mean_x) ** 2, 0).sum(axis=0)
        return np.where(count >= 3, top / bottom, np.nan)


def rough_order(steps: Floats, plus: Floats, minus: Floats, center: Floats) -> Floats:
    """Estimate how fast differences converge: 2 where f is smooth, 1 where f′ has a kink.

    The gaps between central differences of neighbouring rungs fall like h^p, those between
    one-sided slopes like h^(p−1); the smaller p of the two, from the two finest gaps that stand 50
    times above the noise and the coarser of which is not beyond the range of the expansion. NaN
    where nothing stands out of the noise.
    """
    with np.errstate(all="ignore"):
        noise = noise_of(plus, minus, center)
        kept = slice(0, len(steps) - NOISE_RUNGS)
        h, level = steps[kept], noise[kept] / steps[kept]
        central = (plus[kept] - minus[kept]) / (2 * h)
        sided = np.abs(plus[kept] - 2 * center + minus[kept]) / h
        gaps = np.abs(np.diff(central, axis=0))
        orders = [_order(h[1:], gaps, level[1:]), _order(h, sided, level) + 1]
    return np.fmin(*orders)


def _order(steps: Floats, gaps: Floats, level: Floats) -> Floats:
    seen = gaps > 50 * level
    finest = np.where(seen.any(axis=0), len(gaps) - 1 - np.argmax(seen[::-1], axis=0), 0)
    coarser = np.maximum(finest - 1, 0)
    fine, coarse, h, wider, known = (
        np.take_along_axis(np.broadcast_to(a, gaps.shape), i[None], 0)[0]
        for a, i in (
            (gaps, finest),
            (gaps, coarser),
            (steps, finest),
            (steps, coarser),
            (seen, coarser),
        )
    )
    order = np.log(coarse / fine) / np.log(wider / h)
    return np.where(known & (finest > 2), order, np.nan)
