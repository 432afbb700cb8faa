"""Planted faults in oracle, bound and minimiser: each turns its check red."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import (
    assert_bound_holds,
    assert_minimised,
    by_steps,
    by_trusted_complex_step,
    claim_of,
    coverage,
    failing_point,
    flagship_problem,
)

from verify.oracle import reference
from verify.outcomes import Outcome
from verify.search import confirm, smallest

OFF = 1e-6


def _spoil(monkeypatch, module, name, change):
    original = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args, **kwargs: change(original(*args, **kwargs)))


def _wrong_value(slope):
    return replace(slope, value=slope.value * (1 + OFF))


def _wrong_bound(slope):
    return replace(slope, bound=slope.bound * OFF)


LADDER = (reference, "slopes", by_steps)
COMPLEX = (reference, "complex_slopes", by_trusted_complex_step)
PATHS = pytest.mark.parametrize(
    ("module", "name", "estimator"), [LADDER, COMPLEX], ids=["ladder", "complex step"]
)


@PATHS
@pytest.mark.parametrize("fault", [_wrong_value, _wrong_bound])
def test_fault_in_the_oracle_is_found(monkeypatch, fault, module, name, estimator):
    assert_bound_holds(coverage(estimator))
    _spoil(monkeypatch, module, name, fault)
    with pytest.raises(AssertionError, match="within the bound"):
        assert_bound_holds(coverage(estimator))


def _at_one_point(variant):
    claim = claim_of(flagship_problem(), variant)
    point = failing_point(np.random.default_rng(0), 2, 3, 4)
    return confirm.confirm(claim, point, {"theta": True}, 0).outcome


def test_wrong_oracle_does_not_pass_the_right_gradient(monkeypatch):
    monkeypatch.setattr(confirm, "LARGEST_WIDE", 0)
    assert _at_one_point("closed_form") is Outcome.AGREE
    _spoil(monkeypatch, reference, "slopes", _wrong_value)
    _spoil(monkeypatch, reference, "complex_slopes", _wrong_value)
    # Plain differences nearby contradict the spoilt rungs, so nobody is blamed either.
    assert _at_one_point("closed_form") is Outcome.UNDECIDED


def test_wider_arithmetic_overrules_a_wrong_oracle(monkeypatch):
    _spoil(monkeypatch, reference, "slopes", _wrong_value)
    _spoil(monkeypatch, reference, "complex_slopes", _wrong_value)
    assert _at_one_point("closed_form") is not Outcome.DIFFER
    assert _at_one_point("question") is Outcome.DIFFER


def test_broken_minimiser_is_found(monkeypatch):
    claim = claim_of(flagship_problem(), "question")
    start = failing_point(np.random.default_rng(0))
    minimum = ({"N": 1, "D": 1, "K": 2}, {"X": [[1.0]], "theta": [[0.0, 1.0]], "T": [[1.0, 0.0]]})
    assert_minimised(claim, start, *minimum)
    monkeypatch.setattr(smallest, "minimise", lambda problem, point, fails: point)
    with pytest.raises(AssertionError):
        assert_minimised(claim, start, *minimum)
