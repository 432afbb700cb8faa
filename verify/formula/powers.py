"""Superscripts that are no index (powers, transposes, inverses), and names with a meaning of their
own: e^x, Kronecker's delta, indicators, binomials.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from verify.formula import build, shapes
from verify.formula.brackets import is_condition, relation
from verify.formula.context import Context, Scope, Typed, renamed
from verify.formula.layout import (
    Accent,
    Frac,
    Group,
    Layout,
    Mark,
    Name,
    Row,
    Scripted,
    Terms,
    Text,
)
from verify.formula.names import index_value, resolve
from verify.formula.source import FormulaError, ShapeError, Span
from verify.formula.symbols import canonical, script_items
from verify.formula.tree import Const, Matrix, Num, Tree, Truth

TRANSPOSES = frozenset({"\\top", "\\intercal", "T", "t", "tr", "'"})
UPRIGHT = frozenset({"\\mathsf", "\\mathbf", "\\sf", "\\bf", "\\mathit", "\\boldsymbol", "\\bm"})
INDICATORS = frozenset(
    {"1", "I", "\\mathbb{1}", "\\mathbf{1}", "\\mathbb{I}", "\\mathds{1}", "\\chi"}
)


def powered(context: Context, typed: Typed, sup: Layout, span: Span, scope: Scope) -> Typed:
    """Return a power, a transpose or an inverse, by what the superscript and the shape say."""
    if _is_transpose(context, sup, typed):
        if isinstance(typed.tree, Num):
            context.unsure.append("a number is transposed here; it may stand for an array")
        return shapes.transposed(typed)
    if isinstance(sup, Mark):
        raise FormulaError(f"the superscript {sup.text} is not supported", span, f"^{sup.text}")
    if _negated(sup) and _is_transpose(context, _negated(sup), typed):
        return shapes.transposed(_inverse(typed, span))
    exponent = _exponent(context, sup, scope)
    if typed.scalar:
        return Typed(build.power(typed.tree, exponent.tree, span=span))
    return _array_power(context, typed, exponent.tree, span)


def _exponent(context: Context, sup: Layout, scope: Scope) -> Typed:
    try:
        exponent = context.read(context, sup, scope)
        if not exponent.scalar:
            raise FormulaError("an exponent must be a scalar", sup.span, "array as exponent")
    except FormulaError as error:
        letters = sup.items if isinstance(sup, Row) else ()
        if len(letters) < 2 or not all(isinstance(item, Name) for item in letters):
            raise
        raise FormulaError(
            f"^{{{canonical(sup)}}} is no power that is known; where it belongs to a name, as in "
            "\\theta^{new}, the name is declared with it",
            sup.span,
            "word above a symbol",
        ) from error
    return exponent


def _array_power(context: Context, typed: Typed, exponent: Tree, span: Span) -> Typed:
    whole = exponent.value if isinstance(exponent, Num) else None
    if typed.rank == 2 and whole == -1:
        return _inverse(typed, span)
    if typed.rank == 2 and whole is not None and whole.denominator == 1 and 2 <= whole <= 8:
        found = typed
        for _ in range(int(whole) - 1):
            assert typed.row
            assert typed.column
            fresh = context.fresh(typed.row.letter, typed.row.axis)
            other = context.fresh(typed.column.letter, typed.column.axis)
            found = shapes.product(context, found, renamed(typed, fresh, other), "", span)
        return found
    if typed.rank == 1 and whole == 2:
        ways = ["the product of a vector with itself", "the square of each entry"]
        if context.choose(ways, span, "square"):
            return Typed(build.power(typed.tree, exponent, span=span), typed.row, typed.column)
        return shapes.product(context, typed, typed, "\\cdot", span)
    raise FormulaError("this power of an array is not supported", span, "power of an array")


def _inverse(typed: Typed, span: Span) -> Typed:
    if typed.scalar:
        return Typed(build.power(typed.tree, build.number(-1), span=span))
    if typed.row is None or typed.column is None or typed.row.axis != typed.column.axis:
        raise ShapeError("only a square matrix has an inverse", span, certain=True)
    # The indices of the inverse are others than those its matrix is over.
    row = replace(typed.row, mark=-typed.row.mark - 1)
    column = replace(typed.column, mark=-typed.column.mark - 1)
    tree = Matrix("inverse", typed.row, typed.column, typed.tree, (row, column), span=span)
    return Typed(tree, row, column)


def _is_transpose(context: Context, sup: Layout | None, typed: Typed) -> bool:
    while isinstance(sup, Accent) and sup.command in UPRIGHT:
        sup = sup.body
    name = canonical(sup) if isinstance(sup, Name | Text | Mark) else ""
    if name == "T" and ("T" in context.axis_names() or "T" in context.indices):
        return sup is not None and _is_marked(context, typed, sup.span)
    return name in TRANSPOSES


def _is_marked(context: Context, typed: Typed, span: Span) -> bool:
    """Whether T marks a transpose where it is a size, too: above an array, but for its power."""
    if typed.scalar:
        return False
    context.note("T is a size on this page; above an array it is read as a transpose", span)
    if typed.row and typed.column and typed.row.axis == typed.column.axis:
        context.unsure.append("T is a size, too, so that this may be a power; write \\top")
    return True


def _negated(sup: Layout) -> Layout | None:
    if isinstance(sup, Terms) and len(sup.terms) == 1 and sup.terms[0][0] < 0:
        return sup.terms[0][1]
    return None


def special(
    context: Context, items: Sequence[Layout], place: int, scope: Scope
) -> tuple[Typed, int] | None:
    """Return the value of a name with a meaning of its own, unless it is declared."""
    item = items[place]
    follower = items[place + 1] if place + 1 < len(items) else None
    base = canonical(item.base) if isinstance(item, Scripted) else canonical(item)
    indicator = _indicator(context, item, base, follower, scope)
    if indicator is not None:
        return indicator, place + (1 if isinstance(item, Scripted) else 2)
    if isinstance(item, Group) and item.opening in ("[", "\\lbrack") and is_condition(item.body):
        return _truth(context, item.body, item.span, scope), place + 1
    if not isinstance(item, Name | Scripted | Accent) or resolve(context, item, scope):
        return None
    return _named(context, item, base, place, scope)


def _named(
    context: Context, item: Layout, base: str, place: int, scope: Scope
) -> tuple[Typed, int] | None:
    sup = item.sup if isinstance(item, Scripted) else None
    sub = item.sub if isinstance(item, Scripted) else None
    if base == "e" and sub is None and not _is_declared(context, "e"):
        context.doubt("e")
        if sup is None:
            return Typed(Const("e", span=item.span)), place + 1
        exponent = context.read(context, sup, scope)
        if not exponent.scalar:
            raise FormulaError("an exponent must be a scalar", sup.span, "array as exponent")
        return Typed(build.call("exp", exponent.tree, item.span)), place + 1
    if base == "\\pi" and sub is None and sup is None:
        context.doubt("\\pi")
        return Typed(Const("pi", span=item.span)), place + 1
    if base in ("\\delta", "\\mathbb{1}", "\\mathbf{1}", "1") and sub is not None and sup is None:
        values = [index_value(context, part, scope, None) for part in script_items(sub)]
        if len(values) == 2 and values[0] is not None and values[1] is not None:
            context.doubt(base)
            return Typed(build.delta(values[0], values[1], span=item.span)), place + 1
    return None


def _is_declared(context: Context, base: str) -> bool:
    return any(symbol.base == base for symbol in context.symbols)


def _indicator(
    context: Context, item: Layout, base: str, follower: Layout | None, scope: Scope
) -> Typed | None:
    if base not in INDICATORS:
        return None
    if isinstance(item, Scripted):
        sub = item.sub
        if isinstance(sub, Group):
            sub = sub.body
        return _truth(context, sub, item.span, scope) if is_condition(sub) else None
    if isinstance(follower, Group) and is_condition(follower.body):
        return _truth(context, follower.body, item.span.to(follower.span), scope)
    return None


def _truth(context: Context, body: Layout | None, span: Span, scope: Scope) -> Typed:
    condition = relation(context, body, scope)
    assert condition is not None
    return Typed(Truth(condition, span=span))


def binomial(context: Context, item: Frac, scope: Scope) -> Typed:
    """Return a binomial coefficient, by factorials."""
    above, below = (context.read(context, part, scope) for part in (item.over, item.under))
    if not above.scalar or not below.scalar:
        raise FormulaError("a binomial needs scalars", item.span, "binomial of arrays")
    one = Num(Fraction(1))
    top = build.call("gamma", build.add(above.tree, one))
    bottom = build.mul(
        build.call("gamma", build.add(below.tree, one)),
        build.call("gamma", build.add(above.tree, build.negative(below.tree), one)),
    )
    return Typed(build.over(top, bottom, span=item.span))
