"""Rung 1 for large arrays: is anything wrong anywhere? Residuals along a few random directions."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.differences import RUNGS
from verify.oracle.complexstep import complex_slopes
from verify.oracle.lines import CHECKS, COARSE, center_values, slopes
from verify.oracle.stacks import EPS, random_tangents
from verify.points import Point, stack
from verify.problems import Problem

Floats = NDArray[np.float64]
DIRECTIONS = 2
TELLING = 0.01


@dataclass(frozen=True)
class Directions:
    """Slopes of f at one point along random tangents `(R, *shape)`, with bounds `(R,)`.

    `sensitivity` is by how much the slopes move when the inputs are rounded; `evaluations` counts
    calls of the primal; `by_complex_step` tells whether the complex step was corroborated here.
    """

    tangents: Floats
    value: Floats
    bound: Floats
    sensitivity: Floats
    evaluations: int
    by_complex_step: bool

    def residual(self, claimed: Floats, eps: float = EPS) -> tuple[Floats, Floats]:
        """Return ⟨claimed, v⟩ − slope and its tolerance per direction, `(R,)` each.

        The tolerance holds the bound of the slope, rounding of the inputs and of the claim, which
        computes with `eps`.
        """
        products = self.tangents * claimed
        axes = tuple(range(1, products.ndim))
        with np.errstate(all="ignore"):
            size = np.sqrt((products**2).sum(axis=axes))
            rounding = self.sensitivity * (eps / EPS) + eps * (np.abs(self.value) + size)
            tolerance = self.bound + 32 * rounding
            return products.sum(axis=axes) - self.value, tolerance

    def miss_probability(self, residual: float, scale: float, tolerance: float) -> float:
        """Return the chance that one entry wrong by `residual` was within `tolerance` every time.

        The direction's component there is Gaussian with standard deviation `scale`; P(|v| < c) =
        erf(c / √2), independently for each direction.
        """
        once = math.erf(tolerance / (abs(residual) * scale * math.sqrt(2.0)))
        return float(once ** len(self.value))


def directions(
    problem: Problem,
    name: str,
    point: Point,
    rng: np.random.Generator,
    count: int = DIRECTIONS,
) -> Directions:
    """Estimate the slope along `count` fresh random directions at one point.

    The first direction is walked with the step ladder (38 evaluations and 16 for its scale). If
    the complex step agrees with it there, it gives all directions (3 evaluations each); else each
    gets a ladder of its own.
    """
    alone = stack([point])
    tangents = random_tangents(point.inputs[name][None].astype(np.float64), count, rng)
    center = center_values(problem, alone)
    first = slopes(problem, name, alone, tangents[:, :1], rng, center)
    fine = complex_slopes(problem, name, alone, tangents, rng)
    spent = (len(RUNGS) + len(CHECKS)) * 2 + 2 * len(COARSE) + 3 + fine.evaluations
    apart = abs(float(fine.value[0, 0] - first.value[0, 0]))
    telling = first.bound[0, 0] <= TELLING * abs(first.value[0, 0])
    if telling and apart <= fine.bound[0, 0] + first.bound[0, 0] and not first.kink[0, 0]:
        return Directions(
            tangents[0], fine.value[0], fine.bound[0], fine.sensitivity[0], spent, True
        )
    rest = slopes(problem, name, alone, tangents[:, 1:], rng, center)
    value = np.concatenate([first.value, rest.value], axis=1)[0]
    bound = np.concatenate([first.bound, rest.bound], axis=1)[0]
    spent += ((len(RUNGS) + len(CHECKS)) * 2 + 2 * len(COARSE) + 2) * (count - 1)
    return Directions(tangents[0], value, bound, np.zeros(count), spent, False)
