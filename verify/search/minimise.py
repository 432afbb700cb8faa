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
from verify.domains.entries import ROW_SUM
from verify.evaluator import Failure, call
from verify.points import COTANGENT, Array, Point, Stack, stack
from verify.problems import Problem
from verify.search.enumerate import Slot, cases, slots
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
                changed = _changed(slot, point, block, slot.atoms[0])
                point = _first(problem, stack([changed]), fails) or point
    return point


def _first(problem: Problem, batch: Stack, fails: Fails) -> Point | None:
    """Return the first failing point of a stack that lies in the domain."""
    for index in np.flatnonzero(fails(batch)):
        point = batch.point(int(index))
        if _belongs(problem, point):
            return point
    return None


def _belongs(problem: Problem, point: Point) -> bool:
    inside = all(d.contains(point.inputs[name], point.axes) for name, d in problem.domains.items())
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
    """Make an input that lost indices valid again: its shape, its rows, its range."""
    # An axis such as n+1 has no index of its own that went with one of n: the last ones go.
    array = array[tuple(slice(0, size) for size in domain.sizes(axes))]
    if domain.by_rows and array.size:
        bad = np.abs(array.sum(axis=domain.axis, keepdims=True) - 1) > ROW_SUM
        return np.where(bad, _first_row(domain, array), array)
    if domain.kind == "axis_length":
        return np.asarray(domain.atoms(axes)[0])
    if domain.kind == "permutation":
        return np.argsort(np.argsort(array, axis=-1), axis=-1)
    if domain.kind == "labels":
        return np.minimum(array, len(domain.atoms(axes)) - 1)
    if domain.kind == "integers":
        return np.clip(array, *domain.range(axes)).astype(array.dtype)
    return array


def _first_row(domain: Domain, array: Array) -> Array:
    """Return rows with the one in front, of the shape of `array`."""
    rows = np.zeros(np.moveaxis(array, domain.axis, -1).shape)
    rows[..., 0] = 1.0
    return np.moveaxis(rows, -1, domain.axis)


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
    changes: dict[tuple[str, int], Array] = {}
    slots_by_name = {slot.name: slot for slot in slots(problem, point.axes)}
    for (name, atom), candidate in good:
        rows = _atoms_of(slots_by_name[name], candidate.inputs[name])
        changes.setdefault((name, atom), rows[atom])
    places = list(changes)
    while len(places) > 1:
        merged = point
        for name, atom in places:
            merged = _changed(slots_by_name[name], merged, atom, changes[name, atom])
        if _first(problem, stack([merged]), fails) is not None:
            return merged
        places = places[: len(places) // 2]
    return None


def _atoms_of(slot: Slot, array: Array) -> Array:
    """Return an input as a list of its atoms: entries, or rows."""
    by_rows = slot.domain is not None and slot.domain.by_rows
    if not by_rows or slot.domain is None:
        return array.reshape(-1)
    rows = np.moveaxis(array, slot.domain.axis, -1)
    return rows.reshape(-1, rows.shape[-1])


def _changed(slot: Slot, point: Point, places: int | Array, value: Array) -> Point:
    """Return the point with some atoms of one input replaced, brought back into its kind."""
    atoms = _atoms_of(slot, point.inputs[slot.name]).copy()
    atoms[places] = value
    array = atoms.reshape((*slot.places, *atoms.shape[1:]))
    if slot.domain is not None:
        array = np.moveaxis(array, -1, slot.domain.axis) if slot.domain.by_rows else array
        array = np.asarray(slot.domain.row.repair(slot.domain, slot.axes, array))
    return Point(point.axes, {**point.inputs, slot.name: array})


def _simpler(problem: Problem, point: Point) -> Iterator[tuple[tuple[str, int], Point]]:
    """Yield all points in which one atom is replaced by a simpler one, simplest first."""
    for slot in slots(problem, point.axes):
        current = _atoms_of(slot, point.inputs[slot.name])
        for atom in range(slot.count):
            for value in slot.atoms:
                if np.array_equal(current[atom], value):
                    break
                yield (slot.name, atom), _changed(slot, point, atom, value)
