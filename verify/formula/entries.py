"""A symbol with what fills its axes → the entry, or the array of what is left vacant."""

from dataclasses import dataclass
from fractions import Fraction

from verify.formula import build
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import Layout, Number
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import Slot, Symbol, canonical
from verify.formula.tree import Axis, Const, Entry, Index, Num, Tree


@dataclass(frozen=True)
class Match:
    """A symbol that fits a name: what fills its axes (None: vacant), and a superscript left."""

    symbol: Symbol
    at: tuple[Tree | None, ...]
    literals: int
    left: Layout | None


def by_digit(context: Context, items: list[Layout], symbol: Symbol) -> list[Layout]:
    """Return `w_{12}` of an array with two axes below as its indices 1 and 2."""
    axes = [part.axis for part in symbol.sub if isinstance(part, Slot)] + list(symbol.anonymous)
    plain = all(isinstance(part, Slot) for part in symbol.sub)
    if len(items) != 1 or not isinstance(items[0], Number) or not plain or len(axes) < 2:
        return items
    text, span = items[0].text, items[0].span
    if len(text) != len(axes) or not text.isdigit():
        return items
    if not axes[0].base and int(text) <= axes[0].offset:
        context.unsure.append(f"the index {text} of {symbol.base} may be one or {len(text)}")
    return [Number(digit, span=span) for digit in text]


def entry_of(context: Context, match: Match, layout: Layout, scope: Scope) -> Typed:
    """Return the entry that a match stands for, or the array over its vacant axes."""
    symbol, at = match.symbol, list(match.at)
    lower = len([part for part in symbol.sub if isinstance(part, Slot)])
    upper = len(symbol.slots) - lower
    below = at[:lower] + at[lower + upper :]
    dropped = bool(below) and all(a is not None for a in below)
    for place in range(lower, lower + upper):
        if at[place] is None and (dropped or symbol.slots[place].ambient):
            at[place] = _ambient(context, symbol.slots[place], layout, scope)
    vacant = []
    for place, axis in enumerate(symbol.axes):
        if at[place] is None:
            letter = symbol.slots[place].letter if place < len(symbol.slots) else ""
            index = context.fresh(letter or axis.base[:1].lower() or "i", axis)
            vacant.append(index)
            at[place] = index
    if len(vacant) > 2:
        raise FormulaError(
            f"{canonical(layout)} has {len(vacant)} axes without index; at most a matrix is read",
            layout.span,
            "array of more than two axes",
        )
    for value, axis in zip(at, symbol.axes, strict=True):
        _inside(value, axis, symbol, layout.span)
    tree = _valued(symbol, [a for a in at if a is not None], layout.span)
    if symbol.row and len(vacant) == 1:
        return Typed(tree, None, vacant[0])
    row, column = [*vacant, None, None][:2]
    return Typed(tree, row, column)


def _inside(value: Tree | None, axis: Axis, symbol: Symbol, span: Span) -> None:
    """Refuse a number as an index that an axis of fixed size does not have."""
    if isinstance(value, Num) and not axis.base and not axis.start <= value.value <= axis.offset:
        raise FormulaError(
            f"the index {value.value} of {symbol.base} lies outside {axis.start}..{axis.offset}",
            span,
            "index outside its range",
        )


def _ambient(context: Context, slot: Slot, layout: Layout, scope: Scope) -> Tree:
    context.note(f"{canonical(layout)} has no {slot.letter}: read as at {slot.letter}", layout.span)
    return scope.letters.get(slot.letter) or Index(slot.letter, slot.axis)


def _valued(symbol: Symbol, at: list[Tree], span: Span) -> Tree:
    if symbol.kind == "identity":
        return build.delta(at[0], at[1], span=span)
    if symbol.kind == "constant":
        if symbol.value in ("e", "pi", "euler"):
            return Const(symbol.value, span=span)
        return Num(Fraction(symbol.value), span=span)
    return Entry(symbol.key, tuple(at), span=span)
