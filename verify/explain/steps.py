"""Plain central differences at a counterexample: how they err with the step, and what they show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.evaluator import Failure, primal
from verify.findings import Counterexample, Finding

Floats = NDArray[np.float64]
# Relative steps of the curve: two a decade from the last digit of the input to the input itself.
DECADES, A_DECADE = 16, 2


@dataclass(frozen=True)
class StepCurve:
    """What a central difference of each step says about the worst entry of a counterexample.

    steps: (M,), in units of the input; error: (M,), |difference − reference|, which falls with the
    step while truncation rules and rises once rounding does; seen: (M,), |difference − claimed|,
    what a plain check compares with its tolerance; residual: |claimed − reference|; bound: the
    oracle's bound on its own error at that entry. NaN where the primal has no finite value.
    """

    steps: Floats
    error: Floats
    seen: Floats
    residual: float
    bound: float


def step_curve(finding: Finding) -> StepCurve | None:
    """Return the curve at the finding's counterexample; None where it has no numbers."""
    example = finding.counterexample
    if example is None or example.claimed is None or example.entry is None:
        return None
    entry = example.entry
    claimed, reference = float(example.claimed[entry]), float(example.reference[entry])
    if not np.isfinite(reference):
        return None
    powers = -np.arange(DECADES * A_DECADE + 1) / A_DECADE
    steps = np.asarray(scale(finding, example, entry) * 10.0**powers)
    slopes = differences(finding, example, entry, steps)
    with np.errstate(all="ignore"):
        return StepCurve(
            steps,
            np.abs(slopes - reference),
            np.abs(slopes - claimed),
            abs(claimed - reference),
            float(np.broadcast_to(example.bound, example.reference.shape)[entry]),
        )


def scale(finding: Finding, example: Counterexample, entry: tuple[int, ...]) -> float:
    """Return what steps in an entry are measured by: its own size, the array's largest, or 1."""
    x = np.abs(np.asarray(example.point.inputs[finding.claim.input], dtype=np.float64))
    return float(x[entry]) or float(x.max(initial=0.0)) or 1.0


def differences(
    finding: Finding, example: Counterexample, entry: tuple[int, ...], steps: Floats
) -> Floats:
    """Return the central differences of the primal in one entry, a value for each step.

    Of a vector-valued primal, the one weighted with the cotangent. NaN where it cannot be run.
    """
    name = finding.claim.input
    inputs = {n: np.asarray(a)[None] for n, a in example.point.inputs.items()}
    both = np.concatenate([steps, -steps])
    along = np.zeros(inputs[name].shape)
    along[(0, *entry)] = 1.0
    moved = inputs[name].astype(np.float64) + both.reshape(-1, *(1,) * (along.ndim - 1)) * along
    values = primal(finding.claim.problem, {**inputs, name: moved}, (len(both),))
    if isinstance(values, Failure):
        return np.full(len(steps), np.nan)
    with np.errstate(all="ignore"):
        ends = values.real.astype(np.float64)
        return np.asarray((ends[: len(steps)] - ends[len(steps) :]) / (2 * steps))
