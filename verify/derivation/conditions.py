"""Conditions beside a chain: `\\mu_2 = 0` fixes a symbol, `i \\neq j` restricts the entries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from verify.derivation.chains import Chain
from verify.derivation.worlds import World, with_entry, world
from verify.formula.brackets import relation
from verify.formula.context import Context, Definition, Scope, Typed
from verify.formula.differentiate import Registry
from verify.formula.layout import Group, Layout, Listing, Number, Relation
from verify.formula.names import resolve
from verify.formula.parser import parse
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical
from verify.formula.tokens import tokenize
from verify.formula.tree import Both, Entry, Index, Num, Tree
from verify.formula.walk import free, rebuilt


@dataclass(frozen=True)
class Under:
    """The worlds in which a chain is judged, the condition on its entries, and entries given."""

    worlds: Sequence[World]
    condition: Tree | None = None
    entries: Mapping[Tree, Tree] = field(default_factory=dict)


def layouts_of(chain: Chain, given: str | None) -> list[Layout]:
    """Return the conditions beside a chain and the one of the declaration file.

    Raises `FormulaError` if one cannot be read.
    """
    found = [] if given is None else [parse(tokenize(given, 0, len(given)))]
    for side in chain.conditions:
        if side.layout is None:
            raise side.refusal or FormulaError("a condition cannot be read")
        found.append(side.layout)
    return found


def conditioned(
    context: Context,
    worlds: Sequence[World],
    layouts: Sequence[Layout],
    *,
    everywhere: bool = False,
) -> Under:
    """Return the worlds in which conditions hold, and what they say of entries.

    `everywhere`: what is said of an entry at a free index is said of all entries. Raises
    `FormulaError` if a condition cannot be executed.
    """
    found: list[Tree] = []
    entries: dict[Tree, Tree] = {}
    for layout in layouts:
        for part in map(unwrapped, layout.items if isinstance(layout, Listing) else (layout,)):
            at_index = None if everywhere else _at_free_index(context, part)
            if at_index is not None:
                entries[at_index[0]] = at_index[1]
                continue
            moved = _moved(context, part)
            if moved is not None:
                worlds = [moved(at) for at in worlds]
                continue
            condition = relation(context, part, Scope())
            if condition is None:
                raise FormulaError("this condition is prose", part.span)
            found.append(condition)
    both = found[0] if len(found) == 1 else Both(tuple(found)) if found else None
    return Under(worlds, both, entries)


def masked(context: Context, worlds: Sequence[World], layouts: Sequence[Layout]) -> Under:
    """Return conditions that only leave entries out, as `t_k = 1` of a one-hot t."""
    found = [relation(context, layout, Scope()) for layout in layouts]
    return Under(worlds, Both(tuple(condition for condition in found if condition is not None)))


def unwrapped(layout: Layout) -> Layout:
    """Return a condition without the brackets around it."""
    while isinstance(layout, Group) and layout.opening in ("(", "[") and layout.body is not None:
        layout = layout.body
    return layout


def _moved(context: Context, part: Layout) -> Callable[[World], World] | None:
    """Return how a condition on a symbol, a size or an entry changes a world."""
    fixed = _fixed(context, part)
    if fixed is not None:
        return lambda at: _with(at, fixed)
    size = _size(context, part)
    if size is not None:
        return lambda at: _sized(at, *size)
    entry = fixed_entry(context, part)
    return None if entry is None else lambda at: _at_entry(at, *entry)


def _size(context: Context, part: Layout) -> tuple[str, int] | None:
    """Return name and value of a condition such as `K = 2` on a size."""
    if not isinstance(part, Relation) or part.meanings != ("=",):
        return None
    name, number = part.sides
    if canonical(name) not in context.axis_names() or not isinstance(number, Number):
        return None
    small = number.text.isdigit() and len(number.text) == 1
    return (canonical(name), int(number.text)) if small else None


def _sized(at: World, name: str, size: int) -> World:
    definitions = own_definitions(at)
    names = sorted(at.points[0].extents) if at.points else []
    return world(list(at.symbols.values()), names, definitions, {name: size})


def own_definitions(at: World) -> dict[str, Definition]:
    """Return the definitions of the page without those that differentiating has added."""
    return {k: found for k, found in at.registry.definitions.items() if not k.startswith("∂")}


def _fixed(context: Context, part: Layout) -> Definition | None:
    """Return the definition that `symbol = value` stands for, where the symbol is no index."""
    if not isinstance(part, Relation) or part.meanings != ("=",):
        return None
    left = resolve(context, part.sides[0], Scope())
    if left is None or left[1] is not None or not isinstance(left[0].tree, Entry):
        return None
    entry = left[0].tree
    symbol = next(s for s in context.symbols if s.key == entry.symbol)
    if symbol.kind == "label" or any(isinstance(index, Num) for index in entry.at):
        return None
    value = context.read(context, part.sides[1], Scope())
    if not value.scalar and value.rank != left[0].rank:
        raise FormulaError("the two sides of this condition differ in shape", part.span)
    indices = tuple(index for index in entry.at if isinstance(index, Index))
    return Definition(symbol, indices, value.tree, Span(0, 0))


def _at_free_index(context: Context, part: Layout) -> tuple[Tree, Tree] | None:
    """Return entry and value of `P_{ij} = 1`, which says nothing of P_{ji}.

    A right side that depends on the same index, as in `L_i = … x_i …`, is a definition instead.
    """
    if not isinstance(part, Relation) or part.meanings != ("=",):
        return None
    left = resolve(context, part.sides[0], Scope())
    entry = left[0].tree if left is not None and left[1] is None else None
    if not isinstance(entry, Entry):
        return None
    named = {index for index in entry.at if isinstance(index, Index) and index.mark == 0}
    value = context.read(context, part.sides[1], Scope()).tree
    return (entry, value) if named and not named <= free(value) else None


def with_entries(at: World, side: Typed, entries: Mapping[Tree, Tree]) -> Typed:
    """Return a side with given entries filled in.

    Raises `FormulaError` if the side depends on the symbol in another way, where it is not given.
    """
    if not entries:
        return side

    def filled(tree: Tree) -> Tree:
        return entries[tree] if tree in entries else rebuilt(tree, filled)

    found = filled(side.tree)
    for entry in entries:
        assert isinstance(entry, Entry)
        if at.registry.tree_moves(found, entry.symbol):
            raise FormulaError("a condition on the entry at a free index is not executed")
    return replace(side, tree=found)


def fixed_entry(context: Context, part: Layout) -> tuple[str, tuple[int, ...], Fraction] | None:
    """Return symbol, place and number of a condition such as `X_1 = 0.1`."""
    if not isinstance(part, Relation) or part.meanings != ("=",):
        return None
    left = resolve(context, part.sides[0], Scope())
    entry = left[0].tree if left is not None and left[1] is None else None
    if not isinstance(entry, Entry) or not all(isinstance(i, Num) for i in entry.at):
        return None
    symbol = next(s for s in context.symbols if s.key == entry.symbol)
    value = context.read(context, part.sides[1], Scope()).tree
    if symbol.kind == "defined" or not isinstance(value, Num):
        raise FormulaError("this condition is not executed", part.span)
    place = tuple(
        int(index.value) - axis.start
        for index, axis in zip(entry.at, symbol.axes, strict=True)
        if isinstance(index, Num)
    )
    return symbol.key, place, value.value


def _at_entry(at: World, key: str, place: tuple[int, ...], value: Fraction) -> World:
    points = [with_entry(point, key, place, value) for point in at.points]
    return replace(at, points=points, evaluators={}, trees={})


def _with(at: World, definition: Definition) -> World:
    definitions = {**own_definitions(at), definition.symbol.key: definition}
    return replace(at, registry=Registry(definitions, at.registry.axes), evaluators={}, trees={})
