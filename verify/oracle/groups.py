"""Which entries are wrong: adaptive group testing along random directions on subsets."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.differences import NOISE_FLOOR, four_point
from verify.evaluator import Failure, primal
from verify.oracle.complexstep import STEP
from verify.oracle.lines import center_values, linear_scale
from verify.oracle.stacks import EPS, entry_scale
from verify.points import Point, stack
from verify.problems import Problem

Floats = NDArray[np.float64]
# Slope of f along one tangent (*shape), with the error that it may have.
Measure = Callable[[Floats], tuple[float, float]]
# A residual counts as seen when it is this far above its own error.
SEEN = 10.0


@dataclass(frozen=True)
class Located:
    """Flat indices of wrong entries, and what finding them cost in evaluations of the primal."""

    entries: tuple[int, ...]
    evaluations: int


def wrong_entries(
    problem: Problem,
    name: str,
    point: Point,
    claimed: Floats,
    rng: np.random.Generator,
    by_complex_step: bool,
    most: int = 8,
) -> Located:
    """Find up to `most` entries at which `claimed` is not the derivative.

    Halves are tested along a Gaussian direction restricted to them, the residual of the other half
    following by subtraction: about log2(P) evaluations for one wrong entry of P with the complex
    step, three times as many without (adaptive group testing; Dorfman 1943, Hwang 1972).
    """
    scale = entry_scale(point.inputs[name][None].astype(np.float64))[0]
    weights = (rng.standard_normal(scale.shape) * scale).ravel()
    measure, cost = _measure(problem, name, point, rng, by_complex_step)
    flat = claimed.ravel()
    spent = 0
    found: list[int] = []

    def residual(places: NDArray[np.intp]) -> tuple[float, float]:
        nonlocal spent
        tangent = np.zeros_like(weights)
        tangent[places] = weights[places]
        slope, error = measure(tangent.reshape(scale.shape))
        spent += cost
        size = float(np.abs(flat[places] * weights[places]).max(initial=0.0))
        return float(flat @ tangent) - slope, error + 32 * EPS * (abs(slope) + size * len(places))

    everything = np.arange(weights.size)
    waiting = [(everything, *residual(everything))]
    while waiting and len(found) < most:
        places, total, error = waiting.pop()
        if abs(total) <= SEEN * error:
            continue
        if len(places) == 1:
            found.append(int(places[0]))
            continue
        left, right = np.array_split(places, 2)
        left_total, left_error = residual(left)
        waiting.append((right, total - left_total, error + left_error))
        waiting.append((left, left_total, left_error))
    return Located(tuple(sorted(found)), spent)


def _measure(
    problem: Problem,
    name: str,
    point: Point,
    rng: np.random.Generator,
    by_complex_step: bool,
) -> tuple[Measure, int]:
    alone = stack([point])
    x = alone.inputs[name].astype(np.float64)
    if by_complex_step:

        def imaginary(tangent: Floats) -> tuple[float, float]:
            inputs = {**alone.inputs, name: x + 1j * STEP * tangent}
            value = primal(problem, inputs, (1,))
            slope = np.nan if isinstance(value, Failure) else float(value[0].imag / STEP)
            return slope, 32 * EPS * abs(slope)

        return imaginary, 1
    center = center_values(problem, alone)
    length = float(linear_scale(problem, name, alone, center, rng)[0])
    step = np.array(10 * EPS**0.25 * length)

    def difference(tangent: Floats) -> tuple[float, float]:
        near = x + np.array([-1.0, 1.0, 2.0]).reshape(3, *(1,) * tangent.ndim) * step * tangent
        inputs = {n: np.repeat(a, 3, axis=0) for n, a in alone.inputs.items()}
        value = primal(problem, {**inputs, name: near}, (3,))
        if isinstance(value, Failure):
            return np.nan, np.inf
        noise = np.array(4 * NOISE_FLOOR * np.abs(value).max())
        slope = four_point(step, value[0], center[0], value[1], value[2], noise)
        return float(slope.value), float(slope.bound)

    return difference, 3
