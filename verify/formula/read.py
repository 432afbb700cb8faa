"""Layout → typed tree: the second pass, which decides meaning from declarations.

Terms, rows of factors and single factors; sums are in `sums.py`, derivatives in `derivatives.py`,
functions in `apply.py` and `defined.py`, names in `names.py`.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from verify.formula import build, shapes
from verify.formula.abstract import define_abstract
from verify.formula.apply import application, applied, is_function, unapplied
from verify.formula.brackets import bars, relation
from verify.formula.context import Context, Scope, Typed
from verify.formula.derivatives import derivative, derivative_parts, gradient, nabla_of
from verify.formula.ellipsis import filled
from verify.formula.layout import (
    Accent,
    Big,
    Cases,
    Frac,
    Group,
    Layout,
    Listing,
    Mark,
    Name,
    Number,
    Relation,
    Root,
    Row,
    Scripted,
    Terms,
    Text,
    Word,
)
from verify.formula.names import bracket_indexed, resolve, row_items
from verify.formula.powers import binomial, powered, special
from verify.formula.reach import widened
from verify.formula.source import FormulaError, Span
from verify.formula.sums import fold
from verify.formula.symbols import canonical
from verify.formula.tree import Axis, Choice, Entry, Extent, Index, Num, Tree


def read(context: Context, layout: Layout, scope: Scope) -> Typed:
    """Return the typed tree of a layout.

    Raises `FormulaError` at what is not supported or not declared, `ShapeError` at products and
    sums of arrays that do not fit.
    """
    context.count(layout.span)
    context.depth += 1
    try:
        return _read(context, layout, scope)
    finally:
        context.depth -= 1


def _read(context: Context, layout: Layout, scope: Scope) -> Typed:
    match layout:
        case Terms(terms):
            return _terms(context, _joined(terms), scope, layout.span)
        case Row(items) if items:
            return _row(context, items, scope)
        case Listing() | Relation():
            raise FormulaError(
                "a list or relation cannot stand here; expected one value",
                layout.span,
                "list of values",
            )
        case Row():
            raise FormulaError("there is nothing in these braces", layout.span, "empty braces")
    return _row(context, (layout,), scope)


def new_context(context: Context) -> Context:
    """Give a context the function that its parts call back."""
    context.read = read
    context.abstract = define_abstract
    return context


def _joined(terms: Sequence[tuple[int, Layout]]) -> list[tuple[int, Layout]]:
    """Join what a sign cuts off a sum or a product sign: `\\sum -x`, `a \\cdot -b`."""
    found: list[tuple[int, Layout]] = []
    for sign, term in terms:
        if found and _unfinished(found[-1][1]):
            before, row = found[-1]
            signed = Group("(", Terms(((sign, term),), span=term.span), ")", span=term.span)
            found[-1] = before, Row((*row_items(row), signed), span=row.span.to(term.span))
        else:
            found.append((sign, term))
    return found


def _unfinished(row: Layout) -> bool:
    last = row_items(row)[-1] if row_items(row) else row
    if isinstance(last, Mark) and last.kind == "mark" and last.text != "!":
        return True
    return isinstance(last, Big) or (isinstance(last, Scripted) and isinstance(last.base, Big))


def _terms(context: Context, terms: list[tuple[int, Layout]], scope: Scope, span: Span) -> Typed:
    whole = widened(context, filled(context, terms), scope)
    return shapes.summed([(sign, read(context, part, scope)) for sign, part in whole], span)


def _row(context: Context, items: Sequence[Layout], scope: Scope) -> Typed:
    """Read factors from left to right; a sum or an operator takes the rest of the row."""
    items = bracket_indexed(context, items, scope)
    found: Typed | None = None
    mark, place = "", 0
    while place < len(items):
        item = items[place]
        if isinstance(item, Mark) and item.kind == "mark" and item.text != "!":
            mark = _marked(item, mark, first=found is None)
            place += 1
            continue
        if isinstance(item, Mark):
            found, place = _after(context, item, found), place + 1
            continue
        value, place = _factor(context, items, place, scope)
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
    """A mark that belongs to what stands before it: `!`, a stray bracket, dots."""
    if item.kind == "stray":
        context.note(f"the {item.text} that closes nothing is not read", item.span)
        return found
    if item.text == "!" and found is not None and found.scalar:
        return Typed(build.call("gamma", build.add(found.tree, build.number(1)), item.span))
    if item.kind == "dots":
        raise FormulaError("an ellipsis is not executed", item.span, "ellipsis")
    raise FormulaError(f"{item.text} cannot stand here", item.span, item.text)


def _combined(context: Context, found: Typed | None, value: Typed, mark: str, span: Span) -> Typed:
    if found is None:
        return value
    if mark in ("/", "\\div"):
        if not value.scalar:
            raise FormulaError("only a scalar can be divided by", span, "division by an array")
        return Typed(build.over(found.tree, value.tree, span=span), found.row, found.column)
    if mark == "\\oslash":
        inverse = Typed(build.power(value.tree, build.number(-1)), value.row, value.column)
        return shapes.product(context, found, inverse, "\\odot", span)
    if mark in ("\\otimes", "\\pm"):
        raise FormulaError(f"{mark} is not supported", span, mark)
    return shapes.product(context, found, value, mark, span)


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
        return derivative(context, item, [body], wrts, divisors, scope), place + 1
    if (found := special(context, items, place, scope)) is not None:
        return found
    if is_function(context, items, place, scope):
        call, after = application(context, items, place, scope)
        return applied(context, call, scope), after
    return _atom(context, item, scope), place + 1


def _atom(context: Context, item: Layout, scope: Scope) -> Typed:
    match item:
        case Number(text):
            return Typed(Num(Fraction(text), span=item.span))
        case Name() | Accent() | Scripted():
            return _named(context, item, scope)
        case Group("(" | "[" | "\\{" | "\\lgroup" | "\\lbrace" | "\\lbrack", body, _) if body:
            return read(context, body, scope)
        case Group():
            return bars(context, item, scope)
        case Frac(over, under, False):
            return _quotient(context, over, under, item.span, scope)
        case Root(body, degree):
            return _root(context, body, degree, item.span, scope)
        case Row() | Terms() | Listing() | Relation():
            return read(context, item, scope)
        case Cases(rows):
            return _cases(context, rows, item.span, scope)
        case Text(text):
            raise FormulaError(f"the text {text!r} is no value", item.span, "text in a formula")
        case Word(text):
            raise FormulaError(f"{text} has no argument", item.span, f"{text} without argument")
        case Frac():
            return binomial(context, item, scope)
    raise FormulaError("this is not supported", item.span)


def _named(context: Context, item: Layout, scope: Scope) -> Typed:
    found = resolve(context, item, scope)
    if found is not None:
        typed, left = found
        if left is None:
            return typed
        return powered(context, _base(typed, item, left), left, item.span, scope)
    if isinstance(item, Scripted) and item.sup is not None:
        plain: Layout = item.base
        if item.sub is not None or item.primes:
            plain = Scripted(item.base, item.sub, None, item.primes, span=item.span)
        return powered(context, read(context, plain, scope), item.sup, item.span, scope)
    if isinstance(item, Scripted) and item.primes and not item.sub:
        context.note("a prime behind brackets is read as a transpose", item.span, ambiguous=True)
        return shapes.transposed(read(context, item.base, scope))
    if isinstance(item, Scripted) and isinstance(item.base, Group) and item.sub is not None:
        if item.base.opening not in ("(", "[", "\\{"):
            return bars(context, item.base, scope, item.sub)
        raise FormulaError(
            "a subscript behind brackets is not supported", item.span, "component of an expression"
        )
    if isinstance(item, Row | Group):
        return read(context, item, scope)
    if (bare := unapplied(context, item)) is not None:
        return applied(context, bare, scope)
    return _undeclared(context, item, scope)


def _base(typed: Typed, item: Layout, sup: Layout) -> Typed:
    """Return a base without its superscript in its span, where the superscript stands last."""
    outer = sup.braces if sup.braces.end else sup.span
    if outer.end != item.span.end or not isinstance(typed.tree, Entry):
        return typed
    span = Span(item.span.start, outer.start - 1)
    return replace(typed, tree=replace(typed.tree, span=span))


def _undeclared(context: Context, item: Layout, scope: Scope) -> Typed:
    key = canonical(item)
    if isinstance(item, Name):
        if key in scope.letters:
            value = scope.letters[key]
            return Typed(value)
        if key in context.axis_names():
            return Typed(Extent(Axis(key), span=item.span))
        if key in context.indices:
            return Typed(Index(key, context.indices[key], span=item.span))
    raise FormulaError(
        f"the symbol {key} is not declared; declare it as written, for example "
        f"'{key}' = \"real\" under [symbols]",
        item.span,
        f"undeclared symbol {key}",
    )


def _quotient(context: Context, over: Layout, under: Layout, span: Span, scope: Scope) -> Typed:
    above, below = read(context, over, scope), read(context, under, scope)
    if not below.scalar:
        raise FormulaError("only a scalar can be divided by", span, "division by an array")
    return Typed(build.over(above.tree, below.tree, span=span), above.row, above.column)


def _root(context: Context, body: Layout, degree: Layout | None, span: Span, scope: Scope) -> Typed:
    value = read(context, body, scope)
    if not value.scalar:
        raise FormulaError("a root needs a scalar", span, "root of an array")
    half: Tree = Num(Fraction(1, 2))
    if degree is not None:
        half = build.power(read(context, degree, scope).tree, build.number(-1))
    return Typed(build.power(value.tree, half, span=span))


def _cases(
    context: Context,
    rows: Sequence[tuple[Layout, Layout | None]],
    span: Span,
    scope: Scope,
) -> Typed:
    found: list[tuple[Tree, Tree | None]] = []
    for value, condition in rows:
        typed = read(context, value, scope)
        if not typed.scalar:
            raise FormulaError("a row of cases must be a scalar", span, "array in cases")
        found.append((typed.tree, relation(context, condition, scope)))
    return Typed(Choice(tuple(found), span=span))
