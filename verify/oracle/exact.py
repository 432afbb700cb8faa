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
# Numbers that share this many bits are the same: far more than a float64 has.
SAME_BITS = 100
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

    The reference is a central difference with a step of a third of the digits: its error is about
    two thirds of them. `tolerance` is that of the float comparison: a claim that is off by less
    (a constant such as log 2 that was rounded to float64, say) is RIGHT.
    """
    verdict = SecondOpinion(Second.UNAVAILABLE)
    with mpmath.workprec(PRECISIONS[0]):
        if not primal_keeps(problem, point):
            return SecondOpinion(Second.PRIMAL_FAILS)
    for bits in PRECISIONS:
        with mpmath.workprec(bits):
            claimed = wide_claim(problem, variant, name, point, entry)
            found = wide_derivative(problem, name, point, entry, bits)
            if claimed is None or found is None:
                return SecondOpinion(Second.UNAVAILABLE)
            low, high, error = found
            reference = min(max(claimed, low), high)
            apart = abs(claimed - reference)
            last = bits == PRECISIONS[-1]
            same = mpmath.ldexp(abs(reference), -SAME_BITS)
            close = apart <= tolerance + error + same
            shown = (float(claimed), float(reference), int(bits * 0.30103))
            verdict = SecondOpinion(Second.RIGHT if close else Second.WRONG, *shown)
            if last or (close and error <= tolerance):
                break
    return verdict


def wide_claim(
    problem: Problem, variant: Variant, name: str, point: Point, entry: tuple[int, ...]
) -> Any:
    """Return one entry of what the variant answers in the working precision; None if it cannot."""
    named, cotangent = split(_widened(point))
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
    stay apart by more than a step of a third of the digits explains. Truncation h²f‴ and roundoff
    |f|/h are both about a third of the digits above the last one; 40 bits of slack stand for the
    unknown f‴ and for roundings. None if the primal cannot.
    """
    scale = mpmath.mpf(abs(float(point.inputs[name][entry])) or 1.0)
    step = mpmath.ldexp(scale, -(bits // 3))
    values = []
    for sign in (1, 0, -1):
        inputs = _widened(point)
        if inputs[name].__class__ is Wide:
            inputs[name] = Wide(inputs[name].value + sign * step)
        else:
            inputs[name][entry] = Wide(inputs[name][entry].value + sign * step)
        values.append(wide_primal(problem, inputs))
    if any(value is None for value in values):
        return None
    ahead, here, behind = values
    right, left, slope = (
        (ahead - here) / step,
        (here - behind) / step,
        (ahead - behind) / (2 * step),
    )
    size = abs(ahead) / scale + abs(right) + abs(left)
    if abs(right - left) > mpmath.ldexp(size, 60 - bits // 3):
        return min(left, right), max(left, right), mpmath.ldexp(size, 40 - bits // 3)
    return slope, slope, mpmath.ldexp(size, 40 - 2 * (bits // 3))


def primal_keeps(problem: Problem, point: Point) -> bool:
    """Tell whether the primal's float value has at least half its digits; True if unknown."""
    exact = wide_primal(problem, _widened(point))
    named, cotangent = split(point.inputs)
    value = call(problem.primal, named)
    if exact is None or isinstance(value, Failure):
        return True
    plain = float((cotangent * np.asarray(value)).sum() if cotangent is not None else value)
    return bool(abs(plain - exact) <= HALF_DIGITS * abs(exact))


def _widened(point: Point) -> dict[str, Any]:
    return {n: widen(a) if a.dtype.kind == "f" else a.copy() for n, a in point.inputs.items()}
