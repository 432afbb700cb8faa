"""Which axis an index belongs to: by its range, its place, and what is declared."""

from dataclasses import replace

from verify.formula.context import Context
from verify.formula.layout import Layout, Name
from verify.formula.source import ShapeError, Span
from verify.formula.symbols import Symbol, canonical
from verify.formula.tree import Axis, Entry, Index, Tree

LETTERS = frozenset("ijklmn")  # what undeclared indices are called


def in_order(symbol: Symbol, lower: list[int], upper: list[int], items: list[Layout]) -> None:
    """Refuse indices whose written order is not that of the axes, as X_{ji} beside (N, D)."""
    axes = ", ".join(map(str, symbol.anonymous))
    same = len({axis.base for axis in symbol.anonymous}) < len(symbol.anonymous)
    if sorted(lower) == lower and sorted(upper) == upper and not (lower and upper and same):
        return
    raise ShapeError(
        f"the indices {', '.join(map(canonical, items))} do not stand in the order of the axes "
        f"({axes}) of {symbol.key}; what is written with its indices is declared with them",
        items[0].span.to(items[-1].span),
    )


def undeclared_letter(
    context: Context, item: Layout, symbol: Symbol, found: list[Tree | None]
) -> Tree | None:
    """Read x_{ij} with j undeclared: j runs over the axis that is left, from here on."""
    if not isinstance(item, Name) or item.text not in LETTERS or None not in found:
        return None
    if any(other.base == item.text for other in context.symbols):
        return None
    axis = symbol.anonymous[found.index(None)]
    context.indices[item.text] = axis
    context.note(f"the index {item.text} is not declared: read as over {axis}", item.span)
    return Index(item.text, axis, span=item.span)


def narrow(context: Context, value: Tree, axis: Axis, span: Span) -> None:
    """A label that points into a shorter axis (no row for the reference class) is drawn from it."""
    if not isinstance(value, Entry):
        return
    for place, symbol in enumerate(context.symbols):
        labels = symbol.labels
        if symbol.key != value.symbol or labels is None or labels.base != axis.base:
            continue
        if axis.offset < labels.offset:
            context.symbols[place] = replace(symbol, labels=axis)
            context.note(f"{symbol.base} is drawn from 1 to {axis}: there is no row beyond", span)


def range_of(context: Context, value: Tree) -> str | None:
    """Return the name of the range that an index-valued tree lies in, if it has one."""
    if isinstance(value, Index):
        return value.axis.base
    if isinstance(value, Entry):
        labels = [s.labels for s in context.symbols if s.key == value.symbol and s.labels]
        return labels[0].base if labels else None
    return None


def checked(value: Tree, axis: Axis | None, letter: str, span: Span) -> Tree:
    """Refuse an index that runs over another axis than the slot has.

    A bound one may have limits of its own: the first K of d eigenvalues are no mistake.
    """
    if axis is not None and isinstance(value, Index) and axis.base != value.axis.base:
        raise ShapeError(
            f"index {letter} runs over {value.axis}, but {axis} is expected here",
            span,
            certain=not value.mark,
        )
    return value
