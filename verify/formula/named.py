"""A name that the page defines, before brackets: J at w, or J times what stands in them.

`J = ½ b²` and then `J(b)` is J itself; `p(1 - p)` is a product; of `L(w + 1)` either may be meant.
"""

from collections.abc import Sequence

from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import (
    Accent,
    Group,
    Layout,
    Listing,
    Name,
    Number,
    Scripted,
    walk,
)
from verify.formula.names import resolve
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical
from verify.formula.through import Formal, filled, formal_of, put_in, registry_of
from verify.formula.tree import Entry

ITSELF, VALUE, PRODUCT = "itself", "value", ""


def value_of(context: Context, items: Sequence[Layout], place: int, scope: Scope) -> Typed | None:
    """Return a defined name with the brackets behind it as its arguments; None for a product."""
    behind = items[place + 1] if place + 1 < len(items) else None
    way = _way(context, items, place, scope)
    if way == PRODUCT:
        return None
    found = context.read(context, items[place], scope)
    if isinstance(behind, Scripted):
        raise FormulaError(
            f"scripts behind the arguments of {canonical(items[place])} are not read",
            behind.span,
            "scripts behind brackets",
        )
    if way == ITSELF:
        return found
    body = _body(items[place + 1])
    assert body is not None
    variable = _variable(context, items[place], body, scope)
    assert variable is not None
    actual = context.read(context, body, scope)
    formal = formal_of(context, variable, actual)
    if formal is None or not formal.whole:
        context.unsure.append(_doubt(items[place], body))
        return found
    formals: dict[str, Formal] = {formal.own.symbol: formal}
    tree = filled(context, found.tree, formals, items[place].span, choice=False)
    return Typed(put_in(tree, formals, {formal.own.symbol: actual.tree}), found.row, found.column)


def takes_brackets(context: Context, items: Sequence[Layout], place: int, scope: Scope) -> bool:
    """Whether the brackets behind a defined name are its arguments."""
    return _way(context, items, place, scope) != PRODUCT


def _way(context: Context, items: Sequence[Layout], place: int, scope: Scope) -> str:
    item = items[place]
    body = _body(items[place + 1]) if place + 1 < len(items) else None
    if body is None or _mentions(body, item):
        return PRODUCT
    key = _defined(context, item, scope)
    if key is None:
        return PRODUCT
    parts = body.items if isinstance(body, Listing) else (body,)
    found = [_entry(context, part, scope) for part in parts]
    registry = registry_of(context)
    if any(entry is not None and registry.moves(key, entry.symbol) for entry in found):
        return ITSELF if all(entry is not None for entry in found) else PRODUCT
    if len(parts) > 1:
        return PRODUCT
    if isinstance(body, Number) or _bare(body):
        # 3(2) is hardly written, nor a(b): but J may be meant at 2, and by which of its symbols?
        context.unsure.append(_doubt(item, body))
        return PRODUCT
    if _variable(context, item, body, scope) is None:
        return PRODUCT
    ways = ["a product with the brackets", "the value at what stands in the brackets"]
    return VALUE if context.choose(ways, item.span, "brackets of a name") else PRODUCT


def _doubt(item: Layout, body: Layout) -> str:
    return f"{canonical(item)}({canonical(body)}) may be a value or a product"


def _body(follower: Layout) -> Layout | None:
    group = follower.base if isinstance(follower, Scripted) else follower
    return group.body if isinstance(group, Group) and group.opening in ("(", "[") else None


def _defined(context: Context, item: Layout, scope: Scope) -> str | None:
    """Return the key of a name that the page defines, written without powers and primes."""
    entry = _entry(context, item, scope)
    return entry.symbol if entry is not None and entry.symbol in context.definitions else None


def _entry(context: Context, item: Layout, scope: Scope) -> Entry | None:
    """Return what a bare name stands for; None for what is no name of the page."""
    if not _bare(item) or canonical(item) in scope.locals:
        return None
    found = resolve(context, item, scope)
    if found is None or found[1] is not None or not isinstance(found[0].tree, Entry):
        return None
    return found[0].tree


def _bare(item: Layout) -> bool:
    """Whether an item is a name without powers and primes."""
    if isinstance(item, Scripted):
        return item.sup is None and not item.primes and not isinstance(item.base, Group)
    return isinstance(item, Name | Accent)


def _mentions(body: Layout, item: Layout) -> bool:
    return any(canonical(node) == canonical(item) for node in walk(body))


def _variable(context: Context, item: Layout, body: Layout, scope: Scope) -> Layout | None:
    """Return the one name in a body that a defined name depends on."""
    key, registry = _defined(context, item, scope), registry_of(context)
    found: dict[str, Layout] = {}
    for node in walk(body):
        entry = _entry(context, node, scope)
        if key is not None and entry is not None and registry.moves(key, entry.symbol):
            found[entry.symbol] = node
    return next(iter(found.values())) if len(found) == 1 else None
