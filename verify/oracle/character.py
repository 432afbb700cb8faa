"""Is f constant, twice differentiable, smooth along an entry? Asked in wider arithmetic."""

from typing import Any

import mpmath
import numpy as np

from verify.oracle.exact import PRECISIONS, moved, wide_derivative, wide_primal, widened
from verify.oracle.stacks import EPS, NUDGES
from verify.points import Point
from verify.problems import Problem

BITS = 300
# Far below any scale of the data that float64 can hold apart, far above rounding at 300 bits.
POWERS = (-70, -80, -90)
ROUNDINGS = 2
LARGEST_SHORT = 1024.0
# What is left of numbers that cancel at this precision.
NOTHING = -BITS + 60


def wide_constant(
    problem: Problem, name: str, point: Point, rng: np.random.Generator
) -> bool | None:
    """Tell whether f stays the same when the whole input moves; None if it does not run."""
    shape = point.inputs[name].shape
    directions = [size * rng.standard_normal(shape) for size in (1e-3, 1.0, 1e3)]
    with mpmath.workprec(BITS):
        here = wide_primal(problem, widened(point))
        there = [wide_primal(problem, _shifted(point, name, way)) for way in directions]
        if here is None or any(value is None for value in there):
            return None
        return all(_nothing(value - here, here) for value in there)


def wide_order(problem: Problem, name: str, point: Point, entry: tuple[int, ...]) -> float | None:
    """Return the order in which differences along an entry converge: 2 or more for a smooth f.

    1 to 2 where f′ is not differentiable, as `differences.rough_order`; None if f does not run.
    """
    with mpmath.workprec(BITS):
        scale = mpmath.mpf(abs(float(point.inputs[name][entry])) or 1.0)
        rows = []
        for power in POWERS:
            step = mpmath.ldexp(scale, power)
            values = [wide_primal(problem, moved(point, name, entry, k * step)) for k in (1, 0, -1)]
            if any(value is None for value in values):
                return None
            ahead, here, behind = values
            bent = (ahead - 2 * here + behind) / step
            rows.append(((ahead - behind) / (2 * step), bent, here))
        central = [abs(rows[i + 1][0] - rows[i][0]) for i in (0, 1)]
        bent = [abs(row[1]) for row in rows[1:]]
        return min(_falls(central, rows[0]), _falls(bent, rows[0]) + 1)


def wide_conditioning(
    problem: Problem, name: str, point: Point, entry: tuple[int, ...]
) -> tuple[float, float]:
    """Return ∂f/∂(entry), and by how much it moves when the inputs are rounded.

    Equal numbers are rounded alike. NaN and infinity where f does not run, or where the value is
    only what rounding at this precision left.
    """
    rng = np.random.default_rng(0)
    points = [point, *(_rounded(point, rng) for _ in range(ROUNDINGS))]
    for bits in PRECISIONS:
        with mpmath.workprec(bits):
            found = [wide_derivative(problem, name, near, entry, bits) for near in points]
            known = [interval for interval in found if interval is not None]
            if len(known) < len(points):
                break
            middles = [(low + high) / 2 for low, high, _ in known]
            sure = all(
                error <= EPS**2 * abs(m) for m, (_, _, error) in zip(middles, known, strict=True)
            )
            if sure or bits == PRECISIONS[-1]:
                spread = max(abs(m - middles[0]) for m in middles[1:])
                same = bits == PRECISIONS[-1] or _holds(problem, name, point, entry, middles[0])
                return (float(middles[0]), float(spread)) if same else (float("nan"), float("inf"))
    return float("nan"), float("inf")


def _holds(problem: Problem, name: str, point: Point, entry: tuple[int, ...], value: Any) -> bool:
    """Tell whether a derivative stays the same at the highest precision.

    A weight of 1/3 that was rounded makes a sum of zero exactly linear, with a slope of 2^-300.
    """
    with mpmath.workprec(PRECISIONS[-1]):
        found = wide_derivative(problem, name, point, entry, PRECISIONS[-1])
        if found is None:
            return False
        return bool(abs((found[0] + found[1]) / 2 - value) <= mpmath.mpf(EPS) * abs(value))


def _rounded(point: Point, rng: np.random.Generator) -> Point:
    """Move every real number by an ulp or two of itself, or of 1; equal ones by the same.

    A tie is no accident of rounding, and neither is a short number such as a target of 1. Numbers
    below 1 usually meet one in 1 + x or exp(x): an entry that cancels to 1e-17 between terms of
    size 1 has no digits that rounding could take from it.
    """
    real = {n: a for n, a in point.inputs.items() if a.dtype.kind == "f"}
    values = np.unique(np.concatenate([np.ravel(a) for a in real.values()]))
    nudges = NUDGES[rng.integers(0, len(NUDGES), len(values))] * np.maximum(np.abs(values), 1.0)
    nudges[(np.abs(values) <= LARGEST_SHORT) & (8 * values == np.rint(8 * values))] = 0.0
    moved = {n: np.asarray(a + nudges[np.searchsorted(values, a)]) for n, a in real.items()}
    return Point(point.axes, {**point.inputs, **moved})


def _falls(gaps: list[Any], row: tuple[Any, Any, Any]) -> float:
    """Return the power of the step with which two gaps, ten bits of step apart, fall."""
    coarse, fine = gaps
    if _nothing(fine, row[0]) or _nothing(coarse, row[0]):
        return float("inf")
    return float(mpmath.log(coarse / fine, 2) / 10)


def _nothing(value: Any, size: Any) -> bool:
    return bool(abs(value) <= mpmath.ldexp(max(mpmath.mpf(1), abs(size)), NOTHING))


def _shifted(point: Point, name: str, way: Any) -> dict[str, Any]:
    x = np.asarray(point.inputs[name] + way)
    return widened(Point(point.axes, {**point.inputs, name: x}))
