"""Conditions beside a chain: `\\mu_2 = 0` fixes a symbol, `i \\neq j` restricts the entries."""

from dataclasses import replace

from verify.derivation.chains import Chain
from verify.derivation.compare import World
from verify.formula.brackets import relation
from verify.formula.context import Context, Definition, Scope
from verify.formula.differentiate import Registry
from verify.formula.layout import Layout, Listing, Relation, parse
from verify.formula.names import resolve
from verify.formula.source import FormulaError, Span
from verify.formula.tokens import tokenize
from verify.formula.tree import Both, Entry, Index, Tree


def conditioned(
    context: Context, worlds: list[World], chain: Chain, given: str | None
) -> tuple[list[World], Tree | None]:
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
    for layout in layouts:
        for part in layout.items if isinstance(layout, Listing) else (layout,):
            fixed = _fixed(context, part)
            if fixed is not None:
                worlds = [_with(at, fixed) for at in worlds]
                continue
            condition = relation(context, part, Scope())
            if condition is None:
                raise FormulaError("this condition is prose", part.span)
            found.append(condition)
    if not found:
        return worlds, None
    return worlds, found[0] if len(found) == 1 else Both(tuple(found))


def _fixed(context: Context, part: Layout) -> Definition | None:
    """Return the definition that `symbol = value` stands for, where the symbol is no index."""
    if not isinstance(part, Relation) or part.meanings != ("=",):
        return None
    left = resolve(context, part.sides[0], Scope())
    if left is None or left[1] is not None or not isinstance(left[0].tree, Entry):
        return None
    entry = left[0].tree
    symbol = next(s for s in context.symbols if s.key == entry.symbol)
    if symbol.kind == "label" or not all(isinstance(index, Index) for index in entry.at):
        return None
    value = context.read(context, part.sides[1], Scope())
    if not value.scalar and value.rank != left[0].rank:
        raise FormulaError("the two sides of this condition differ in shape", part.span)
    indices = tuple(index for index in entry.at if isinstance(index, Index))
    return Definition(symbol, indices, value.tree, Span(0, 0))


def _with(at: World, definition: Definition) -> World:
    definitions = {
        key: found for key, found in at.registry.definitions.items() if not key.startswith("∂")
    }
    definitions[definition.symbol.key] = definition
    return replace(at, registry=Registry(definitions, at.registry.axes), evaluators={}, trees={})
