"""Claims that are right only under a condition: t one-hot, or t with sum 1.

A step that holds is tried again with its one-hot symbols made general; a step that fails, with each
real symbol made to sum to 1 along one of its axes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from verify.derivation.worlds import World, world
from verify.formula.context import Context, Typed
from verify.formula.symbols import Symbol
from verify.formula.tree import Entry
from verify.formula.walk import walk

MAX_TRIED = 6  # symbols and axes that a failing step is tried with


def general_worlds(context: Context, at: World) -> list[tuple[str, World]]:
    """Return worlds with what the page calls one-hot or a distribution made weaker."""
    narrow = [s for s in context.symbols if s.kind in ("onehot", "simplex")]
    if not narrow:
        return []
    found = [("general", _changed(context, at, narrow, "real"))]
    if any(symbol.kind == "onehot" for symbol in narrow):
        found.append(("simplex", _changed(context, at, narrow, "simplex")))
    return found


def _changed(context: Context, at: World, symbols: Sequence[Symbol], kind: str) -> World:
    keys = {symbol.key for symbol in symbols}
    changed = [replace(s, kind=kind) if s.key in keys else s for s in context.symbols]
    definitions = {
        key: found for key, found in at.registry.definitions.items() if not key.startswith("∂")
    }
    return world(changed, sorted(context.axis_names()), definitions)


def needed(
    context: Context,
    worlds: Sequence[tuple[str, World]],
    equal: Callable[[World], bool | None],
) -> str:
    """Say on what a step that holds rests; empty if on nothing or if that is not decided."""
    held = {name: equal(at) for name, at in worlds}
    if held.get("general") is not False:
        return ""
    names = ", ".join(s.base for s in context.symbols if s.kind in ("onehot", "simplex"))
    if held.get("simplex", True):
        return f"holds because {names} sums to 1"
    return f"holds because {names} is one-hot"


def repaired_by_sum(
    context: Context, at: World, sides: Sequence[Typed], equal: Callable[[World], bool | None]
) -> str:
    """Say under which sum a step that fails would hold; empty if under none that is tried."""
    used = {n.symbol for side in sides for n in walk(side.tree) if isinstance(n, Entry)}
    reached = set(used)
    for key in used:
        reached |= {s.key for s in context.symbols if at.registry.moves(key, s.key)}
    tried = 0
    for symbol in context.symbols:
        if symbol.kind not in ("real", "positive", "nonnegative") or symbol.key not in reached:
            continue
        for place, slot in enumerate(symbol.slots):
            tried += 1
            if tried > MAX_TRIED:
                return ""
            narrowed = replace(symbol, along=place)
            changed = [narrowed if s.key == symbol.key else s for s in context.symbols]
            other = _changed(replace(context, symbols=changed), at, [narrowed], "simplex")
            if equal(other):
                return f"right only where {symbol.base} sums to 1 over {slot.letter}"
    return ""
