"""A closer look at a claim that still stands: near its largest residuals, and in wider numbers."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from verify.domains import Domain
from verify.evaluator import claimed
from verify.findings import Counterexample
from verify.oracle.character import wide_conditioning, wide_order
from verify.oracle.exact import Second, second_opinion
from verify.oracle.stacks import EPS
from verify.outcomes import Outcome
from verify.points import COTANGENT, Point, stack
from verify.problems import Claim
from verify.regimes import regimes
from verify.search.judge import judge
from verify.search.record import Record, keep_example, observe
from verify.search.singular import LARGEST_WIDE, ROUGH, beyond_ordinary
from verify.strategies import meets_each
from verify.verdicts import MARGIN, OPERATIONS

Floats = NDArray[np.float64]
ROUNDS = 3
NEIGHBOURS = 8
# A residual this small in tolerances is rounding, and no slope to climb.
FLAT = 0.05


def climb(record: Record, analytic: Mapping[str, bool], seed: int) -> None:
    """Search near the points where the residual is largest in tolerances, uphill.

    Neighbours have some entries, or one input, scaled or shifted; the best one is the next centre.
    """
    claim = record.claim
    rng = np.random.default_rng([seed, 1])
    for excess, start in list(record.near_misses):
        point, best = start, excess
        for _ in range(ROUNDS):
            if Outcome.DIFFER in record.examples or best < FLAT:
                break
            near = [_neighbour(claim, point, rng) for _ in range(NEIGHBOURS)]
            part = stack(near)
            part = part.take(np.flatnonzero(meets_each(claim.problem, part)))
            if not len(part):
                break
            judged = judge(claim.problem, part, rng, analytic, check_every=4, only=claim.input)
            observe(record, judged, regimes(claim.problem, part), analytic, seed, False)
            comparison = judged.comparison(claim)
            top = int(comparison.excess.argmax())
            if comparison.excess[top] <= best:
                break
            point, best = part.point(top), float(comparison.excess[top])


def _neighbour(claim: Claim, point: Point, rng: np.random.Generator) -> Point:
    inputs = dict(point.inputs)
    free = [n for n in inputs if _may_move(claim, n)]
    if free:
        name = free[int(rng.integers(len(free)))]
        array = inputs[name]
        chosen = rng.uniform(size=array.shape) < (1.0 if rng.integers(2) else 0.4)
        factor = 2.0 ** float(rng.choice([-8, -3, -1, 1, 3, 8]))
        shifted = array + rng.standard_normal(array.shape) * 0.1 * np.abs(array).max(initial=0.0)
        moved = np.where(chosen, array * factor if rng.integers(2) else shifted, array)
        domain = claim.problem.inputs.get(name)
        if isinstance(domain, Domain):
            moved = np.clip(moved, domain.low, domain.high)
        inputs[name] = np.asarray(moved)
    return Point(point.axes, inputs)


def _may_move(claim: Claim, name: str) -> bool:
    domain = claim.problem.inputs.get(name)
    if name == COTANGENT:
        return True
    return (
        isinstance(domain, Domain)
        and domain.differentiable
        and domain.free
        and not domain.row.chosen
    )


def ask_wider(record: Record) -> None:
    """Ask wider arithmetic where every float rung saw a kink or nothing.

    In floats the sum of exponentials of two huge equal numbers has a kink; it is smooth, and a
    claim that takes one side has lost all its digits.
    """
    claim = record.claim
    for point, entry in record.unsettled:
        if {Outcome.DIFFER, Outcome.UNSTABLE} & set(record.examples) or point.size > LARGEST_WIDE:
            return
        found = _settled(claim, point, entry)
        ordinary = not beyond_ordinary(stack([point]))[0]
        if found is not None and (ordinary or found[0] is Outcome.DIFFER):
            outcome, example = found
            record.examples[outcome] = example
            record.outcomes.add(outcome)
            record.total["undecided"] -= 1
            record.total["fails"] += 1
            keep_example(record, example, outcome)


def _settled(
    claim: Claim, point: Point, entry: tuple[int, ...]
) -> tuple[Outcome, Counterexample] | None:
    """Judge one entry by the wide reference alone: wrong, or right with its digits lost.

    None where f is not smooth in wider arithmetic either, where it does not run, or where rounding
    of the inputs explains the residual; equal inputs are rounded alike, as a tie is no accident.
    """
    problem, name = claim.problem, claim.input
    order = wide_order(problem, name, point, entry)
    if order is None or order < ROUGH:
        return None
    reference, spread = wide_conditioning(problem, name, point, entry)
    alone = stack([point])
    answers = claimed(problem, claim.variant, alone)
    value = float(answers.values[name][(0, *entry)])
    residual = abs(value - reference)
    eps = answers.eps
    explained = OPERATIONS * (spread * eps / EPS + eps * abs(reference)) + answers.smallest
    if not residual > MARGIN * explained:
        return None
    opinion = second_opinion(problem, claim.variant, name, point, entry, explained)
    values = np.asarray(answers.values[name][0], dtype=np.float64)
    # An entry that cancels to nothing beside the others has no digits to lose.
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    lost = residual > max(np.sqrt(eps) * abs(reference), eps * largest)
    outcome = {Second.WRONG: Outcome.DIFFER, Second.RIGHT: Outcome.UNSTABLE}.get(opinion.says)
    none_to_lose = abs(reference) <= MARGIN * explained
    if outcome is None or (outcome is Outcome.UNSTABLE and (none_to_lose or not lost)):
        return None
    shown = np.full(point.inputs[name].shape, np.nan)
    bound = np.full(shown.shape, np.inf)
    shown[entry], bound[entry] = reference, explained
    words = f"wider arithmetic ({opinion.digits} digits), in which the primal is smooth here"
    return outcome, Counterexample(point, entry, values, shown, bound, residual / explained, words)
