"""The minimiser: from a failing point to the smallest one, by deleting and simplifying.

Rows, features and classes go first (all ways to keep few indices of an axis in one batch), then
the tiny shape that is left is enumerated in order, or, where that is too much, each entry is
walked down the list of simple values.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from verify.domains import Domain
from verify.evaluator import Failure, call
from verify.points import COTANGENT, Array, Point, Stack, stack
from verify.problems import Problem
from verify.search.enumerate import cases, slots
from verify.strategies import meets

# (B,) booleans: at which points of a stack the claim still fails.
Fails = Callable[[Stack], NDArray[np.bool_]]
# Exhaustive enumeration of the last shape costs less than a walk up to this many cases.
EXHAUSTIVE = 4096
MOST_ROUNDS = 40
LARGEST_WALK = 400


def minimise(problem: Problem, point: Point, fails: Fails) -> Point:
    """Return a smaller point at which `fails` still holds; `point` itself if there is none.

    Local minimality is what the walk gives; where the last shape is enumerated, the result is the
    first failing case of that shape in the order of `enumerate`.
    """
    if len(problem.domains) < len(problem.inputs):
        return point
    for _ in range(MOST_ROUNDS):
        smaller = _fewer(problem, point, fails)
        if smaller is None:
            break
        point = smaller
    levels = [len(s.atoms) for s in slots(problem, point.axes) for _ in range(s.count)]
    if math.prod(levels) <= EXHAUSTIVE:
        for batch in cases(problem, point.axes):
            found = _first(problem, batch, fails)
            if found is not None:
                return found
    if sum(slot.count for slot in slots(problem, point.axes)) > LARGEST_WALK:
        return _blocks(problem, point, fails)
    return _walk(problem, point, fails)


def _blocks(problem: Problem, point: Point, fails: Fails) -> Point:
    """Set blocks of entries to the simplest value, halves first, where a walk costs too much."""
    for slot in slots(problem, point.axes):
        for pieces in (1, 2, 4, 8, 16):
            for block in np.array_split(np.arange(slot.count), min(pieces, slot.count)):
                inputs = {name: array.copy() for name, array in point.inputs.items()}
                _atoms_of(problem, slot.name, inputs[slot.name])[block] = slot.atoms[0]
                point = _first(problem, stack([Point(point.axes, inputs)]), fails) or point
    return point


def _first(problem: Problem, batch: Stack, fails: Fails) -> Point | None:
    """Return the first failing point of a stack that lies in the domain."""
    for index in np.flatnonzero(fails(batch)):
        point = batch.point(int(index))
        if _belongs(problem, point):
            return point
    return None


def _belongs(problem: Problem, point: Point) -> bool:
    inside = all(d.contains(point.inputs[name]) for name, d in problem.domains.items())
    return inside and meets(problem, stack([point]))


def _fewer(problem: Problem, point: Point, fails: Fails) -> Point | None:
    """Keep one, two or half of the indices of an axis, whichever first still fails."""
    for axis, size in point.axes.items():
        low = problem.dims[axis][0]
        for kept in _subsets(size, low):
            candidates = [
                c for keep in kept if (c := _keep(problem, point, axis, keep)) is not None
            ]
            if not candidates:
                continue
            found = _first(problem, stack(candidates), fails)
            if found is not None:
                return found
    return None


def _subsets(size: int, low: int) -> Iterator[list[list[int]]]:
    """Yield batches of index subsets of equal size, few first, each smaller than `size`."""
    if low <= 1 < size:
        yield [[i] for i in range(size)]
    if low <= 2 < size:
        yield [[i, j] for i in range(size) for j in range(i + 1, min(size, i + 1 + 64 // size + 1))]
    half = max(low, size // 2)
    if 2 < half < size:
        yield [list(range(half)), list(range(size - half, size))]
    if low <= size - 1 and size > 3:
        yield [[i for i in range(size) if i != gone] for gone in range(size)]


def _keep(problem: Problem, point: Point, axis: str, keep: list[int]) -> Point | None:
    axes = {**point.axes, axis: len(keep)}
    inputs: dict[str, Array] = {}
    for name, domain in problem.domains.items():
        array = point.inputs[name]
        for place, label in enumerate(domain.shape):
            if label == axis:
                array = np.take(array, keep, axis=place)
        inputs[name] = _repaired(domain, array, axes)
    if COTANGENT in point.inputs:
        value = call(problem.primal, inputs)
        if isinstance(value, Failure):
            return None
        old = point.inputs[COTANGENT].ravel()
        inputs[COTANGENT] = np.resize(old, np.shape(value)).astype(np.float64)
    return Point(axes, inputs)


def _repaired(domain: Domain, array: Array, axes: dict[str, int]) -> Array:
    """Make rows that lost their class valid again: the first atom stands in."""
    if domain.by_rows and array.shape[-1]:
        atoms = domain.atoms(axes)
        bad = np.abs(array.sum(axis=-1) - 1) > 1e-12
        return np.where(bad[..., None], atoms[0], array)
    if domain.kind == "labels":
        return np.minimum(array, len(domain.atoms(axes)) - 1)
    return array


def _walk(problem: Problem, point: Point, fails: Fails) -> Point:
    """Lower entries to simpler values, best single change first, until none fails any more."""
    for _ in range(MOST_ROUNDS):
        candidates = list(_simpler(problem, point))
        if not candidates:
            return point
        batch = stack([candidate for _, candidate in candidates])
        good = [i for i in np.flatnonzero(fails(batch)) if _belongs(problem, batch.point(int(i)))]
        if not good:
            return point
        merged = _merge(problem, point, [candidates[i] for i in good], fails)
        point = merged if merged is not None else candidates[good[0]][1]
    return point


def _merge(
    problem: Problem, point: Point, good: list[tuple[tuple[str, int], Point]], fails: Fails
) -> Point | None:
    """Apply the first good change of every entry at once, or of the first half of them."""
    changes: dict[tuple[str, int], Point] = {}
    for place, candidate in good:
        changes.setdefault(place, candidate)
    places = list(changes)
    while len(places) > 1:
        inputs = {name: array.copy() for name, array in point.inputs.items()}
        for name, atom in places:
            rows = _atoms_of(problem, name, inputs[name])
            rows[atom] = _atoms_of(problem, name, changes[name, atom].inputs[name])[atom]
        merged = Point(point.axes, inputs)
        if _first(problem, stack([merged]), fails) is not None:
            return merged
        places = places[: len(places) // 2]
    return None


def _atoms_of(problem: Problem, name: str, array: Array) -> Array:
    """View an input as a list of its atoms: entries, or rows."""
    by_rows = name in problem.domains and problem.domains[name].by_rows
    return array.reshape(-1, array.shape[-1]) if by_rows else array.reshape(-1)


def _simpler(problem: Problem, point: Point) -> Iterator[tuple[tuple[str, int], Point]]:
    """Yield all points in which one atom is replaced by a simpler one, simplest first."""
    for slot in slots(problem, point.axes):
        current = _atoms_of(problem, slot.name, point.inputs[slot.name])
        for atom in range(slot.count):
            for value in slot.atoms:
                if np.array_equal(current[atom], value):
                    break
                inputs = {name: array.copy() for name, array in point.inputs.items()}
                _atoms_of(problem, slot.name, inputs[slot.name])[atom] = value
                yield (slot.name, atom), Point(point.axes, inputs)
