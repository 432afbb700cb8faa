"""Edits of several entries at once: ties, repeated rows, sorted and constant arrays, coincidences.

An edit takes a generator and the inputs of one point, by name, and returns the input it changed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.domains import Domain

Array = NDArray[Any]
Inputs = Mapping[str, Array]
Change = Callable[[np.random.Generator, Inputs], dict[str, Array]]
NEAR = (1e-3, 1e-6, 1e-9, 1e-12)
# On both sides of a threshold and on it.
AROUND = (0.5, 1 - 2.0**-20, 1.0, 1 + 2.0**-20, 2.0)


@dataclass(frozen=True)
class Edit:
    """A named change; `rank` orders the list: what finds most comes first."""

    name: str
    change: Change
    rank: int = 1


def patterns(name: str, domain: Domain, landmarks: Sequence[float]) -> Iterator[Edit]:
    """Ties, near ties, mirrored entries, repeated rows, constant and sorted arrays, rank one."""
    for rank, gap in ((0, 0.0), *((2, gap) for gap in (*(0.5 * n for n in landmarks), *NEAR))):
        yield Edit(f"{name}: two entries {gap:g} apart", tie(name, gap, 1.0), rank)
    yield Edit(f"{name}: two entries opposite", tie(name, 0.0, -1.0), 1)
    yield Edit(f"{name}: the largest entries tied", _top(name), 0)
    yield Edit(f"{name} constant", lambda rng, inputs: {name: _filled(inputs[name])}, 1)
    for factor in (1e10, 1e17):
        yield Edit(f"{name} constant, * {factor:g}", _level(name, factor), 1)
    yield Edit(
        f"{name}: spread of 1e-4", lambda rng, inputs: {name: _narrow(inputs[name], 1e-4)}, 1
    )
    for spread in landmarks[:4]:
        yield Edit(f"{name}: spread of {spread:g}", _narrowed(name, spread), 2)
    for turn in (1, -1):
        yield Edit(f"{name} sorted {turn}", _sorted(name, turn), 1)
    for axis in range(len(domain.shape) if len(domain.shape) > 1 else 0):
        yield Edit(f"{name}: repeated along {axis}", repeated(name, axis), 1)
    if len(domain.shape) == 2:
        yield Edit(f"{name} of rank one", lambda rng, inputs: {name: _rank_one(inputs[name])}, 1)
        yield Edit(f"{name} diagonal", lambda rng, inputs: {name: _diagonal(inputs[name])}, 1)
        yield Edit(f"{name} symmetric", lambda rng, inputs: {name: _symmetric(inputs[name])}, 2)


def tie(name: str, gap: float, sign: float) -> Change:
    """Make one entry ± another, plus a gap."""

    def change(rng: np.random.Generator, inputs: Inputs) -> dict[str, Array]:
        array = inputs[name].copy()
        flat = array.reshape(-1)
        if flat.size < 2:
            return {}
        i, j = rng.permutation(flat.size)[:2]
        flat[j] = sign * flat[i] + gap
        return {name: array}

    return change


def _top(name: str) -> Change:
    def change(rng: np.random.Generator, inputs: Inputs) -> dict[str, Array]:
        array = inputs[name].copy()
        flat = array.reshape(-1)
        flat[rng.integers(flat.size)] = flat[np.argmax(np.abs(flat))]
        return {name: array}

    return change


def _filled(array: Array) -> Array:
    return np.full_like(array, array.reshape(-1)[0])


def _level(name: str, factor: float) -> Change:
    return lambda rng, inputs: {name: _filled(inputs[name]) * factor}


def _narrow(array: Array, spread: float) -> Array:
    middle = array.mean()
    return np.asarray(middle + spread * (array - middle))


def _narrowed(name: str, spread: float) -> Change:
    return lambda rng, inputs: {name: _narrow(inputs[name], spread)}


def _sorted(name: str, turn: int) -> Change:
    return lambda rng, inputs: {name: np.sort(inputs[name], axis=-1)[..., ::turn].copy()}


def repeated(name: str, axis: int) -> Change:
    """Make one index of an axis a copy of another."""

    def change(rng: np.random.Generator, inputs: Inputs) -> dict[str, Array]:
        array = np.moveaxis(inputs[name].copy(), axis, 0)
        array[int(rng.integers(len(array)))] = array[int(rng.integers(len(array)))]
        return {name: np.ascontiguousarray(np.moveaxis(array, 0, axis))}

    return change


def _rank_one(array: Array) -> Array:
    return np.outer(array[:, 0], array[0])


def _diagonal(array: Array) -> Array:
    return np.asarray(np.where(np.eye(*array.shape) > 0, array, 0.0))


def _symmetric(array: Array) -> Array:
    square = array.shape[0] == array.shape[1]
    return np.asarray(np.tril(array) + np.tril(array, -1).T if square else array)


def coinciding(group: Sequence[str], landmarks: Sequence[float]) -> Iterator[Edit]:
    """List edits that make inputs of a group equal, or nearly so, here or everywhere."""
    if len(group) == 1:
        yield Edit(f"{group[0]}: repeated rows", repeated(group[0], 0), 0)
        return
    for place, first in enumerate(group):
        for second in group[place + 1 :]:
            yield Edit(f"{first} = {second}", _same(first, second, 0.0, True), 0)
            yield Edit(f"{first} = {second} somewhere", _same(first, second, 0.0, False), 0)
            for factor in (1e11, 1e17, 1e-9):
                yield Edit(f"{first} = {second}, * {factor:g}", _far(first, second, factor), 1)
            for gap in (*(n * f for n in landmarks for f in AROUND[::2]), *NEAR[:2]):
                both = f"{first} = {second}"
                yield Edit(f"{both} + {gap:g}", _same(first, second, gap, True), 2)
                yield Edit(f"{both} - {gap:g}", _same(first, second, -gap, False), 2)


def _far(first: str, second: str, factor: float) -> Change:
    def change(rng: np.random.Generator, inputs: Inputs) -> dict[str, Array]:
        if inputs[first].shape != inputs[second].shape:
            return {}
        return {first: inputs[second] * factor, second: inputs[second] * factor}

    return change


def _same(first: str, second: str, gap: float, everywhere: bool) -> Change:
    def change(rng: np.random.Generator, inputs: Inputs) -> dict[str, Array]:
        left, right = inputs[first].copy(), inputs[second]
        if left.shape != right.shape:
            return {}
        if everywhere or left.ndim == 0:
            left = right + gap
        else:
            row = int(rng.integers(len(left)))
            left[row] = right[row] + gap
        return {first: np.asarray(left)}

    return change
