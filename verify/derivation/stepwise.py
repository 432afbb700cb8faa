"""A verdict for one step: the comparison, and the readings that keep it from being called wrong."""

import itertools
from collections.abc import Sequence

from verify.derivation.chains import Chain, Side
from verify.derivation.compare import Outcome, World, compare, letters
from verify.derivation.conditions import conditioned
from verify.derivation.evidence import strengthened
from verify.derivation.provisos import general_worlds, needed, repaired_by_sum
from verify.derivation.steps import Read, Step, StepVerdict
from verify.formula.context import Context, Scope, Typed
from verify.formula.differentiate import partial
from verify.formula.reach import letters_in
from verify.formula.source import FormulaError, ShapeError
from verify.formula.tree import Derivative, Entry, Tree, binds, walk

MAX_READINGS = 12  # other readings tried before a step is called wrong


def read_chain(context: Context, chain: Chain, by_definition: bool) -> Read:
    """Read the sides of a chain; letters of the first are those that may be free in the others."""
    first = chain.sides[0].layout
    allowed = letters_in(first) & context.indices.keys() if first is not None else None
    sides = []
    for place, side in enumerate(chain.sides):
        context.allowed = allowed if place else None
        sides.append(read_side(context, side))
    context.allowed = None
    return Read(chain, tuple(sides), by_definition)


def read_side(context: Context, side: Side) -> Typed | FormulaError:
    """Return a side as typed, or why it is refused."""
    if side.layout is None:
        assert side.refusal is not None
        return side.refusal
    context.nodes = 0
    try:
        return context.read(context, side.layout, Scope())
    except FormulaError as error:
        return error
    except RecursionError:
        return FormulaError("this formula is nested too deeply", side.span, "deep nesting")


def chain_steps(
    context: Context,
    worlds: list[World],
    read: Read,
    wanted: Sequence[tuple[int, int]],
    given: str | None,
) -> list[Step]:
    """Return a verdict for each wanted pair of sides of a chain."""
    try:
        worlds, condition = conditioned(context, worlds, read.chain, given)
    except FormulaError as error:
        reason = f"the condition of this chain is not executed: {error.message}"
        return [_unjudged(read, pair, reason) for pair in wanted]
    return [_step(context, worlds, read, pair, condition) for pair in wanted]


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
    outcomes = [outcome(at, left, right, condition) for at in worlds]
    verdicts = {found.equal for found in outcomes}
    if len(verdicts) > 1:
        return _unjudged(read, pair, "the definitions given twice decide it differently")
    found = outcomes[0]
    if found.equal is None:
        return _unjudged(read, pair, found.reason)
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
    other = other or _captured(left, right)
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


def _independent(at: World, left: Typed, right: Typed) -> str:
    """Say so if something is differentiated by a symbol that nothing in it depends on."""
    for side in (left, right):
        for node in walk(side.tree):
            if isinstance(node, Derivative) and any(isinstance(n, Entry) for n in walk(node.body)):
                if not at.registry.tree_moves(node.body, node.wrt.symbol):
                    return f"nothing that is differentiated depends on {node.wrt.symbol} here"
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
    sides = [read.chain.sides[n] for n in pair]
    for side in sides:
        read_side(context, side)
    ways = [range(count) for count in context.points.values()]
    points = list(context.points)
    for chosen in itertools.islice(itertools.product(*ways), 1, MAX_READINGS):
        context.choices = dict(zip(points, chosen, strict=True))
        left, right = (read_side(context, side) for side in sides)
        context.choices = {}
        if (
            isinstance(left, Typed)
            and isinstance(right, Typed)
            and all(outcome(at, left, right, condition).equal for at in worlds)
        ):
            return "it holds only under another reading of an ambiguous place"
    return ""
