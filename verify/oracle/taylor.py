"""A step-free second opinion: the order at which the Taylor remainder of a claim falls."""

import numpy as np
from numpy.typing import NDArray

from verify.differences import EPS, taylor_order
from verify.oracle.lines import center_values, linear_scale, values_along
from verify.oracle.stacks import random_tangents
from verify.points import Point, stack
from verify.problems import Problem

Floats = NDArray[np.float64]
STEPS = 10.0 ** -np.arange(1.0, 5.1, 0.5)


def remainder_order(
    problem: Problem, name: str, point: Point, gradient: Floats, rng: np.random.Generator
) -> float:
    """Return the order of |f(x + hv) − f(x) − h⟨g, v⟩| for a random v: 2 if g is right, 1 if not.

    gradient: the shape of the input. NaN where the remainder stays below the noise of f (a linear
    f, say) or f is not finite.
    """
    alone = stack([point])
    center = center_values(problem, alone)
    tangent = random_tangents(point.inputs[name][None], 1, rng)
    scale = linear_scale(problem, name, alone, center, rng)
    # Not beyond the data's own scale: central differences, which found the scale, do not see the
    # curvature that would drown a slope there.
    steps = (STEPS * min(scale[0], 1.0)).reshape(-1, 1, 1)
    values = values_along(problem, name, alone, tangent, steps)
    slope = float((tangent[0, 0] * gradient).sum())
    with np.errstate(all="ignore"):
        remainder = np.abs(values - center[:, None] - steps * slope)
        noise = EPS * (np.abs(values) + np.abs(center[:, None]) + np.abs(steps * slope))
    return float(taylor_order(steps, remainder, noise)[0, 0])
