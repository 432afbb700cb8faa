"""Special points: landmarks in the code, edits that stay in the domain, faults only they reach."""

import numpy as np
import pytest
from helpers import finding_of, problem_of

from verify import (
    choice,
    integers,
    nonnegative,
    ordered,
    positive,
    psd,
    reals,
    simplex,
    spd,
    symmetric,
    unit_interval,
)
from verify.landmarks import landmarks
from verify.search.edits import edits
from verify.search.special import Plan, batch, ordinary

LIMIT = 7.25
UNUSED = 123.5


def _helper(x):
    return np.where(x > 11.5, x, LIMIT)


def _with_constants(x):
    return (_helper(x) * np.minimum(x, 0.125)).sum()


def test_landmarks_are_the_constants_of_the_code_and_of_its_helpers_and_no_others():
    problem = problem_of(_with_constants, lambda x: x * (x < 1e-3), x=reals("n"))
    assert landmarks(problem) == (0.001, 0.125, 7.25, 11.5)


DOMAINS = (
    reals("n m"),
    reals("n", -2, 5, special=[3]),
    reals(""),
    positive("n"),
    nonnegative(""),
    unit_interval("n"),
    simplex("n m"),
    simplex("n m", axis=0),
    spd("n n"),
    psd("n n"),
    symmetric("n n"),
    ordered("n"),
    integers("n", -1, "m"),
    choice([1, 5, 9]),
)


@pytest.mark.parametrize("domain", DOMAINS, ids=repr)
def test_edited_points_stay_in_the_domain(domain):
    real = domain.differentiable
    extra = {} if real else {"y": reals("")}
    problem = problem_of(
        (lambda x: 0.0 * np.sum(x)) if real else (lambda x, y: y),
        x=domain,
        wrt="x" if real else "y",
        **extra,
    )
    axes = {axis: 2 + place for place, axis in enumerate(problem.dims)}
    found = list(batch(problem, axes, Plan((0.5, 40.0)), 150, np.random.default_rng(0)))
    points = [point for part in found for point in part]
    assert len(points) > 75
    assert all(domain.contains(point.inputs["x"], axes) for point in points)


def test_every_edit_is_tried_once_before_any_comes_twice():
    problem = problem_of(lambda x, t: ((x - t) ** 2).sum(), x=reals("n"), t=reals("n"))
    axes = {"n": 3}
    plan = Plan((0.5,))
    listed = edits(problem, axes, plan.landmarks)
    list(batch(problem, axes, plan, len(listed), np.random.default_rng(0)))
    assert sorted(plan.done) == sorted(edit.name for edit in listed)
    assert set(plan.done.values()) == {1}


def test_ordinary_members_fill_the_range():
    values = ordinary(reals("n", 2, 3), {"n": 500}, np.random.default_rng(0))
    assert values.min() >= 2
    assert values.max() <= 3
    assert values.std() > 0.2


def _threshold(x):
    return np.where(np.abs(x) < 1e-4, 3 * x, 2 * x)


HIDDEN_FAULTS = {
    "below a threshold in its code": (lambda x: (x * x).sum(), _threshold, {"x": reals("n")}),
    "at zero": (
        lambda x: np.logaddexp(0, x).sum(),
        lambda x: np.where(x == 0, 0.0, 1 / (1 + np.exp(-x))),
        {"x": reals("n")},
    ),
    "at ties": (
        lambda x: np.exp(x).sum(),
        lambda x: np.exp(x) * (1 + (np.unique(x).size < x.size)),
        {"x": reals("n")},
    ),
    "where two inputs coincide": (
        lambda x, t: ((x - t) ** 2).sum(),
        lambda x, t: 2 * (x - t) + np.any(x == t),
        {"x": reals("n"), "t": reals("n"), "wrt": "x"},
    ),
    "at a degenerate parameter": (
        lambda x, slope: (np.exp(x) * slope).sum() + (x * x).sum(),
        lambda x, slope: np.exp(x) * slope + 2 * x * (slope != 1.0),
        {"x": reals("n"), "slope": reals(""), "wrt": "x"},
    ),
    "in a tail": (
        lambda x: np.log1p(x * x).sum(),
        lambda x: 2 * x / (1 + np.minimum(x * x, 1e9)),
        {"x": reals("n")},
    ),
    "for repeated indices": (
        lambda x, i: (x[i] ** 2).sum(),
        lambda x, i: 2 * x * np.isin(np.arange(len(x)), i),
        {"x": reals("n"), "i": integers("k", 0, "n-1"), "wrt": "x"},
    ),
    "for one row": (
        lambda x: (x * x).sum(),
        lambda x: 2 * x if len(x) > 1 else x,
        {"x": reals("n m")},
    ),
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("fault", HIDDEN_FAULTS)
def test_fault_that_no_ordinary_point_shows_is_found(fault, seed):
    primal, claimed, options = HIDDEN_FAULTS[fault]
    finding = finding_of(primal, claimed, seed=seed, test_cases=50, **options)
    assert str(finding.verdict) == "refuted", finding.reason


def test_seconds_end_the_search_early():
    problem = {"x": reals("n")}
    full = finding_of(lambda x: float((x * x).sum()), lambda x: 2 * x, **problem)
    short = finding_of(lambda x: float((x * x).sum()), lambda x: 2 * x, seconds=0.0, **problem)
    assert 0 < short.tally.total < full.tally.total / 2


def test_precondition_that_rejects_nearly_all_is_said_with_its_rate():
    finding = finding_of(
        lambda x: (x * x).sum(),
        lambda x: 2 * x,
        x=reals("n"),
        where=lambda x: bool(np.all(np.abs(x) > 20)),
        test_cases=50,
    )
    assert any("the precondition accepted" in note for note in finding.notes)
