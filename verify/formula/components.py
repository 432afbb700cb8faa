"""Entries of an expression in brackets, `(Xw)_i` and `[X^TX]_{jk}`."""

from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import Layout
from verify.formula.names import index_value
from verify.formula.source import FormulaError, ShapeError
from verify.formula.symbols import canonical, script_items
from verify.formula.tree import Index, Tree
from verify.formula.walk import substituted


def component(context: Context, whole: Typed, sub: Layout, scope: Scope) -> Typed:
    """Return the entry of an array at indices, one for each of its axes, in their order."""
    axes = [index for index in (whole.row, whole.column) if index]
    items = script_items(sub)
    values = [index_value(context, item, scope, None) for item in items]
    if len(values) != len(axes) or any(value is None for value in values):
        raise FormulaError(
            f"the subscript {canonical(sub)} is not read here: of {whole.shape()} it takes "
            f"{len(axes)} indices",
            sub.span,
            "component of an expression",
        )
    change: dict[Index, Tree] = {}
    for axis, value, item in zip(axes, values, items, strict=True):
        if isinstance(value, Index) and value.axis.base != axis.axis.base:
            raise ShapeError(
                f"index {canonical(item)} runs over {value.axis}, but {axis.axis} is expected here",
                item.span,
            )
        assert value is not None
        change[axis] = value
    return Typed(substituted(whole.tree, change))
