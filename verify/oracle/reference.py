"""The reference derivative on a stack: complex step where it is corroborated, else the ladder."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.oracle.complexstep import MILLIONTH, ComplexSlope, complex_slopes
from verify.oracle.estimate import Estimate
from verify.oracle.lines import CHECKS, center_values, linear_scale, slopes
from verify.oracle.stacks import (
    EPS,
    entry_scale,
    entry_tangent,
    random_tangents,
    rounded,
    unit_tangents,
)
from verify.points import Stack
from verify.problems import Problem

Floats = NDArray[np.float64]
# A cross-check tells something if the ladder knows the slope to one per cent.
TELLING = 0.01
# The bounds of both sides are honest; four times their sum is a contradiction.
CONTRADICTION = 4.0
PROBE_POINTS = 4
PROBE_SCALES = (1.0, 0.1, 0.01, 1e-3, 1e-4)


def complex_step_works(problem: Problem, name: str, stack: Stack, rng: np.random.Generator) -> bool:
    """Find out whether the complex step gives this primal's derivative: try it, against the ladder.

    Tried at some points and at copies of them with the input scaled down (saturated points tell
    nothing). It works if it is corroborated at least once and never contradicted away from kinks.
    """
    few = stack.take(np.arange(min(len(stack), PROBE_POINTS)))
    probes = [
        Stack(few.axes, {**few.inputs, name: few.inputs[name] * scale}) for scale in PROBE_SCALES
    ]
    inputs = {n: np.concatenate([probe.inputs[n] for probe in probes]) for n in few.inputs}
    probe = Stack(few.axes, inputs)
    fine = _entries(problem, name, probe, rng)
    agrees, contradicts, kink = _cross_check(problem, name, probe, fine, rng)
    return bool(agrees.any()) and not bool((contradicts & ~kink).any())


def reference(
    problem: Problem,
    name: str,
    stack: Stack,
    rng: np.random.Generator,
    analytic: bool,
    check_every: int = 1,
    conditioning: bool = False,
) -> Estimate:
    """Return the derivative of the primal (or of ⟨cotangent, primal⟩) with respect to `name`.

    `analytic` is what `complex_step_works` found. Where it is true, every `check_every`-th point
    (none for 0) is cross-checked along a random direction; contradicted points and kinks, and all
    points of a stack with a contradiction in a sampled check, go to the step ladder per entry.
    `conditioning` asks the ladder for the sensitivity, too, which claims in float32 need.
    """
    count = len(stack)
    if not stack.inputs[name][0].size:
        # N - 1 rows at N = 1: a derivative without entries, of which nothing can be told.
        nothing = np.zeros(stack.inputs[name].shape)
        rung = np.full(count, "no entries")
        return Estimate(nothing, nothing, nothing, nothing.astype(bool), rung, 0)
    if not analytic:
        return by_ladder(problem, name, stack, rng, conditioning)
    fine = _entries(problem, name, stack, rng)
    distrusted = np.zeros(count, dtype=bool)
    if check_every:
        checked = np.arange(0, count, check_every)
        part = ComplexSlope(fine.value[checked], fine.bound[checked], fine.sensitivity[checked], 0)
        _, contradicts, kink = _cross_check(problem, name, stack.take(checked), part, rng)
        distrusted[checked] = contradicts | kink
        distrusted |= check_every > 1 and distrusted.any()
    distrusted |= ~np.isfinite(fine.value).all(axis=1)
    shape = stack.inputs[name].shape
    scale = entry_scale(stack.inputs[name]).reshape(count, -1)
    with np.errstate(over="ignore"):
        estimate = Estimate(
            (fine.value / scale).reshape(shape),
            (fine.bound / scale).reshape(shape),
            (fine.sensitivity / scale).reshape(shape),
            np.zeros(shape, dtype=bool),
            np.full(count, "complex step"),
            fine.evaluations,
        )
    if not distrusted.any():
        return estimate
    other = by_ladder(problem, name, stack.take(distrusted), rng, conditioning)
    return _replace(estimate, distrusted, other)


def by_ladder(
    problem: Problem,
    name: str,
    stack: Stack,
    rng: np.random.Generator,
    conditioning: bool = False,
) -> Estimate:
    """Return the derivative entry by entry from the step ladder (38 evaluations an entry).

    The sensitivity is zero unless `conditioning` asks for it (as many evaluations again): beside
    the ladder's bound what float64 rounding of the inputs explains is nothing.
    """
    value, bound, kink = _ladder_values(problem, name, stack, rng)
    sensitivity = np.zeros(value.shape)
    if conditioning:
        near = rounded(problem, stack, rng, ulps=MILLIONTH / EPS)
        moved, _, _ = _ladder_values(problem, name, near, rng)
        sensitivity = np.nan_to_num(np.abs(moved - value)) * (EPS / MILLIONTH)
    evaluations = 38 * value.size * (1 + conditioning)
    rung = np.full(len(stack), "step ladder")
    return Estimate(value, bound, sensitivity, kink, rung, evaluations)


def _ladder_values(
    problem: Problem, name: str, stack: Stack, rng: np.random.Generator
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    x = stack.inputs[name]
    center = center_values(problem, stack)
    scale = linear_scale(problem, name, stack, center, rng)
    slope = slopes(problem, name, stack, unit_tangents(x), rng, center, scale)
    unit = entry_scale(x).reshape(len(stack), -1)
    with np.errstate(over="ignore"):
        value, bound = slope.value / unit, slope.bound / unit
    return value.reshape(x.shape), bound.reshape(x.shape), slope.kink.reshape(x.shape)


def entry_by_ladder(
    problem: Problem,
    name: str,
    alone: Stack,
    entry: tuple[int, ...],
    rng: np.random.Generator,
    storage: float = EPS,
) -> tuple[float, float]:
    """Return one entry of the derivative at one point from the step ladder: value and bound.

    This is the last word where nothing wider runs, so the bound also allows for terms of size 1
    that were rounded inside f: near an asymptote f stands still in floats, and the ladder would be
    sure of a zero. `storage` is the eps of the type in which the primal computes.
    """
    x = alone.inputs[name]
    unit = float(entry_scale(x)[0][entry])
    tangent = entry_tangent(x, entry)
    center = center_values(problem, alone)
    # No scale is looked for: on the plateaus of a narrow type any would do.
    scale = None if storage == EPS else np.ones(1)
    slope = slopes(problem, name, alone, tangent, rng, center, scale)
    hidden = 4 * storage * max(1.0, abs(float(center[0]))) / max(CHECKS[0], storage**0.5)
    return float(slope.value[0, 0]) / unit, max(float(slope.bound[0, 0]), hidden) / unit


def _entries(problem: Problem, name: str, stack: Stack, rng: np.random.Generator) -> ComplexSlope:
    return complex_slopes(problem, name, stack, unit_tangents(stack.inputs[name]), rng)


def _cross_check(
    problem: Problem, name: str, stack: Stack, fine: ComplexSlope, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Compare complex step and ladder along one random direction: agrees, contradicts, kink."""
    x = stack.inputs[name]
    tangent = random_tangents(x, 1, rng)
    slope = slopes(problem, name, stack, tangent, rng, center_values(problem, stack))
    weights = (tangent[:, 0] / entry_scale(x)).reshape(len(stack), -1)
    with np.errstate(all="ignore"):
        value = (weights * fine.value).sum(axis=1)
        bound = (np.abs(weights) * fine.bound).sum(axis=1) + slope.bound[:, 0]
        apart = np.abs(value - slope.value[:, 0])
        telling = slope.bound[:, 0] <= TELLING * np.abs(slope.value[:, 0])
        agrees = telling & (apart <= bound)
        contradicts = np.isfinite(apart) & (apart > CONTRADICTION * bound)
    return agrees, contradicts, slope.kink[:, 0]


def _replace(estimate: Estimate, where: NDArray[np.bool_], other: Estimate) -> Estimate:
    def merged(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
        result = left.copy()
        result[where] = right
        return result

    return Estimate(
        merged(estimate.value, other.value),
        merged(estimate.bound, other.bound),
        merged(estimate.sensitivity, other.sensitivity),
        merged(estimate.kink, other.kink),
        merged(estimate.rung, other.rung),
        estimate.evaluations + other.evaluations,
    )
