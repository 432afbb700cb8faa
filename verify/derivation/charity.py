"""Other readings of a step that does not hold: a step that would hold under one is not wrong."""

import itertools
from collections.abc import Sequence

from verify.derivation.compare import letters
from verify.derivation.readings import readings
from verify.derivation.sides import Question, outcome, read_pair
from verify.derivation.steps import Read
from verify.derivation.worlds import World
from verify.formula.context import Context, Typed
from verify.formula.differentiate import partial
from verify.formula.tree import Derivative, Entry, Num, Tree
from verify.formula.walk import binds, walk

MAX_READINGS = 40  # other readings tried before a step is called wrong


def misread(question: Question) -> str:
    """Say under which other reading a step that does not hold may be meant; empty if under none."""
    left, right = question.sides
    return (
        independent(question.worlds[0], left, right)
        or _held(question)
        or _captured(left, right)
        or _by_ambiguous(question.worlds[0], left, right)
        or other_reading(
            question.context, question.worlds, question.read, question.pair, question.condition
        )
    )


def splits(question: Question) -> bool:
    """Whether a step that holds does not, where a place is read in a way that is as usual."""
    context, read = question.context, question.read
    for reading in readings(context, lambda: read_pair(context, read.chain, question.pair)):
        if reading is None or not all(
            outcome(at, *reading, question.condition).equal is not False for at in question.worlds
        ):
            return True
    return False


def is_zero(side: Typed) -> bool:
    """Whether a side is the number 0."""
    return isinstance(side.tree, Num) and side.tree.value == 0


def independent(at: World, left: Typed, right: Typed) -> str:
    """Say so if something is differentiated by a symbol that nothing in it depends on."""
    for side in (left, right):
        for node in walk(side.tree):
            if not isinstance(node, Derivative) or at.registry.tree_moves(
                node.body, node.wrt.symbol
            ):
                continue
            if any(isinstance(n, Entry) and not _constant(at, n) for n in walk(node.body)):
                return f"nothing that is differentiated depends on {node.wrt.symbol} here"
    return ""


def _constant(at: World, entry: Entry) -> bool:
    """Whether an entry is of a symbol that is defined to be a number."""
    definition = at.registry.definitions.get(entry.symbol)
    return definition is not None and not any(isinstance(n, Entry) for n in walk(definition.tree))


def _by_ambiguous(at: World, left: Typed, right: Typed) -> str:
    """Say so if a step rests on a definition that can be read in several ways."""
    for key, definition in at.registry.definitions.items():
        if definition.ambiguous and any(
            at.registry.tree_moves(side.tree, key) for side in (left, right)
        ):
            return f"the definition of {key} can be read in several ways"
    return ""


def _captured(left: Typed, right: Typed) -> str:
    """Say so if a letter is free on one side and bound on the other: its meaning is not known."""
    for one, other in ((left, right), (right, left)):
        bound = {index.letter for node in walk(other.tree) for index in binds(node)}
        caught = (letters(one) - letters(other)) & bound
        if caught:
            return f"the index {min(caught)} is free on one side and bound on the other"
    return ""


def _held(question: Question) -> str:
    """Say so if a step holds with the intermediates held: a partial, not a total derivative."""
    left, right = question.sides
    for sides in ((True, False), (False, True), (True, True)):
        found = []
        for at in question.worlds:
            one = _partial(at, left) if sides[0] else left
            other = _partial(at, right) if sides[1] else right
            if one is left and other is right:
                return ""
            found.append(outcome(at, one, other, question.condition).equal)
        if all(found):
            return "it holds only if what is defined from the variable is held constant"
    return ""


def _partial(at: World, side: Typed) -> Typed:
    tree = partial(side.tree, at.registry)
    return side if tree is side.tree else Typed(tree, side.row, side.column)


def other_reading(
    context: Context,
    worlds: Sequence[World],
    read: Read,
    pair: tuple[int, int],
    condition: Tree | None,
) -> str:
    """Return under which other reading a step holds, in words; empty if under none."""
    context.points.clear()
    read_pair(context, read.chain, pair)
    points = list(context.points)
    flips = [
        frozenset(chosen)
        for count in (1, 2, len(points))
        for chosen in itertools.combinations(points, min(count, len(points)))
    ]
    for flipped in itertools.islice(dict.fromkeys(flips), MAX_READINGS):
        context.choices = dict.fromkeys(flipped, 1)
        left, right = read_pair(context, read.chain, pair)
        context.choices = {}
        if isinstance(left, Typed) and isinstance(right, Typed):
            asked = Question(context, worlds, read, pair, left, right, condition)
            if asked.holds():
                return "it holds only under another reading of an ambiguous place"
    return ""
