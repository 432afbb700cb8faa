"""What is known of a tree at a point: its number, whether it is whole, or never negative."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from verify.formula.evaluate import Evaluator, Valued
from verify.formula.tree import (
    Add,
    Call,
    Choice,
    Compare,
    Const,
    Entry,
    Extent,
    Fold,
    Index,
    Mul,
    Num,
    Pow,
    Tree,
    Truth,
)
from verify.formula.walk import binds, free, substituted, walk

WHOLE = frozenset({"onehot", "label", "bit", "sign", "count", "natural", "integer"})
NOT_NEGATIVE = frozenset(
    {"positive", "nonnegative", "unit", "simplex", "onehot", "bit", "count", "natural"}
)


def number_of(tree: Tree, at: Evaluator) -> Fraction | None:
    """Return the value of a number or of a size."""
    match tree:
        case Num(value):
            return value
        case Extent(axis):
            return Fraction(axis.stop(at.extents))
    return None


def is_whole(tree: Tree, at: Evaluator) -> bool:
    """Whether the exact whole values of a tree are known at the point."""
    match tree:
        case Num(value):
            return value.denominator == 1
        case Index() | Extent():
            return True
        case Truth(condition):
            return all(is_whole(side, at) for side in _sides(condition))
        case Add(parts) | Mul(parts):
            return not any(isinstance(p, Truth) for p in parts) and all(
                is_whole(p, at) for p in parts
            )
        case Entry(symbol):
            return _kind(symbol, at) in WHOLE
    return False


def _kind(symbol: str, at: Evaluator) -> str:
    """Return the kind of a declared symbol; a defined one has none."""
    known = symbol in at.symbols and symbol not in at.definitions
    return at.symbols[symbol].kind if known else ""


def whole_values(tree: Tree, at: Evaluator) -> Valued:
    """Return the values of a tree for which `is_whole` holds, as Python's integers."""
    found = at.truth(tree.condition) if isinstance(tree, Truth) else at.integer(tree)
    whole = np.asarray(np.asarray(found.array).astype(np.int64), dtype=object)
    return Valued(whole, found.axes)


def _sides(condition: Tree) -> Iterator[Tree]:
    for node in walk(condition):
        if isinstance(node, Compare):
            yield from (node.left, node.right)


def real_comparison(tree: Tree, at: Evaluator) -> bool:
    """Whether a condition, here or in a definition that is used, compares reals."""
    seen: set[str] = set()
    waiting = [tree]
    while waiting:
        for node in walk(waiting.pop()):
            if isinstance(node, Compare):
                if not (is_whole(node.left, at) and is_whole(node.right, at)):
                    return True
            elif isinstance(node, Entry) and node.symbol in at.definitions:
                if node.symbol not in seen:
                    waiting.append(at.definitions[node.symbol].tree)
                seen.add(node.symbol)
    return False


def inlined(tree: Entry, at: Evaluator) -> Tree | None:
    """Return what an entry is defined to be, None if it is not or the entry may not exist."""
    definition = at.definitions.get(tree.symbol)
    if definition is None:
        return None
    for index, axis in zip(tree.at, definition.symbol.axes, strict=True):
        if isinstance(index, Index):
            first, last = index.axis.start, index.axis.stop(at.extents)
        elif isinstance(index, Num):
            first = last = int(index.value)
        else:
            return None
        if first < axis.start or last > axis.stop(at.extents):
            return None
    bound = {index for node in walk(definition.tree) for index in binds(node)}
    if bound & free(tree):
        return None  # an index would be caught
    return substituted(definition.tree, dict(zip(definition.indices, tree.at, strict=True)))


def nonnegative(tree: Tree, at: Evaluator) -> bool:
    """Whether a real value is at least 0 wherever it is defined; False if that is not seen."""
    match tree:
        case Num() | Extent():
            return (number_of(tree, at) or 0) >= 0
        case Const() | Truth():
            return True
        case Index():
            return tree.axis.start >= 0
        case Entry(symbol):
            body = inlined(tree, at)
            if symbol in at.definitions:
                return body is not None and nonnegative(body, at)
            return _kind(symbol, at) in NOT_NEGATIVE
        case Add(parts) | Mul(parts):
            return all(nonnegative(part, at) for part in parts)
        case Pow(base, exponent):
            power = number_of(exponent, at)
            even = power is not None and (power.denominator != 1 or power % 2 == 0)
            return even or nonnegative(base, at)
        case Call(function):
            return function in {"exp", "logistic", "softplus", "cosh", "sech", "erf scale"}
        case Fold(_, _, body, _):
            return nonnegative(body, at)
        case Choice(rows):
            return all(nonnegative(value, at) for value, _ in rows)
    return False
