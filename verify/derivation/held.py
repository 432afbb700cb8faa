"""Steps that hold only as what is differentiated by is at its own value: both sides may be 0."""

from dataclasses import replace

from verify.derivation.sides import Question
from verify.derivation.worlds import World, world
from verify.formula.tree import Derivative, Entry
from verify.formula.walk import walk


def by_value(question: Question) -> str:
    """Say so if a step with derivatives by a defined symbol fails where that symbol is free."""
    at = question.worlds[0]
    keys = {n.wrt.symbol for s in question.sides for n in walk(s.tree) if isinstance(n, Derivative)}
    for key in sorted(keys & question.context.definitions.keys()):
        used = any(
            isinstance(node, Entry) and node.symbol == key
            for side in question.sides
            for node in walk(question.worlds[0].expanded(side.tree))
        )
        if used and replace(question, worlds=[_freed(question, at, key)]).differs():
            return (
                f"it holds only as {key} is defined, not for any {key}: both sides, or parts of "
                "them, may be 0 there"
            )
    return ""


def _freed(question: Question, at: World, key: str) -> World:
    """Return the world in which a defined symbol has any value."""
    symbols = [
        replace(symbol, kind="positive") if symbol.key == key else symbol
        for symbol in question.context.symbols
    ]
    own = {
        name: found
        for name, found in at.registry.definitions.items()
        if name != key and not name.startswith("∂")
    }
    return world(symbols, sorted(question.context.axis_names()), own)
