"""Indices in brackets, as programs write them: `P[i]` for `P_i`."""

from collections.abc import Sequence

from verify.formula.context import Context, Scope
from verify.formula.layout import Accent, Group, Layout, Name, Scripted
from verify.formula.names import index_value
from verify.formula.symbols import canonical, script_items


def bracket_indexed(context: Context, items: Sequence[Layout], scope: Scope) -> Sequence[Layout]:
    """Return the factors with `P[i]` as `P_i`, where P is an array and i an index."""
    found: list[Layout] = []
    for item in items:
        before = found[-1] if found else None
        body = item.body if isinstance(item, Group) and item.opening == "[" else None
        if isinstance(before, Name | Accent) and body is not None and _is_array(context, before):
            values = [index_value(context, part, scope, None) for part in script_items(body)]
            if all(value is not None for value in values):
                found[-1] = Scripted(before, body, span=before.span.to(item.span))
                continue
        found.append(item)
    return found if len(found) < len(items) else items


def _is_array(context: Context, name: Layout) -> bool:
    base = canonical(name)
    return any(symbol.base == base and symbol.axes for symbol in context.symbols)
