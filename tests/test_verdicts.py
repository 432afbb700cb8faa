"""Comparison and verdict: agree, differ, undecided, malformed; cannot tell; digits lost."""

import itertools

import numpy as np
import pytest

from verify import CONSISTENT, INCONCLUSIVE, MALFORMED, REFUTED, UNSTABLE, VACUOUS
from verify.evaluator import Claimed, Failure
from verify.oracle.directions import Directions
from verify.oracle.estimate import Estimate
from verify.outcomes import Outcome
from verify.verdicts import (
    EPS,
    MARGIN,
    compare,
    compare_along,
    digits_lost,
    look_again,
    tolerance_of,
    verdict_of,
)

AGREE, DIFFER, UNDECIDED, BROKEN, UNSTABLE_HERE = (
    Outcome.AGREE,
    Outcome.DIFFER,
    Outcome.UNDECIDED,
    Outcome.MALFORMED,
    Outcome.UNSTABLE,
)


def estimate(value, bound=1e-6, sensitivity=0.0, kink=False):
    value = np.atleast_2d(np.asarray(value, dtype=float))
    full = np.broadcast_to
    return Estimate(
        value,
        np.array(full(np.asarray(bound, dtype=float), value.shape)),
        np.array(full(sensitivity, value.shape)),
        np.array(full(kink, value.shape)),
        np.full(len(value), "by hand"),
        1,
    )


def answers(values, failures=(), eps=EPS):
    failed = {index: Failure("no answer") for index in failures}
    array = np.atleast_2d(np.asarray(values))
    info = np.finfo(np.float64)
    inside = np.zeros(len(array), dtype=bool)
    return Claimed({"x": array}, failed, eps, float(info.tiny), float(info.max), inside)


def outcome(claim, reference, failures=(), **options):
    found = compare(answers(claim, failures), "x", estimate(reference, **options))
    return [Outcome(int(o)) for o in found.outcome]


@pytest.mark.parametrize(
    ("claim", "reference", "wanted"),
    [
        ([1.0, 2.0], [1.0, 2.0], AGREE),
        ([1.0, 2.0 + 0.9e-6], [1.0, 2.0], AGREE),
        ([1.0, 2.0 + 1.1e-6], [1.0, 2.0], UNDECIDED),
        ([1.0, 2.0 + 9.9e-6], [1.0, 2.0], UNDECIDED),
        ([1.0, 2.0 + 10.1e-6], [1.0, 2.0], DIFFER),
        ([1.0, -2.0], [1.0, 2.0], DIFFER),
        ([1.0, 0.0], [1.0, 2.0], DIFFER),
        ([0.0, 0.0], [0.0, 0.0], UNDECIDED),
        ([0.0, 1.0], [0.0, 0.0], DIFFER),
        ([np.nan, 2.0], [1.0, 2.0], BROKEN),
        ([1.0, np.inf], [1.0, 2.0], BROKEN),
        ([1.0, 2.0], [1.0, np.nan], UNDECIDED),
        ([1.0, np.nan], [1.0, np.nan], UNDECIDED),
        ([9.0, np.nan], [1.0, np.nan], DIFFER),
        ([9.0, 2.0], [1.0, np.nan], DIFFER),
    ],
)
def test_outcome_at_a_point(claim, reference, wanted):
    bound = np.where(np.isnan(reference), np.inf, 1e-6)
    assert outcome(claim, reference, bound=bound) == [wanted]


def test_failure_of_the_variant_is_malformed_whatever_the_values():
    assert outcome([[1.0], [1.0]], [[1.0], [1.0]], failures=[1]) == [AGREE, BROKEN]


@pytest.mark.parametrize(
    ("value", "bound", "telling"),
    [
        # A claim of the wrong sign is off by 2 |value|: that must be beyond ten tolerances.
        (1.0, 0.19, True),
        (1.0, 0.21, False),
        (0.0, 1e-300, False),
        (-1.0, 0.1, True),
        (1.0, np.inf, False),
    ],
)
def test_point_cannot_tell_if_a_wrong_sign_would_pass(value, bound, telling):
    found = compare(answers([value]), "x", estimate([value], bound))
    assert bool(found.telling[0]) is telling
    assert found.outcome[0] == (AGREE if telling else UNDECIDED)


def test_one_telling_entry_is_enough():
    assert outcome([0.0, 1.0], [0.0, 1.0]) == [AGREE]


@pytest.mark.parametrize("fault", [-1.0, 2.0, 0.0])
def test_planted_sign_factor_and_drop_differ_wherever_the_point_can_tell(fault):
    """The promise behind `telling`, for sign; factor 2 and a drop are half as large."""
    for bound in np.geomspace(1e-12, 1, 25):
        found = compare(answers([fault]), "x", estimate([1.0], bound))
        if found.telling[0]:
            assert found.outcome[0] != AGREE


def test_excess_and_entry_name_the_worst_entry():
    found = compare(
        answers([[1.0, 2.0, 3.5], [1.0, 7.0, 3.0]]), "x", estimate([[1.0, 2.0, 3.0]] * 2, 0.1)
    )
    assert found.entry.tolist() == [2, 1]
    assert found.excess == pytest.approx([5, 50], rel=1e-6)


def test_tolerance_holds_bound_and_rounding():
    plain = tolerance_of(estimate([1.0], bound=0.0), EPS)
    assert 0 < plain[0, 0] <= 100 * EPS
    sensitive = tolerance_of(estimate([1.0], bound=0.0, sensitivity=1e-9), EPS)
    assert sensitive[0, 0] > 1e-9
    single = tolerance_of(estimate([1.0], bound=0.0), float(np.finfo("float32").eps))
    assert single[0, 0] > 1e-7
    assert tolerance_of(estimate([1.0], bound=0.5), EPS)[0, 0] == pytest.approx(0.5)
    assert np.isinf(tolerance_of(estimate([1.0], bound=np.nan), EPS)[0, 0])


def test_kink_claim_within_the_interval_agrees_and_outside_differs():
    interval = {"bound": 1.0, "kink": True}
    # relu plus a smooth entry: the point can tell by its second entry.
    reference, bounds = [0.0, 5.0], np.array([1.0, 1e-9])
    for claim, wanted in ((-1.0, AGREE), (0.3, AGREE), (1.0, AGREE), (12.0, DIFFER)):
        assert outcome([claim, 5.0], reference, bound=bounds, kink=interval["kink"]) == [wanted]


def test_random_directions():
    tangents = np.array([[1.0, 0.0], [1.0, 1.0]])
    line = Directions(tangents, np.array([3.0, 5.0]), np.full(2, 1e-9), np.zeros(2), 1, True)

    def told(claim, failures=()):
        found = compare_along(answers([claim], failures), "x", [line])
        return Outcome(int(found.outcome[0])), int(found.entry[0])

    assert told([3.0, 2.0]) == (AGREE, -1)
    assert told([3.0, 2.1]) == (DIFFER, -1)
    assert told([3.0, 2.0 + 3e-9]) == (UNDECIDED, -1)
    assert told([np.nan, 2.0]) == (BROKEN, -1)
    assert told([3.0, 2.0], failures=[0]) == (BROKEN, -1)


@pytest.mark.parametrize(
    ("residual", "value", "tolerance", "lost"),
    [
        (1e-3, 1.0, 1e-12, True),
        (1e-9, 1.0, 1e-12, False),  # sqrt(eps) = 1.5e-8: fewer than half the digits
        (3e-8, 1.0, 1e-12, True),
        (1e-3, 1.0, 1e-3, False),  # within the tolerance
        (1e-3, 0.0, 1e-12, False),  # a zero has no digits to lose
        (1e-12, 1e-12, 1e-12, False),
        (np.nan, 1.0, 1e-12, True),
        (1e-20, 1e-20, 1e-40, True),
    ],
)
def test_digits_lost(residual, value, tolerance, lost):
    arrays = [np.array([number]) for number in (residual, value, tolerance)]
    assert digits_lost(*arrays, EPS).tolist() == [lost]


@pytest.mark.parametrize(
    ("narrow", "wide", "wanted"),
    [
        (1.5, 1.5, DIFFER),  # a wrong formula stays wrong
        (1.5, 1.499, DIFFER),
        (1.001, 1.0, UNSTABLE_HERE),  # over half the digits were rounding
        (1 + 3e-9, 1.0, AGREE),  # beyond the tolerance, but fewer than half
        (np.nan, 1.0, UNSTABLE_HERE),
        (np.inf, 1.0, UNSTABLE_HERE),
        (np.nan, np.nan, BROKEN),
    ],
)
def test_second_look_in_wider_floats(narrow, wide, wanted):
    reference = estimate([1.0], bound=1e-12)
    first = compare(answers([narrow]), "x", reference)
    again = look_again(first, answers([narrow]), answers([wide]), "x", reference)
    assert Outcome(int(again.outcome[0])) is wanted


def test_second_look_that_fails_settles_nothing():
    reference = estimate([1.0], bound=1e-12)
    first = compare(answers([1.5]), "x", reference)
    again = look_again(first, answers([1.5]), answers([1.0], failures=[0]), "x", reference)
    assert again.outcome[0] == DIFFER


ORDER = [
    (DIFFER, REFUTED),
    (BROKEN, MALFORMED),
    (UNSTABLE_HERE, UNSTABLE),
    (AGREE, CONSISTENT),
    (UNDECIDED, INCONCLUSIVE),
]


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(ORDER, 2)))
def test_precedence(first, second):
    mixed = np.array([second[0], first[0], second[0]], dtype=np.int8)
    assert verdict_of(mixed, 3) is first[1]
    assert verdict_of(np.array([second[0]], dtype=np.int8), 1) is second[1]


def test_no_test_case_is_vacuous():
    assert verdict_of(np.array([], dtype=np.int8), 0) is VACUOUS


def test_margin_is_wide():
    assert MARGIN == 10
