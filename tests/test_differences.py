"""Numerics of one derivative: the true error lies within the bound, and the bound is small."""

import math

import mpmath
import numpy as np
import pytest
from helpers import exact

from verify.differences import (
    EPS,
    RUNGS,
    checked,
    four_point,
    ladder,
    linear_length,
    taylor_order,
)
from verify.oracle.lines import CHECKS

# name: f in NumPy, f' in mpmath, x, the step that suits f there, the bound wanted (relative to f')
TABLE = {
    "exp at 0": (np.exp, mpmath.exp, 0.0, 1.0, 1e-11),
    "exp at 20": (np.exp, mpmath.exp, 20.0, 1.0, 1e-10),
    "exp at -20": (np.exp, mpmath.exp, -20.0, 1.0, 1e-10),
    "log at 1e-6": (np.log, lambda x: 1 / x, 1e-6, 1e-6, 1e-8),
    "sqrt at 1e8": (np.sqrt, lambda x: 1 / (2 * mpmath.sqrt(x)), 1e8, 1e8, 1e-10),
    "sin at 1": (np.sin, mpmath.cos, 1.0, 1.0, 1e-10),
    "sin near its top": (np.sin, mpmath.cos, 1.57, 1.0, 1e-8),
    "tanh at 5": (np.tanh, lambda x: mpmath.sech(x) ** 2, 5.0, 1.0, 1e-6),
    "cube at 1e5": (lambda x: x**3, lambda x: 3 * x**2, 1e5, 1e5, 1e-10),
    "inverse at 3e-3": (lambda x: 1 / x, lambda x: -1 / x**2, 3e-3, 3e-3, 1e-9),
    "wiggle": (lambda x: np.sin(1e3 * x), lambda x: 1e3 * mpmath.cos(1e3 * x), 0.3, 1e-3, 1e-8),
    "linear": (lambda x: 3 * x - 7, lambda x: mpmath.mpf(3), 2.0, 2.0, 1e-13),
    "small on large": (
        lambda x: 1e6 + np.exp(x), mpmath.exp, 0.5, 1.0, 1e-6,
    ),
    "polynomial with f' = 0": (lambda x: x * x, lambda x: 2 * x, 0.0, 1.0, None),
    "constant": (lambda x: 0 * x + 5.0, lambda x: 0 * x, 1.0, 1.0, None),
}  # fmt: skip
ROWS = pytest.mark.parametrize(("f", "slope", "x", "scale", "wanted"), TABLE.values(), ids=TABLE)


def estimate(f, x, scale):
    h = RUNGS * scale
    with np.errstate(all="ignore"):
        jitter = max(abs(f(x * (1 + s * EPS)) - f(x)) for s in (-2, -1, 1, 2))
        return ladder(h, f(x + h), f(x - h), np.asarray(f(x)), np.asarray(jitter))


def estimate_checked(f, x, scale):
    """The ladder at a scale, then checked at the data's own, as the oracle does it."""
    own = CHECKS * (abs(x) or 1.0)
    with np.errstate(all="ignore"):
        return checked(estimate(f, x, scale), own, f(x + own), f(x - own))


def error(estimate_, slope, x):
    return float(abs(mpmath.mpf(float(estimate_.value)) - exact(slope, x)))


@ROWS
def test_true_error_lies_within_a_small_bound(f, slope, x, scale, wanted):
    found = estimate(f, x, scale)
    assert not found.kink
    assert error(found, slope, x) <= found.bound
    if wanted is not None:
        assert found.bound <= wanted * abs(float(exact(slope, x)))
    else:
        assert found.bound <= 1e-8


@ROWS
@pytest.mark.parametrize("power", range(-12, 13, 2))
def test_wrong_scale_never_gives_a_false_bound(f, slope, x, scale, wanted, power):
    found = estimate_checked(f, x, scale * 10.0**power)
    assert np.isinf(found.bound) or error(found, slope, x) <= found.bound


@pytest.mark.parametrize("power", [6, 9, 12])
def test_steps_far_too_large_tell_next_to_nothing(power):
    """sin sampled at steps of 1e6 and more is noise: the bound says so."""
    assert estimate_checked(np.sin, 1.0, 10.0**power).bound > 0.1


def test_non_finite_values_leave_the_slope_unknown():
    found = ladder(RUNGS, np.full(17, np.nan), np.full(17, np.nan), np.array(np.nan))
    assert np.isnan(found.value)
    assert np.isinf(found.bound)


def test_edge_of_the_domain_is_passed_over():
    """log is not finite at the coarse steps; the fine ones suffice."""
    found = estimate(np.log, 1.0, 1.0)
    assert abs(found.value - 1) <= found.bound < 1e-9


def test_noisy_function_gets_a_bound_that_holds_the_noise():
    rng = np.random.default_rng(0)
    misses = 0
    for _ in range(200):
        noise = 1e-9 * rng.standard_normal((2, len(RUNGS)))
        found = ladder(RUNGS, np.exp(RUNGS) + noise[0], np.exp(-RUNGS) + noise[1], np.array(1.0))
        misses += abs(found.value - 1) > found.bound
        assert found.bound < 1e-2
    assert misses <= 2


KINKS = {
    "abs at 0": (np.abs, 0.0, -1.0, 1.0),
    "relu at 0": (lambda x: np.maximum(x, 0), 0.0, 0.0, 1.0),
    "leaky relu at 0": (lambda x: np.where(x > 0, x, 0.1 * x), 0.0, 0.1, 1.0),
    "hinge at 1": (lambda x: np.maximum(0, 1 - x), 1.0, -1.0, 0.0),
    "curved": (lambda x: np.exp(np.abs(x)), 0.0, -1.0, 1.0),
    "max at a tie": (lambda x: np.maximum(np.sin(x), x * x + x), 0.0, 1.0, 1.0),
}


@pytest.mark.parametrize(
    ("f", "x", "left", "right"), list(KINKS.values())[:-1], ids=list(KINKS)[:-1]
)
def test_kink_gives_the_interval_of_the_one_sided_derivatives(f, x, left, right):
    found = estimate(f, x, 1.0)
    low, high = found.value - found.bound, found.value + found.bound
    assert found.kink
    assert low == pytest.approx(left, abs=5e-3)
    assert high == pytest.approx(right, abs=5e-3)
    assert low <= left <= right <= high


def test_tie_without_a_kink_is_no_kink():
    f, x, slope, _ = KINKS["max at a tie"]
    found = estimate(f, x, 1.0)
    assert abs(found.value - slope) <= found.bound


@pytest.mark.parametrize("x", [1e-3, -1e-3, 0.5])
def test_smooth_point_near_a_kink_has_its_own_slope(x):
    found = estimate(np.abs, x, abs(x))
    assert abs(found.value - np.sign(x)) <= found.bound < 1e-9


@pytest.mark.parametrize("power", [-150, -100, -30, 0, 30, 100])
def test_bound_scales_with_the_function(power):
    scale = 10.0**power
    found = estimate(lambda x: scale * np.exp(x), 0.5, 1.0)
    truth = scale * math.exp(0.5)
    assert abs(found.value - truth) <= found.bound + 4 * EPS * truth
    assert found.bound <= 1e-9 * truth


def test_everything_is_vectorised():
    x = np.linspace(-1, 1, 12).reshape(3, 4)
    h = np.broadcast_to(RUNGS[:, None, None], (len(RUNGS), 3, 4))
    found = ladder(h, np.exp(x + h), np.exp(x - h), np.exp(x))
    single = ladder(RUNGS, np.exp(x[1, 2] + RUNGS), np.exp(x[1, 2] - RUNGS), np.exp(x[1, 2]))
    assert found.value.shape == (3, 4)
    assert found.value[1, 2] == single.value
    assert found.bound[1, 2] == single.bound


COARSE = 10.0 ** np.arange(8.0, -17.0, -3.0)


@pytest.mark.parametrize("power", [-9, -6, -3, 0, 3])
def test_linear_length_follows_the_scale_of_the_function(power):
    length = 10.0**power
    f = lambda t: np.exp(t / length)  # noqa: E731
    with np.errstate(over="ignore"):
        found = linear_length(COARSE, f(COARSE), f(-COARSE), np.array(1.0))
    assert 1e-4 * length <= found <= 10 * length


def test_linear_length_of_a_constant_is_unknown():
    ones = np.ones(len(COARSE))
    assert np.isnan(linear_length(COARSE, ones, ones, np.array(1.0)))


FOUR = {
    "exp": (np.exp, mpmath.exp, 0.3),
    "sin": (np.sin, mpmath.cos, 1.0),
    "cube": (lambda x: x**3, lambda x: 3 * x**2, 2.0),
    "log": (np.log, lambda x: 1 / x, 5.0),
    "quartic": (lambda x: x**4, lambda x: 4 * x**3, 0.7),
}


@pytest.mark.parametrize(("f", "slope", "x"), FOUR.values(), ids=FOUR)
@pytest.mark.parametrize("step", [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-7])
def test_four_points_hold_their_bound(f, slope, x, step):
    h = np.array(step)
    noise = np.array(2 * EPS * abs(f(x)) + 1e-300)
    found = four_point(h, f(x - h), f(x), f(x + h), f(x + 2 * h), noise)
    assert error(found, slope, x) <= found.bound
    assert not found.kink
    if step == 1e-3:
        assert found.bound <= 1e-5 * abs(float(exact(slope, x)))


def test_four_points_know_nothing_of_what_is_not_finite():
    one = np.array(1.0)
    found = four_point(one, np.array(np.nan), one, one, one, one)
    assert np.isnan(found.value)
    assert np.isinf(found.bound)


STEPS = 10.0 ** -np.arange(1.0, 5.1, 0.5)


@pytest.mark.parametrize(
    ("claimed", "order"), [(1.0, 2), (0.9, 1), (-1.0, 1), (0.0, 1), (1.001, 1)]
)
def test_taylor_order_is_two_for_a_right_slope_and_one_for_a_wrong_one(claimed, order):
    steps = STEPS if abs(claimed - 1) > 0.01 or claimed == 1 else STEPS / 1e2
    remainder = np.abs(np.expm1(steps) - steps * claimed)
    found = taylor_order(steps, remainder, np.full(len(steps), 1e-17))
    assert float(found) == pytest.approx(order, abs=0.1)


def test_taylor_order_of_a_linear_function_is_unknown():
    assert np.isnan(taylor_order(STEPS, np.full(9, 1e-17), np.full(9, 1e-16)))
