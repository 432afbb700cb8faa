"""Stored counterexamples run again: only those points, through oracle and claim, no search."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from verify.explain.words import number, sizes
from verify.findings import Counterexample
from verify.history.kept import Case
from verify.load import nearest
from verify.outcomes import Outcome, Verdict
from verify.points import Point, group, stack
from verify.problems import Claim, Problem
from verify.regimes import regimes
from verify.search.closer import ask_wider
from verify.search.judge import judge
from verify.search.problem import complex_step_serves
from verify.search.record import Record, observe
from verify.search.stages import fits
from verify.verdicts import verdict_of

FAILS = (Verdict.REFUTED, Verdict.MALFORMED, Verdict.UNSTABLE)
# Another order of summation moves the last digits of a claimed value; a mended formula moves more.
RELATIVE = 1e-6
SEED = 0


class State(Enum):
    """What became of a stored counterexample; all but the first are changes."""

    FAILS = "still fails"
    VALUE = "fails, with another value"
    OTHERWISE = "fails in another way"
    HOLDS = "now holds"
    UNDECIDED = "cannot tell any more"
    GONE = "gone"


@dataclass(frozen=True)
class Replayed:
    """A stored counterexample, what became of it, and the detail in words."""

    case: Case
    state: State
    words: str

    @property
    def changed(self) -> bool:
        """Whether it is not as it was stored."""
        return self.state is not State.FAILS


@dataclass(frozen=True)
class _Answer:
    """The verdict on one claim at one point alone."""

    claim: Claim
    verdict: Verdict
    example: Counterexample | None
    failure: str


def replayed(cases: Sequence[Case], problems: Sequence[Problem]) -> list[Replayed]:
    """Judge each stored counterexample again, in order."""
    named = {problem.name: problem for problem in problems}
    analytic = {
        name: _analytic(problem, [case.point for case in cases if case.problem == name])
        for name, problem in named.items()
    }
    # Where a float overflows is judged, as in the search.
    with np.errstate(all="ignore"):
        return [_replay(case, named, analytic.get(case.problem, {})) for case in cases]


def _analytic(problem: Problem, points: Sequence[Point]) -> dict[str, bool]:
    """Find out for each input whether the complex step works, from the stored points alone."""
    groups = group([point for point in points if fits(problem, point)])
    rng = np.random.default_rng(SEED)
    with np.errstate(all="ignore"):
        return {name: complex_step_serves(problem, name, groups, rng) for name in problem.wrt}


def _replay(case: Case, problems: Mapping[str, Problem], analytic: Mapping[str, bool]) -> Replayed:
    problem = problems.get(case.problem)
    if problem is None:
        hint = nearest(case.problem, list(problems))
        return Replayed(case, State.GONE, f"there is no such problem in PATHS.{hint}".rstrip("."))
    claims = [claim for claim in problem.claims if _meant(case, claim)]
    if not claims:
        hint = nearest(case.variant, [variant.name for variant in problem.variants])
        words = f"the problem has no such variant, or not for this input.{hint}"
        return Replayed(case, State.GONE, words.rstrip("."))
    point = _shaped(case.point, problem)
    if not fits(problem, point):
        return Replayed(case, State.GONE, "the point is no longer one of the problem's domain")
    answers = [_answer(claim, point, analytic) for claim in claims]
    return _compared(case, answers[0]) if case.variant else _any(case, answers)


def _meant(case: Case, claim: Claim) -> bool:
    return not case.variant or (claim.variant.name, claim.input) == (case.variant, case.input)


def _shaped(point: Point, problem: Problem) -> Point:
    """Give empty arrays their shapes back, which nested lists do not hold."""
    inputs = dict(point.inputs)
    for name, domain in problem.domains.items():
        if name in inputs and not inputs[name].size and set(problem.dims) == set(point.axes):
            shape = domain.sizes(point.axes)
            inputs[name] = inputs[name].reshape(shape) if 0 in shape else inputs[name]
    return replace(point, inputs=inputs)


def _answer(claim: Claim, point: Point, analytic: Mapping[str, bool]) -> _Answer:
    """Judge a claim at one point the way the search does: every difference is confirmed."""
    alone = stack([point])
    judged = judge(claim.problem, alone, np.random.default_rng(SEED), analytic)
    record = Record(claim)
    observe(record, judged, regimes(claim.problem, alone), analytic, SEED, False)
    ask_wider(record)
    verdict = verdict_of(np.array(sorted(record.outcomes), dtype=np.int8), 1)
    outcome = {Verdict.REFUTED: Outcome.DIFFER, Verdict.UNSTABLE: Outcome.UNSTABLE}.get(
        verdict, Outcome.MALFORMED
    )
    failure = record.failure.message if record.failure else ""
    return _Answer(claim, verdict, record.examples.get(outcome), failure)


def _compared(case: Case, answer: _Answer) -> Replayed:
    """Compare the verdict at the point, and the value claimed there, with what was stored."""
    if answer.verdict not in FAILS:
        held = answer.verdict is Verdict.CONSISTENT
        return Replayed(case, State.HOLDS if held else State.UNDECIDED, "")
    if str(answer.verdict) != case.verdict:
        words = f"it is {answer.verdict} there, and was {case.verdict}"
        return Replayed(case, State.OTHERWISE, words)
    now, before = _value(answer, case.entry), case.claimed
    if now is None or before is None:
        return Replayed(case, State.FAILS, answer.failure)
    if _same(now, before, case.bound):
        return Replayed(case, State.FAILS, f"claimed {number(now)}")
    return Replayed(case, State.VALUE, f"claimed {number(now)}, before {number(before)}")


def _value(answer: _Answer, entry: tuple[int, ...] | None) -> float | None:
    claimed = answer.example.claimed if answer.example is not None else None
    return None if claimed is None or entry is None else float(claimed[entry])


def _same(now: float, before: float, bound: float) -> bool:
    slack = bound if math.isfinite(bound) else 0.0
    return bool(np.isclose(now, before, rtol=RELATIVE, atol=slack, equal_nan=True))


def _any(case: Case, answers: Sequence[_Answer]) -> Replayed:
    """Say which claims fail at a point of which only the problem is stored."""
    wrong = [a for a in answers if a.verdict in FAILS]
    if wrong:
        names = ", ".join(f"{a.claim.variant.name}-{a.claim.input}" for a in wrong)
        return Replayed(case, State.FAILS, names)
    held = any(answer.verdict is Verdict.CONSISTENT for answer in answers)
    return Replayed(case, State.HOLDS if held else State.UNDECIDED, "no claim fails there")


def headline(found: Replayed) -> str:
    """Say in one line what became of a counterexample."""
    case = found.case
    name = f"{case.problem}[{case.variant}-{case.input}]" if case.variant else case.problem
    at = sizes(case.point.axes)
    place = f" at {at}" if at else ""
    return f"{found.state.value}: {name}{place}" + (f": {found.words}" if found.words else "")


def totals(found: Sequence[Replayed]) -> str:
    """Say in one line how many counterexamples there were, and what became of them."""
    counts = Counter(case.state for case in found)
    said = ", ".join(_counted(state, counts[state]) for state in State if counts[state])
    counted = f"{len(found)} counterexample{'' if len(found) == 1 else 's'} replayed"
    return f"{counted}: {said}." if said else f"{counted}."


def _counted(state: State, count: int) -> str:
    """Say how many, the verb in the plural where there are several.

    >>> _counted(State.FAILS, 7), _counted(State.HOLDS, 1), _counted(State.VALUE, 2)
    ('7 still fail', '1 now holds', '2 fail, with another value')
    """
    words = state.value if count == 1 else re.sub(r"\b(fail|hold)s\b", r"\1", state.value)
    return f"{count} {words}"
