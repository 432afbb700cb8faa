"""Conditions beside a chain: `\\mu_2 = 0` fixes a symbol, `i \\neq j` restricts the entries."""

from dataclasses import replace
from fractions import Fraction

from verify.derivation.chains import Chain
from verify.derivation.compare import World, with_entry
from verify.formula.brackets import relation
from verify.formula.context import Context, Definition, Scope, Typed
from verify.formula.differentiate import Registry
from verify.formula.layout import Layout, Listing, Relation
from verify.formula.names import resolve
from verify.formula.parser import parse
from verify.formula.source import FormulaError, Span
from verify.formula.tokens import tokenize
from verify.formula.tree import Both, Entry, Index, Num, Tree
from verify.formula.walk import free, rebuilt


def conditioned(
    context: Context, worlds: list[World], chain: Chain, given: str | None
) -> tuple[list[World], Tree | None, dict[Tree, Tree]]:
    """Return the worlds in which a chain is judged, and the condition on its entries.

    `given` is the condition of the declaration file. Raises `FormulaError` if a condition cannot
    be executed.
    """
    layouts = []
    if given is not None:
        layouts.append(parse(tokenize(given, 0, len(given))))
    if chain.condition is not None:
        if chain.condition.layout is None:
            raise chain.condition.refusal or FormulaError("a condition cannot be read")
        layouts.append(chain.condition.layout)
    found: list[Tree] = []
    entries: dict[Tree, Tree] = {}
    for layout in layouts:
        for part in layout.items if isinstance(layout, Listing) else (layout,):
            at_index = _at_free_index(context, part)
            if at_index is not None:
                entries[at_index[0]] = at_index[1]
                continue
            fixed = _fixed(context, part)
            if fixed is not None:
                worlds = [_with(at, fixed) for at in worlds]
                continue
            entry = fixed_entry(context, part)
            if entry is not None:
                worlds = [_at_entry(at, *entry) for at in worlds]
                continue
            condition = relation(context, part, Scope())
            if condition is None:
                raise FormulaError("this condition is prose", part.span)
            found.append(condition)
    if not found:
        return worlds, None, entries
    return worlds, found[0] if len(found) == 1 else Both(tuple(found)), entries


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


def with_entries(at: World, side: Typed, entries: dict[Tree, Tree]) -> Typed:
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


def given_entries(context: Context, chain: Chain) -> list[tuple[str, tuple[int, ...], Fraction]]:
    """Return what `X_1 = 0.1` gives; empty for any other chain."""
    layouts = [side.layout for side in chain.sides]
    if len(layouts) != 2 or layouts[0] is None or layouts[1] is None:
        return []
    try:
        found = fixed_entry(context, Relation((layouts[0], layouts[1]), ("=",)))
    except FormulaError:
        return []
    return [found] if found is not None else []


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
    definitions = {
        key: found for key, found in at.registry.definitions.items() if not key.startswith("∂")
    }
    definitions[definition.symbol.key] = definition
    return replace(at, registry=Registry(definitions, at.registry.axes), evaluators={}, trees={})
