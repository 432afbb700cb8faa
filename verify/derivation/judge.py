"""Document → derivation: definitions collected, chains read, a verdict for each step."""

import itertools
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from verify.derivation.chains import Chain, Side, chains_of
from verify.derivation.compare import Outcome, World, compare, letters, world
from verify.derivation.define import defines
from verify.derivation.repair import with_repairs
from verify.derivation.steps import Derivation, Read, Step, StepVerdict
from verify.formula.brackets import relation
from verify.formula.context import Context, Definition, Scope, Typed
from verify.formula.differentiate import partial
from verify.formula.document import Document
from verify.formula.reach import letters_in
from verify.formula.read import new_context
from verify.formula.source import FormulaError, ShapeError
from verify.formula.symbols import Declarations
from verify.formula.tree import Tree, binds, walk

MAX_VERSIONS = 4  # of definitions that a page gives twice
MAX_READINGS = 12  # other readings tried before a step is called wrong


def context_of(declarations: Declarations) -> Context:
    """Return a fresh reading context with the declared symbols."""
    context = Context(
        dict(declarations.indices),
        list(declarations.symbols),
        dict(declarations.functions),
        declarations.nabla,
    )
    return new_context(context)


def derivation_of(document: Document, declarations: Declarations) -> Derivation:
    """Return everything about the derivation on a page.

    Definitions are taken where a displayed or inline formula says what an unknown name is; other
    inline formulas are left alone. A display that cannot be read is a refusal; the rest goes on.
    """
    started = time.perf_counter()
    context = context_of(declarations)
    chains: list[Chain] = []
    refusals: list[FormulaError] = []
    for display in document.displays:
        try:
            found = chains_of(document.text, display, declarations.words, first=_next(chains))
            if display.inline:
                found = [replace(c, name=f"inline {len(chains) + n}") for n, c in enumerate(found)]
            chains.extend(found)
        except FormulaError as error:
            if not display.inline:
                refusals.append(error)
    return judged(document, declarations, context, chains, refusals, started)


def _next(chains: Sequence[Chain]) -> int:
    return 1 + sum(not chain.inline for chain in chains)


def judged(
    document: Document,
    declarations: Declarations,
    context: Context,
    chains: Sequence[Chain],
    refusals: Iterable[FormulaError] = (),
    started: float | None = None,
    *,
    forced: Sequence[Chain] = (),
    pairs: dict[str, list[tuple[int, int]]] | None = None,
    repair: bool = True,
) -> Derivation:
    """Judge chains; `forced` are definitions, `pairs` the steps to judge beside the adjacent."""
    started = time.perf_counter() if started is None else started
    refused = list(refusals)
    for chain in forced:
        _defined(context, chain, refused, forced=True)
    kept = [(chain, _defined(context, chain, refused)) for chain in chains]
    reads = [
        _read(context, chain, by_definition)
        for chain, by_definition in kept
        if by_definition or not chain.inline
    ]
    for read in reads:
        refused.extend(side for side in read.sides if isinstance(side, FormulaError))
    worlds = _worlds(context)
    steps: list[Step] = []
    for read in reads:
        wanted = (pairs or {}).get(read.chain.name) or [
            (n, n + 1) for n in range(len(read.sides) - 1)
        ]
        condition = declarations.given.get(read.chain.name)
        steps.extend(_chain_steps(context, worlds, read, wanted, condition))
    if worlds and repair:
        steps = with_repairs(context, document.text, reads, steps, worlds[-1])
    expected = [_expecting(step, declarations) for step in steps]
    return Derivation(
        document.name, document.text, tuple(reads), tuple(expected), tuple(refused),
        tuple(context.notes), context, time.perf_counter() - started,
    )  # fmt: skip


def _expecting(step: Step, declarations: Declarations) -> Step:
    said = declarations.expect.get(f"{step.chain}.{step.end}")
    said = said or declarations.expect.get(step.chain)
    return replace(step, expected_to_fail=said == "fails")


def _defined(
    context: Context, chain: Chain, refused: list[FormulaError], *, forced: bool = False
) -> bool:
    try:
        return defines(context, chain, forced=forced)
    except FormulaError as error:
        if not chain.inline:
            refused.append(error)
        return False


def _read(context: Context, chain: Chain, by_definition: bool) -> Read:
    first = chain.sides[0].layout
    allowed = letters_in(first) & context.indices.keys() if first is not None else None
    sides = []
    for place, side in enumerate(chain.sides):
        context.allowed = allowed if place else None
        sides.append(_side(context, side))
    context.allowed = None
    return Read(chain, tuple(sides), by_definition)


def _side(context: Context, side: Side) -> Typed | FormulaError:
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


def _worlds(context: Context, overrides: dict[str, Definition] | None = None) -> list[World]:
    """Return a world for each choice among definitions that are given more than once."""
    keys = list(context.definitions)
    choices = itertools.product(*(context.definitions[key] for key in keys))
    names = context.axis_names()
    return [
        world(context.symbols, sorted(names), dict(zip(keys, chosen, strict=True)))
        for chosen in itertools.islice(choices, MAX_VERSIONS)
    ]


def _chain_steps(
    context: Context,
    worlds: list[World],
    read: Read,
    wanted: Sequence[tuple[int, int]],
    given: str | None,
) -> list[Step]:
    from verify.derivation.conditions import conditioned

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
        return Step(read.chain.name, *pair, StepVerdict.HOLDS, "holds", span, found.evidence)
    other = _held(worlds, left, right, condition)
    other = other or _captured(left, right)
    other = other or _other_reading(context, worlds, read, pair, condition)
    if other:
        return _unjudged(read, pair, other)
    return Step(
        read.chain.name, *pair, StepVerdict.FAILS, found.reason or "the sides differ", span,
        found.evidence, found.witness,
    )  # fmt: skip


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
        _side(context, side)
    ways = [range(count) for count in context.points.values()]
    points = list(context.points)
    for chosen in itertools.islice(itertools.product(*ways), 1, MAX_READINGS):
        context.choices = dict(zip(points, chosen, strict=True))
        left, right = (_side(context, side) for side in sides)
        context.choices = {}
        if (
            isinstance(left, Typed)
            and isinstance(right, Typed)
            and all(outcome(at, left, right, condition).equal for at in worlds)
        ):
            return "it holds only under another reading of an ambiguous place"
    return ""


def relation_of(context: Context, side: Side) -> Tree | None:
    """Return a condition that stands beside a chain."""
    if side.layout is None:
        assert side.refusal is not None
        raise side.refusal
    return relation(context, side.layout, Scope())
