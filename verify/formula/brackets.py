"""Bars, angles and conditions: |x|, ‖x‖, |K|, ⟨a, b⟩, and `j \\neq i` as a condition."""

from verify.formula import build, shapes
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import Accent, Group, Layout, Listing, Name, Relation, Row, Text
from verify.formula.names import index_value
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical
from verify.formula.tree import Both, Compare, Matrix, Tree

COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
CONNECTIVES = frozenset({"if", "for", "when", "where", "with", "and", "for all", "if and only if"})
OTHERWISE = frozenset({"otherwise", "else", "otherwise.", "else.", "elsewhere", "otherwise,"})


def bars(context: Context, group: Group, scope: Scope, order: Layout | None = None) -> Typed:
    """Return the absolute value, norm, determinant or inner product that brackets stand for."""
    if group.body is None:
        raise FormulaError("there is nothing in these brackets", group.span, "empty brackets")
    if group.opening in ("\\langle", "⟨"):
        return _inner(context, group, scope)
    if group.opening in ("\\lfloor", "\\lceil"):
        raise FormulaError("rounding is not supported", group.span, group.opening)
    value = context.read(context, group.body, scope)
    single = group.opening in ("|", "\\vert", "\\lvert")
    if order is None and value.rank == 2 and single:
        assert value.row
        assert value.column
        return Typed(Matrix("det", value.row, value.column, value.tree, span=group.span))
    return _norm(context, value, order, group.span, single=single)


def _norm(
    context: Context, value: Typed, order: Layout | None, span: Span, *, single: bool
) -> Typed:
    """A norm by its order: 1 and 2 of a vector, Frobenius' of a matrix."""
    named = _frobenius(order)
    written = canonical(order) if order is not None else ""
    known = {"", "1", "2"} if value.rank < 2 else {""}
    if written not in known and not named:
        raise FormulaError(
            f"the norm with the index {written} is not supported of {value.shape()}; 1 and 2 of "
            "a vector and F of a matrix are",
            span,
            "norm",
        )
    if value.scalar:
        return Typed(build.call("abs", value.tree, span))
    if written == "1":
        return _summed(value, build.call("abs", value.tree), span)
    if value.rank == 2 and not named:
        context.choose(["Frobenius' norm", "another norm of a matrix"], span, "norm")
        context.unsure.append("the norm of a matrix does not say which it is, as \\|A\\|_F does")
    if single:
        context.note("bars around a vector are read as its norm", span)
    squares = _summed(value, build.power(value.tree, build.number(2)), span)
    return Typed(build.power(squares.tree, build.over(build.number(1), build.number(2))))


def _frobenius(order: Layout | None) -> bool:
    while isinstance(order, Accent):
        order = order.body
    return isinstance(order, Name | Text) and order.text in ("F", "Fro", "Frob", "HS")


def _summed(value: Typed, body: Tree, span: Span) -> Typed:
    for index in (value.row, value.column):
        body = build.total(index, body, span=span) if index else body
    return Typed(body)


def _inner(context: Context, group: Group, scope: Scope) -> Typed:
    if not isinstance(group.body, Listing) or len(group.body.items) != 2:
        raise FormulaError("⟨ ⟩ needs two values with a comma", group.span, "angle brackets")
    left, right = (context.read(context, item, scope) for item in group.body.items)
    if left.rank != 1 or right.rank != 1:
        raise FormulaError("⟨ ⟩ needs two vectors", group.span, "angle brackets")
    return shapes.product(context, left, right, "\\cdot", group.span)


def relation(context: Context, layout: Layout | None, scope: Scope) -> Tree | None:
    """Return a condition; None for "otherwise"."""
    if isinstance(layout, Row):
        kept = [i for i in layout.items if not (isinstance(i, Text) and _connects(i.text))]
        layout = kept[0] if len(kept) == 1 else Row(tuple(kept), span=layout.span)
    if isinstance(layout, Relation) and isinstance(layout.sides[0], Row):
        first = relation_side(layout.sides[0])
        layout = Relation((first, *layout.sides[1:]), layout.operators, span=layout.span)
    if isinstance(layout, Group) and layout.opening in ("(", "[") and layout.body is not None:
        return relation(context, layout.body, scope)
    match layout:
        case None:
            return None
        case Text(text) if text.strip().rstrip(".,") in OTHERWISE:
            return None
        case Relation(sides) if set(layout.meanings) <= COMPARISONS:
            trees = [value(context, side, scope) for side in sides]
            compared = [
                Compare(operator, trees[place], trees[place + 1], span=layout.span)
                for place, operator in enumerate(layout.meanings)
            ]
            return compared[0] if len(compared) == 1 else Both(tuple(compared), span=layout.span)
        case Listing(items, _):
            conditions = [relation(context, item, scope) for item in items]
            return Both(tuple(c for c in conditions if c is not None), span=layout.span)
        case Relation():
            raise FormulaError(
                f"the relation {layout.operators[0]} is not supported in a condition",
                layout.span,
                f"condition with {layout.operators[0]}",
            )
    raise FormulaError("this is no condition that can be executed", layout.span, "condition")


def relation_side(row: Row) -> Layout:
    """Return a side of a condition without the words before it."""
    kept = [i for i in row.items if not (isinstance(i, Text) and _connects(i.text))]
    return kept[0] if len(kept) == 1 else Row(tuple(kept), span=row.span)


def _connects(text: str) -> bool:
    return text.strip().rstrip(".,") in CONNECTIVES


def value(context: Context, side: Layout, scope: Scope) -> Tree:
    """Return a side of a condition: an index-valued tree where it can be one."""
    found = index_value(context, side, scope, None)
    if found is not None:
        return found
    typed = context.read(context, side, scope)
    if not typed.scalar:
        raise FormulaError("a condition compares scalars", side.span, "condition on arrays")
    return typed.tree


def is_condition(layout: Layout | None) -> bool:
    """Whether a layout is a relation between values."""
    return isinstance(layout, Relation) and set(layout.meanings) <= COMPARISONS


def letter(layout: Layout) -> str | None:
    """Return the text of a lone letter."""
    return layout.text if isinstance(layout, Name) else None
