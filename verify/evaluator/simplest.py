"""The simplest point of a problem, for a first look at its primal."""

import itertools
from collections.abc import Mapping

import numpy as np

from verify.domains import Domain
from verify.points import Array, Point
from verify.problems import Problem


def simplest_point(problem: Problem) -> Point | None:
    """Return the simplest point with pairwise different sizes; None if an input is a strategy."""
    if len(problem.domains) < len(problem.inputs):
        return None
    axes: dict[str, int] = {}
    for axis, (low, high) in problem.dims.items():
        free = [size for size in range(low, high + 1) if size > 1 and size not in axes.values()]
        axes[axis] = free[0] if free else high
    arrays = {name: _simplest(domain, axes) for name, domain in problem.domains.items()}
    return Point(axes, arrays)


def _simplest(domain: Domain, axes: Mapping[str, int]) -> Array:
    atoms = itertools.cycle(domain.atoms(axes)[:2])
    places = domain.places(axes)
    count = int(np.prod(places, dtype=int))
    if not count:
        return np.zeros(domain.sizes(axes))
    picked = np.stack([next(atoms) for _ in range(count)])
    return domain.build(axes, picked.reshape((*places, *picked.shape[1:])))
