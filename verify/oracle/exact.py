"""Rung 4: primal and variant at one point in wider arithmetic (mpmath on object arrays).

It settles what float64 cannot: whether a variant that differs is wrong or only rounds badly.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import mpmath
import numpy as np

from verify.evaluator import Failure, by_input, call, split, uncast
from verify.points import Point
from verify.problems import Problem, Variant
from verify.wide import Wide, widen

# At the first precision most claims are settled. The second resolves every difference that a
# float64 can hold: 2/3 of 1700 bits reach below 2^-1074, the smallest float64.
PRECISIONS = (300, 1700)
# What is left of a formula of some constants that were each rounded to float64.
ROUNDED_CONSTANTS = 32 * float(np.finfo(np.float64).eps)
HALF_DIGITS = float(np.sqrt(np.finfo(np.float64).eps))


class Second(Enum):
    """What the wider arithmetic says about one entry of a claim."""

    RIGHT = "right in exact arithmetic"
    WRONG = "wrong in exact arithmetic"
    PRIMAL_FAILS = "the primal's own float value has lost over half its digits"
    UNAVAILABLE = "primal or variant do not run in wider arithmetic"


@dataclass(frozen=True)
class SecondOpinion:
    """Claimed and reference derivative of one entry in wider arithmetic, as the nearest floats."""

    says: Second
    claimed: float = float("nan")
    reference: float = float("nan")
    digits: int = 0


def second_opinion(
    problem: Problem,
    variant: Variant,
    name: str,
    point: Point,
    entry: tuple[int, ...],
    tolerance: float,
) -> SecondOpinion:
    """Evaluate claim and reference of one entry in 300 bits and, unless they agree, in 1700.

    `tolerance` is that of the float comparison: a claim that is off by less
    (a constant such as log 2 that was rounded to float64, say) is RIGHT.
    """
    verdict = SecondOpinion(Second.UNAVAILABLE)
    if not _within_reach(point, PRECISIONS[-1]):
        return verdict
    with mpmath.workprec(PRECISIONS[0]):
        if not primal_keeps(problem, point):
            return SecondOpinion(Second.PRIMAL_FAILS)
    for bits in PRECISIONS:
        with mpmath.workprec(bits):
            claimed = wide_claim(problem, variant, name, point, entry)
            found = wide_derivative(problem, name, point, entry, bits)
            # A number too large for mpmath to raise to a power is NaN there, and no error.
            if claimed is None or found is None or not mpmath.isfinite(claimed):
                return SecondOpinion(Second.UNAVAILABLE)
            low, high, error = found
            reference = min(max(claimed, low), high)
            apart = abs(claimed - reference)
            last = bits == PRECISIONS[-1]
            # A constant such as 1/3 in the claim was rounded to float64 before it came here.
            same = ROUNDED_CONSTANTS * abs(reference)
            close = apart <= tolerance + error + same
            shown = (float(claimed), float(reference), int(bits * 0.30103))
            verdict = SecondOpinion(Second.RIGHT if close else Second.WRONG, *shown)
            if last and not mpmath.isfinite(error):
                return SecondOpinion(Second.UNAVAILABLE)
            if last or (close and error <= tolerance):
                break
    return verdict


def wide_claim(
    problem: Problem, variant: Variant, name: str, point: Point, entry: tuple[int, ...]
) -> Any:
    """Return one entry of what the variant answers in the working precision; None if it cannot."""
    named, cotangent = split(widened(point))
    result = call(uncast(variant.function), named, *([] if cotangent is None else [cotangent]))
    parts = by_input(problem, result, kinds="Ofiub")
    if isinstance(parts, Failure) or parts[name].shape != point.inputs[name].shape:
        return None
    value = parts[name][entry]
    if isinstance(value, Wide):
        return value.value
    # A plain number is exact only where the variant returns a constant such as 0 or 1.
    return mpmath.mpf(float(value)) if float(value).is_integer() else None


def wide_primal(problem: Problem, inputs: dict[str, Any]) -> Any:
    """Return the primal (or ⟨cotangent, primal⟩) in the working precision; None if it cannot."""
    named, cotangent = split(inputs)
    value = call(uncast(problem.primal), named)
    if isinstance(value, Failure):
        return None
    if cotangent is not None:
        value = call(lambda y: (np.asarray(cotangent) * np.asarray(y)).sum(), {"y": value})
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value[()]
    return value.value if isinstance(value, Wide) else None


def wide_derivative(
    problem: Problem, name: str, point: Point, entry: tuple[int, ...], bits: int
) -> tuple[Any, Any, Any] | None:
    """Return ∂f/∂(entry) in the working precision as an interval, and its error.

    The interval is the central difference twice, or, at a kink, the one-sided derivatives: these
    stay apart by more than a step of a third of the digits explains. The error is measured, by
    another step 2^8 times as large, and holds the rounding of f; it is infinite where the step is
    lost beside the entry. None if the primal cannot.
    """
    if not _within_reach(point, bits):
        return mpmath.mpf(0), mpmath.mpf(0), mpmath.inf
    x = mpmath.mpf(float(point.inputs[name][entry]))
    # Not larger than the numbers that a function is made of: data of 1e160 may be shifted by one.
    scale = min(abs(x) or mpmath.mpf(1), mpmath.mpf(1))
    step = mpmath.ldexp(scale, -(bits // 3))
    if abs((x + step) - x - step) > mpmath.ldexp(step, -30):
        return mpmath.mpf(0), mpmath.mpf(0), mpmath.inf
    turns = (1, 0, -1, 256, -256)
    values = [wide_primal(problem, moved(point, name, entry, k * step)) for k in turns]
    if any(value is None for value in values):
        return None
    ahead, here, behind, far_ahead, far_behind = values
    right, left = (ahead - here) / step, (here - behind) / step
    slope = (ahead - behind) / (2 * step)
    coarse = (far_ahead - far_behind) / (512 * step)
    rounding = mpmath.ldexp(abs(ahead) + abs(here), 20 - bits) / step
    if abs(right - left) > mpmath.ldexp(abs(right) + abs(left), 60 - bits // 3) + rounding:
        size = abs(right) + abs(left)
        return min(left, right), max(left, right), mpmath.ldexp(size, 40 - bits // 3) + rounding
    return slope, slope, abs(slope - coarse) + rounding


def _within_reach(point: Point, bits: int) -> bool:
    """Tell whether the precision holds all numbers of the point beside one, with digits to spare.

    Terms of that size may cancel inside f; log Γ at 1e300 drowns a step of 2^-566 at 1700 bits, and
    neither another step nor the size of f shows it.
    """
    sizes = [np.abs(a[a != 0]).ravel() for a in point.inputs.values() if a.dtype.kind == "f"]
    flat = np.concatenate([*sizes, np.ones(1)])
    return bool(flat.max() < 2.0 ** (bits // 6) and flat.min() > 2.0 ** -(bits // 3))


def primal_keeps(problem: Problem, point: Point) -> bool:
    """Tell whether the primal's float value has at least half its digits; True if unknown."""
    exact = wide_primal(problem, widened(point))
    named, cotangent = split(point.inputs)
    value = call(problem.primal, named)
    if exact is None or isinstance(value, Failure):
        return True
    plain = float((cotangent * np.asarray(value)).sum() if cotangent is not None else value)
    return bool(abs(plain - exact) <= HALF_DIGITS * abs(exact))


def widened(point: Point) -> dict[str, Any]:
    """Return the inputs of a point as wide numbers."""
    return {n: widen(a) if a.dtype.kind == "f" else a.copy() for n, a in point.inputs.items()}


def moved(point: Point, name: str, entry: tuple[int, ...], by: Any) -> dict[str, Any]:
    """Return the inputs of a point as wide numbers, one entry moved."""
    inputs = widened(point)
    if isinstance(inputs[name], Wide):
        return {**inputs, name: Wide(inputs[name].value + by)}
    inputs[name][entry] = Wide(inputs[name][entry].value + by)
    return inputs
