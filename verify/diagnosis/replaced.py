"""Hypotheses that ask the primal again: the derivative at another value of one input, or of a part.

An input that a formula ignores shows when the claim is the derivative at one fixed value of it;
a missing sum over the Jacobian, when each entry is the derivative of its own output alone.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from verify.diagnosis.cases import Case, Names
from verify.diagnosis.hypotheses import Hypothesis, Prediction
from verify.evaluator import Failure, call
from verify.evaluator.calls import uncast
from verify.evaluator.stacked import split
from verify.findings import Floats
from verify.points import COTANGENT, Array
from verify.problems import Claim

# Steps of central differences, relative to max(1, |x|); two of them, for an estimate of the error.
STEPS = (1e-3, 5e-4)
RESOLVED = 1e-3
# Inputs with more entries are not worth the evaluations.
MOST_ENTRIES = 32
FIXED = (1.0, 0.0, 2.0, -1.0)
Test = Callable[[Case], bool]


def replaced(claim: Claim, names: Names) -> Iterator[Hypothesis]:
    """Yield the derivative with an input ignored, and weights × the diagonal of the Jacobian."""
    asked: dict[int, bool] = {}

    def reproduced(case: Case) -> bool:
        # Steps that do not give the derivative at the point itself say nothing beside it either.
        if id(case) not in asked:
            asked[id(case)] = _small(claim, case) and _reproduces(claim, case)
        return asked[id(case)]

    for name in names.inputs:
        if name == claim.input:
            continue
        for value in FIXED:
            yield _ignored(claim, name, value, reproduced)
        if names.axes[name] == names.target and names.target:
            yield _diagonal(claim, name, reproduced)


def _ignored(claim: Claim, name: str, value: float, reproduced: Test) -> Hypothesis:
    def predict(case: Case) -> Prediction | None:
        inputs = case.sample.point.inputs
        old = inputs[name]
        if old.dtype.kind not in "fiu" or not reproduced(case):
            return None
        return _slopes(claim, {**inputs, name: np.full_like(old, value)}, None)

    what = f"all entries of {name} = {value:g}" if has_axes(claim, name) else f"{name} = {value:g}"
    text = f"claimed = the derivative at {what}, whatever {name} is"
    return Hypothesis(text, 1.75 + 0.1 * FIXED.index(value), "replaced", predict)


def has_axes(claim: Claim, name: str) -> bool:
    """Tell whether an input has axes."""
    domain = claim.problem.domains.get(name)
    return domain is None or bool(domain.shape)


def _diagonal(claim: Claim, weights: str, reproduced: Test) -> Hypothesis:
    def predict(case: Case) -> Prediction | None:
        inputs = case.sample.point.inputs
        if not _linear(claim, inputs, weights) or not reproduced(case):
            return None
        return _slopes(claim, inputs, weights)

    text = (
        f"claimed = {weights} × the Jacobian's diagonal: the sum over its other entries is missing"
    )
    return Hypothesis(text, 1.75, "replaced", predict)


def _small(claim: Claim, case: Case) -> bool:
    x = case.sample.point.inputs[claim.input]
    same = x.shape == case.sample.claimed.shape and x.dtype.kind in "fiu"
    return same and x.size <= MOST_ENTRIES


def _linear(claim: Claim, inputs: Mapping[str, Array], name: str) -> bool:
    """Tell whether the function is linear in an input: f(0) = 0 and f(3 c) = 3 f(c)."""
    if name == COTANGENT:
        return True
    stacked = {n: np.stack([a] * 3) for n, a in inputs.items()}
    stacked[name] = np.stack([0 * inputs[name], inputs[name], 3 * inputs[name]])
    values = _values(claim, stacked)
    if values is None or not np.isfinite(values).all():
        return False
    zero, one, three = (float(value) for value in values)
    return zero == 0 and abs(three - 3 * one) <= 1e-9 * abs(three)


def _reproduces(claim: Claim, case: Case) -> bool:
    sample = case.sample
    here = _slopes(claim, sample.point.inputs, None)
    if here is None:
        return False
    largest = float(np.abs(sample.reference).max(initial=0.0))
    allowed = here.reach + 1e-6 * largest
    return bool((np.abs(here.value - sample.reference) <= allowed).all())


def _values(claim: Claim, stacked: Mapping[str, Array]) -> Floats | None:
    """Evaluate point by point: values that hardly differ would hide a stack that mixes them."""
    count = len(next(iter(stacked.values())))
    function = uncast(claim.problem.primal)
    named, cotangent = split(stacked)
    values = []
    for index in range(count):
        value = call(function, {name: array[index].copy() for name, array in named.items()})
        weights = np.ones(()) if cotangent is None else cotangent[index]
        if isinstance(value, Failure) or np.shape(value) != weights.shape:
            return None
        if np.asarray(value).dtype.kind not in "fciub":
            return None
        values.append(float(np.real(np.sum(value * weights))))
    return np.array(values)


def _slopes(claim: Claim, inputs: Mapping[str, Array], alone: str | None) -> Prediction | None:
    """Differentiate f(x + h e_i) - f(x - h e_i) over 2 h at two steps, and extrapolate.

    With `alone`, entry i is that of the function with all but entry i of that input set to 0.
    """
    x = np.asarray(inputs[claim.input], dtype=np.float64)
    size = x.size
    units = np.eye(size).reshape(size, *x.shape)
    h = np.maximum(1.0, np.abs(x)).ravel()
    shifts = np.array([sign * step for step in STEPS for sign in (1.0, -1.0)])
    moved = x + (shifts[:, None] * h).reshape(4, size, *[1] * x.ndim) * units
    lead = (4, size)
    stacked = {n: np.broadcast_to(a, (*lead, *np.shape(a))).copy() for n, a in inputs.items()}
    if alone is not None:
        stacked[alone] = np.broadcast_to(inputs[alone] * units, stacked[alone].shape).copy()
    stacked[claim.input] = moved
    flat = {n: a.reshape(4 * size, *a.shape[2:]) for n, a in stacked.items()}
    values = _values(claim, flat)
    if values is None:
        return None
    f = values.reshape(lead)
    wide, narrow = ((f[2 * k] - f[2 * k + 1]) / (2 * STEPS[k] * h) for k in (0, 1))
    rounding = 1e-14 * np.maximum(np.abs(f).max(axis=0), 1.0) / (STEPS[1] * h)
    apart = np.abs(wide - narrow)
    slope = (4 * narrow - wide) / 3
    # Steps across which the slope itself changes say nothing about it.
    if (apart > RESOLVED * np.abs(slope).max(initial=0.0) + rounding).any():
        return None
    reach: Floats = apart + rounding
    return Prediction(slope.reshape(x.shape), reach.reshape(x.shape))
