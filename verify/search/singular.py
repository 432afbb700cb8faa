"""What kind of point it is where a claim differs: constant, rough, or a kink of f as a whole."""

import numpy as np
from numpy.typing import NDArray

from verify.differences import ENOUGH_VALUES, EPS, RUNGS, rough_order, storage_eps
from verify.oracle.character import wide_constant, wide_order
from verify.oracle.estimate import Estimate
from verify.oracle.lines import COARSE, center_values, linear_scale, slopes, values_along
from verify.oracle.reference import by_ladder
from verify.oracle.stacks import entry_scale, entry_tangent, random_tangents
from verify.points import Stack
from verify.problems import Problem
from verify.search.judge import LARGE

Floats = NDArray[np.float64]
# Central differences of a function that is twice differentiable converge with order 2, of one
# whose derivative has a kink with order 1; between them lies what rounding makes of either.
ROUGH = 1.5
# Wider arithmetic costs some microseconds an operation: seconds for a product of this many numbers.
LARGEST_WIDE = 10_000
ORDINARY = 1e30
NEARBY = 1e-3
NEARBY_POINTS = 40
# The ends of the range of derivatives nearby are not met exactly by so many samples.
SLACK = 0.4
CONTRADICTION = 4.0


def beyond_ordinary(stack: Stack) -> NDArray[np.bool_]:
    """Tell at which points numbers are so large or small that their powers leave the floats.

    A·A·x is right and NaN at A = 1e160 and x = 0. Wrong values count there as everywhere, lost
    digits do not: hardly any formula keeps them.
    """
    beyond = np.zeros(len(stack), dtype=bool)
    for array in stack.inputs.values():
        sizes = np.abs(array.reshape(len(stack), -1).astype(np.float64))
        out = (sizes > ORDINARY) | ((sizes > 0) & (sizes < 1 / ORDINARY))
        beyond |= out.any(axis=1)
    return beyond


def independent(problem: Problem, name: str, alone: Stack, rng: np.random.Generator) -> bool:
    """Tell whether the primal does not depend on the input at all: weight zero, a size of one.

    Its value then is the same at every step of a random direction, over 21 orders of magnitude.
    """
    if alone.point(0).size <= LARGEST_WIDE:
        exactly = wide_constant(problem, name, alone.point(0), rng)
        if exactly is not None:
            return exactly
    tangent = random_tangents(alone.inputs[name].astype(np.float64), 1, rng)
    steps = np.concatenate([COARSE, -COARSE])[:, None, None]
    values = values_along(problem, name, alone, tangent, steps)
    center = center_values(problem, alone)
    # Sums of terms of size 1 that cancel leave some ulps of 1, whatever f itself is.
    noise = 64 * EPS * np.maximum(1.0, np.abs(center))
    return bool(np.isfinite(values).all() and np.all(np.abs(values - center) <= noise))


def hidden_by_zero(
    problem: Problem, name: str, alone: Stack, entry: tuple[int, ...], rng: np.random.Generator
) -> bool:
    """Tell whether a weight of exactly zero switches off a term that has no derivative there.

    g |x| at g = 0 and x = 0: the derivative is zero, and its formula 0 · x / |x|. With a half in
    place of the zeros of another input, f has no derivative at the entry.
    """
    x = alone.inputs[name].astype(np.float64)
    tangent = entry_tangent(x, entry)
    # One input at a time: the zeros of another may be what the entry coincides with.
    for other, array in alone.inputs.items():
        if other == name or array.dtype.kind != "f" or not (array == 0).any():
            continue
        shown = Stack(alone.axes, {**alone.inputs, other: np.where(array == 0, 0.5, array)})
        slope = slopes(problem, name, shown, tangent, rng, center_values(problem, shown))
        value, bound = float(slope.value[0, 0]), float(slope.bound[0, 0])
        if slope.kink[0, 0] or not bound <= max(1e-3 * abs(value), 1e-6):
            return True
    return False


def unit_of(problem: Problem, name: str, alone: Stack, rng: np.random.Generator) -> float:
    """Return the eps of the type in which the primal computes, seen from how short its values are.

    Its values at the steps of one entry may be too few to tell, and a plateau looks like a slope of
    zero; ordinary moves of the whole input show it.
    """
    if alone.inputs[name][0].size > LARGE:
        return EPS
    x = alone.inputs[name].astype(np.float64)
    tangents = random_tangents(x, 4 * ENOUGH_VALUES, rng)
    # Moves of a tenth of the data, and of a tenth of 1 where the data are smaller.
    own = min(float(np.abs(x).max(initial=0.0)) or 1.0, 1.0)
    steps = np.broadcast_to(np.array([0.1, 0.1 / own])[:, None, None], (2, 1, tangents.shape[1]))
    return storage_eps(values_along(problem, name, alone, tangents, steps))


def rough(
    problem: Problem, name: str, alone: Stack, entry: tuple[int, ...], rng: np.random.Generator
) -> bool:
    """Tell whether the derivative itself has a kink along one entry: f is not twice differentiable.

    The standard deviation of equal numbers plus eps, a norm to the power 3/2 …: there the formula
    of a derivative divides zero by zero although the derivative exists.
    """
    if alone.point(0).size <= LARGEST_WIDE:
        exactly = wide_order(problem, name, alone.point(0), entry)
        if exactly is not None:
            return exactly < ROUGH
    x = alone.inputs[name].astype(np.float64)
    tangent = entry_tangent(x, entry)
    center = center_values(problem, alone)
    scale = linear_scale(problem, name, alone, center, rng)
    # The kink may be narrower than the range over which f looks linear: look further down, too.
    for length in (scale, scale * 1e-3, scale * 1e-5):
        steps = (RUNGS[:, None] * length)[:, :, None]
        both = values_along(problem, name, alone, tangent, np.concatenate([steps, -steps]))
        plus, minus = both[: len(RUNGS)], both[len(RUNGS) :]
        order = rough_order(steps, plus, minus, center[:, None])
        if bool((order < ROUGH).any()):
            return True
    return False


def between_nearby(
    problem: Problem,
    name: str,
    alone: Stack,
    estimate: Estimate,
    claimed: Floats,
    entry: tuple[int, ...],
    rng: np.random.Generator,
) -> bool:
    """Tell whether f has a kink as a whole and the claim lies among the derivatives nearby.

    At a point such as three equal numbers under a median every entry alone has a derivative, zero,
    and yet f has none: the directional derivatives are not linear. A claim that takes the
    derivative of one of the sides is then no error (Clarke 1983, section 2.1).
    """
    if estimate.rung[0] != "step ladder":
        # The complex step follows one side of a kink, and its bounds are wide where sides meet.
        estimate = by_ladder(problem, name, alone, rng)
    x = alone.inputs[name].astype(np.float64)
    if not _kink_as_a_whole(problem, name, alone, estimate, rng):
        return False
    shape = (NEARBY_POINTS, *x.shape[1:])
    near = x + NEARBY * entry_scale(x) * rng.standard_normal(shape)
    copies = {n: np.repeat(a, NEARBY_POINTS, axis=0) for n, a in alone.inputs.items()}
    around = Stack(alone.axes, {**copies, name: near})
    tangent = np.repeat(entry_tangent(x, entry), NEARBY_POINTS, axis=0)
    steps = NEARBY**2 * np.array([1.0, -1.0])[:, None, None]
    steps = np.broadcast_to(steps, (2, NEARBY_POINTS, 1))
    ahead, behind = values_along(problem, name, around, tangent, steps)[:, :, 0]
    values = (ahead - behind) / (2 * NEARBY**2 * entry_scale(x)[0][entry])
    values = np.append(values[np.isfinite(values)], estimate.value[0][entry])
    width = float(values.max() - values.min())
    value = float(claimed[entry])
    interval = estimate.bound[0][entry] if estimate.kink[0][entry] else 0.0
    beyond = np.abs(values - estimate.value[0][entry]).max() - interval
    if beyond <= 1e-3 * width:
        # The one-sided derivatives are all there are: the interval alone decides.
        return False
    slack = SLACK * width
    return bool(values.min() - slack <= value <= values.max() + slack)


def _kink_as_a_whole(
    problem: Problem, name: str, alone: Stack, estimate: Estimate, rng: np.random.Generator
) -> bool:
    if estimate.kink.any():
        return True
    x = alone.inputs[name].astype(np.float64)
    tangents = random_tangents(x, 2, rng)
    slope = slopes(problem, name, alone, tangents, rng, center_values(problem, alone))
    flat = tangents.reshape(2, -1)
    with np.errstate(all="ignore"):
        along = flat @ estimate.value[0].ravel()
        bound = np.abs(flat) @ estimate.bound[0].ravel() + slope.bound[0]
        apart = np.abs(along - slope.value[0])
    return bool((slope.kink[0] | (apart > CONTRADICTION * bound)).any())
