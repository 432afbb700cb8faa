"""Are two sides equal? Floats at several points first, then balls at a point of exact numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.derivation.gaps import Gaps
from verify.derivation.steps import Witness
from verify.derivation.worlds import World
from verify.formula.balls import BALLS
from verify.formula.context import Typed, renamed
from verify.formula.evaluate import Array, Evaluator
from verify.formula.floats import REALS
from verify.formula.source import FormulaError, ShapeError
from verify.formula.tree import Compare, Entry, Fold, Index, Num, Tree, Truth
from verify.formula.walk import free, walk

# A claim is decided by balls where they run; floats only choose the points. 1e-6 of an entry is
# far above what cancellation leaves of 16 digits at points of this size.
DIFFERS, NOISE = 1e-6, 1e-9


@dataclass(frozen=True)
class Outcome:
    """Equal (True), different (False) or not decided (None), with evidence, witness and reason."""

    equal: bool | None
    evidence: tuple[str, ...] = ()
    witness: Witness | None = None
    reason: str = ""
    sides: tuple[Tree, Tree, tuple[Index, ...]] | None = None


def matched(left: Typed, right: Typed) -> Typed:
    """Return `right` over the indices of `left`; raises `ShapeError` where they are no match."""
    if left.rank == right.rank:
        if left.rank == 1:
            one, other = left.row or left.column, right.row or right.column
            assert one
            assert other
            _same_axis(one, other, left, right)
            moved = renamed(Typed(right.tree, other), one, None)
            return Typed(moved.tree, left.row, left.column)
        if left.rank == 2:
            assert left.row
            assert right.row
            assert left.column
            assert right.column
            _same_axis(left.row, right.row, left, right)
            _same_axis(left.column, right.column, left, right)
        return renamed(right, left.row, left.column)
    if isinstance(right.tree, Num) or isinstance(left.tree, Num):
        return right
    # A vector against a scalar is often its component; a matrix against a scalar is a mistake.
    certain = letters(left) == letters(right) and abs(left.rank - right.rank) == 2
    raise ShapeError(
        f"one side is {left.shape()}, the other {right.shape()}", right.tree.span, certain=certain
    )


def _same_axis(one: Index, other: Index, left: Typed, right: Typed) -> None:
    if one.axis != other.axis:
        raise ShapeError(
            f"one side is {left.shape()}, the other {right.shape()}",
            right.tree.span,
            certain=one.axis.base != other.axis.base,
        )


def letters(typed: Typed) -> frozenset[str]:
    """Return the letters that are free in a side, those of its own axes excluded."""
    return frozenset(
        index.letter for index in free(typed.tree) if index not in (typed.row, typed.column)
    )


def compare(at: World, left: Typed, right: Typed, condition: Tree | None) -> Outcome:
    """Tell whether two sides are equal at all points, where a condition holds.

    Raises `FormulaError` for what cannot be executed, `ShapeError` for sides of different shapes.
    """
    right = matched(left, right)
    one, other = at.expanded(left.tree), at.expanded(right.tree)
    found = free(one) | free(other) | (free(condition) if condition is not None else frozenset())
    ends = {index for index in (left.row, left.column) if index}
    axes = tuple(sorted(found | ends, key=repr))
    decided, reason = 0, "no point at which both sides have a value"
    gaps = Gaps()
    for number in range(len(at.points)):
        state, place = _at_point(at, number, (one, other), axes, condition, gaps)
        if state is False and place is not None:
            told = _different(at, number, (one, other), axes, place)
            if told.equal is not None:
                return told
            reason = told.reason  # rounding, or a place that is not meant: not decided here
        decided += state is True
    if decided < 2 or (untested := gaps.said(axes)):
        return Outcome(None, reason=reason if decided < 2 else untested)
    return _equal(at, (one, other), axes, condition)


def _at_point(
    at: World,
    number: int,
    trees: tuple[Tree, Tree],
    axes: tuple[Index, ...],
    condition: Tree | None,
    gaps: Gaps,
) -> tuple[bool | None, tuple[int, ...] | None]:
    evaluator = at.evaluator(number, REALS)
    if any(index.axis.length(evaluator.extents) < 1 for index in axes):
        return None, None
    with np.errstate(all="ignore"):
        left, right = (evaluator.array(tree, axes) for tree in trees)
        inside = gaps.keep(_where(evaluator, condition, axes), left, right)
        if not inside.any():
            return None, None
        scale = np.where(inside, np.maximum(abs(left), abs(right)), 0)
        excess = np.where(inside, abs(left - right), 0) - DIFFERS * scale - NOISE * scale.max()
    worst = np.unravel_index(int(np.argmax(excess)), excess.shape) if excess.ndim else ()
    if excess[worst] > 0:
        return False, tuple(int(n) for n in worst)
    return True, None


def _where(evaluator: Evaluator, condition: Tree | None, axes: tuple[Index, ...]) -> Any:
    if condition is None:
        return np.array(True)
    return evaluator.array(Truth(condition), axes) > 0.5


def _different(
    at: World,
    number: int,
    trees: tuple[Tree, Tree],
    axes: tuple[Index, ...],
    place: tuple[int, ...],
) -> Outcome:
    """Certify a difference by balls at the same point; without balls it stays tested."""
    evaluator = at.evaluator(number, REALS)
    if _on_diagonal(at, evaluator, trees, axes):
        return Outcome(None, reason="the sides differ only where two indices are equal")
    values = [float(evaluator.array(tree, axes)[place]) for tree in trees]
    balls = _balls(at, number, trees, axes)
    entry = {index.letter: index.axis.start + n for index, n in zip(axes, place, strict=True)}
    point = at.points[number]
    unnamed = [s.key for s in at.symbols.values() if s.kind in ("constant", "identity") or s.of]
    shown = {k: _plain(value) for k, value in point.values.items() if k not in unnamed}
    if balls is None:
        witness = Witness(point.extents, shown, entry, values[0], values[1])
        return Outcome(False, ("tested",), witness)
    left, right = (array[place] for array in balls)
    if left.overlaps(right):
        return Outcome(None, reason="floats differ here, exact enclosures do not")
    texts = (str(left), str(right))
    witness = Witness(point.extents, shown, entry, values[0], values[1], texts)
    return Outcome(False, ("tested", "certified"), witness)


def _on_diagonal(
    at: World, evaluator: Evaluator, trees: tuple[Tree, Tree], axes: tuple[Index, ...]
) -> bool:
    """Whether sides differ only at equal indices, on a page that sums over unequal ones.

    There the diagonal is not meant: `p_{ij}` for i = j has no meaning in such pages.
    """
    definitions = [found.tree for found in at.registry.definitions.values()]
    if not any(_unequal(node) for tree in (*trees, *definitions) for node in walk(tree)):
        return False
    with np.errstate(all="ignore"):
        left, right = (evaluator.array(tree, axes) for tree in trees)
        off = abs(left - right) > DIFFERS * np.maximum(abs(left), abs(right))
    places = np.indices(off.shape)
    equal = _excluded(evaluator, (*trees, *definitions), axes, places)
    for one, first in enumerate(axes):
        for other, second in enumerate(axes[:one]):
            if first.axis == second.axis:
                equal |= places[one] == places[other]
    return not bool(np.any(off & ~equal))


def _excluded(
    evaluator: Evaluator, trees: Sequence[Tree], axes: tuple[Index, ...], places: NDArray[Any]
) -> NDArray[Any]:
    """Return where an index is the label that a sum leaves out, as y of `j \\neq y`."""
    found = np.zeros(places.shape[1:], dtype=bool)
    for node in (node for tree in trees for node in walk(tree)):
        for part in walk(node.condition) if isinstance(node, Fold) and node.condition else ():
            ends = (part.left, part.right) if isinstance(part, Compare) else ()
            index, label = sorted(ends, key=lambda end: isinstance(end, Entry)) or (None, None)
            if not isinstance(index, Index) or not isinstance(label, Entry):
                continue
            if part.operator != "!=" or not free(label) <= set(axes):  # type: ignore[attr-defined]
                continue
            value = np.asarray(evaluator.array(label, axes))
            for place, axis in enumerate(axes):
                if axis.axis == index.axis:
                    found |= places[place] + axis.axis.start == value
    return found


def _unequal(node: Tree) -> bool:
    condition = node.condition if isinstance(node, Fold) else None
    return condition is not None and any(
        isinstance(part, Compare) and part.operator == "!=" for part in walk(condition)
    )


def _plain(array: NDArray[Any]) -> object:
    """Return numbers that can be written down; entries that a page gives are fractions here."""
    return array.astype(float).tolist()


def _balls(
    at: World, number: int, trees: tuple[Tree, Tree], axes: tuple[Index, ...]
) -> tuple[Array, Array] | None:
    """Return both sides in balls; None where this formula has no execution in balls."""
    evaluator = at.evaluator(number, BALLS)
    try:
        return evaluator.array(trees[0], axes), evaluator.array(trees[1], axes)
    except (FormulaError, ZeroDivisionError, ValueError, TypeError):
        return None


def ball_at(array: Array, place: tuple[int, ...]) -> Any:
    """Return one ball of an array; python-flint ships no types."""
    return array[place]


def _equal(
    at: World, trees: tuple[Tree, Tree], axes: tuple[Index, ...], condition: Tree | None
) -> Outcome:
    """Equal in floats: balls must not tell them apart either."""
    balls = _balls(at, 0, trees, axes)
    if balls is None:
        return Outcome(True, ("tested",), sides=(*trees, axes))
    inside = np.broadcast_to(_where(at.evaluator(0, REALS), condition, axes), balls[0].shape)
    for place in np.ndindex(balls[0].shape):
        left, right = ball_at(balls[0], place), ball_at(balls[1], place)
        if inside[place] and left.is_finite() and right.is_finite() and not left.overlaps(right):
            return _different(at, 0, trees, axes, place)
    return Outcome(True, ("tested",), sides=(*trees, axes))
