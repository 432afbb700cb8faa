"""Point → tags: the named regions of the domain a point lies in, from the point itself."""

import itertools

import numpy as np
from numpy.typing import NDArray

from verify.evaluator import holds
from verify.points import COTANGENT, Stack
from verify.problems import Problem

# An input is tiny or huge when all, or some, of its entries leave these three decades around 1.
TINY = 1e-3
HUGE = 1e3
GENERIC = "generic"


def regimes(problem: Problem, stack: Stack) -> dict[str, NDArray[np.bool_]]:
    """Return a mask `(B,)` per regime: `x = 0`, `K = 1`, `D = K`, tie, tiny, huge, declared ones.

    `generic` holds the points that lie in no other regime; ties and equal sizes, which a grid of
    short numbers and few sizes has nearly everywhere, do not count for that.
    """
    count = len(stack)
    sizes = {axis: stack.axes[axis] for axis in problem.dims}
    tags = {f"{axis} = 1": np.ones(count, dtype=bool) for axis, n in sizes.items() if n == 1}
    for name, domain in problem.domains.items():
        if domain.differentiable and stack.inputs[name].dtype.kind == "f":
            tags |= _values(name, np.abs(stack.inputs[name].reshape(count, -1)))
    for label, predicate in problem.regimes:
        tags[label] = holds(predicate, stack)
    special = list(tags.values())
    tags[GENERIC] = ~np.logical_or.reduce(special) if special else np.ones(count, dtype=bool)
    tags |= {pair: np.ones(count, dtype=bool) for pair in _equal(sizes)}
    tags["tie"] = _ties(problem, stack)
    return {name: mask for name, mask in tags.items() if mask.any()}


def _equal(sizes: dict[str, int]) -> list[str]:
    pairs = itertools.combinations(sizes.items(), 2)
    return [f"{a} = {b}" for (a, size), (b, other) in pairs if size == other > 1]


def _values(name: str, sizes: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    if not sizes.shape[1]:
        return {}
    largest = sizes.max(axis=1)
    return {
        f"{name} = 0": largest == 0,
        f"tiny {name}": (largest > 0) & (largest < TINY),
        f"huge {name}": largest > HUGE,
    }


def _ties(problem: Problem, stack: Stack) -> NDArray[np.bool_]:
    """Tell where some real input has two equal entries that are not both zero."""
    tied = np.zeros(len(stack), dtype=bool)
    for name in problem.inputs:
        array = stack.inputs[name]
        domain = problem.domains.get(name)
        if name == COTANGENT or array.dtype.kind != "f" or (domain and not domain.differentiable):
            continue
        flat = np.sort(array.reshape(len(stack), -1), axis=1)
        tied |= ((flat[:, 1:] == flat[:, :-1]) & (flat[:, 1:] != 0)).any(axis=1)
    return tied
