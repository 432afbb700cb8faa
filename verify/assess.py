"""Findings completed: what a pass is worth, and what a failure means."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from verify.diagnosis import blind_spot, census, descent, diagnose
from verify.diagnosis.code_repair import repairs
from verify.diagnosis.conventions import other_convention
from verify.diagnosis.sample import Sample
from verify.findings import Finding, Trial
from verify.outcomes import Outcome, Verdict
from verify.points import Array, Point
from verify.power import power

# A diagnosis is formed on half of these and checked on the other half.
MOST_SAMPLES = 64
FAILING_A_TRIAL, HOLDING_A_TRIAL = 3, 1
MOST_POINTS = 120
# Beyond these a float primal may itself be off by more than any derivative: log(exp(1e-21)) is 0.
SMALLEST, LARGEST = 1e-12, 1e12
# With so many failing samples left a diagnosis needs no others.
ENOUGH = 12


def assessed(finding: Finding, trials: Sequence[Trial]) -> Finding:
    """Add the power of a consistent claim, or the diagnosis of a refuted one."""
    claim = finding.claim
    with np.errstate(all="ignore"):
        if finding.verdict is Verdict.CONSISTENT:
            worth = power(claim, trials)
            poor = worth is not None and worth.poor
            reason = finding.reason + ("; the pass is worth little" if poor else "")
            return replace(finding, power=worth, reason=reason)
        if finding.verdict is not Verdict.REFUTED:
            return finding
        try:
            return _explained(finding, trials)
        except Exception as error:  # noqa: BLE001  # a verdict outlives a diagnosis that fails
            note = f"no diagnosis: {type(error).__name__}: {error}"
            return replace(finding, notes=(*finding.notes, note))


def _explained(finding: Finding, trials: Sequence[Trial]) -> Finding:
    claim = finding.claim
    samples = _plain(list(_samples(trials)))
    holds, fails = _points(trials, Outcome.AGREE), _points(trials, Outcome.DIFFER)
    said = other_convention(claim, samples) or (
        *diagnose(claim, samples),
        *blind_spot(claim, holds, fails),
        *census(claim, samples),
    )
    return replace(
        finding, diagnosis=said, descent=descent(samples), repairs=repairs(claim, samples)
    )


def _samples(trials: Sequence[Trial]) -> Iterator[Sample]:
    """Yield failing and holding points of all stacks, the later and less regular ones first."""
    count = 0
    for trial in reversed(trials):
        failing = np.flatnonzero(trial.outcome == Outcome.DIFFER)[:FAILING_A_TRIAL]
        holding = np.flatnonzero(trial.outcome == Outcome.AGREE)[:HOLDING_A_TRIAL]
        for index in (*failing, *holding):
            if count >= MOST_SAMPLES:
                return
            count += 1
            yield Sample(
                trial.stack.point(int(index)),
                trial.claimed[index],
                trial.estimate.value[index],
                trial.tolerance[index],
                {name: values[index] for name, values in trial.references.items()},
            )


def _plain(samples: list[Sample]) -> list[Sample]:
    """Leave out the points of extreme numbers if enough others fail."""
    plain = [sample for sample in samples if all(map(_moderate, sample.point.inputs.values()))]
    return plain if sum(sample.fails for sample in plain) >= ENOUGH else samples


def _moderate(array: Array) -> bool:
    sizes = np.abs(array[array != 0])
    return bool(((sizes >= SMALLEST) & (sizes <= LARGEST)).all())


def _points(trials: Sequence[Trial], outcome: Outcome) -> list[Point]:
    """List points of one outcome, some of every stack."""
    found = [np.flatnonzero(trial.outcome == outcome) for trial in trials]
    share = max(1, MOST_POINTS // max(1, sum(len(places) > 0 for places in found)))
    return [
        trial.stack.point(int(index))
        for trial, places in zip(trials, found, strict=True)
        for index in places[:: max(1, len(places) // share)][:share]
    ][:MOST_POINTS]
