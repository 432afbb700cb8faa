"""Rung 1 and 3: slopes by the step ladder, along random directions or along each entry."""

import numpy as np
from numpy.typing import NDArray

from verify.differences import RUNGS, Slope, checked, ladder, linear_length, storage_eps
from verify.evaluator import Failure, primal
from verify.oracle.stacks import chunks, moved, random_tangents, rounded
from verify.points import Stack
from verify.problems import Problem

Floats = NDArray[np.float64]
# Steps of the coarse look, in units of the data: 21 orders of magnitude in factors of 1000, as the
# data of another input may set the scale (theta = 0 beside X = 1e8). Finer ones drown in the
# rounding of the argument.
COARSE = 10.0 ** np.arange(8.0, -14.0, -3.0)
# Two steps of the data's own scale: where the ladder stands elsewhere, they must not contradict.
CHECKS = np.array([1e-4, 1e-7])
ROUNDINGS = 2


def values_along(
    problem: Problem, name: str, stack: Stack, tangents: Floats, steps: Floats
) -> Floats:
    """Return f(x + step · tangent): (T, B, R); NaN where the primal fails.

    tangents: (B, R, *shape), steps: (T, B, R).
    """
    x = stack.inputs[name].astype(np.float64)
    extra = (1,) * (x.ndim - 1)
    h = np.moveaxis(steps, 0, -1).reshape(*steps.shape[1:], len(steps), *extra)
    result = np.full(steps.shape, np.nan)
    for part in chunks(stack, int(np.prod(steps.shape[::2]))):
        near = x[part][:, None, None] + h[part] * tangents[part][:, :, None]
        inputs = {n: a[part] for n, a in stack.inputs.items()}
        lead = near.shape[:3]
        values = primal(problem, moved(inputs, name, near, 2), lead)
        if not isinstance(values, Failure):
            result[:, part] = np.moveaxis(values.real.astype(np.float64), -1, 0)
    return result


def center_values(problem: Problem, stack: Stack) -> Floats:
    """Return f at every point, `(B,)`; NaN where the primal fails."""
    values = primal(problem, stack.inputs, (len(stack),))
    if not isinstance(values, Failure):
        return np.asarray(values.real, dtype=np.float64)
    result = np.full(len(stack), np.nan)
    if len(stack) > 1:
        for index in range(len(stack)):
            result[index] = center_values(problem, stack.take([index]))[0]
    return result


def linear_scale(
    problem: Problem, name: str, stack: Stack, center: Floats, rng: np.random.Generator
) -> Floats:
    """Return per point, `(B,)`, in units of the data, how far f is nearly linear; 1 if unseen."""
    tangent = random_tangents(stack.inputs[name], 1, rng)
    steps = np.broadcast_to(COARSE[:, None, None], (len(COARSE), len(stack), 1))
    both = values_along(problem, name, stack, tangent, np.concatenate([steps, -steps]))
    plus, minus = both[: len(COARSE)], both[len(COARSE) :]
    length = linear_length(steps, plus, minus, center[:, None], storage_eps(both))[:, 0]
    return np.where(np.isnan(length), 1.0, length)


def slopes(
    problem: Problem,
    name: str,
    stack: Stack,
    tangents: Floats,
    rng: np.random.Generator,
    center: Floats,
    scale: Floats | None = None,
) -> Slope:
    """Estimate the derivative along each tangent by the step ladder: value and bound (B, R).

    tangents: (B, R, *shape); center: (B,), f at the points; scale: (B,), from `linear_scale`.
    Costs 38 evaluations a tangent, and 16 a point for the scale where it is not given.
    """
    if scale is None:
        scale = linear_scale(problem, name, stack, center, rng)
    shape = (len(RUNGS) + len(CHECKS), *tangents.shape[:2])
    own = np.concatenate(
        [RUNGS[:, None] * scale, np.broadcast_to(CHECKS[:, None], (2, len(scale)))]
    )
    steps = np.broadcast_to(own[:, :, None], shape)
    both = values_along(problem, name, stack, tangents, np.concatenate([steps, -steps]))
    jitter = np.zeros(len(stack))
    for _ in range(ROUNDINGS):
        near = rounded(problem, stack, rng, only=name)
        with np.errstate(all="ignore"):
            jitter = np.fmax(jitter, np.abs(center_values(problem, near) - center))
    plus, minus = both[: shape[0]], both[shape[0] :]
    rungs, others = slice(0, len(RUNGS)), slice(len(RUNGS), None)
    unit = storage_eps(both)
    slope = ladder(steps[rungs], plus[rungs], minus[rungs], center[:, None], jitter[:, None], unit)
    return checked(slope, steps[others], plus[others], minus[others], unit)
