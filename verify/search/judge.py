"""All claims of a problem at the points of one stack: estimates, answers, comparisons."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from verify.evaluator import Claimed, claimed
from verify.oracle.directions import Directions, directions
from verify.oracle.entries import every_entry
from verify.oracle.estimate import Estimate
from verify.oracle.reference import reference
from verify.outcomes import Outcome
from verify.points import Stack
from verify.problems import Claim, Problem
from verify.verdicts import Comparison, compare, compare_along, look_again

# An input with more entries is judged along random directions first: about 60 evaluations of the
# primal tell as much as thousands, one by one.
LARGE = 512
# Whether longdouble is wider than float64 (on x86 it is; on some ARM systems it is not).
EPS = float(np.finfo(np.float64).eps)
HAS_WIDER = bool(np.finfo(np.longdouble).eps < EPS)


@dataclass(frozen=True)
class Judged:
    """A stack with what the oracle says, by input, and what each variant answers, by name.

    An input stands in `estimates`, entry by entry, or, where it is large, in `lines`: slopes along
    random directions, one `Directions` a point.
    """

    stack: Stack
    estimates: Mapping[str, Estimate]
    answers: Mapping[str, Claimed]
    lines: Mapping[str, tuple[Directions, ...]]

    @property
    def evaluations(self) -> int:
        """Number of evaluations of the primal that the oracle took."""
        along = sum(line.evaluations for lines in self.lines.values() for line in lines)
        return along + sum(estimate.evaluations for estimate in self.estimates.values())

    def comparison(self, claim: Claim) -> Comparison:
        """Compare one claim at every point of the stack."""
        answers = self.answers[claim.variant.name]
        if claim.input in self.lines:
            return compare_along(answers, claim.input, self.lines[claim.input])
        return compare(answers, claim.input, self.estimates[claim.input])


def judge(
    problem: Problem,
    stack: Stack,
    rng: np.random.Generator,
    analytic: Mapping[str, bool],
    check_every: int = 1,
    entrywise: bool = False,
    only: str = "",
) -> Judged:
    """Run oracle and all variants on the same points, so that the comparison is paired.

    `analytic[input]` tells whether the complex step works for that input; see `reference` for
    `check_every`. `entrywise` asks for every entry of large inputs as well (one point only);
    `only` names the one input whose derivative is wanted.
    """
    answers = {variant.name: claimed(problem, variant, stack) for variant in problem.variants}
    coarse = any(answer.eps > EPS for answer in answers.values())
    wanted = (only,) if only else problem.wrt
    large = [name for name in wanted if stack.inputs[name][0].size > LARGE]
    estimates = {
        name: reference(problem, name, stack, rng, analytic[name], check_every, coarse)
        for name in wanted
        if name not in large
    }
    if entrywise:
        alone = stack.point(0)
        estimates |= {name: every_entry(problem, name, alone, rng, coarse) for name in large}
        large = []
    lines = {name: tuple(directions(problem, name, p, rng) for p in stack) for name in large}
    return Judged(stack, estimates, answers, lines)


def second_look(claim: Claim, judged: Judged, comparison: Comparison) -> Comparison:
    """Run a differing claim in longdouble: rounding shrinks there, a wrong formula does not."""
    if claim.input in judged.lines:
        return comparison
    bad = np.flatnonzero(np.isin(comparison.outcome, (Outcome.DIFFER, Outcome.MALFORMED)))
    bad = np.setdiff1d(bad, list(judged.answers[claim.variant.name].failures))
    if not HAS_WIDER or not len(bad):
        return comparison
    part = judged.stack.take(bad)
    narrow = _take(judged.answers[claim.variant.name], bad)
    wider = claimed(claim.problem, claim.variant, part, dtype="longdouble")
    estimate = judged.estimates[claim.input].take(bad)
    again = look_again(_take_comparison(comparison, bad), narrow, wider, claim.input, estimate)
    outcome = comparison.outcome.copy()
    outcome[bad] = again.outcome
    return replace(comparison, outcome=outcome)


def _take(answers: Claimed, indices: NDArray[np.intp]) -> Claimed:
    place = {int(index): position for position, index in enumerate(indices)}
    failures = {place[i]: failure for i, failure in answers.failures.items() if i in place}
    values = {n: a[indices] for n, a in answers.values.items()}
    return replace(answers, values=values, failures=failures)


def _take_comparison(comparison: Comparison, indices: NDArray[np.intp]) -> Comparison:
    return Comparison(
        comparison.outcome[indices],
        comparison.excess[indices],
        comparison.entry[indices],
        comparison.tolerance[indices],
        comparison.telling[indices],
    )
