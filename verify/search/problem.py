"""One problem searched: stored, enumerated and drawn cases, every claim on the same points."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from verify.evaluator import Failure, call, primal, split
from verify.findings import Finding, Trial
from verify.oracle.reference import complex_step_works
from verify.points import Point, Stack, group, stack
from verify.problems import Problem
from verify.regimes import regimes
from verify.search.closer import ask_wider, climb
from verify.search.conclude import conclude
from verify.search.draw import draw_points
from verify.search.judge import LARGE, judge
from verify.search.record import Record, observe, wants_smaller
from verify.search.recount import note_suspects, recount
from verify.search.stages import Stages, stages

PROBED_STACKS = 4
# A precondition that accepts less than this is said in a note.
FEW_ACCEPTED = 0.2


def search(
    problem: Problem,
    stored: Sequence[Point],
    seed: int,
    test_cases: int,
    seconds: float | None = None,
    seen: Callable[[Stack], None] | None = None,
) -> list[tuple[Finding, Sequence[Trial]]]:
    """Search one problem and return a finding for each of its claims, with what was compared.

    `stored` points are replayed first; then small shapes are enumerated, `test_cases` points are
    drawn, and special points are made, some hundreds in a loop and thousands where the primal runs
    stacked; at last each claim that still stands is searched near its largest residuals. The same
    seed and versions give the same findings, unless `seconds` a claim end the search before.
    `seen` is shown every stack that is judged.
    """
    start = time.perf_counter()
    deadline = math.inf if seconds is None else start + seconds * len(problem.claims)
    rng = np.random.default_rng(seed)
    drawn, tried = draw_points(problem, test_cases, seed)
    trouble = _trouble(problem, drawn)
    records = [Record(claim) for claim in problem.claims]
    if not trouble and drawn:
        groups = group(drawn)
        analytic = {name: complex_step_serves(problem, name, groups, rng) for name in problem.wrt}
        plan = Stages(problem, stored, groups, seed, test_cases)
        for part, check_every, ordered in stages(plan, lambda: any(map(wants_smaller, records))):
            if seen is not None:
                seen(part)
            judged = judge(problem, part, rng, analytic, check_every)
            tags = regimes(problem, part)
            for record in records:
                comparison = observe(record, judged, tags, analytic, seed, ordered)
                note_suspects(record, judged, comparison, tags)
            plan.spent += judged.evaluations
            if time.perf_counter() > deadline:
                break
        for record in records:
            climb(record, analytic, seed)
            ask_wider(record)
            recount(record, analytic, seed)
        found = [conclude(record, analytic, seed, tried - len(drawn)) for record in records]
    else:
        found = [conclude(record, {}, seed, tried, trouble) for record in records]
    share = (time.perf_counter() - start) / max(1, len(found))
    rate = (_acceptance(len(drawn), tried),) if len(drawn) < FEW_ACCEPTED * tried else ()
    findings = [replace(f, seconds=share, notes=(*f.notes, *rate)) for f in found]
    return [(f, record.trials) for f, record in zip(findings, records, strict=True)]


def _acceptance(accepted: int, tried: int) -> str:
    return f"the precondition accepted {accepted} of {tried} drawn points"


def complex_step_serves(
    problem: Problem, name: str, groups: list[Stack], rng: np.random.Generator
) -> bool:
    """Ask some stacks; the complex step works if any corroborates it and none contradicts it."""
    # Large inputs are judged along directions, which corroborate the complex step on their own.
    small = [part for part in groups if part.inputs[name][0].size <= LARGE]
    largest = sorted(small, key=lambda part: -part.inputs[name][0].size)
    return any(complex_step_works(problem, name, part, rng) for part in largest[:PROBED_STACKS])


def _trouble(problem: Problem, drawn: list[Point]) -> str:
    """Say what makes the primal impossible to differentiate, if anything."""
    if not drawn:
        return ""
    failures = []
    for point in drawn[:10]:
        first = primal(problem, stack([point]).inputs, (1,))
        if isinstance(first, Failure):
            failures.append(first.message)
            continue
        second = primal(problem, stack([point]).inputs, (1,))
        if not np.array_equal(first, second, equal_nan=True):
            return "the primal answers differently when called twice at the same point"
        named, _ = split(point.inputs)
        given = {name: array.copy() for name, array in named.items()}
        call(problem.primal, given)
        changed = [n for n in named if not np.array_equal(named[n], given[n], equal_nan=True)]
        if changed:
            return f"the primal changes its input {changed[0]!r} in place"
    everywhere = failures and len(failures) == len(drawn[:10])
    return f"the primal cannot be evaluated: {failures[0]}" if everywhere else ""
