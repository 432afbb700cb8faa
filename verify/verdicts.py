"""Comparison and verdict: the only home of tolerances.

There is no tolerance for a user to set. An entry agrees if its residual is within the oracle's
error bound plus what rounding of the inputs and of the claim's own operations explains; it differs
if the residual is ten times that; in between it is undecided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from verify.evaluator import Claimed
from verify.oracle.directions import Directions
from verify.oracle.estimate import Estimate
from verify.outcomes import Outcome, Verdict

Floats = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
# A claim rounds once per operation; each rounding acts like one of an input. 32 stands for some
# hundred operations whose roundings add up at random (see docs/decisions/0001).
OPERATIONS = 32.0
# The wide margin between "agrees" and "differs".
MARGIN = 10.0
# At a kink a claim differs when it is outside the interval by 45 % of its half-width.
AT_KINK = 20.0
# A residual that shrinks by this much when the float type gains 11 bits (a factor of 2048) comes
# from rounding, not from the formula.
SHRINKS = 64.0


@dataclass(frozen=True)
class Comparison:
    """One claim at every point of a stack.

    outcome: (B,) members of `Outcome`; excess: (B,), the largest residual in tolerances; entry:
    (B,), its flat index; tolerance: (B, *shape); telling: (B,), whether planted sign, factor-2 or
    dropped-entry errors would show at the point.
    """

    outcome: NDArray[np.int8]
    excess: Floats
    entry: NDArray[np.intp]
    tolerance: Floats
    telling: NDArray[np.bool_]


def tolerance_of(estimate: Estimate, eps: float) -> Floats:
    """Return the tolerance per entry, `(B, *shape)`, for a claim that computes with `eps`."""
    with np.errstate(all="ignore"):
        rounding = estimate.sensitivity * (eps / EPS) + eps * np.abs(estimate.value)
        tolerance = estimate.bound + OPERATIONS * rounding
    return np.where(np.isfinite(tolerance), tolerance, np.inf)


def compare(claimed: Claimed, name: str, estimate: Estimate) -> Comparison:
    """Compare what a variant answered for input `name` with the reference derivative."""
    values = np.asarray(claimed.values[name], dtype=np.float64)
    count = len(values)
    # Below the smallest normal number of its type a claim has no full set of digits.
    tolerance = tolerance_of(estimate, claimed.eps) + claimed.smallest
    with np.errstate(all="ignore"):
        excess = np.abs(values - estimate.value) / tolerance
        known = np.isfinite(estimate.value) & np.isfinite(tolerance)
        # What the claim's type cannot hold is no fault of the claim.
        known &= np.abs(estimate.value) <= claimed.largest
        broken = known & ~np.isfinite(values) & ~estimate.kink & _surely_finite(estimate)
        known &= np.isfinite(values) | broken
        # At a kink the bound is half the interval of one-sided derivatives, no error estimate: ten
        # times that would pass a slope of 5 where 0 and 1 meet.
        outside = 1 + AT_KINK * (excess - 1)
        excess = np.where(estimate.kink & (excess > 1), outside, excess)
        excess = np.where(known & ~broken, np.nan_to_num(excess, nan=0.0), 0.0)
        signs = (2 * np.abs(estimate.value) > MARGIN * tolerance) & known
    flat = excess.reshape(count, -1)
    worst = flat.max(axis=1, initial=0.0)
    telling = np.asarray(signs.reshape(count, -1).any(axis=1))
    all_known = known.reshape(count, -1).all(axis=1)
    some_broken = broken.reshape(count, -1).any(axis=1)
    outcome = np.full(count, Outcome.UNDECIDED, dtype=np.int8)
    outcome[all_known & telling & (worst <= 1)] = Outcome.AGREE
    outcome[some_broken] = Outcome.MALFORMED
    outcome[worst > MARGIN] = Outcome.DIFFER
    outcome[claimed.outside] = Outcome.UNDECIDED
    outcome[list(claimed.failures)] = Outcome.MALFORMED
    flat = np.where(broken.reshape(count, -1) & (worst <= MARGIN)[:, None], np.inf, flat)
    entry = flat.argmax(axis=1) if flat.shape[1] else np.zeros(count, dtype=np.intp)
    worst = flat.max(axis=1, initial=0.0)
    return Comparison(outcome, worst, entry, tolerance, telling)


def _surely_finite(estimate: Estimate) -> NDArray[np.bool_]:
    """Tell which derivatives are known well enough to say that they are finite.

    At an edge where the slope is infinite the ladder returns a large value with a larger bound.
    """
    sizes = np.nan_to_num(np.abs(estimate.value), nan=0.0)
    largest = sizes.reshape(len(sizes), -1).max(axis=1, initial=1.0)
    floor = 1e-6 * largest.reshape(-1, *(1,) * (sizes.ndim - 1))
    return np.asarray(estimate.bound <= np.maximum(sizes, floor))


def differing(values: Floats, estimate: Estimate, tolerance: Floats) -> NDArray[np.bool_]:
    """Tell at which points `values: (B, *shape)` would be called different from the estimate."""
    with np.errstate(all="ignore"):
        excess = np.abs(values - estimate.value) / tolerance
        margin = np.where(estimate.kink, 1 + (MARGIN - 1) / AT_KINK, MARGIN)
        return np.asarray((excess > margin).reshape(len(values), -1).any(axis=1))


def smallest_difference(estimate: Estimate, tolerance: Floats, where: NDArray[np.bool_]) -> float:
    """Return the smallest relative error of all entries that would be called a difference.

    Taken over the points `where: (B,)`; infinite where no entry is known and other than zero.
    """
    with np.errstate(all="ignore"):
        relative = MARGIN * tolerance / np.abs(estimate.value)
        usable = np.isfinite(relative) & ~estimate.kink
        relative = np.where(usable, relative, np.inf).reshape(len(where), -1)
    return float(relative[where].min(initial=np.inf))


def compare_along(claimed: Claimed, name: str, lines: Sequence[Directions]) -> Comparison:
    """Compare a claim with slopes along random directions, for inputs with very many entries.

    The point agrees if every direction does; `entry` is -1, as no single entry was looked at. The
    tolerance is the same for all entries: the largest of the directions, and not one of an entry.
    """
    values = np.asarray(claimed.values[name], dtype=np.float64)
    count = len(values)
    outcome = np.full(count, Outcome.UNDECIDED, dtype=np.int8)
    excess = np.zeros(count)
    telling = np.zeros(count, dtype=bool)
    tolerance = np.zeros(values.shape)
    for index, line in enumerate(lines):
        residual, allowed = line.residual(values[index], claimed.eps)
        with np.errstate(all="ignore"):
            excess[index] = np.nan_to_num(np.abs(residual) / allowed, nan=0.0).max()
        tolerance[index] = np.nan_to_num(allowed, nan=np.inf).max()
        known = bool(np.isfinite(line.bound).all())
        telling[index] = bool((2 * np.abs(line.value) > MARGIN * allowed).any()) and known
        if not np.isfinite(values[index]).all():
            outcome[index] = Outcome.MALFORMED if known else Outcome.UNDECIDED
        elif excess[index] > MARGIN:
            outcome[index] = Outcome.DIFFER
        elif known and telling[index] and excess[index] <= 1:
            outcome[index] = Outcome.AGREE
    outcome[list(claimed.failures)] = Outcome.MALFORMED
    return Comparison(outcome, excess, np.full(count, -1, dtype=np.intp), tolerance, telling)


def digits_lost(
    residual: Floats, value: Floats, tolerance: Floats, eps: float
) -> NDArray[np.bool_]:
    """Tell at which entries a claim that is right in exact arithmetic lost over half its digits.

    Digits are counted against the derivative's own size, so an entry that is zero within the
    tolerance has none to lose. A NaN residual (a non-finite claim) has lost all.
    """
    with np.errstate(all="ignore"):
        has_digits = np.abs(value) > MARGIN * tolerance
        beyond = ~(residual <= MARGIN * tolerance)
        lost = has_digits & beyond & ~(residual <= np.sqrt(eps) * np.abs(value))
    return np.asarray(lost)


def look_again(
    comparison: Comparison, narrow: Claimed, wider: Claimed, name: str, estimate: Estimate
) -> Comparison:
    """Settle the differing points at which the residual vanishes in wider floats.

    `wider` is the same variant run in longdouble. Where every residual beyond tolerance shrinks
    with the rounding, the formula is right: the point is unstable if over half the digits of an
    entry were lost in `narrow`, and holds if not.
    """
    count = len(comparison.outcome)
    with np.errstate(all="ignore"):
        first = np.abs(narrow.values[name] - estimate.value)
        second = np.abs(wider.values[name] - estimate.value)
        margin = np.where(estimate.kink, 1 + (MARGIN - 1) / AT_KINK, MARGIN)
        beyond = ~(first <= margin * comparison.tolerance) & np.isfinite(estimate.value)
        vanishes = np.isfinite(first) & (second * SHRINKS <= first)
        shrinks = (second <= comparison.tolerance) | vanishes
        broken = beyond & ~np.isfinite(first)
        lost = broken | digits_lost(first, estimate.value, comparison.tolerance, narrow.eps)
    rounding = (~beyond | shrinks).reshape(count, -1).all(axis=1)
    rounding &= ~np.isin(np.arange(count), [*narrow.failures, *wider.failures])
    candidates = np.isin(comparison.outcome, (Outcome.DIFFER, Outcome.MALFORMED)) & rounding
    unstable = np.asarray(lost.reshape(count, -1).any(axis=1))
    outcome = comparison.outcome.copy()
    outcome[candidates] = np.where(unstable[candidates], Outcome.UNSTABLE, Outcome.AGREE)
    known = np.isfinite(estimate.value).reshape(count, -1).all(axis=1)
    outcome[(outcome == Outcome.AGREE) & ~(comparison.telling & known)] = Outcome.UNDECIDED
    return replace(comparison, outcome=outcome)


def verdict_of(outcomes: NDArray[np.int8], drawn: int) -> Verdict:
    """Fold the outcomes of all test cases into a verdict.

    Precedence: refuted, malformed, unstable, consistent; then inconclusive, vacuous.

    >>> print(verdict_of(np.array([0, 0, 2], dtype=np.int8), 3))
    consistent
    >>> print(verdict_of(np.array([2, 2], dtype=np.int8), 2), verdict_of(np.array([]), 0))
    inconclusive vacuous
    """
    for outcome, verdict in (
        (Outcome.DIFFER, Verdict.REFUTED),
        (Outcome.MALFORMED, Verdict.MALFORMED),
        (Outcome.UNSTABLE, Verdict.UNSTABLE),
        (Outcome.AGREE, Verdict.CONSISTENT),
    ):
        if np.any(outcomes == outcome):
            return verdict
    return Verdict.INCONCLUSIVE if drawn else Verdict.VACUOUS
