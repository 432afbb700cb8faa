"""Which displayed equations define a symbol or a function, and what they define it to be."""

from dataclasses import replace

from verify.derivation.chains import Chain
from verify.derivation.definable import application_of, inner_of, is_name, is_new
from verify.derivation.unbound import twice
from verify.formula.calls import function_key
from verify.formula.context import Context, Definition, FunctionDefinition, Scope, Typed
from verify.formula.layout import Group, Layout, Listing, Mark, Name, Row, Scripted, Word
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import Slot, Symbol, canonical, pattern, script_items
from verify.formula.tree import Entry, Extent, Index
from verify.formula.walk import free, walk


def defines(context: Context, chain: Chain, *, forced: bool = False) -> bool:
    """Take a chain as a definition of its left side if that is a new name; return whether.

    The first side that can be read is what the symbol is defined to be; other sides that are
    new names become names of the same thing. `forced`: the caller says it is a definition.
    """
    left, sides = _left(context, chain)
    if left is None or chain.unread or not is_name(left):
        return False
    said, new = forced or chain.defining[0], is_new(context, left)
    if not (forced or new or (said and _defined_here(context, left))):
        return False
    refusal: FormulaError | None = None
    for side in sides:
        if side is None or canonical(left) == canonical(side):
            continue
        if not (said and new) and _is_number(context, side):
            if new:
                _take_free(context, left)
            return False
        try:
            define(context, left, side, sure=not (chain.conditions or chain.remarks))
        except FormulaError as error:
            refusal = refusal or error
            continue
        _name_others(context, sides, side)
        return True
    if refusal is not None:
        raise refusal
    return False


def _name_others(context: Context, sides: list[Layout | None], side: Layout) -> None:
    """Let the other sides that are new names be names of the same thing."""
    for other in sides:
        if other is not None and other is not side and is_new(context, other):
            define(context, other, side)


def _defined_here(context: Context, left: Layout) -> bool:
    """Whether the page defines a name already, so that `:=` defines it a second time."""
    inner, applied = inner_of(left), application_of(left)
    if inner is not None:
        return _defined_here(context, inner)
    if applied is not None:
        return function_key(applied[0]) in context.functions
    return canonical(left) in context.definitions


def _is_number(context: Context, side: Layout) -> bool:
    """Whether a side has one value everywhere: `a = 1` says where, not what a is."""
    try:
        tree = context.read(context, side, Scope()).tree
    except FormulaError:
        return False
    return not any(isinstance(node, Entry | Index | Extent) for node in walk(tree))


def _take_free(context: Context, left: Layout) -> None:
    """Let a name that the page gives a value be free: the value may be meant at one place only."""
    if inner_of(left) is not None or application_of(left) is not None:
        return
    base, sub, sup = pattern(left, context.indices, "value")
    context.note(f"{canonical(left)} is read as free; its value is not taken everywhere", left.span)
    context.symbols.append(Symbol(canonical(left), base, sub, sup, kind="real"))


def _left(context: Context, chain: Chain) -> tuple[Layout | None, list[Layout | None]]:
    layouts = [side.layout for side in chain.sides]
    layouts[0] = layouts[0] and _bracketed(context, layouts[0])
    if (
        len(layouts) == 2
        and chain.defining[-1]
        and layouts[0] is not None
        and not is_name(layouts[0])
        and layouts[1] is not None
        and is_name(layouts[1])
    ):
        return layouts[1], [layouts[0]]
    return layouts[0], layouts[1:]


def _bracketed(context: Context, left: Layout) -> Layout:
    """Return `P[i]` as `P_i`, where i is a declared index."""
    applied = application_of(left)
    if applied is None or applied[1].opening != "[" or applied[1].body is None:
        return left
    items = script_items(applied[1].body)
    if all(canonical(item) in context.indices for item in items):
        return Scripted(applied[0], applied[1].body, span=left.span)
    return left


def define(context: Context, left: Layout, right: Layout, *, sure: bool = True) -> None:
    """Add a definition; raises `FormulaError` if its right side cannot be read.

    `sure` is false for one that holds only in some cases.
    """
    inner = inner_of(left)
    if inner is not None:
        exponential = Row((Word("\\exp"), Group("(", right, ")", span=right.span)), span=right.span)
        define(context, inner, exponential, sure=sure)
        return
    applied = application_of(left)
    if applied is not None:
        _define_function(context, applied[0], applied[1], right)
        return
    key = function_key(left) if isinstance(left, Name) else None
    if key is not None and key in context.functions:
        return
    _define_symbol(context, left, right, sure=sure)


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


def _define_symbol(context: Context, left: Layout, right: Layout, *, sure: bool = True) -> None:
    base, sub, sup = pattern(left, context.indices, "definition")
    slots = [part for part in (*sub, *sup) if isinstance(part, Slot)]
    letters = frozenset(slot.letter for slot in slots)
    before, context.allowed = context.allowed, letters
    context.points.clear()
    context.unsure.clear()
    try:
        typed = context.read(context, right, Scope())
    finally:
        context.allowed = before
    found = _symbol(context, left, base, (sub, sup), typed)
    found = replace(found, ambiguous=bool(context.points) or not sure)
    if context.unsure:
        context.doubtful[found.symbol.key] = context.unsure[0]
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
    if known and (
        letter := twice(typed.tree, extra)
    ):  # a name without indices is more often of one sample
        context.doubtful.setdefault(
            canonical(left), f"{canonical(left)} may be a sum over {letter}, which is not written"
        )
    hidden = tuple(Slot(index.letter, index.axis, ambient=True) for index in extra)
    symbol = Symbol(
        canonical(left), base, sub, (*sup, *hidden), tuple(i.axis for i in ends), "defined",
        row=typed.row is None and typed.column is not None,
    )  # fmt: skip
    indices = tuple(Index(slot.letter, slot.axis) for slot in symbol.slots)
    span = left.span.to(right_span(typed, left))
    return Definition(symbol, (*indices, *ends), typed.tree, span)


def right_span(typed: Typed, left: Layout) -> Span:
    """Return where the right side ends."""
    return typed.tree.span if typed.tree.span.end else left.span
