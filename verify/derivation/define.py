"""Which displayed equations define a symbol or a function, and what they define it to be."""

from dataclasses import replace

from verify.derivation.chains import Chain
from verify.formula.calls import function_key
from verify.formula.context import Context, Definition, FunctionDefinition, Scope, Typed
from verify.formula.layout import (
    Accent,
    Group,
    Layout,
    Listing,
    Mark,
    Name,
    Row,
    Scripted,
    Word,
)
from verify.formula.names import resolve
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import Slot, Symbol, canonical, named_parts, pattern, script_items
from verify.formula.tree import Entry, Index
from verify.formula.walk import free, walk
from verify.formula.words import FUNCTIONS

OPERATORS = frozenset({"nabla", "partial", "bigtriangledown", "triangledown", "d"})


def defines(context: Context, chain: Chain, *, forced: bool = False) -> bool:
    """Take a chain as a definition of its left side if that is not known yet; return whether.

    The first side that can be read is what the symbol is defined to be; other sides that are
    unknown names become names of the same thing. `forced`: the caller says it is a definition.
    """
    left, sides = _left(context, chain)
    if left is None or not (forced or chain.defining[0] or _unknown(context, left)):
        return False
    if not _definable(left):
        return False
    refusal: FormulaError | None = None
    for side in sides:
        if side is None or _circular(left, side):
            continue
        try:
            define(context, left, side)
        except FormulaError as error:
            refusal = refusal or error
            continue
        for other in sides:
            if (
                other is not None
                and other is not side
                and _definable(other)
                and _unknown(context, other)
            ):
                define(context, other, side)
        return True
    if refusal is not None:
        raise refusal
    return False


def _left(context: Context, chain: Chain) -> tuple[Layout | None, list[Layout | None]]:
    layouts = [side.layout for side in chain.sides]
    layouts[0] = layouts[0] and _bracketed(context, layouts[0])
    if (
        len(layouts) == 2
        and chain.defining[-1]
        and layouts[0] is not None
        and not _definable(layouts[0])
        and layouts[1] is not None
        and _definable(layouts[1])
    ):
        return layouts[1], [layouts[0]]
    return layouts[0], layouts[1:]


def _bracketed(context: Context, left: Layout) -> Layout:
    """Return `P[i]` as `P_i`, where i is a declared index."""
    applied = _application(left)
    if applied is None or applied[1].opening != "[" or applied[1].body is None:
        return left
    items = script_items(applied[1].body)
    if all(canonical(item) in context.indices for item in items):
        return Scripted(applied[0], applied[1].body, span=left.span)
    return left


def _circular(left: Layout, side: Layout) -> bool:
    return canonical(left) == canonical(side)


def _inner(left: Layout) -> Layout | None:
    """Return X of a left side `\\log X`."""
    if (
        isinstance(left, Row)
        and len(left.items) >= 2
        and isinstance(left.items[0], Word)
        and left.items[0].text in ("log", "\\log", "ln", "\\ln")
    ):
        rest = left.items[1:]
        return rest[0] if len(rest) == 1 else Row(rest, span=left.span)
    return None


def _application(left: Layout) -> tuple[Layout, Group] | None:
    if not isinstance(left, Row) or len(left.items) != 2:
        return None
    name, group = left.items
    if isinstance(group, Group) and group.opening in ("(", "[") and function_key(name):
        return name, group
    return None


def _definable(left: Layout) -> bool:
    inner = _inner(left)
    if inner is not None:
        return _definable(inner)
    applied = _application(left)
    if applied is not None:
        return not _operator(applied[0])
    if isinstance(left, Name | Accent | Scripted) and _operator(left):
        return False
    return isinstance(left, Name | Accent | Scripted) and named_parts(left)[0] is not None


def _unknown(context: Context, left: Layout) -> bool:
    """Whether the left side is a name that is neither declared nor defined yet."""
    inner = _inner(left)
    if inner is not None:
        return _unknown(context, inner)
    applied = _application(left)
    if applied is not None:
        key = function_key(applied[0])
        if _operator(applied[0]):
            return False
        known = key in context.functions or key in context.kinds
        return not known and _resolved(context, applied[0]) is None
    return _definable(left) and _resolved(context, left) is None


def _operator(name: Layout) -> bool:
    """Whether a name is a known function, ∇, ∂ or a dot: what it gives cannot be defined."""
    base = name.base if isinstance(name, Scripted) else name
    if isinstance(base, Accent):
        return base.command in ("\\dot", "\\ddot")
    key = canonical(base).lstrip("\\")
    return isinstance(base, Word) or key in FUNCTIONS or key in OPERATORS


def _resolved(context: Context, layout: Layout) -> object:
    if canonical(layout) in context.axis_names() and isinstance(layout, Name):
        return layout
    try:
        found = resolve(context, layout, Scope())
    except FormulaError:
        return layout
    return found


def define(context: Context, left: Layout, right: Layout) -> None:
    """Add a definition; raises `FormulaError` if its right side cannot be read."""
    inner = _inner(left)
    if inner is not None:
        exponential = Row((Word("\\exp"), Group("(", right, ")", span=right.span)), span=right.span)
        define(context, inner, exponential)
        return
    applied = _application(left)
    if applied is not None:
        _define_function(context, applied[0], applied[1], right)
        return
    key = function_key(left) if isinstance(left, Name) else None
    if key is not None and key in context.functions:
        return
    _define_symbol(context, left, right)


def _define_function(context: Context, name: Layout, group: Group, right: Layout) -> None:
    key = function_key(name)
    assert key is not None
    body = group.body
    formals = body.items if isinstance(body, Listing) else (body,) if body is not None else ()
    indexed = script_items(name.sub) if isinstance(name, Scripted) else []
    if indexed and all(canonical(item) in context.indices for item in indexed):
        # f_k(x): the index in the name is an argument like any other
        key, formals = f"{canonical(name.base)}_", (*indexed, *formals)  # type: ignore[attr-defined]
    found = FunctionDefinition(key, formals, right, name.span.to(right.span))
    if not formals or all(isinstance(formal, Mark) for formal in formals):
        # E(...) = …: dots for arguments that the page does not repeat
        _define_symbol(context, name, right)
        return
    context.functions.setdefault(key, []).append(found)


def _define_symbol(context: Context, left: Layout, right: Layout) -> None:
    base, sub, sup = pattern(left, context.indices, "definition")
    slots = [part for part in (*sub, *sup) if isinstance(part, Slot)]
    letters = frozenset(slot.letter for slot in slots)
    before, context.allowed = context.allowed, letters
    context.points.clear()
    try:
        typed = context.read(context, right, Scope())
    finally:
        context.allowed = before
    found = _symbol(context, left, base, (sub, sup), typed)
    found = replace(found, ambiguous=bool(context.points))
    if any(
        isinstance(node, Entry) and node.symbol == found.symbol.key for node in walk(typed.tree)
    ):
        raise FormulaError(f"{found.symbol.key} is defined by itself", left.span, "recurrence")
    context.symbols[:] = [s for s in context.symbols if s.key != found.symbol.key]
    context.symbols.append(found.symbol)
    context.definitions.setdefault(found.symbol.key, []).append(found)


def _symbol(
    context: Context,
    left: Layout,
    base: str,
    scripts: tuple[tuple[Slot | str, ...], tuple[Slot | str, ...]],
    typed: Typed,
) -> Definition:
    sub, sup = scripts
    slots = [part for part in (*sub, *sup) if isinstance(part, Slot)]
    known = {slot.letter for slot in slots}
    ends = [index for index in (typed.row, typed.column) if index]
    extra = sorted(
        (index for index in free(typed.tree) - set(ends) if index.letter not in known),
        key=lambda index: index.letter,
    )
    if extra:
        context.note(
            f"{canonical(left)} depends on {', '.join(i.letter for i in extra)}, which its name "
            "does not show",
            left.span,
        )
    hidden = tuple(Slot(index.letter, index.axis, ambient=True) for index in extra)
    symbol = Symbol(
        canonical(left), base, sub, (*sup, *hidden), tuple(i.axis for i in ends), "defined",
        row=typed.row is None and typed.column is not None,
    )  # fmt: skip
    indices = tuple(Index(slot.letter, slot.axis) for slot in symbol.slots)
    return Definition(symbol, (*indices, *ends), typed.tree, left.span.to(right_span(typed, left)))


def right_span(typed: Typed, left: Layout) -> Span:
    """Return where the right side ends."""
    return typed.tree.span if typed.tree.span.end else left.span
