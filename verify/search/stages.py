"""In which order points are tried, and how many: stored, enumerated, scaled, drawn, special."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from verify.evaluator import runs_stacked, split
from verify.findings import DEFAULT_TEST_CASES
from verify.landmarks import landmarks
from verify.points import Point, Stack, group, stack
from verify.problems import Problem
from verify.search.draw import draw_shapes
from verify.search.enumerate import enumerated, scaled
from verify.search.judge import LARGE
from verify.search.special import Plan, batch
from verify.strategies import meets

# Cases of the small-scope enumeration before anything is drawn, and in all: while a claim that was
# refuted by a drawn case has no smallest counterexample yet, the enumeration goes on (the
# flagship's last, a mean in place of a sum at N = 2, is case 16,000).
ENUMERATED_FIRST = 3_000
ENUMERATED = 20_000
# A primal that runs in a loop gets a share of points, and of evaluations, that costs about as much
# time: some 10 microseconds an evaluation.
ENUMERATED_IN_LOOP, SCALED_IN_LOOP = 400, 150
PART_IN_LOOP = 50
LOOPED_ENUMERATION, LOOPED_DRAWS, LOOPED_SCALING, LOOPED_SPECIALS = 8_000, 8_000, 4_000, 18_000
# Special points a shape: a drawn shape costs the same Hypothesis draw either way.
STACKED_SPECIAL, LOOPED_SPECIAL, LARGE_SPECIAL = 40, 24, 3
# In enumerated stacks every 16th point is cross-checked, in others every 4th; a difference is
# confirmed in any case.
CHECK_EVERY, CHECK_FEW = 16, 4


@dataclass
class Stages:
    """What the stages need; `spent` counts evaluations of the primal so far."""

    problem: Problem
    stored: Sequence[Point]
    drawn: Sequence[Stack]
    seed: int
    test_cases: int
    spent: int = 0
    in_loop: dict[tuple[int, ...], bool] = field(default_factory=dict)

    @property
    def drawn_budget(self) -> int:
        """Evaluations for the drawn test cases; who asks for more of them wants them all."""
        return LOOPED_DRAWS * max(1, self.test_cases // DEFAULT_TEST_CASES)

    def loops(self, part: Stack) -> bool:
        """Find out, once a shape, whether the primal runs in a loop.

        Where an axis has size one, a function that mixes its points may look like one that does
        not. Five points or fewer do not tell.
        """
        sizes = tuple(part.axes.values())
        if sizes not in self.in_loop and len(part) > 5:
            self.in_loop[sizes] = not runs_stacked(self.problem, part.inputs, (len(part),))
        return self.in_loop.get(sizes, any(self.in_loop.values()))


def stages(plan: Stages, wants_smaller: Callable[[], bool]) -> Iterator[tuple[Stack, int, bool]]:
    """Yield stacks with how often to cross-check and whether they come simplest first."""
    problem = plan.problem
    for part in group([point for point in plan.stored if fits(problem, point)]):
        yield part, 1, False
    small = _within(plan, enumerated(problem, ENUMERATED), ENUMERATED_IN_LOOP, LOOPED_ENUMERATION)
    seen = 0
    for part in small:
        yield part, CHECK_EVERY, True
        seen += len(part)
        if seen >= ENUMERATED_FIRST:
            break
    for part in _within(plan, iter(plan.drawn), plan.test_cases, plan.drawn_budget):
        yield part, CHECK_FEW, False
    for part in _within(plan, scaled(problem), SCALED_IN_LOOP, LOOPED_SCALING):
        yield part, CHECK_FEW, False
    for part in _special(plan):
        yield part, CHECK_FEW, False
    while wants_smaller():
        following = next(small, None)
        if following is None:
            return
        yield following, CHECK_EVERY, True


def _within(
    plan: Stages, stacks: Iterator[Stack], points: int, evaluations: int
) -> Iterator[Stack]:
    """Cut a stage short, and in small parts, where the primal does not run stacked."""
    seen, start = 0, plan.spent
    for part in stacks:
        if not plan.loops(part):
            seen += len(part)
            yield part
            continue
        for first in range(0, len(part), PART_IN_LOOP):
            last = min(len(part), first + PART_IN_LOOP, first + points - seen)
            if last <= first or plan.spent - start > evaluations:
                return
            yield part.take(np.arange(first, last))
            seen += last - first


def _special(plan: Stages) -> Iterator[Stack]:
    """Make special points, many more where the primal runs stacked."""
    problem, start = plan.problem, plan.spent
    edits = Plan(landmarks(problem))
    for axes, part_seed in draw_shapes(problem, -(-plan.test_cases // 3), plan.seed):
        stacked = bool(plan.in_loop) and not any(plan.in_loop.values())
        count = STACKED_SPECIAL if stacked else LOOPED_SPECIAL
        if sum(math.prod(d.sizes(axes)) for d in problem.domains.values()) > LARGE:
            count = LARGE_SPECIAL
        rng = np.random.default_rng([plan.seed, part_seed])
        for part in batch(problem, axes, edits, count, rng):
            looped = plan.loops(part)
            yield part
            if looped and plan.spent - start > LOOPED_SPECIALS:
                return


def fits(problem: Problem, point: Point) -> bool:
    """Tell whether a stored point still is one of the problem's."""
    named, _ = split(point.inputs)
    if set(named) != set(problem.inputs) or set(point.axes) != set(problem.dims):
        return False
    shapes = all(d.sizes(point.axes) == named[n].shape for n, d in problem.domains.items())
    inside = shapes and all(d.contains(named[n], point.axes) for n, d in problem.domains.items())
    return inside and meets(problem, stack([point]))
