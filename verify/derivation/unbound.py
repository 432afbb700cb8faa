"""Letters twice in a product and nowhere on the other side: sums that are not written."""

from collections.abc import Collection, Iterable

from verify.derivation.worlds import World
from verify.formula.context import Typed
from verify.formula.tree import Entry, Index, Mul, Num, Pow, Tree
from verify.formula.walk import free, walk


def summed(at: World, left: Typed, right: Typed) -> str:
    """Say so if a letter of one side only may be summed over by convention; empty if none."""
    for one, other in ((left, right), (right, left)):
        there = {index.letter for index in free(other.tree)}
        own = {i for i in free(one.tree) - {one.row, one.column} if i.letter not in there}
        letter = twice(one.tree, own, squares=True) or _by_definition(at, one.tree, own)
        if letter:
            return f"{letter} stands on one side only, and twice in a product: summed over?"
    return ""


def _by_definition(at: World, tree: Tree, indices: Collection[Tree]) -> str:
    """Return a letter that the definition of something in a tree has twice in a product."""
    for node in walk(tree):
        found = at.registry.definitions.get(node.symbol) if isinstance(node, Entry) else None
        if found is None or not isinstance(node, Entry):
            continue
        inside = [i for i, own in zip(found.indices, node.at, strict=True) if own in indices]
        if letter := twice(found.tree, inside):
            return letter
    return ""


def twice(tree: Tree, indices: Iterable[Index], *, squares: bool = False) -> str:
    """Return a letter among free indices that two factors of a product, or one entry, have."""
    for index in sorted(indices, key=lambda index: index.letter):
        for node in walk(tree):
            if isinstance(node, Mul):
                times = sum(index in free(factor) for factor in node.factors)
            elif isinstance(node, Entry):
                times = sum(index in free(at) for at in node.at)
            else:
                times = 2 * (squares and _square(node) and index in free(node))
            if times > 1:
                return index.letter
    return ""


def _square(node: Tree) -> bool:
    return isinstance(node, Pow) and isinstance(node.exponent, Num) and node.exponent.value >= 2
