"""Points at which no derivative decides: constant f, rough f, kinks of f as a whole."""

import numpy as np
import pytest
from helpers import finding_of, point_of, problem_of

from verify import positive, reals
from verify.differences import RUNGS, rough_order
from verify.oracle.character import wide_conditioning, wide_constant, wide_order
from verify.points import stack
from verify.search.singular import independent, rough

RNG = np.random.default_rng


def _standardised(x, c):
    d = x - x.mean()
    return (c * d / (np.sqrt((d * d).mean()) + 1e-5)).sum()


def _log_sum(a, b):
    return np.logaddexp(a, b)


def _alone(**inputs):
    return stack([point_of({}, **inputs)])


@pytest.mark.parametrize(
    ("f", "order"),
    [
        (np.exp, 2.0),
        (np.sinc, 2.0),
        (lambda t: t / (np.abs(t) + 1e-3), 1.0),
        (lambda t: np.abs(t) ** 1.5, 1.5),
    ],
)
def test_order_of_differences_tells_smooth_from_rough(f, order):
    h = (1e-3 * RUNGS)[:, None]
    assert float(rough_order(h, f(h), f(-h), f(0 * h[0]))[0]) == pytest.approx(order, abs=0.02)


def test_equal_numbers_are_a_rough_point_of_a_standard_deviation_with_a_floor():
    problem = problem_of(_standardised, lambda x, c: x, x=reals("n"), c=reals("n"), wrt="x")
    c = np.array([1.0, 2.0, -1.0])
    for x, expected in (([1.0, 1.0, 1.0], True), ([1.0, 2.0, 4.0], False)):
        alone = _alone(x=np.array(x), c=c)
        assert rough(problem, "x", alone, (0,), RNG(0)) is expected
        order = wide_order(problem, "x", alone.point(0), (0,))
        assert (order < 1.5) is expected


def test_rough_is_found_without_wider_arithmetic_as_well():
    def primal(x, c):
        return float(np.real(np.asarray(_standardised(x, c), dtype=float)))

    problem = problem_of(primal, lambda x, c: x, x=reals("n"), c=reals("n"), wrt="x")
    for x, expected in (([0.0, 0.0, 0.0], True), ([1.0, 2.0, 4.0], False)):
        alone = _alone(x=np.array(x), c=np.array([1.0, 2.0, -1.0]))
        assert rough(problem, "x", alone, (0,), RNG(0)) is expected


def test_weight_of_zero_leaves_no_influence():
    problem = problem_of(
        lambda x, g: g * np.sqrt((x * x).sum()),
        lambda x, g: x,
        x=reals("n"),
        g=reals(""),
        wrt="x",
    )
    zero, one = (_alone(x=np.array([1.0, 0.0]), g=g) for g in (0.0, 1.0))
    assert independent(problem, "x", zero, RNG(0))
    assert not independent(problem, "x", one, RNG(0))
    assert wide_constant(problem, "x", zero.point(0), RNG(0)) is True


def test_ties_are_rounded_alike_and_short_numbers_not_at_all():
    problem = problem_of(_log_sum, lambda a, b: 0.5, a=reals(""), b=reals(""), wrt="a")
    far = 1e11 + 0.3
    value, tied = wide_conditioning(problem, "a", point_of({}, a=far, b=far), ())
    _, apart = wide_conditioning(problem, "a", point_of({}, a=far, b=far + 1.0), ())
    assert value == 0.5
    assert tied == 0.0
    assert apart > 1e-7


def _place(x, rank):
    return 1.0 * (np.arange(len(x)) == np.argsort(x, kind="stable")[rank])


NOT_HELD_AGAINST = {
    "NaN where the weight is zero": (
        lambda x, g: g * np.sqrt((x * x).sum()),
        lambda x, g: g * x * (1 / (g * np.sqrt((x * x).sum()))) * g,
        {"x": reals("n", 0.5, 2), "g": reals(""), "wrt": "x"},
    ),
    "NaN where one of several weights is zero": (
        lambda x, g: (g * np.abs(x) ** 0.5).sum(),
        lambda x, g: g * 0.5 * np.sign(x) * np.abs(x) ** -0.5,
        {"x": reals("n", -9, 9), "g": reals("n", -9, 9), "wrt": "x"},
    ),
    "NaN at a norm of zero": (
        lambda x: np.sqrt((x * x).sum()),
        lambda x: x / np.sqrt((x * x).sum()),
        {"x": reals("n", -9, 9)},
    ),
    "one of three medians": (
        lambda x: float(np.sort(x)[1]),
        lambda x: np.eye(3)[np.argsort(x, kind="stable")[1]],
        {"x": reals("3", -9, 9)},
    ),
    "the middle of an even or odd number": (
        lambda x: float(np.median(x)),
        lambda x: 0.5 * (_place(x, (len(x) - 1) // 2) + _place(x, len(x) // 2)),
        {"x": reals("n"), "dims": {"n": (1, 6)}},
    ),
    "derivative at infinity": (
        lambda x: np.sqrt(x).sum(),
        lambda x: 0.5 / np.sqrt(x),
        {"x": reals("n", 0, 4)},
    ),
}


@pytest.mark.parametrize("case", NOT_HELD_AGAINST)
@pytest.mark.parametrize("seed", [0, 1])
def test_right_gradient_is_not_blamed_where_there_is_none(case, seed):
    primal, claimed, options = NOT_HELD_AGAINST[case]
    finding = finding_of(primal, claimed, seed=seed, test_cases=50, **options)
    assert str(finding.verdict) == "consistent", (finding.reason, finding.counterexample)


HELD_AGAINST = {
    "NaN where f is smooth": (
        lambda x: np.sinc(x).sum(),
        lambda x: (np.cos(np.pi * x) - np.sinc(x)) / x,
        {"x": reals("n", -4, 4)},
        "malformed",
    ),
    "an isolated wrong value": (
        lambda x: np.exp(x).sum(),
        lambda x: np.where(x == 0, 0.5, np.exp(x)),
        {"x": reals("n", -4, 4)},
        "refuted",
    ),
    "outside the one-sided derivatives": (
        lambda x: np.abs(x).sum(),
        lambda x: np.where(x == 0, 1.5, np.sign(x)),
        {"x": reals("n", -4, 4)},
        "refuted",
    ),
    "far from all medians": (
        lambda x: float(np.sort(x)[1]),
        lambda x: 9 * np.eye(3)[np.argsort(x, kind="stable")[1]],
        {"x": reals("3", -9, 9)},
        "refuted",
    ),
}


@pytest.mark.parametrize("case", HELD_AGAINST)
def test_wrong_value_is_held_against_the_claim(case):
    primal, claimed, options, verdict = HELD_AGAINST[case]
    finding = finding_of(primal, claimed, test_cases=50, **options)
    assert str(finding.verdict) == verdict, finding.reason


def test_digits_lost_at_huge_equal_numbers_are_found_in_wider_arithmetic():
    def lost(a, b):
        return np.exp(a - np.logaddexp(a, b))

    options = {"a": reals(""), "b": reals(""), "wrt": "a", "coincide": [("a", "b")]}
    assert str(finding_of(_log_sum, lost, **options).verdict) == "unstable"

    def kept(a, b):
        return 1 / (1 + np.exp(b - a))

    assert str(finding_of(_log_sum, kept, **options).verdict) == "consistent"


def test_what_float32_cannot_hold_is_not_held_against_it():
    def squares(x):
        return (x * x).sum(axis=-1)

    finding = finding_of_dtype(squares, lambda x: 2 * x)
    assert str(finding.verdict) == "consistent"
    wrong = finding_of_dtype(squares, lambda x: 2 * x + x.dtype.type(1e-3))
    assert str(wrong.verdict) == "refuted"


def finding_of_dtype(primal, claimed):
    from verify.campaign import run
    from verify.declare import problem

    declared = problem(x=reals("n"), wrt="x", name="f")(primal)
    declared.gradient(dtype="float32", name="v")(claimed)
    return run([declared.problem], test_cases=30).findings[0]


def test_cancelled_terms_at_a_scale_beyond_floats_are_undecided():
    finding = finding_of(
        lambda v: float(np.asarray(np.log(v) * v - v * np.log(v), dtype=float)) + np.log(1 + 1 / v),
        lambda v: -1 / (v * (v + 1)),
        v=positive(""),
        wrt="v",
    )
    assert str(finding.verdict) in ("consistent", "unstable")
