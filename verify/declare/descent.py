"""What can be wrong with a declared gradient descent, said at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from verify.errors import DeclarationError
from verify.evaluator import Failure, call
from verify.points import Array
from verify.problems import Problem, Training


def training_of(problem: Problem, rate: float, steps: int, inputs: Mapping[str, Any]) -> Training:
    """Check where a descent starts and return it; inputs that are to move become floats."""
    title = f"{problem.name}.train"
    if sorted(inputs) != sorted(problem.inputs):
        raise DeclarationError(
            f"{title}({', '.join(inputs)}) should give a value to each input of the primal: "
            f"{', '.join(problem.inputs)}."
        )
    if not (rate > 0 and np.isfinite(rate)) or steps < 1:
        raise DeclarationError(
            f"{title}: rate={rate!r} and steps={steps!r} should be a positive number and a "
            "positive count."
        )
    arrays = {name: _array(title, problem, name, value) for name, value in inputs.items()}
    value = call(problem.primal, arrays)
    if isinstance(value, Failure):
        raise DeclarationError(f"{title}: the primal cannot be evaluated there: {value.message}.")
    if np.shape(value) != ():
        raise DeclarationError(
            f"{title}: the primal returns shape {np.shape(value)}; descent needs a scalar."
        )
    return Training(arrays, float(rate), int(steps))


def _array(title: str, problem: Problem, name: str, value: Any) -> Array:
    try:
        array = np.array(value, dtype=np.float64 if name in problem.wrt else None)
    except (TypeError, ValueError):
        array = np.array(None)
    if array.dtype.kind not in "fiub":
        raise DeclarationError(f"{title}: {name}={value!r} should be an array of numbers.")
    return array
