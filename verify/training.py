"""Gradient descent with each variant in place of the gradient: why wrong ones go unnoticed."""

from collections.abc import Iterator

import numpy as np

from verify.evaluator import Failure, call
from verify.evaluator.variants import single
from verify.findings import Floats, Trained
from verify.problems import Problem, Training, Variant


def trained(problem: Problem) -> Iterator[Trained]:
    """Yield the losses of a problem that declares a descent; nothing where none does.

    Step: x ← x − rate · g(x) for every input x of `wrt`, all at once, g being the variant.
    """
    training = problem.training
    if training is None:
        return
    losses, broken = {}, {}
    for variant in problem.variants:
        found = _descent(problem, training, variant)
        if isinstance(found, Failure):
            broken[variant.name] = found.message
        else:
            losses[variant.name] = found
    yield Trained(problem.name, training.rate, losses, broken)


def _descent(problem: Problem, training: Training, variant: Variant) -> Floats | Failure:
    """Return the loss before each step and after the last; it ends where it leaves the floats."""
    inputs = dict(training.inputs)
    values: list[float] = []
    for step in range(training.steps + 1):
        loss = call(problem.primal, inputs)
        if isinstance(loss, Failure) or not np.isfinite(loss):
            break
        values.append(float(loss))
        slope = single(problem, variant, inputs, 1)
        if isinstance(slope, Failure):
            if step == 0:
                return slope
            break
        moved = {name: inputs[name] - training.rate * slope[name] for name in problem.wrt}
        inputs |= moved
    return np.array(values)
