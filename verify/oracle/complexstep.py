"""Rung 2: the complex step, Im f(x + ihv) / h, exact to rounding where f is analytic.

Lyness and Moler 1967; Squire and Trapp 1998; Martins, Sturdza and Alonso 2003, section 2.
`abs`, comparisons and casts break it silently, so `reference` only uses it where the step ladder
corroborates it.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.evaluator import Failure, primal
from verify.oracle.stacks import EPS, chunks, moved, rounded
from verify.points import Stack
from verify.problems import Problem

Floats = NDArray[np.float64]
# Small enough that h² is far below eps, large enough that h·f′ of a float64 f′ does not underflow
# above 1e-287. Powers of two scale exactly; the second step tells truncation from rounding.
STEP = 2.0**-70
# No power of two, so that imaginary parts round differently.
OTHER_STEP = 1.37 * 2.0**-57
# The evaluation of f′ rounds once per operation, each rounding like one of the inputs; the spread
# of few random samples may be small by chance, hence the factor.
SAFETY = 32
MILLIONTH = 2.0**-20
# Numbers up to this times the step are still far below one.
SHRINK_FROM = 2.0**20
UNDERFLOW = float(np.finfo(np.float64).tiny) * EPS


@dataclass(frozen=True)
class ComplexSlope:
    """Derivatives along tangents, `(B, R)`, with error bound and sensitivity to rounded inputs."""

    value: Floats
    bound: Floats
    sensitivity: Floats
    evaluations: int


def complex_slopes(
    problem: Problem, name: str, stack: Stack, tangents: Floats, rng: np.random.Generator
) -> ComplexSlope:
    """Estimate the derivative along each tangent by the complex step; NaN where it cannot be.

    tangents: (B, R, *shape) or (1, R, *shape). Three evaluations a tangent: one at the point, one
    with another step at inputs moved by an ulp or two, one at inputs moved by a millionth, whose
    response is scaled down to two ulps (moving by ulps alone may by chance show nothing where terms
    cancel). The larger of the two responses is the sensitivity; 32 times it, plus 32 eps |f′|,
    bounds the rounding error of the value.
    """
    count = tangents.shape[1]
    tangents = np.broadcast_to(tangents, (len(stack), *tangents.shape[1:]))
    near = [
        (stack, STEP),
        (rounded(problem, stack, rng), OTHER_STEP),
        (rounded(problem, stack, rng, ulps=MILLIONTH / EPS), STEP),
    ]
    slopes = np.full((len(stack), 3, count), np.nan)
    shrink = _shrink(stack)
    for part in chunks(stack, 6 * count):
        for which, (copy, step) in enumerate(near):
            steps = step * shrink[part]
            slopes[part, which] = _imaginary(problem, name, copy, tangents, steps, part)
    with np.errstate(all="ignore"):
        value = slopes[:, 0]
        response = np.abs(slopes[:, 2] - value) * (EPS / MILLIONTH)
        sensitivity = np.fmax(
            np.abs(slopes[:, 1] - value), np.where(response < np.inf, response, 0)
        )
        largest = np.abs(value).max(axis=1, keepdims=True, initial=0.0)
        bound = (
            SAFETY * (sensitivity + EPS * np.abs(value))
            + EPS**2 * largest
            + (UNDERFLOW / STEP) / shrink[:, None]
        )
    known = np.isfinite(value) & np.isfinite(bound)
    return ComplexSlope(
        np.where(known, value, np.nan),
        np.where(known, bound, np.inf),
        np.where(known, sensitivity, np.inf),
        3 * count * len(stack),
    )


def _shrink(stack: Stack) -> Floats:
    """Return a factor of the step per point, a power of two: 1 over the largest number there.

    Data of 1e160 times a step of 1e-21 is no small argument of an exponential.
    """
    real = [a for a in stack.inputs.values() if a.dtype.kind == "f" and a[0].size]
    sizes = [np.abs(a.reshape(len(stack), -1)).max(axis=1) for a in real]
    largest = np.max([np.ones(len(stack)), *sizes], axis=0)
    return np.asarray(np.exp2(-np.ceil(np.log2(np.where(largest > SHRINK_FROM, largest, 1.0)))))


def _imaginary(
    problem: Problem, name: str, stack: Stack, tangents: Floats, steps: Floats, part: slice
) -> Floats:
    x = stack.inputs[name][part]
    steps = steps[:, None]
    points = x[:, None] + 1j * steps.reshape(-1, 1, *(1,) * (x.ndim - 1)) * tangents[part]
    inputs = {n: a[part] for n, a in stack.inputs.items()}
    with warnings.catch_warnings():
        # A cast that drops the imaginary part drops the derivative: it must fail, not warn.
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        values = primal(problem, moved(inputs, name, points, 1), points.shape[:2])
    if isinstance(values, Failure) or values.dtype.kind != "c":
        return np.full(points.shape[:2], np.nan)
    with np.errstate(all="ignore"):
        return np.where(np.isfinite(values.real), values.imag / steps, np.nan)
