"""Walks through typed trees: what is in a node, what is free in it, trees with parts replaced."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from verify.formula.tree import (
    Add,
    Both,
    Call,
    Choice,
    Compare,
    Derivative,
    Entry,
    Fold,
    Index,
    Matrix,
    Mul,
    Pow,
    Tree,
    Truth,
)


def parts(tree: Tree) -> tuple[Tree, ...]:
    """Return the trees directly inside a node, indices that it binds excluded."""
    match tree:
        case Entry(_, at):
            return at
        case Add(terms):
            return terms
        case Mul(factors):
            return factors
        case Pow(base, exponent):
            return base, exponent
        case Call(_, argument):
            return (argument,)
        case Fold(_, _, body, condition):
            return (body,) if condition is None else (body, condition)
        case Compare(_, left, right):
            return left, right
        case Both(conditions):
            return conditions
        case Truth(condition):
            return (condition,)
        case Choice(rows):
            return tuple(part for row in rows for part in row if part is not None)
        case Matrix(_, _, _, body, at):
            return (body, *at)
        case Derivative(body, wrt):
            return body, wrt
    return ()


def rebuilt(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """Return the node with `change` applied to each of its parts."""
    match tree:
        case Entry(_, at):
            return replace(tree, at=tuple(map(change, at)))
        case Add(terms):
            return replace(tree, terms=tuple(map(change, terms)))
        case Mul(factors):
            return replace(tree, factors=tuple(map(change, factors)))
        case Pow(base, exponent):
            return replace(tree, base=change(base), exponent=change(exponent))
        case Call(_, argument):
            return replace(tree, argument=change(argument))
        case Fold(_, _, body, condition):
            return replace(tree, body=change(body), condition=condition and change(condition))
        case Compare(_, left, right):
            return replace(tree, left=change(left), right=change(right))
        case Both(conditions):
            return replace(tree, parts=tuple(map(change, conditions)))
        case Truth(condition):
            return replace(tree, condition=change(condition))
        case Choice(rows):
            return replace(tree, rows=tuple((change(v), c and change(c)) for v, c in rows))
        case Matrix(_, _, _, body, at):
            return replace(tree, body=change(body), at=tuple(map(change, at)))
        case Derivative(body, wrt):
            inside, entry = change(body), change(wrt)  # in the order of `parts`
            assert isinstance(entry, Entry)
            return replace(tree, body=inside, wrt=entry)
    return tree


def binds(tree: Tree) -> tuple[Index, ...]:
    """Return the indices that a node binds."""
    if isinstance(tree, Fold):
        return (tree.index,)
    return (tree.row, tree.column) if isinstance(tree, Matrix) else ()


def walk(tree: Tree) -> Iterator[Tree]:
    """Yield a tree and all trees in it, outermost first."""
    yield tree
    for part in parts(tree):
        yield from walk(part)


@cache
def free(tree: Tree) -> frozenset[Index]:
    """Return the free indices of a tree.

    >>> from verify.formula.tree import Axis
    >>> i = Index("i", Axis("N"))
    >>> free(Fold("sum", i, Entry("x", (i,)))), len(free(Entry("x", (i,))))
    (frozenset(), 1)
    """
    if isinstance(tree, Index):
        return frozenset({tree})
    if isinstance(tree, Matrix):
        at = frozenset().union(*map(free, tree.at)) if tree.at else frozenset()
        return (free(tree.body) - {tree.row, tree.column}) | at
    inside = frozenset().union(*map(free, parts(tree))) if parts(tree) else frozenset()
    return inside - frozenset(binds(tree))


def substituted(tree: Tree, indices: dict[Index, Tree]) -> Tree:
    """Replace free indices by index-valued trees; bound ones are unique, so nothing is caught."""
    if isinstance(tree, Index):
        return indices.get(tree, tree)
    if not (free(tree) & indices.keys()):
        return tree
    return rebuilt(tree, lambda part: substituted(part, indices))
