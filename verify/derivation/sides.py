"""Sides of chains as read, and the question of a step: are two of them equal?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from verify.derivation.chains import Chain
from verify.derivation.compare import Outcome, compare
from verify.derivation.steps import Read
from verify.derivation.worlds import World
from verify.formula.context import Context, Scope, Typed
from verify.formula.reach import letters_in
from verify.formula.source import FormulaError, ShapeError
from verify.formula.tree import Tree


@dataclass(frozen=True)
class Question:
    """Two sides of a chain, the worlds in which they are compared, and the condition there."""

    context: Context
    worlds: Sequence[World]
    read: Read
    pair: tuple[int, int]
    left: Typed
    right: Typed
    condition: Tree | None

    @property
    def sides(self) -> tuple[Typed, Typed]:
        """Both sides."""
        return self.left, self.right

    def holds(self) -> bool:
        """Whether the sides are equal in all worlds."""
        return all(outcome(at, *self.sides, self.condition).equal for at in self.worlds)

    def differs(self) -> bool:
        """Whether the sides are found to differ in a world."""
        found = (outcome(at, *self.sides, self.condition).equal for at in self.worlds)
        return any(equal is False for equal in found)


def read_chain(context: Context, chain: Chain, by_definition: bool) -> Read:
    """Read the sides of a chain."""
    sides = tuple(read_side(context, chain, place) for place in range(len(chain.sides)))
    return Read(chain, sides, by_definition)


def read_side(context: Context, chain: Chain, place: int) -> Typed | FormulaError:
    """Return a side as typed, or why it is refused.

    Letters of the first side are those that may be free in the others.
    """
    side, first = chain.sides[place], chain.sides[0].layout
    if side.layout is None:
        assert side.refusal is not None
        return side.refusal
    context.unsure.clear()
    known = letters_in(first) & context.indices.keys() if first is not None else None
    context.allowed = frozenset(known) if known is not None and place else None
    try:
        found = context.read(context, side.layout, Scope())
        return replace(found, unsure="; ".join(dict.fromkeys(context.unsure)))
    except FormulaError as error:
        return error
    except RecursionError:
        return FormulaError("this formula is nested too deeply", side.span, "deep nesting")
    finally:
        context.allowed = None


def read_pair(
    context: Context, chain: Chain, pair: tuple[int, int]
) -> tuple[Typed | FormulaError, Typed | FormulaError]:
    """Read two sides anew, as the choices of the context now are."""
    return read_side(context, chain, pair[0]), read_side(context, chain, pair[1])


def outcome(at: World, left: Typed, right: Typed, condition: Tree | None) -> Outcome:
    """Compare two sides; what cannot be executed is not decided, shapes that clash differ."""
    try:
        return compare(at, left, right, condition)
    except ShapeError as error:
        return Outcome(False if error.certain else None, ("tested",), reason=error.message)
    except FormulaError as error:
        return Outcome(None, reason=error.message)
    except (RecursionError, MemoryError, OverflowError, ZeroDivisionError) as error:
        return Outcome(None, reason=f"not executed: {type(error).__name__}")
