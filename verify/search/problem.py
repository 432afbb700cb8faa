"""One problem searched: stored, enumerated and drawn cases, every claim on the same points."""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from verify.evaluator import Failure, call, primal, runs_stacked, split
from verify.findings import Finding
from verify.oracle.reference import complex_step_works
from verify.points import Point, Stack, group, stack
from verify.problems import Problem
from verify.regimes import regimes
from verify.search.draw import draw_points
from verify.search.enumerate import enumerated, scaled
from verify.search.judge import LARGE, judge
from verify.search.record import Record, conclude, observe, wants_smaller
from verify.strategies import meets

# Cases of the small-scope enumeration before anything is drawn, and in all: while a claim that was
# refuted by a drawn case has no smallest counterexample yet, the enumeration goes on (the
# flagship's last, a mean in place of a sum at N = 2, is case 16,000). A primal that runs in a
# loop gets a share that costs about as much time.
ENUMERATED_FIRST = 3_000
ENUMERATED = 20_000
ENUMERATED_IN_LOOP = 400
# In enumerated stacks every 16th point is cross-checked; a difference is confirmed in any case.
CHECK_EVERY = 16
PROBED_STACKS = 4


def search(problem: Problem, stored: Sequence[Point], seed: int, test_cases: int) -> list[Finding]:
    """Search one problem and return a finding for each of its claims.

    `stored` points are replayed first; then small shapes are enumerated, then `test_cases` points
    are drawn. The same seed and versions give the same findings.
    """
    start = time.perf_counter()
    rng = np.random.default_rng(seed)
    drawn, tried = draw_points(problem, test_cases, seed)
    trouble = _trouble(problem, drawn)
    records = [Record(claim) for claim in problem.claims]
    if not trouble and drawn:
        groups = group(drawn)
        analytic = {name: _analytic(problem, name, groups, rng) for name in problem.wrt}
        for part, check_every, ordered in _stacks(problem, stored, groups, records):
            judged = judge(problem, part, rng, analytic, check_every)
            tags = regimes(problem, part)
            for record in records:
                observe(record, judged, tags, analytic, seed, ordered)
        found = [conclude(record, analytic, seed, tried - len(drawn)) for record in records]
    else:
        found = [conclude(record, {}, seed, tried, trouble) for record in records]
    share = (time.perf_counter() - start) / max(1, len(found))
    return [replace(finding, seconds=share) for finding in found]


def _stacks(
    problem: Problem, stored: Sequence[Point], drawn: list[Stack], records: list[Record]
) -> Iterator[tuple[Stack, int, bool]]:
    """Yield stacks with how often to cross-check and whether they come simplest first."""
    for part in group([point for point in stored if _fits(problem, point)]):
        yield part, 1, False
    small = _within_budget(problem, enumerated(problem, ENUMERATED))
    seen = 0
    for part in small:
        yield part, CHECK_EVERY, True
        seen += len(part)
        if seen >= ENUMERATED_FIRST:
            break
    for part in itertools.chain(_within_budget(problem, scaled(problem)), drawn):
        yield part, 1, False
    while any(wants_smaller(record) for record in records):
        following = next(small, None)
        if following is None:
            return
        yield following, CHECK_EVERY, True


def _within_budget(problem: Problem, stacks: Iterator[Stack]) -> Iterator[Stack]:
    """Cut the enumeration short where the primal does not run stacked."""
    budget = ENUMERATED
    for part in stacks:
        lead = (len(part),)
        if budget == ENUMERATED and len(part) > 5 and not runs_stacked(problem, part.inputs, lead):
            budget = ENUMERATED_IN_LOOP
        kept = part.take(np.arange(min(len(part), budget)))
        budget -= len(kept)
        yield kept
        if budget <= 0:
            return


def _fits(problem: Problem, point: Point) -> bool:
    """Tell whether a stored point still is one of the problem's."""
    named, _ = split(point.inputs)
    if set(named) != set(problem.inputs) or set(point.axes) != set(problem.dims):
        return False
    shapes = all(d.sizes(point.axes) == named[n].shape for n, d in problem.domains.items())
    inside = shapes and all(d.contains(named[n], point.axes) for n, d in problem.domains.items())
    return inside and meets(problem, stack([point]))


def _analytic(problem: Problem, name: str, groups: list[Stack], rng: np.random.Generator) -> bool:
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
