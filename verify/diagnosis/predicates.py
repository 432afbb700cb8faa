"""Predicates: simple statements about points and entries that may separate right from wrong."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.points import Array, Point
from verify.problems import Claim

SPECIAL = (0.0, 1.0, 2.0, -1.0)
SINGULAR = 1e-12
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Predicate:
    """A statement about a point, in words; None where it makes no sense."""

    text: str
    cost: float
    holds: Callable[[Point], bool | None]


@dataclass(frozen=True)
class EntryPredicate:
    """A statement about single entries of one or two inputs, `names`, as a mask that broadcasts."""

    text: str
    cost: float
    mask: Callable[[Point], Array]
    names: tuple[str, ...]


def about_entries(names: tuple[str, ...]) -> Iterator[EntryPredicate]:
    """Yield statements about the entries of single inputs, and of two inputs beside each other."""
    for name in names:
        yield from _about_one(name)
    for left, right in itertools.combinations(names, 2):
        yield from _about_two(left, right)


def _about_one(name: str) -> Iterator[EntryPredicate]:
    def say(text: str, cost: float, test: Callable[[Array], Array]) -> EntryPredicate:
        return EntryPredicate(text, cost, lambda point: test(point.inputs[name]), (name,))

    for value in SPECIAL:
        yield say(f"{name} = {value:g}", 1.0 + 0.1 * SPECIAL.index(value), _equals(value))
    yield say(f"{name} < 0", 1.0, lambda a: a < 0)
    yield say(f"{name} > 0", 1.1, lambda a: a > 0)
    yield say(f"{name} = another entry of {name}", 1.5, lambda a: _repeated(a))
    yield say(f"|{name}| = another |entry| of {name}", 2.0, lambda a: _repeated(np.abs(a)))


def _equals(value: float) -> Callable[[Array], Array]:
    return lambda a: np.asarray(a == value)


def _repeated(array: Array) -> Mask:
    _, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse].reshape(array.shape) > 1)


def _about_two(left: str, right: str) -> Iterator[EntryPredicate]:
    def say(text: str, cost: float, test: Callable[[Array, Array], Array]) -> EntryPredicate:
        def mask(point: Point) -> Array:
            a, b = point.inputs[left], point.inputs[right]
            if a.shape != b.shape and a.ndim and b.ndim:
                raise ValueError("arrays that do not stand beside each other")
            return test(a, b)

        return EntryPredicate(text, cost, mask, (left, right))

    yield say(f"{left} = {right}", 1.25, lambda a, b: a == b)
    yield say(f"{left} < {right}", 1.5, lambda a, b: a < b)
    yield say(f"{left} > {right}", 1.5, lambda a, b: a > b)
    yield say(f"|{left}| = |{right}|", 2.0, lambda a, b: np.abs(a) == np.abs(b))
    yield say(f"|{left}| > |{right}|", 2.0, lambda a, b: np.abs(a) > np.abs(b))
    yield say(f"|{left}| < |{right}|", 2.0, lambda a, b: np.abs(a) < np.abs(b))


def about_points(claim: Claim, points: list[Point]) -> list[Predicate]:
    """List statements about whole points, simplest first."""
    names = tuple(n for n, a in points[0].inputs.items() if a.dtype.kind in "fiub")
    found = [*_about_sizes(claim, points)]
    # A symmetric matrix has equal entries by what it is.
    domains = claim.problem.domains
    mirrored = {n for n, d in domains.items() if d.row.structured and d.differentiable}
    for entry in about_entries(names):
        if "another" in entry.text and mirrored & set(entry.names):
            continue
        scalar = all(_size(entry, point) <= 1 and _rank(entry, point) == 0 for point in points)
        if scalar:
            found.append(Predicate(entry.text, entry.cost, _quantified(entry, np.any)))
        else:
            some, every = _quantified(entry, np.any), _quantified(entry, np.all)
            found.append(Predicate(f"some {entry.text}", entry.cost + 0.1, some))
            found.append(Predicate(f"every {entry.text}", entry.cost + 0.2, every))
    for name in names:
        found += _about_array(name)
    return sorted(found, key=lambda predicate: predicate.cost)


def _size(entry: EntryPredicate, point: Point) -> int:
    mask = _masked(entry, point)
    return 0 if mask is None else int(mask.size)


def _rank(entry: EntryPredicate, point: Point) -> int:
    mask = _masked(entry, point)
    return 0 if mask is None else int(mask.ndim)


def _masked(entry: EntryPredicate, point: Point) -> Array | None:
    try:
        return np.asarray(entry.mask(point))
    except ValueError:  # shapes that do not stand beside each other
        return None


def _quantified(
    entry: EntryPredicate, quantifier: Callable[[Array], object]
) -> Callable[[Point], bool | None]:
    def holds(point: Point) -> bool | None:
        mask = _masked(entry, point)
        return None if mask is None or not mask.size else bool(quantifier(mask))

    return holds


def _about_array(name: str) -> Iterator[Predicate]:
    def say(text: str, cost: float, test: Callable[[Array], bool | None]) -> Predicate:
        return Predicate(text, cost, lambda point: test(point.inputs[name]))

    yield say(f"all entries of {name} are equal", 1.5, _constant)
    yield say(f"two entries of {name} share the largest |value|", 1.9, _tied_at_top)
    yield say(f"two entries of {name} share the largest value", 1.9, _tied_at_max)
    yield say(f"{name} is symmetric", 1.5, _square(lambda a: bool(np.array_equal(a, a.T))))
    yield say(f"{name} is diagonal", 1.5, _square(_diagonal))
    yield say(f"{name} is singular", 1.5, _square(_singular))


def _constant(array: Array) -> bool | None:
    return bool((array == array.flat[0]).all()) if array.ndim and array.size else None


def _tied_at_top(array: Array) -> bool | None:
    return _tied_at_max(np.abs(array)) if array.dtype.kind in "fi" else None


def _tied_at_max(array: Array) -> bool | None:
    return bool((array == array.max()).sum() > 1) if array.ndim and array.size else None


def _square(test: Callable[[Array], bool]) -> Callable[[Array], bool | None]:
    def holds(array: Array) -> bool | None:
        square = array.ndim == 2 and array.shape[0] == array.shape[1] and array.size > 0
        return test(array) if square and np.isfinite(array).all() else None

    return holds


def _diagonal(array: Array) -> bool:
    return bool((array == np.diag(np.diag(array))).all())


def _singular(array: Array) -> bool:
    largest = np.abs(array).max()
    # Scaled: LAPACK complains aloud when the numbers overflow.
    values = np.linalg.svd(np.asarray(array / (largest or 1.0), dtype=float), compute_uv=False)
    return bool(values[-1] <= SINGULAR * values[0])


def _about_sizes(claim: Claim, points: list[Point]) -> Iterator[Predicate]:
    axes = [axis for axis in claim.problem.dims if all(axis in point.axes for point in points)]
    for axis in axes:
        yield Predicate(f"{axis} = 1", 0.9, _sized(axis))
    for left, right in itertools.combinations(axes, 2):
        yield Predicate(f"{left} = {right}", 1.5, _same_size(left, right))


def _sized(axis: str) -> Callable[[Point], bool | None]:
    return lambda point: point.axes[axis] == 1


def _same_size(left: str, right: str) -> Callable[[Point], bool | None]:
    return lambda point: point.axes[left] == point.axes[right]
