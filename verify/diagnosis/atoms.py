"""Atoms: what a formula can be made of at a point, laid out along the axes of an input.

Inputs, intermediates, differences and contracted products of two, their sums and norms over
axes, sizes of axes: each as a text that a reader can check and a function of a case.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from verify.diagnosis.cases import Case, Names
from verify.domains import size_of
from verify.findings import Floats

Values = Callable[[Case], Floats]
# Pairs of named values grow with the square.
MOST_PAIRED = 9


@dataclass(frozen=True)
class Array:
    """A named array with the names of its axes, and the names it is made of."""

    text: str
    axes: tuple[str, ...]
    cost: float
    values: Values
    made_of: frozenset[str]
    negated: str = ""


@dataclass(frozen=True)
class Atom:
    """A quantity that broadcasts to the input's shape at every case.

    `made_of` are the named values in it; `negated` is how its negative is written, if otherwise.
    """

    text: str
    cost: float
    values: Values
    made_of: frozenset[str] = frozenset()
    negated: str = ""


def atoms_of(names: Names, sizes: tuple[str, ...]) -> list[Atom]:
    """List the atoms, simplest first; `sizes` are the named axes whose lengths count."""
    arrays = [_named(name, names) for name in names.axes]
    atoms = [*_lengths(sizes)]
    for array in arrays:
        atoms += _laid_out(array, names)
        atoms += _complements(array, names)
        atoms += _reduced(array, names)
    paired = arrays[:MOST_PAIRED]
    for left, right in itertools.combinations(paired, 2):
        for array in _differences(left, right):
            atoms += _laid_out(array, names)
            atoms += _reduced(array, names)
    for left, right in itertools.combinations(paired, 2):
        for product in _contracted(left, right, names):
            atoms += _laid_out(product, names)
    return sorted(atoms, key=lambda atom: atom.cost)


def bare(text: str) -> str:
    """Take off the brackets around a whole expression.

    >>> bare("(x - y)"), bare("(x - y) * (x + y)")
    ('x - y', '(x - y) * (x + y)')
    """
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1] if text.startswith("(") else text


def _named(name: str, names: Names) -> Array:
    cost = 1.0 if name in names.inputs else 1.25 if " in the " not in name else 2.0
    return Array(name, names.axes[name], cost, lambda case: case.named[name], frozenset({name}))


def _lengths(sizes: tuple[str, ...]) -> Iterator[Atom]:
    for axis in sizes:
        for text, shift, cost in (
            (axis, 0, 1.0),
            (f"({axis} - 1)", -1, 1.5),
            (f"({axis} + 1)", 1, 1.9),
        ):
            yield Atom(text, cost, _length(axis, shift))


def _length(axis: str, shift: int) -> Values:
    return lambda case: np.asarray(float(size_of(axis, case.sample.point.axes) + shift))


def _laid_out(array: Array, names: Names) -> Iterator[Atom]:
    """Lay an array out along the axes of the input that have the same names, in every way."""
    kept = [i for i, axis in enumerate(array.axes) if axis != "1"]
    target = names.target
    places = [[p for p, word in enumerate(target) if word == array.axes[i]] for i in kept]
    ways = [way for way in itertools.product(*places) if len(set(way)) == len(way)]
    for number, way in enumerate(ways):
        if len(ways) > 1 and len(kept) == len(target) == 2:
            text = array.text + (".T" if list(way) != sorted(way) else "")
        elif len(ways) > 1:
            text = f"{array.text} along axis {way[0]}"
        else:
            text = array.text
        values = _placed(array, tuple(kept), way, len(target))
        negated = array.negated if text == array.text else ""
        yield Atom(text, array.cost + 0.25 * number, values, array.made_of, negated)


def _placed(array: Array, kept: tuple[int, ...], way: tuple[int, ...], rank: int) -> Values:
    order = tuple(int(i) for i in np.argsort(way))

    def values(case: Case) -> Floats:
        found = array.values(case)
        found = found.reshape(tuple(found.shape[i] for i in kept)).transpose(order)
        shape = [1] * rank
        for place, size in zip(sorted(way), found.shape, strict=True):
            shape[place] = size
        return found.reshape(shape)

    return values


def _complements(array: Array, names: Names) -> Iterator[Atom]:
    makers: list[tuple[str, float, Callable[[Floats], Floats]]] = [
        (f"(1 - {array.text})", 0.75, lambda x: 1 - x),
        (f"(1 - {array.text}**2)", 1.25, lambda x: 1 - x * x),
        (f"(1 + {array.text})", 1.25, lambda x: 1 + x),
    ]
    for text, extra, make in makers:
        values = _applied(array, make)
        made = Array(text, array.axes, array.cost + extra, values, array.made_of)
        yield from _laid_out(made, names)


def _applied(array: Array, make: Callable[[Floats], Floats]) -> Values:
    return lambda case: make(array.values(case))


def _reduced(array: Array, names: Names) -> Iterator[Atom]:
    """Sum an array, and take its norm, over every set of its axes."""
    rank = len(array.axes)
    for count in range(rank, 0, -1):
        for axes in itertools.combinations(range(rank), count):
            over = "" if count == rank else f" over {', '.join(array.axes[i] for i in axes)}"
            left = tuple(axis for i, axis in enumerate(array.axes) if i not in axes)
            for word, extra, make in (("sum", 0.75, _summed), ("norm", 1.0, _normed)):
                text = f"{word}({bare(array.text)}{over})"
                cost = array.cost + extra + (0.25 if over else 0.0)
                negated = (
                    f"sum({bare(array.negated)}{over})" if array.negated and word == "sum" else ""
                )
                made = Array(text, left, cost, make(array, axes), array.made_of, negated)
                yield from _laid_out(made, names)


def _summed(array: Array, axes: tuple[int, ...]) -> Values:
    return lambda case: np.asarray(array.values(case).sum(axis=axes))


def _normed(array: Array, axes: tuple[int, ...]) -> Values:
    return lambda case: np.asarray(np.sqrt((array.values(case) ** 2).sum(axis=axes)))


def _differences(left: Array, right: Array) -> Iterator[Array]:
    """Subtract arrays of the same axes, or a scalar from an array."""
    if left.axes == right.axes or not right.axes or not left.axes:
        axes = left.axes or right.axes
        cost = left.cost + right.cost - 0.25
        yield Array(
            f"({left.text} - {right.text})",
            axes,
            cost,
            lambda case: left.values(case) - right.values(case),
            left.made_of | right.made_of,
            f"({right.text} - {left.text})",
        )


def _contracted(left: Array, right: Array, names: Names) -> Iterator[Array]:
    """Multiply two arrays along equal axes and sum over the axes that the input does not have.

    Where both have the axes of the input, over all of them: sum(u * v).
    """
    shared = [axis for axis in left.axes if axis in right.axes and axis != "1"]
    union = tuple(dict.fromkeys([*left.axes, *right.axes]))
    plain = len(set(left.axes)) == len(left.axes) and len(set(right.axes)) == len(right.axes)
    if not shared or not plain or any(axis.startswith("?") for axis in union):
        return
    inside = tuple(axis for axis in union if axis in names.target)
    for kept in dict.fromkeys([inside, ()]):
        summed = [axis for axis in union if axis not in kept]
        if not summed or not set(summed) & set(shared):
            continue
        over = f" over {', '.join(summed)}" if kept else ""
        text = f"sum({left.text} * {right.text}{over})"
        cost = left.cost + right.cost + 0.5
        values = _einsum(left, right, kept, union)
        yield Array(text, kept, cost, values, left.made_of | right.made_of)


def _einsum(left: Array, right: Array, kept: tuple[str, ...], union: tuple[str, ...]) -> Values:
    letters = {axis: chr(ord("a") + i) for i, axis in enumerate(union)}
    words = ["".join(letters[axis] for axis in part) for part in (left.axes, right.axes, kept)]
    plan = f"{words[0]},{words[1]}->{words[2]}"
    return lambda case: np.asarray(np.einsum(plan, left.values(case), right.values(case)))
