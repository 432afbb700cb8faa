"""Derivatives as fractions, as operators and as ∇."""

from collections.abc import Sequence

from verify.formula import build, shapes
from verify.formula.application import argument_length, known_function
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import (
    Accent,
    Big,
    Frac,
    Group,
    Layout,
    Mark,
    Name,
    Number,
    Scripted,
)
from verify.formula.names import resolve, row_items, row_of
from verify.formula.powers import TRANSPOSES
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical
from verify.formula.tree import Derivative, Entry
from verify.formula.walk import substituted

DIFFERENTIALS = frozenset({"d", "\\partial", "\\delta"})


def nabla_of(item: Layout) -> tuple[Layout | None] | None:
    """Return the subscript of ∇ in a tuple; None if the item is no ∇."""
    base = item.base if isinstance(item, Scripted) else item
    if not isinstance(base, Name) or base.text not in (
        "\\nabla", "\\bigtriangledown", "\\triangledown",
    ):  # fmt: skip
        return None
    return (item.sub if isinstance(item, Scripted) else None,)


def gradient(
    context: Context, item: Layout, wrt: Layout | None, rest: Sequence[Layout], scope: Scope
) -> Typed:
    """Read `\\nabla_\\theta` applied to the rest of the row."""
    sup = item.sup if isinstance(item, Scripted) else None
    if sup is not None and not (isinstance(sup, Number) and sup.text == "2"):
        raise FormulaError(f"∇ with the superscript {canonical(sup)} is not supported", item.span)
    if (transposed := _transposed(context, item, rest)) is not None:
        return context.read(context, transposed, scope)
    if wrt is None:
        wrt = _nabla_variable(context, item, rest)
    if sup is None:
        return derivative(context, item, rest, [wrt], [], scope)
    found = derivative(context, item, rest, [wrt, wrt], [], scope)
    ways = ["the matrix of second derivatives", "the sum of the second derivatives"]
    if not found.row or not found.column or not context.choose(ways, item.span, "nabla", even=True):
        return found
    diagonal = substituted(found.tree, {found.column: found.row})
    return Typed(build.total(found.row, diagonal, span=item.span))


def _transposed(context: Context, item: Layout, rest: Sequence[Layout]) -> Layout | None:
    """Return `\\nabla J(\\theta)^T x` with the gradient in brackets: that is transposed."""
    if len(rest) < 2 or known_function(context, rest[0]) is None:
        return None
    behind = rest[1]
    if not isinstance(behind, Scripted) or not isinstance(behind.base, Group) or not behind.sup:
        return None
    if canonical(behind.sup) not in TRANSPOSES:
        return None
    span = item.span.to(behind.span)
    inside = Group("(", row_of((item, rest[0], behind.base)), ")", span=span)
    return row_of((Scripted(inside, sup=behind.sup, span=span), *rest[2:]))


def _nabla_variable(context: Context, item: Layout, rest: Sequence[Layout]) -> Layout:
    if context.nabla:
        from verify.formula.parser import parse
        from verify.formula.tokens import tokenize

        return parse(tokenize(context.nabla, 0, len(context.nabla)))
    if len(rest) == 2 and isinstance(rest[1], Group):
        body = rest[1].body
        if isinstance(body, Name | Accent | Scripted):
            return body
    formals = [f.formals for f in context.functions.get(canonical(rest[0]), [])] if rest else []
    if len(rest) == 1 and formals and len(formals[-1]) == 1:
        return formals[-1][0]
    raise FormulaError(
        "∇ does not say by what; declare '\\nabla' = \"by \\\\theta\" under [symbols]",
        item.span,
        "\\nabla without variable",
    )


def differential_of(item: Layout) -> tuple[str, int] | None:
    """Return kind and order of `d`, `\\partial`, `\\partial^2`; None for anything else."""
    if isinstance(item, Name) and item.text in DIFFERENTIALS:
        return item.text, 1
    if (
        isinstance(item, Scripted)
        and item.sub is None
        and isinstance(item.base, Name)
        and item.base.text in DIFFERENTIALS
        and isinstance(item.sup, Number)
    ):
        return item.base.text, int(item.sup.text) if item.sup.text.isdigit() else 0
    return None


def derivative_parts(
    context: Context, item: Frac
) -> tuple[Layout | None, list[Layout], list[Layout]] | None:
    """Return body (None: an operator), variables and divisors of a derivative; None if none is it.

    Raises `FormulaError` for a numerator without ∂, which pages print by mistake.
    """
    over, under = row_items(item.over), row_items(item.under)
    marks = [place for place, part in enumerate(under) if differential_of(part)]
    if not marks:
        return None
    kind = differential_of(under[marks[0]])
    above = differential_of(over[0]) if over else None
    assert kind is not None
    if above is None or above[0] != kind[0]:
        if kind[0] != "\\partial" or len(under) == marks[-1] + 1:
            return None
        context.note("a numerator without ∂ is read as with it", item.span, ambiguous=True)
        context.unsure.append("a numerator has no ∂")
        return item.over, [row_of(under[marks[0] + 1 :])], []
    if len(under) == marks[-1] + 1:
        return None
    if kind[0] == "\\delta":
        context.note("δ in a fraction is read as ∂", item.span)
    wrts = [row_of(under[a + 1 : b]) for a, b in zip(marks, [*marks[1:], len(under)], strict=True)]
    wrts = _ordered(wrts, above[1], item)
    divisors = [part for part in under[: marks[0]] if not isinstance(part, Mark)]
    return (row_of(over[1:]) if over[1:] else None), wrts, divisors


def _ordered(wrts: list[Layout], order: int, item: Frac) -> list[Layout]:
    """Return one variable for each order: `\\partial x^2` stands for two."""
    if order == len(wrts):
        return wrts
    only = wrts[0]
    if len(wrts) == 1 and isinstance(only, Scripted) and canonical(only.sup or only) == str(order):
        plain: Layout = only.base
        if only.sub is not None:
            plain = Scripted(only.base, only.sub, None, only.primes, span=only.span)
        return [plain] * order
    raise FormulaError(
        f"a derivative of order {order} by {len(wrts)} variables", item.span, "order of derivative"
    )


def derivative(
    context: Context,
    item: Layout,
    rest: Sequence[Layout],
    wrts: list[Layout],
    divisors: list[Layout],
    scope: Scope,
) -> Typed:
    """Read a derivative of the rest of the row, or of its first factor where that is chosen."""
    rest = list(rest)
    while rest and isinstance(rest[0], Mark) and rest[0].kind == "mark":
        rest = rest[1:]
    if not rest:
        raise FormulaError("this derivative has nothing to act on", item.span, "empty derivative")
    after = argument_length(context, rest, scope)
    way = 0
    if after < len(rest) and not _starts_sum(rest[0]):
        ways = ["the derivative of all factors behind it", "the derivative of the next factor"]
        way = context.choose(ways, item.span, "derivative")
    acted, left = (rest, []) if way == 0 else (rest[:after], rest[after:])
    found = context.read(context, row_of(acted), scope)
    for wrt in reversed(wrts):
        found = differentiated(context, found, wrt, item.span, scope)
    for divisor in divisors:
        below = context.read(context, divisor, scope).tree
        found = Typed(build.over(found.tree, below), found.row, found.column)
    if left:
        others = context.read(context, row_of([p for p in left if not isinstance(p, Mark)]), scope)
        return shapes.product(context, found, others, "", item.span)
    return found


def _starts_sum(item: Layout) -> bool:
    return isinstance(item.base if isinstance(item, Scripted) else item, Big)


def differentiated(context: Context, body: Typed, wrt: Layout, span: Span, scope: Scope) -> Typed:
    """Return ∂ body / ∂ wrt; the axes of `wrt` become axes of the result."""
    variable = _variable(context, wrt, scope)
    entry = variable.tree
    if not isinstance(entry, Entry):
        raise FormulaError(
            "a derivative by an expression is not supported; only by a symbol",
            wrt.span,
            "derivative by an expression",
        )
    tree = Derivative(body.tree, entry, span=span)
    if body.scalar:
        return Typed(tree, variable.row, variable.column)
    if variable.scalar:
        return Typed(tree, body.row, body.column)
    if body.rank == variable.rank == 1:
        ends = body.row or body.column, variable.row or variable.column
        ways = ["a row for each entry of what is differentiated", "a column for each entry of it"]
        # One layout for the whole page: each is as usual as the other.
        return Typed(tree, *(ends[::-1] if context.choose(ways, Span(0, 0), "layout") else ends))
    raise FormulaError(
        "this derivative has more than two axes", span, "derivative of an array by an array"
    )


def _variable(context: Context, wrt: Layout, scope: Scope) -> Typed:
    found = resolve(context, wrt, scope)
    if (found is None or found[1] is not None) and isinstance(wrt, Scripted):
        plain: Layout = wrt.base
        if wrt.sub is not None:
            plain = Scripted(wrt.base, wrt.sub, span=wrt.span)
        found = resolve(context, plain, scope)
        if found is not None and found[0].rank == 1 and (wrt.primes or wrt.sup):
            return found[0]
        found = None
    if found is None and isinstance(wrt, Group) and wrt.body is not None:
        return _variable(context, wrt.body, scope)
    if found is None:
        return context.read(context, wrt, scope)
    return found[0]
