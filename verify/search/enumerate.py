"""Small-scope enumeration: all cases of the tiniest shapes, simplest first, in NumPy batches.

The order is that of the key (entries in all inputs, one-hot rows counted once; the axes' sizes in
order of appearance; sum of the entries' ranks in their lists of simple values; the ranks,
lexicographically, inputs in order of declaration). A prefix of this order is enumerated, so the
first failing case is the smallest there is.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.domains import Domain
from verify.evaluator import Failure, call, holds
from verify.points import COTANGENT, Array, Stack
from verify.problems import Problem

Ranks = NDArray[np.intp]
COTANGENT_ATOMS = (1.0, -1.0, 2.0, -2.0)
# A shape with more cases than this is not enumerated, nor are the larger ones: its table of ranks
# alone would take longer than the whole budget.
LARGEST_SHAPE = 60_000
BATCH = 2048
# Cases that are scaled, and by what: tiny, saturating, as far as exp does not overflow, beyond.
SCALED_CASES = 150
SCALES = (2.0**-20, 8.0, 32.0, 256.0, 4096.0)
SHAPE_TRIES = 20


@dataclass(frozen=True)
class Slot:
    """One input at one shape: how many atoms it has, and the atoms, simplest first."""

    name: str
    axes: Mapping[str, int]
    places: tuple[int, ...]
    atoms: Array
    domain: Domain | None = None

    @property
    def count(self) -> int:
        """Number of atoms: entries, or rows."""
        return math.prod(self.places)

    def build(self, ranks: Ranks) -> Array:
        """Turn ranks `(B, count)` into the input's array `(B, *shape)`."""
        picked = self.atoms[ranks].reshape((len(ranks), *self.places, *self.atoms.shape[1:]))
        return self.domain.build(self.axes, picked) if self.domain else picked


def shapes(problem: Problem) -> Iterator[dict[str, int]]:
    """Yield the sizes of the axes, smallest key first."""
    ranges = [range(low, high + 1) for low, high in problem.dims.values()]
    sizes = [dict(zip(problem.dims, combo, strict=True)) for combo in itertools.product(*ranges)]
    return iter(sorted(sizes, key=lambda axes: (_entries(problem, axes), *axes.values())))


def _entries(problem: Problem, axes: Mapping[str, int]) -> int:
    return sum(math.prod(domain.places(axes)) for domain in problem.domains.values())


def slots(problem: Problem, axes: Mapping[str, int]) -> list[Slot]:
    """List the inputs at this shape, the cotangent last; [] if its shape is unknown."""
    found = [
        Slot(name, axes, domain.places(axes), np.stack(domain.atoms(axes)), domain)
        for name, domain in problem.domains.items()
    ]
    if problem.is_vjp:
        shape = _output_shape(problem, found)
        if shape is None:
            return []
        found.append(Slot(COTANGENT, axes, shape, np.array(COTANGENT_ATOMS)))
    return found


def _output_shape(problem: Problem, found: list[Slot]) -> tuple[int, ...] | None:
    """Return the shape of the primal's value at the first of some points where it has one."""
    rng = np.random.default_rng(0)
    for turn in range(SHAPE_TRIES):
        # The simplest point first; it may be singular, as the zero matrix is for an inverse.
        ranks = {s.name: rng.integers(0, len(s.atoms), (1, s.count)) * (turn > 0) for s in found}
        value = call(problem.primal, {s.name: s.build(ranks[s.name])[0] for s in found})
        if not isinstance(value, Failure):
            return tuple(np.shape(value))
    return None


def cases(problem: Problem, axes: Mapping[str, int]) -> Iterator[Stack]:
    """Yield all cases of one shape in order, in batches; nothing if the shape has too many."""
    places = slots(problem, axes)
    if not places:
        return
    levels = [len(slot.atoms) for slot in places for _ in range(slot.count)]
    total = math.prod(levels)
    if total > LARGEST_SHAPE:
        return
    ranks = np.indices(levels, dtype=np.int8).reshape(len(levels), total).T
    ordered = ranks[np.argsort(ranks.sum(axis=1, dtype=np.int64), kind="stable")]
    for start in range(0, total, BATCH):
        yield _stack(places, axes, ordered[start : start + BATCH].astype(np.intp))


def _stack(places: list[Slot], axes: Mapping[str, int], ranks: Ranks) -> Stack:
    inputs, start = {}, 0
    for slot in places:
        inputs[slot.name] = slot.build(ranks[:, start : start + slot.count])
        start += slot.count
    return Stack(axes, inputs)


def enumerated(problem: Problem, budget: int) -> Iterator[Stack]:
    """Yield a prefix of the order that has at most `budget` cases, those meeting `where`.

    Nothing is yielded where an input is declared by a strategy: its values cannot be listed.
    """
    if len(problem.domains) < len(problem.inputs):
        return
    left = budget
    for axes in shapes(problem):
        seen = False
        for batch in cases(problem, axes):
            seen = True
            part = batch.take(np.arange(min(len(batch), left)))
            left -= len(part)
            if problem.where is not None:
                part = part.take(np.flatnonzero(holds(problem.where, part)))
            if len(part):
                yield part
            if left <= 0:
                return
        if not seen:
            return


def scaled(problem: Problem) -> Iterator[Stack]:
    """Yield the first small cases again with one real input scaled up or down at a time.

    Saturation, underflow and lost digits show at x = 1, theta = [0, 32] and never on the short
    numbers of the enumeration itself.
    """
    for part in enumerated(problem, SCALED_CASES):
        copies = [
            {**part.inputs, name: part.inputs[name] * scale}
            for name, domain in problem.domains.items()
            if domain.differentiable and domain.free and not domain.values
            for scale in SCALES
        ]
        if not copies:
            return
        joined = {n: np.concatenate([copy[n] for copy in copies]) for n in part.inputs}
        whole = Stack(part.axes, joined)
        inside = np.ones(len(whole), dtype=bool)
        for name, domain in problem.domains.items():
            inside &= np.array([domain.contains(array, part.axes) for array in joined[name]])
        if problem.where is not None:
            inside &= holds(problem.where, whole)
        if inside.any():
            yield whole.take(np.flatnonzero(inside))
