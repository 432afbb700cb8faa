"""Layout → typed tree: the second pass, which decides meaning from declarations.

Terms, rows of factors and single factors; sums are in `sums.py`, derivatives in `derivatives.py`,
functions in `apply.py` and `defined.py`, names in `names.py`.
"""

from collections.abc import Sequence

from verify.formula import shapes
from verify.formula.abstract import define_abstract
from verify.formula.context import Context, Point, Scope, Typed
from verify.formula.ellipsis import filled
from verify.formula.layout import (
    Big,
    Group,
    Layout,
    Listing,
    Mark,
    Relation,
    Row,
    Scripted,
    Terms,
)
from verify.formula.names import row_items
from verify.formula.reach import letters_outside, widened
from verify.formula.rows import row
from verify.formula.source import FormulaError, Span


def read(context: Context, layout: Layout, scope: Scope) -> Typed:
    """Return the typed tree of a layout.

    Raises `FormulaError` at what is not supported or not declared, `ShapeError` at products and
    sums of arrays that do not fit.
    """
    context.count(layout.span)
    before = context.points.keys() if context.depth == 0 else None
    if before is not None:
        context.outside = letters_outside(layout)
    known = frozenset(before or ())
    context.depth += 1
    try:
        found = _read(context, layout, scope)
        if before is not None and not context.choices:
            _without_squares(context, layout, scope, found, known)
    finally:
        context.depth -= 1
    return found


def _without_squares(
    context: Context, layout: Layout, scope: Scope, found: Typed, known: frozenset[Point]
) -> None:
    """Forget that a square may be one entry by entry, where the side would be no such array then.

    The square of a vector in the exponent of a scalar is its product with itself.
    """
    squares = [p for p in context.points if p[2] == "square" and p not in known]
    if not squares or _rank(context, layout, scope, squares) == found.rank:
        return
    for point in squares:
        if _rank(context, layout, scope, [point]) != found.rank:
            del context.points[point]


def _rank(context: Context, layout: Layout, scope: Scope, squares: Sequence[Point]) -> int | None:
    """Return the rank of a side with some squares taken entry by entry; None if it is refused."""
    kept = dict(context.points), list(context.unsure), list(context.notes)
    context.choices = dict.fromkeys(squares, 1)
    try:
        return _read(context, layout, scope).rank
    except FormulaError:
        return None
    finally:
        context.choices = {}
        context.points, context.unsure[:], context.notes[:] = kept


def _read(context: Context, layout: Layout, scope: Scope) -> Typed:
    match layout:
        case Terms(terms):
            return _terms(context, _joined(terms), scope, layout.span)
        case Row(items) if items:
            return row(context, items, scope)
        case Listing() | Relation():
            raise FormulaError(
                "a list or relation cannot stand here; expected one value",
                layout.span,
                "list of values",
            )
        case Row():
            raise FormulaError("there is nothing in these braces", layout.span, "empty braces")
    return row(context, (layout,), scope)


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
    return shapes.summed(
        context, [(sign, read(context, part, scope)) for sign, part in whole], span
    )
