"""A verdict for one step: the comparison, and the readings that keep it from being called wrong."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

from verify.derivation.chains import Chain
from verify.derivation.compare import Outcome, World, compare, letters
from verify.derivation.conditions import conditioned, with_entries
from verify.derivation.evidence import strengthened
from verify.derivation.provisos import general_worlds, needed, repaired_by_sum
from verify.derivation.steps import Read, Step, StepVerdict
from verify.formula.context import Context, Scope, Typed
from verify.formula.differentiate import partial
from verify.formula.reach import letters_in
from verify.formula.source import FormulaError, ShapeError
from verify.formula.tree import Derivative, Entry, Num, Tree
from verify.formula.walk import binds, walk

MAX_READINGS = 40  # other readings tried before a step is called wrong


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


def chain_steps(
    context: Context,
    worlds: list[World],
    read: Read,
    wanted: Sequence[tuple[int, int]],
    given: str | None,
) -> list[Step]:
    """Return a verdict for each wanted pair of sides of a chain."""
    try:
        worlds, condition, entries = conditioned(context, worlds, read.chain, given)
    except FormulaError as error:
        reason = f"the condition of this chain is not executed: {error.message}"
        return [_unjudged(read, pair, reason) for pair in wanted]
    sides = tuple(_given(worlds[0], side, entries) for side in read.sides)
    read = replace(read, sides=sides)
    return [_step(context, worlds, read, pair, condition) for pair in wanted]


def _given(
    at: World, side: Typed | FormulaError, entries: dict[Tree, Tree]
) -> Typed | FormulaError:
    """Return a side with the entries of a condition filled in, or why that cannot be done."""
    if isinstance(side, FormulaError):
        return side
    try:
        return with_entries(at, side, entries)
    except FormulaError as error:
        return error


def _unjudged(read: Read, pair: tuple[int, int], reason: str) -> Step:
    span = read.chain.sides[pair[1]].span
    return Step(read.chain.name, *pair, StepVerdict.UNJUDGED, reason, span)


def _step(
    context: Context,
    worlds: list[World],
    read: Read,
    pair: tuple[int, int],
    condition: Tree | None,
) -> Step:
    if read.defines and pair == (0, 1):
        span = read.chain.sides[1].span
        return Step(
            read.chain.name, 0, 1, StepVerdict.HOLDS, "by definition", span, ("tested",),
            defines=True,
        )  # fmt: skip
    left, right = read.sides[pair[0]], read.sides[pair[1]]
    if isinstance(left, FormulaError) or isinstance(right, FormulaError):
        return _refused(read, pair, left, right)
    about = [at for at in worlds if not _independent(at, left, right)]
    outcomes = [outcome(at, left, right, condition) for at in about or worlds]
    verdicts = {found.equal for found in outcomes}
    if len(verdicts) > 1:
        return _unjudged(read, pair, "the definitions given twice decide it differently")
    found = outcomes[0]
    if found.equal is None:
        return _unjudged(read, pair, found.reason)
    if found.equal and not about and not _zero(left) and not _zero(right):
        return _unjudged(read, pair, _independent(worlds[0], left, right))
    if left.unsure or right.unsure:
        how = "it holds" if found.equal else "it does not hold"
        return _unjudged(read, pair, f"{left.unsure or right.unsure}; read with it, {how}")
    span = read.chain.sides[pair[1]].span
    if found.equal:
        rests = _rests_on(context, worlds, left, right, condition)
        evidence, said = found.evidence, ""
        if found.sides is not None and condition is None:
            stronger, said = strengthened(worlds[0], *found.sides)
            evidence = (*evidence, *stronger)
        return Step(
            read.chain.name, *pair, StepVerdict.HOLDS, rests or "holds", span, evidence, shown=said
        )
    other = _independent(worlds[0], left, right) or _held(worlds, left, right, condition)
    other = other or _captured(left, right) or _by_ambiguous(worlds[0], left, right)
    other = other or _other_reading(context, worlds, read, pair, condition)
    if other:
        return _unjudged(read, pair, other)
    under = repaired_by_sum(
        context, worlds[-1], (left, right), lambda at: outcome(at, left, right, condition).equal
    )
    message = under or found.reason or "the sides differ"
    return Step(
        read.chain.name, *pair, StepVerdict.FAILS, message, span, found.evidence, found.witness
    )


def _rests_on(
    context: Context, worlds: list[World], left: Typed, right: Typed, condition: Tree | None
) -> str:
    weaker = general_worlds(context, worlds[-1])
    return needed(context, weaker, lambda at: outcome(at, left, right, condition).equal)


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


def _zero(side: Typed) -> bool:
    return isinstance(side.tree, Num) and side.tree.value == 0


def _independent(at: World, left: Typed, right: Typed) -> str:
    """Say so if something is differentiated by a symbol that nothing in it depends on."""
    for side in (left, right):
        for node in walk(side.tree):
            if not isinstance(node, Derivative) or at.registry.tree_moves(
                node.body, node.wrt.symbol
            ):
                continue
            if any(isinstance(n, Entry) for n in walk(node.body)):
                return f"nothing that is differentiated depends on {node.wrt.symbol} here"
    return ""


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


def _held(worlds: list[World], left: Typed, right: Typed, condition: Tree | None) -> str:
    """Say so if a step holds with the intermediates held: a partial, not a total derivative."""
    for sides in ((True, False), (False, True), (True, True)):
        found = []
        for at in worlds:
            one = _partial(at, left) if sides[0] else left
            other = _partial(at, right) if sides[1] else right
            if one is left and other is right:
                return ""
            found.append(outcome(at, one, other, condition).equal)
        if all(found):
            return "it holds only if what is defined from the variable is held constant"
    return ""


def _partial(at: World, side: Typed) -> Typed:
    tree = partial(side.tree, at.registry)
    return side if tree is side.tree else Typed(tree, side.row, side.column)


def _refused(
    read: Read,
    pair: tuple[int, int],
    left: Typed | FormulaError,
    right: Typed | FormulaError,
) -> Step:
    """A side that is ill-typed beyond doubt makes the step wrong; any other refusal, unjudged."""
    clash = right if isinstance(right, ShapeError) else left
    both = isinstance(left, FormulaError) and isinstance(right, FormulaError)
    if isinstance(clash, ShapeError) and clash.certain and not both:
        return Step(
            read.chain.name, *pair, StepVerdict.FAILS, clash.message, clash.span, ("tested",)
        )
    error = right if isinstance(right, FormulaError) else left
    assert isinstance(error, FormulaError)
    return _unjudged(read, pair, error.message)


def _other_reading(
    context: Context,
    worlds: list[World],
    read: Read,
    pair: tuple[int, int],
    condition: Tree | None,
) -> str:
    """Return under which other reading a step holds, in words; empty if under none."""
    context.points.clear()
    for place in pair:
        read_side(context, read.chain, place)
    points = list(context.points)
    flips = [
        frozenset(chosen)
        for count in (1, 2, len(points))
        for chosen in itertools.combinations(points, min(count, len(points)))
    ]
    for flipped in itertools.islice(dict.fromkeys(flips), MAX_READINGS):
        context.choices = dict.fromkeys(flipped, 1)
        left, right = (read_side(context, read.chain, place) for place in pair)
        context.choices = {}
        if (
            isinstance(left, Typed)
            and isinstance(right, Typed)
            and all(outcome(at, left, right, condition).equal for at in worlds)
        ):
            return "it holds only under another reading of an ambiguous place"
    return ""
