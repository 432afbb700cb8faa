"""A difference counts only after it was seen again: alone, with other steps, on a higher rung."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from verify.evaluator import claimed
from verify.findings import Counterexample
from verify.oracle.character import wide_conditioning
from verify.oracle.exact import Second, SecondOpinion, second_opinion
from verify.oracle.reference import entry_by_ladder
from verify.oracle.stacks import rounded
from verify.outcomes import Outcome
from verify.points import Point, stack
from verify.problems import Claim
from verify.search.judge import Judged, judge, second_look
from verify.search.singular import (
    LARGEST_WIDE,
    between_nearby,
    hidden_by_zero,
    independent,
    rough,
    unit_of,
)
from verify.verdicts import EPS, MARGIN, OPERATIONS, Comparison, digits_lost

FAILING = (Outcome.DIFFER, Outcome.MALFORMED, Outcome.UNSTABLE)
# Where no wider arithmetic runs, a residual must stand this far above the claim's own noise.
NOISE_MARGIN = 100.0
# Where no wider arithmetic runs, a step may be lost in the rounding of large terms that cancel, and
# f looks constant: log Γ(v/2) at v = 5e12 stands still over steps of 1e-4 v.
TOO_LARGE = 1e10
TOO_FAR_APART = 1e12
TOO_SMALL = 1e-100


@dataclass(frozen=True)
class Confirmed:
    """What a claim's outcome at one point is after the second evaluation and the higher rung."""

    outcome: Outcome
    counterexample: Counterexample | None
    words: str


def confirm(claim: Claim, point: Point, analytic: Mapping[str, bool], seed: int) -> Confirmed:
    """Evaluate claim and oracle again at one point and settle the worst entry on a higher rung.

    The higher rung is the same code in wider arithmetic; where that does not run, the step ladder
    per entry, whose steps and errors have nothing in common with the complex step's.
    """
    alone = stack([point])
    rng = np.random.default_rng(seed)
    judged = judge(claim.problem, alone, rng, analytic, entrywise=True, only=claim.input)
    comparison = judged.comparison(claim)
    outcome = Outcome(int(comparison.outcome[0]))
    if outcome is Outcome.MALFORMED:
        failure = judged.answers[claim.variant.name].failures.get(0)
        if failure is not None:
            return Confirmed(outcome, None, failure.message)
    elif outcome is not Outcome.DIFFER:
        return Confirmed(outcome, None, "the difference did not show again")
    opinion = _opinion(claim, point, judged, comparison)
    example = _example(claim, point, judged, comparison, opinion)
    return _settle(claim, judged, comparison, opinion, example, seed)


def _entry(claim: Claim, point: Point, comparison: Comparison) -> tuple[int, ...]:
    shape = point.inputs[claim.input].shape
    return tuple(int(i) for i in np.unravel_index(int(comparison.entry[0]), shape))


def _opinion(claim: Claim, point: Point, judged: Judged, comparison: Comparison) -> SecondOpinion:
    entry = _entry(claim, point, comparison)
    if point.size > LARGEST_WIDE:
        return SecondOpinion(Second.UNAVAILABLE)
    tolerance = float(comparison.tolerance[0][entry])
    return second_opinion(claim.problem, claim.variant, claim.input, point, entry, tolerance)


def _example(
    claim: Claim, point: Point, judged: Judged, comparison: Comparison, opinion: SecondOpinion
) -> Counterexample:
    rung = (
        f"wider arithmetic ({opinion.digits} digits): claimed {opinion.claimed:.6g}, "
        f"reference {opinion.reference:.6g}"
        if opinion.says in (Second.WRONG, Second.RIGHT)
        else "the step ladder per entry"
    )
    return Counterexample(
        point,
        _entry(claim, point, comparison),
        np.asarray(judged.answers[claim.variant.name].values[claim.input][0], dtype=np.float64),
        judged.estimates[claim.input].value[0],
        comparison.tolerance[0],
        float(comparison.excess[0]),
        rung,
    )


def _settle(
    claim: Claim,
    judged: Judged,
    comparison: Comparison,
    opinion: SecondOpinion,
    example: Counterexample,
    seed: int,
) -> Confirmed:
    rng = np.random.default_rng(seed + 1)
    if opinion.says is Second.PRIMAL_FAILS:
        return Confirmed(Outcome.UNDECIDED, None, opinion.says.value)
    if opinion.says is Second.RIGHT:
        return _rounding(judged, claim, comparison, example, opinion)
    if opinion.says is Second.WRONG:
        return _wrong(claim, judged, example, opinion.says.value, rng)
    again = Outcome(int(second_look(claim, judged, comparison).outcome[0]))
    if again in (Outcome.UNSTABLE, Outcome.AGREE, Outcome.UNDECIDED):
        shown = replace(example, confirmed_by="longdouble, in which the residual vanishes")
        return Confirmed(again, shown if again is Outcome.UNSTABLE else None, "rounding")
    if _beyond_floats(claim.input, judged):
        return Confirmed(Outcome.UNDECIDED, None, "numbers too large or too far apart for floats")
    if comparison.outcome[0] == Outcome.MALFORMED:
        return _wrong(claim, judged, example, "a non-finite value", rng)
    entry = example.entry or ()
    if judged.estimates[claim.input].kink[0][entry]:
        # The interval of one-sided slopes is the ladder's own; asking it again adds nothing.
        # A claim that jumps there, as the derivative does, is not noisy.
        return _wrong(claim, judged, example, "outside the one-sided derivatives", rng)
    if _own_noise(claim, judged, entry, rng) * NOISE_MARGIN >= _residual(example):
        return Confirmed(
            Outcome.UNDECIDED, None, "the residual is as small as the claim's own noise"
        )
    unit = unit_of(claim.problem, claim.input, judged.stack, rng)
    value, bound = entry_by_ladder(claim.problem, claim.input, judged.stack, entry, rng, unit)
    if abs(float(np.asarray(example.claimed)[entry]) - value) > MARGIN * (
        bound + float(example.bound[entry])
    ):
        return _wrong(claim, judged, example, "differs from the step ladder per entry", rng)
    return Confirmed(Outcome.UNDECIDED, None, "no higher rung could reproduce the difference")


def _wrong(
    claim: Claim, judged: Judged, example: Counterexample, words: str, rng: np.random.Generator
) -> Confirmed:
    """Hold a difference against the claim unless the point is one where no derivative decides."""
    problem, name, alone = claim.problem, claim.input, judged.stack
    entry = example.entry or ()
    claimed = np.asarray(example.claimed)
    if not np.isfinite(claimed[entry]):
        if independent(problem, name, alone, rng):
            return Confirmed(Outcome.UNDECIDED, None, f"not finite where {name} has no influence")
        if rough(problem, name, alone, entry, rng):
            return Confirmed(
                Outcome.UNDECIDED, None, "not finite where the primal is not twice differentiable"
            )
        if hidden_by_zero(problem, name, alone, entry, rng):
            return Confirmed(
                Outcome.UNDECIDED, None, "not finite where a zero hides a term without derivative"
            )
        return Confirmed(Outcome.MALFORMED, example, words)
    if between_nearby(problem, name, alone, judged.estimates[name], claimed, entry, rng):
        return Confirmed(Outcome.UNDECIDED, None, "between the derivatives near a kink")
    return Confirmed(Outcome.DIFFER, example, words)


def _beyond_floats(name: str, judged: Judged) -> bool:
    """Tell whether terms may be so large that a step is lost where they cancel."""
    largest = max(float(np.abs(a).max(initial=0.0)) for a in judged.stack.inputs.values())
    own = float(np.abs(judged.stack.inputs[name]).max(initial=0.0)) or 1.0
    return largest > TOO_LARGE or largest > TOO_FAR_APART * own or own < TOO_SMALL


def _explained(claim: Claim, example: Counterexample, residual: float, eps: float) -> bool:
    """Tell whether rounding of the inputs alone moves the derivative as much."""
    entry = example.entry or ()
    value, spread = wide_conditioning(claim.problem, claim.input, example.point, entry)
    return bool(np.isnan(value)) or bool(residual <= OPERATIONS * spread * (eps / EPS) < np.inf)


def _residual(example: Counterexample) -> float:
    place = example.entry or ()
    return abs(float(np.asarray(example.claimed)[place] - example.reference[place]))


def _own_noise(
    claim: Claim, judged: Judged, entry: tuple[int, ...], rng: np.random.Generator
) -> float:
    """Measure by how much the claimed entry moves when the inputs move by an ulp or two."""
    moved = []
    for _ in range(2):
        near = rounded(claim.problem, judged.stack, rng)
        answer = claimed(claim.problem, claim.variant, near).values[claim.input][0][entry]
        moved.append(
            abs(float(answer - judged.answers[claim.variant.name].values[claim.input][0][entry]))
        )
    return float(np.nanmax(moved)) if np.isfinite(moved).any() else 0.0


def _rounding(
    judged: Judged,
    claim: Claim,
    comparison: Comparison,
    example: Counterexample,
    opinion: SecondOpinion,
) -> Confirmed:
    """Right in exact arithmetic: unstable if over half the digits of the entry are lost.

    The entry is measured against the wider reference: where the oracle's own float value is off,
    the claim is not to blame.
    """
    answers = judged.answers[claim.variant.name]
    reference = judged.estimates[claim.input].value[0]
    residual = np.array(np.abs(answers.values[claim.input][0] - reference))
    place = example.entry or ()
    residual[place] = abs(float(answers.values[claim.input][0][place]) - opinion.reference)
    value = np.array(reference)
    value[place] = opinion.reference
    lost = digits_lost(residual, value, comparison.tolerance[0], answers.eps)[place]
    if lost and not _explained(claim, example, float(residual[place]), answers.eps):
        return Confirmed(Outcome.UNSTABLE, example, Second.RIGHT.value)
    outcome = Outcome.AGREE if comparison.telling[0] else Outcome.UNDECIDED
    return Confirmed(outcome, None, "right in exact arithmetic; rounding explains the residual")
