"""Sums with an ellipsis: `a_1 b_1 + … + a_n b_n` is read as the sum over the index that runs."""

from collections.abc import Sequence
from dataclasses import replace

from verify.formula.context import Context
from verify.formula.layout import (
    Big,
    Layout,
    Mark,
    Name,
    Number,
    Relation,
    Row,
    Scripted,
    Terms,
    children,
)
from verify.formula.names import row_items
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical

LETTER = "i"


def filled(context: Context, terms: Sequence[tuple[int, Layout]]) -> list[tuple[int, Layout]]:
    """Replace terms around an ellipsis by the sum they stand for.

    The first and the last term must differ in 1 against a size only; a second term with 2 may stand
    between. Raises `FormulaError` for any other ellipsis.
    """
    found = _apart(terms)
    place = next((n for n, (_, term) in enumerate(found) if _dots(term)), None)
    if place is None:
        return list(terms)
    if place + 1 >= len(found) or place == 0:
        raise _unclear(found[place][1])
    first = place - 2 if place >= 2 and _ends(context, found[place - 2][1], found) else place - 1
    last = found[place + 1][1]
    size = _size(context, found[first][1], last)
    signs = {sign for sign, _ in found[first : place + 2]}
    if size is None or len(signs) != 1:
        raise _unclear(found[place][1])
    index = _letter(context, size)
    span = found[first][1].span.to(last.span)
    limits = Relation((Name(index), Number("1")), ("=",), span=span)
    body = _swapped(last, size, index)
    total = Row((Scripted(Big("\\sum"), limits, Name(size), span=span), body), span=span)
    context.note(f"the ellipsis is read as the sum over 1 to {size}", span)
    return [*found[:first], (signs.pop(), total), *found[place + 2 :]]


def _apart(terms: Sequence[tuple[int, Layout]]) -> list[tuple[int, Layout]]:
    """`... a_n` without a sign between is dots and a term."""
    found: list[tuple[int, Layout]] = []
    for sign, term in terms:
        items = row_items(term)
        if len(items) > 1 and _dots(items[0]):
            rest = items[1] if len(items) == 2 else Row(tuple(items[1:]), span=term.span)
            found += [(sign, items[0]), (sign, rest)]
        else:
            found.append((sign, term))
    return found


def _dots(term: Layout) -> bool:
    return isinstance(term, Mark) and term.kind == "dots"


def _unclear(term: Layout) -> FormulaError:
    return FormulaError("an ellipsis is not executed here", term.span, "ellipsis")


def _ends(context: Context, first: Layout, found: Sequence[tuple[int, Layout]]) -> bool:
    place = next(n for n, (_, term) in enumerate(found) if _dots(term))
    return _size(context, first, found[place + 1][1]) is not None


def _size(context: Context, first: Layout, last: Layout) -> str | None:
    """Return the size that stands in the last term where the first has 1; None if more differs."""
    sizes = context.axis_names()
    differences: set[tuple[str, str]] = set()

    def differ(one: Layout, other: Layout) -> None:
        parts = list(children(one)), list(children(other))
        if type(one) is type(other) and parts[0] and len(parts[0]) == len(parts[1]):
            for pair in zip(*parts, strict=True):
                differ(*pair)
        elif canonical(one) != canonical(other):
            differences.add((canonical(one), canonical(other)))

    differ(first, last)
    if len(differences) != 1:
        return None
    one, size = differences.pop()
    return size if one == "1" and size in sizes else None


def _letter(context: Context, size: str) -> str:
    for letter, axis in context.indices.items():
        if axis.base == size and axis.offset == 0 and axis.start == 1:
            return letter
    return LETTER if LETTER not in context.indices else "\\iota"


def _swapped(term: Layout, size: str, index: str) -> Layout:
    """Return the last term with the running index in the place of the size, in scripts only."""
    if isinstance(term, Scripted):
        return replace(
            term,
            base=_swapped(term.base, size, index),
            sub=term.sub and _named(term.sub, size, index),
            sup=term.sup and _named(term.sup, size, index),
        )
    if isinstance(term, Row):
        return replace(term, items=tuple(_swapped(item, size, index) for item in term.items))
    if isinstance(term, Terms):
        return replace(term, terms=tuple((s, _swapped(t, size, index)) for s, t in term.terms))
    return term


def _named(script: Layout, size: str, index: str) -> Layout:
    if isinstance(script, Name) and script.text == size:
        return replace(script, text=index)
    if isinstance(script, Row):
        return replace(script, items=tuple(_named(item, size, index) for item in script.items))
    return script
