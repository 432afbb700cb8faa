"""Factors beside each other → typed tree: what a sum, an operator or a slash takes of its row."""

from collections.abc import Sequence

from verify.formula import build, shapes
from verify.formula.application import application, is_bang, is_function
from verify.formula.apply import applied
from verify.formula.atoms import atom
from verify.formula.bracketed import bracket_indexed
from verify.formula.context import Context, Scope, Typed
from verify.formula.derivatives import derivative, derivative_parts, gradient, nabla_of
from verify.formula.divisors import SLASHES, divisor_length
from verify.formula.evaluation import evaluated
from verify.formula.layout import (
    Big,
    Frac,
    Layout,
    Mark,
    Scripted,
)
from verify.formula.named import value_of
from verify.formula.names import row_of
from verify.formula.powers import special
from verify.formula.slashed import with_fractions
from verify.formula.source import FormulaError, Span
from verify.formula.sums import fold
from verify.formula.unread import refuse_unread


def row(context: Context, items: Sequence[Layout], scope: Scope) -> Typed:
    """Read factors from left to right; a sum or an operator takes the rest of the row."""
    items = with_fractions(context, bracket_indexed(context, items, scope))
    refuse_unread(context, items, scope)
    found: Typed | None = None
    mark, place = "", 0
    while place < len(items):
        item = items[place]
        if isinstance(item, Mark) and item.kind == "mark" and not is_bang(item):
            mark = _marked(item, mark, first=found is None)
            place += 1
            continue
        if isinstance(item, Mark):
            found, place = _after(context, item, found), place + 1
            continue
        if mark in SLASHES:
            value, place = _divisor(context, items, place, scope, found)
        else:
            value, place = _factor(context, items, place, scope)
        if place < len(items) and is_bang(items[place]):
            value, place = _factorial(value, items[place : place + 2]), place + 1
        found = _combined(context, found, value, mark, item.span)
        mark = ""
    if found is None or mark:
        raise FormulaError("a factor is missing here", items[-1].span, "unfinished product")
    return found


def _marked(item: Mark, mark: str, *, first: bool) -> str:
    if first or mark:
        raise FormulaError(
            f"{item.text} has nothing to its left to multiply", item.span, f"{item.text} alone"
        )
    return item.text


def _after(context: Context, item: Mark, found: Typed | None) -> Typed | None:
    """A mark that stands for no product: a stray bracket, dots, `!` with nothing before it."""
    if item.kind == "stray":
        context.note(f"the {item.text} that closes nothing is not read", item.span)
        return found
    if item.kind == "dots":
        raise FormulaError("an ellipsis is not executed", item.span, "ellipsis")
    raise FormulaError(f"{item.text} cannot stand here", item.span, item.text)


def _factorial(value: Typed, bangs: Sequence[Layout]) -> Typed:
    """Return the factorial of the one factor before a `!`: 2 · 3! is 2 · (3!)."""
    span = bangs[0].span
    if any(map(is_bang, bangs[1:])):
        raise FormulaError("!! is not supported", span, "double factorial")
    if not value.scalar:
        raise FormulaError("only a scalar has a factorial", span, "!")
    return Typed(build.call("gamma", build.add(value.tree, build.number(1)), span))


def _combined(context: Context, found: Typed | None, value: Typed, mark: str, span: Span) -> Typed:
    if found is None:
        return value
    if mark in SLASHES:
        if not value.scalar:
            raise FormulaError("only a scalar can be divided by", span, "division by an array")
        return Typed(build.over(found.tree, value.tree, span=span), found.row, found.column)
    if mark == "\\oslash":
        inverse = Typed(build.power(value.tree, build.number(-1)), value.row, value.column)
        return shapes.product(context, found, inverse, "\\odot", span)
    if mark in ("\\otimes", "\\pm"):
        raise FormulaError(f"{mark} is not supported", span, mark)
    return shapes.product(context, found, value, mark, span)


def _divisor(
    context: Context, items: Sequence[Layout], place: int, scope: Scope, above: Typed | None
) -> tuple[Typed, int]:
    assert above is not None
    length = divisor_length(context, items, place, scope, above)
    if not length:
        return _factor(context, items, place, scope)
    taken = row_of(items[place : place + length])
    return context.read(context, taken, scope), place + length


def _factor(
    context: Context, items: Sequence[Layout], place: int, scope: Scope
) -> tuple[Typed, int]:
    """Read the factor at `place`; return it with the place after what it took."""
    item, rest = items[place], items[place + 1 :]
    if isinstance(item, Big) or (isinstance(item, Scripted) and isinstance(item.base, Big)):
        return fold(context, item, rest, scope), len(items)
    if (wrt := nabla_of(item)) is not None:
        return gradient(context, item, wrt[0], rest, scope), len(items)
    if isinstance(item, Frac) and (parts := derivative_parts(context, item)) is not None:
        body, wrts, divisors = parts
        if body is None:
            return derivative(context, item, rest, wrts, divisors, scope), len(items)
        found = derivative(context, item, [body], wrts, divisors, scope)
        value = None if divisors else evaluated(context, found, (body, wrts), rest, scope)
        return (found, place + 1) if value is None else (value, place + 2)
    if (named := special(context, items, place, scope)) is not None:
        return named
    if is_function(context, items, place, scope):
        call, after = application(context, items, place, scope)
        return applied(context, call, scope), after
    if (value := value_of(context, items, place, scope)) is not None:
        return value, place + 2
    return atom(context, item, scope), place + 1
