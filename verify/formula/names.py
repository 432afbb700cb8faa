"""A name with scripts → the entry of a declared or defined symbol, and what is left of the scripts.

Superscripts fill slots where the declaration has them; else they are powers or transposes. A slot
that is not filled is an axis of a whole array, but for a dropped sample index: where all subscripts
are there and the superscript is not, the declared letter is filled in, with a note.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from verify.formula import build
from verify.formula.context import Context, Scope, Typed
from verify.formula.entries import Match, by_digit, entry_of
from verify.formula.fitting import checked, in_order, narrow, range_of, undeclared_letter
from verify.formula.layout import (
    Accent,
    Group,
    Layout,
    Name,
    Number,
    Row,
    Scripted,
    Terms,
)
from verify.formula.source import FormulaError, ShapeError
from verify.formula.symbols import INTEGER_KINDS, Slot, Symbol, canonical, named_parts, script_items
from verify.formula.tree import Axis, Entry, Extent, Index, Num, Tree
from verify.formula.walk import substituted


def resolve(context: Context, layout: Layout, scope: Scope) -> tuple[Typed, Layout | None] | None:
    """Return what a name stands for and the superscript that is not part of it; None if unknown."""
    base, sub, sup = named_parts(layout)
    if base is None:
        return None
    local = _local(context, layout, base, scope)
    if local is not None:
        return local
    matches = _matches(context, [s for s in context.symbols if s.base == base], sub, sup, scope)
    if not matches and (plain := unbold(base)):
        # Vectors in bold with entries in plain letters are one symbol on most pages.
        alike = [s for s in context.symbols if s.base != base and unbold(s.base) == plain]
        matches = _matches(context, alike, sub, sup, scope)
        if matches:
            context.note(f"{base} is read as {matches[0].symbol.base}", layout.span)
    if not matches:
        return None
    best = max(matches, key=_closeness)
    if sum(_closeness(m) == _closeness(best) and m.symbol.kind == "defined" for m in matches) > 1:
        raise FormulaError(
            f"{canonical(layout)} may stand for {' or '.join(m.symbol.key for m in matches)}",
            layout.span,
            "name of two symbols",
        )
    if best.symbol.of and best.symbol.key not in context.definitions:
        context.abstract(context, best.symbol)
    return entry_of(context, best, layout, scope), best.left


def _closeness(match: Match) -> tuple[int, int, int]:
    """Order matches: as it is declared, x is the number x, not all of x_i."""
    filled = sum(at is not None for at in match.at)
    return match.literals, filled, filled - len(match.at)


def _matches(
    context: Context, symbols: list[Symbol], sub: Layout | None, sup: Layout | None, scope: Scope
) -> list[Match]:
    found, clash = [], None
    for symbol in symbols:
        try:
            match = _match(context, symbol, sub, sup, scope)
        except ShapeError as error:
            if symbol.kind == "defined":
                # The page may mean another symbol of this name, as \delta_j beside \delta_k.
                error.certain = False
            clash = clash or error
            continue
        if match is not None:
            found.append(match)
    if not found and clash is not None:
        raise clash
    return found


def unbold(base: str) -> str:
    r"""Return a base name without bold or upright type.

    >>> unbold(r"\mathbf{x}"), unbold("x"), unbold(r"\hat{x}")
    ('x', 'x', '\\hat{x}')
    """
    match = re.fullmatch(r"\\(?:mathbf|boldsymbol|bm|vec|pmb|mathrm|bf)\{(.*)\}('*)", base)
    return match[1] + match[2] if match else base


def _local(
    context: Context, layout: Layout, base: str, scope: Scope
) -> tuple[Typed, Layout | None] | None:
    """A formal of a function that is being applied, whole or indexed."""
    _, sub, sup = named_parts(layout)
    whole = scope.locals.get(canonical(layout))
    if whole is not None:
        return whole, None
    found = scope.locals.get(base)
    if found is None:
        return None
    items = script_items(sub)
    if not items:
        return found, sup
    axes = [index for index in (found.row, found.column) if index]
    if len(items) != len(axes):
        return None
    change: dict[Index, Tree] = {}
    for index, item in zip(axes, items, strict=True):
        value = index_value(context, item, scope, index.axis)
        if value is None:
            return None
        change[index] = value
    return Typed(substituted(found.tree, change)), sup


def _match(
    context: Context, symbol: Symbol, sub: Layout | None, sup: Layout | None, scope: Scope
) -> Match | None:
    items = by_digit(context, script_items(sub), symbol)
    named = len(symbol.sub)
    lowered = not symbol.sub and symbol.sup and not symbol.anonymous and sup is None
    if lowered and sub is not None:
        items, sup = [], sub  # y_i written for y^i
    extra = items[named:] if symbol.anonymous else []
    lower = _filled(context, symbol.sub, items[: len(items) - len(extra)], scope)
    if lower is None:
        return None
    upper, left = _superscript(context, symbol, sup, scope)
    if upper is None or (lowered and left is not None):
        return None
    if left is not None and not symbol.sup and symbol.anonymous:
        raised, power = _index_and_power(left)
        values = [index_value(context, item, scope, None) for item in script_items(raised)]
        if values and all(isinstance(value, Index) for value in values):
            extra, left = [*extra, *script_items(raised)], power
    behind = _anonymous(context, symbol, extra, scope, len(items[named:]))
    if behind is None:
        return None
    literals = sum(isinstance(part, str) for part in (*symbol.sub, *symbol.sup))
    return Match(symbol, (*lower, *upper, *behind), literals, left)


def _index_and_power(sup: Layout) -> tuple[Layout, Layout | None]:
    """Return index and power of `^{(i)^2}` and of `^{(i)\\top}`."""
    if isinstance(sup, Scripted):
        return sup.base, sup.sup
    if isinstance(sup, Row) and len(sup.items) == 2 and isinstance(sup.items[0], Group):
        return sup.items[0], sup.items[1]
    return sup, None


def _anonymous(
    context: Context, symbol: Symbol, items: list[Layout], scope: Scope, below: int
) -> list[Tree | None] | None:
    """Give each index the first axis without letters that has its range.

    The first `below` items are subscripts, the others superscripts.
    """
    if len(items) > len(symbol.anonymous):
        return None
    found: list[Tree | None] = [None] * len(symbol.anonymous)
    places = []
    for item in items:
        value = index_value(context, item, scope, None)
        value = value or undeclared_letter(context, item, symbol, found)
        if value is None:
            return None
        vacant = [place for place, at in enumerate(found) if at is None]
        base = range_of(context, value)
        fitting = [p for p in vacant if base is None or symbol.anonymous[p].base == base]
        if not fitting:
            if not vacant:
                return None
            checked(value, symbol.anonymous[vacant[0]], canonical(item), item.span)
            fitting = vacant
        found[fitting[0]] = value
        places.append(fitting[0])
        narrow(context, value, symbol.anonymous[fitting[0]], item.span)
    if places:
        in_order(symbol, places[:below], places[below:], items)
    return found


def _filled(
    context: Context, parts: tuple[Slot | str, ...], items: list[Layout], scope: Scope
) -> list[Tree | None] | None:
    """Return what fills the slots, in order; None if literals or counts do not fit."""
    literals = [part for part in parts if isinstance(part, str)]
    vacant: list[Tree | None] = [None] * (len(parts) - len(literals))
    if not items:
        return None if literals else vacant
    if len(items) < len(parts) and not literals:
        # x_i written for the row of x_{ij}
        first = _filled(context, parts[: len(items)], items, scope)
        return None if first is None else [*first, *[None] * (len(parts) - len(items))]
    if len(items) != len(parts):
        return vacant if literals and [canonical(i) for i in items] == literals else None
    found: list[Tree | None] = []
    for part, item in zip(parts, items, strict=True):
        if isinstance(part, str):
            if canonical(item) != part:
                return None
            continue
        value = index_value(context, item, scope, part.axis)
        if value is None:
            return None
        narrow(context, value, part.axis, item.span)
        found.append(value)
    return found


def _superscript(
    context: Context, symbol: Symbol, sup: Layout | None, scope: Scope
) -> tuple[list[Tree | None] | None, Layout | None]:
    """Return what fills the upper slots, and what of the superscript is a power."""
    slots: list[Tree | None] = [None] * len([p for p in symbol.sup if isinstance(p, Slot)])
    literal = any(isinstance(part, str) for part in symbol.sup)
    if sup is None:
        return (None if literal else slots), None
    if not symbol.sup:
        return [], sup
    if isinstance(sup, Number) and not literal:
        return slots, sup
    index, power = _index_and_power(sup)
    if power is not None:
        filled = _filled(context, symbol.sup, script_items(index), scope)
        if filled is not None:
            return filled, power
    filled = _filled(context, symbol.sup, script_items(sup), scope)
    if filled is None and not literal:
        return slots, sup
    return filled, None


def index_value(context: Context, item: Layout, scope: Scope, axis: Axis | None) -> Tree | None:
    """Return an index-valued tree: a letter, a number, a size, a label, or a sum of these."""
    match item:
        case Number(text) if text.isdigit():
            return Num(Fraction(text), span=item.span)
        case Name(text) | Accent(_, Name(text)) if canonical(item) in scope.letters:
            return checked(scope.letters[canonical(item)], axis, text, item.span)
        case Name(text) if text in context.indices:
            free = Index(text, context.indices[text], span=item.span)
            return checked(free, axis, text, item.span)
        case Scripted(_, None, None, _) if canonical(item) in scope.letters:
            return checked(scope.letters[canonical(item)], axis, canonical(item), item.span)
        case Scripted(_, None, None, _) if canonical(item) in context.indices:
            free = Index(canonical(item), context.indices[canonical(item)], span=item.span)
            return checked(free, axis, canonical(item), item.span)
        case Name(text) if text in context.axis_names():
            return Extent(Axis(text), span=item.span)
        case Terms(terms):
            values = [(sign, index_value(context, part, scope, None)) for sign, part in terms]
            if any(value is None for _, value in values):
                return None
            signed = [build.mul(build.number(sign), v) for sign, v in values if v is not None]
            return build.add(*signed, span=item.span)
        case Group(_, Layout() as body, _):
            return index_value(context, body, scope, axis)
        case Name() | Scripted() | Accent():
            return _label(context, item, scope)
    return None


def _label(context: Context, item: Layout, scope: Scope) -> Tree | None:
    found = resolve(context, item, scope)
    if found is None or found[1] is not None or not found[0].scalar:
        return None
    tree = found[0].tree
    if isinstance(tree, Entry):
        kinds = {symbol.kind for symbol in context.symbols if symbol.key == tree.symbol}
        return tree if kinds & INTEGER_KINDS else None
    return None


def row_items(layout: Layout) -> list[Layout]:
    """Return the factors of a row, or the one node there is."""
    return list(layout.items) if isinstance(layout, Row) else [layout]


def row_of(items: Sequence[Layout]) -> Layout:
    """Return factors as a row, or the one node there is."""
    if len(items) == 1:
        return items[0]
    return Row(tuple(items), span=items[0].span.to(items[-1].span))
