"""A verdict for one step: the comparison, and what keeps it from being called wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from verify.derivation.charity import independent, is_zero, misread, other_reading, splits
from verify.derivation.conditions import conditioned, layouts_of, with_entries
from verify.derivation.definable import is_name
from verify.derivation.equations import constant, derives, meant
from verify.derivation.evidence import strengthened
from verify.derivation.held import by_value
from verify.derivation.layouts import other_layout
from verify.derivation.provisos import general_worlds, needed, repaired_by_sum
from verify.derivation.said import Page, elsewhere
from verify.derivation.sides import Question, outcome
from verify.derivation.solutions import solution
from verify.derivation.steps import Read, Step, StepVerdict
from verify.derivation.unbound import summed
from verify.derivation.worlds import World
from verify.formula.context import Typed
from verify.formula.source import FormulaError, ShapeError
from verify.formula.tree import Tree


def chain_steps(
    page: Page,
    worlds: Sequence[World],
    read: Read,
    wanted: Sequence[tuple[int, int]],
    given: str | None,
) -> list[Step]:
    """Return a verdict for each wanted pair of sides of a chain."""
    if read.chain.unread:
        reason = f"what stands beside this chain is not read: {read.chain.unread}"
        return [_unjudged(read, pair, reason) for pair in wanted]
    try:
        layouts = layouts_of(read.chain, given)
        under = conditioned(page.context, worlds, layouts)
    except FormulaError as error:
        reason = f"the condition of this chain is not executed: {error.message}"
        return [_unjudged(read, pair, reason) for pair in wanted]
    sides = tuple(_given(worlds[0], side, under.entries) for side in read.sides)
    found = []
    for pair in wanted:
        if pair[1] < read.chain.since and given is None:
            # The condition stands beside a later row: this step must hold without it.
            found.append(_step(page, worlds, read, pair, None))
        else:
            filled = replace(read, sides=sides)
            found.append(_step(page, under.worlds, filled, pair, under.condition))
    return found


def constrained(page: Page, worlds: Sequence[World], read: Read) -> None:
    """Keep an equation in the prose that does not hold for all values: later steps may use it."""
    left, right = read.sides[:2]
    if isinstance(left, FormulaError) or isinstance(right, FormulaError):
        return
    question = Question(page.context, worlds, read, (0, 1), left, right, None)
    if not derives(left) and not derives(right) and not question.holds():
        page.constrain(question)


def _given(
    at: World, side: Typed | FormulaError, entries: Mapping[Tree, Tree]
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
    page: Page,
    worlds: Sequence[World],
    read: Read,
    pair: tuple[int, int],
    condition: Tree | None,
) -> Step:
    left, right = read.sides[pair[0]], read.sides[pair[1]]
    if read.defines and pair == (0, 1):
        claimed = solution(page, read)
        return _unjudged(read, pair, claimed) if claimed else _defining(read, right)
    if isinstance(left, FormulaError) or isinstance(right, FormulaError):
        return _refused(page, worlds, read, pair, condition)
    # A second definition that does not depend on the variable is of something else.
    about = [at for at in worlds if not independent(at, left, right)]
    outcomes = [outcome(at, left, right, condition) for at in about or worlds]
    if len({found.equal for found in outcomes}) > 1:
        return _unjudged(read, pair, "the definitions given twice decide it differently")
    found = outcomes[0]
    if found.equal is None:
        return _unjudged(read, pair, found.reason)
    if found.equal and not about and not is_zero(left) and not is_zero(right):
        return _unjudged(read, pair, independent(worlds[0], left, right))
    if left.unsure or right.unsure:
        how = "it holds" if found.equal else "it does not hold"
        return _unjudged(read, pair, f"{left.unsure or right.unsure}; read with it, {how}")
    question = Question(page.context, worlds, read, pair, left, right, condition)
    if doubt := page.doubt(question):
        return _unjudged(read, pair, doubt)
    return _holding(question) if found.equal else _failing(page, question)


def of_formals(error: FormulaError) -> bool:
    """Whether the body of a function may be unread only as its arguments are no symbols."""
    return error.construct.startswith("undeclared")


def _defining(read: Read, right: Typed | FormulaError) -> Step:
    if isinstance(right, FormulaError) and not of_formals(right):
        return _unjudged(read, (0, 1), right.message)
    span = read.chain.sides[1].span
    return Step(
        read.chain.name, 0, 1, StepVerdict.HOLDS, "by definition", span, ("tested",), defines=True
    )


def _holding(question: Question) -> Step:
    read, pair = question.read, question.pair
    if splits(question):
        return _unjudged(read, pair, "it holds only under one reading of an ambiguous place")
    if reason := by_value(question):
        return _unjudged(read, pair, reason)
    rests = _rests_on(question)
    at = question.worlds[0]
    found = outcome(at, *question.sides, question.condition)
    evidence, said = found.evidence, ""
    if found.sides is not None and question.condition is None:
        stronger, said = strengthened(at, *found.sides)
        evidence = (*evidence, *stronger)
    span = read.chain.sides[pair[1]].span
    return Step(
        read.chain.name, *pair, StepVerdict.HOLDS, rests or "holds", span, evidence, shown=said
    )


def _failing(page: Page, question: Question) -> Step:
    read, pair, worlds = question.read, question.pair, question.worlds
    other = misread(question) or meant(question) or other_layout(question, page.reads)
    other = other or summed(worlds[0], *question.sides) or constant(question, page.reads)
    other = other or elsewhere(page, question)
    if other:
        return _unjudged(read, pair, other)
    left, right = question.sides
    found = outcome(worlds[0], left, right, question.condition)
    under = repaired_by_sum(
        page.context,
        worlds[-1],
        question.sides,
        lambda at: outcome(at, left, right, question.condition).equal,
    )
    if under and page.constrained(question):
        return _unjudged(read, pair, f"{under}, which an equation before it may say")
    message = under or found.reason or "the sides differ"
    span = read.chain.sides[pair[1]].span
    return Step(
        read.chain.name, *pair, StepVerdict.FAILS, message, span, found.evidence, found.witness
    )


def _rests_on(question: Question) -> str:
    weaker = general_worlds(question.context, question.worlds[-1])
    return needed(
        question.context,
        weaker,
        lambda at: outcome(at, *question.sides, question.condition).equal,
    )


def _refused(
    page: Page,
    worlds: Sequence[World],
    read: Read,
    pair: tuple[int, int],
    condition: Tree | None,
) -> Step:
    """A side that is ill-typed beyond doubt makes the step wrong; any other refusal, unjudged."""
    left, right = read.sides[pair[0]], read.sides[pair[1]]
    clash = right if isinstance(right, ShapeError) else left
    both = isinstance(left, FormulaError) and isinstance(right, FormulaError)
    if isinstance(clash, ShapeError) and clash.certain and not both:
        named = clash is left and pair[0] == 0 and is_name(read.chain.sides[0].layout)
        other = "this may be a name of its own, which is not declared" if named else ""
        other = other or page.doubted(worlds[0], [read.chain.sides[n].layout for n in pair])
        other = other or other_reading(page.context, worlds, read, pair, condition)
        if other:
            return _unjudged(read, pair, other)
        return Step(
            read.chain.name, *pair, StepVerdict.FAILS, clash.message, clash.span, ("tested",)
        )
    error = right if isinstance(right, FormulaError) else left
    assert isinstance(error, FormulaError)
    return _unjudged(read, pair, error.message)
