"""Names that a page defines a second time, and names with a usual meaning that it defines at all.

Both versions of a second definition are kept: a step gets a verdict only where they agree on it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verify.derivation.chains import Chain
from verify.derivation.compare import matched
from verify.derivation.definable import application_of, inner_of, usual_base
from verify.derivation.sides import outcome, read_chain
from verify.derivation.worlds import World
from verify.formula.calls import function_key
from verify.formula.context import Context, Definition, Scope, Typed
from verify.formula.differentiate import Registry
from verify.formula.layout import Accent, Group, Layout, Listing, Name, Scripted, walk
from verify.formula.names import resolve
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical, named_parts, script_items
from verify.formula.tree import Entry, Index
from verify.formula.walk import free

AROUND = 30  # characters of prose around a formula
BEFORE = re.compile(r"\b(otherwise|else)\W*$", re.IGNORECASE)
AFTER = re.compile(r"\W*(if|when|whenever|otherwise|unless|else)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """A left side that is the name of a symbol, at indices of its own."""

    side: Typed
    entry: Entry


def named(context: Context, left: Layout | None) -> Named | None:
    """Return the symbol that a left side names at indices of its own, declared or defined."""
    if left is None or named_parts(left)[0] is None:
        return None
    try:
        found = resolve(context, left, Scope())
    except FormulaError:
        return None
    if found is None or found[1] is not None or not isinstance(found[0].tree, Entry):
        return None
    entry = found[0].tree
    own = len(set(entry.at)) == len(entry.at) and all(isinstance(at, Index) for at in entry.at)
    return Named(found[0], entry) if own else None


def doubt_usual(context: Context, chains: Sequence[Chain], at: World) -> None:
    """Mark e, π and Kronecker's δ as doubtful where the page says of them what does not hold."""
    for chain in chains:
        left = chain.sides[0].layout
        base = _usual(context, left) if left is not None else None
        if base is None or left is None or base in context.doubtful or _is_number(chain):
            continue
        one, other = read_chain(context, chain, by_definition=False).sides[:2]
        both = isinstance(one, Typed) and isinstance(other, Typed)
        if both and outcome(at, one, other, None).equal:  # type: ignore[arg-type]
            continue
        context.doubtful[base] = (
            f"{base} has its usual meaning unless it is declared, but the page says "
            f"{canonical(left)} = …"
        )


def _usual(context: Context, left: Layout) -> str | None:
    """Return e, π or δ where a left side is that name alone, and no power such as e^{-x}."""
    applied = application_of(left)
    if applied is not None:
        return "\\pi" if canonical(applied[0]) == "\\pi" else None
    base, sup = usual_base(left), named_parts(left)[2]
    if base is None or any(symbol.base == base for symbol in context.symbols):
        return None
    items = [canonical(item) for item in script_items(sup)]
    return base if isinstance(sup, Group) or set(items) <= set(context.indices) else None


def _is_number(chain: Chain) -> bool:
    """Whether the second side is a number: a value at one place, not a definition."""
    right = chain.sides[1].layout
    return right is not None and not any(isinstance(n, Name | Accent) for n in walk(right))


def take_again(
    context: Context,
    chains: Sequence[Chain],
    worlds: Callable[[Context], Sequence[World]],
    text: str,
) -> bool:
    """Add what chains say of names that the page defines already, where that is something else.

    Returns whether a function is among them: what is read with it has no sure meaning then.
    """
    functions = False
    for chain in chains:
        left = chain.sides[0].layout
        if left is None or (_is_number(chain) and not _in_cases(chain, text)):
            continue
        symbol = named(context, inner_of(left) or left)
        key = symbol.entry.symbol if symbol else _function(context, inner_of(left) or left)
        if key is None or key in context.doubtful or _free(context, key):
            continue
        one, other = read_chain(context, chain, by_definition=False).sides[:2]
        how = "is equated with what is not read and may be defined anew there"
        if isinstance(one, Typed) and isinstance(other, Typed):
            how = "is defined a second time on this page"
            if all(outcome(at, one, other, None).equal for at in worlds(context)):
                continue
            if symbol is not None and inner_of(left) is None and _added(context, symbol, other):
                continue
        context.doubtful[key] = f"{key} {how}"
        functions = functions or symbol is None
    return functions


def _in_cases(chain: Chain, text: str) -> bool:
    """Whether the words around an equation make it one case of several: `q = 0` otherwise."""
    before, after = text[: chain.span.start][-AROUND:], text[chain.span.end :][:AROUND]
    said = BEFORE.search(before) or AFTER.match(after)
    return bool(chain.conditions or chain.remarks or said)


def _free(context: Context, key: str) -> bool:
    return key not in context.definitions and key not in context.functions


def _function(context: Context, left: Layout) -> str | None:
    """Return the function that a left side applies to its own formals."""
    applied = application_of(left)
    key = function_key(applied[0]) if applied else None
    if applied is None or key is None or key not in context.functions:
        return None
    if isinstance(applied[0], Scripted) and (applied[0].primes or applied[0].sup):
        return None  # a derivative of it
    body = applied[1].body
    given = body.items if isinstance(body, Listing) else (body,) if body is not None else ()
    formals = [tuple(map(canonical, found.formals)) for found in context.functions[key]]
    return key if tuple(map(canonical, given)) in formals else None


def _added(context: Context, symbol: Named, other: Typed) -> bool:
    """Add a second definition; return whether that can be done: not for an update of the first."""
    key = symbol.entry.symbol
    try:
        tree = matched(symbol.side, other).tree
    except FormulaError:
        return False
    firsts = {name: found[-1] for name, found in context.definitions.items()}
    if Registry(firsts).tree_moves(tree, key) or not free(tree) <= set(symbol.entry.at):
        return False
    known = context.definitions[key]
    indices = tuple(index for index in symbol.entry.at if isinstance(index, Index))
    known.append(Definition(known[0].symbol, indices, tree, tree.span))
    return True
