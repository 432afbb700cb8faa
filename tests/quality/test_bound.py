"""The oracle's bound on known derivatives: honest in 99.9 % of the cases, and small.

12,000 cases over 14 orders of magnitude, saturation included; the truth is the analytic derivative
in mpmath with 78 digits. An unknown (infinite) bound counts as within; its share is stated.
"""

import numpy as np
import pytest
from helpers import assert_bound_holds, by_reference, by_steps, coverage
from known import two_scales


@pytest.mark.parametrize("estimator", [by_reference, by_steps], ids=["complex step", "ladder"])
def test_bound_holds_and_is_small(estimator, record_property):
    covered = coverage(estimator)
    record_property("coverage", str(covered))
    print(covered)
    assert_bound_holds(covered)


def test_complex_step_is_exact_to_rounding_away_from_saturation():
    assert np.median(coverage(by_reference).ratios) < 1e-13


@pytest.mark.parametrize("estimator", [by_reference, by_steps], ids=["complex step", "ladder"])
def test_known_nearly_everywhere_even_where_saturated(estimator):
    covered = coverage(estimator)
    assert covered.unknown_saturated <= 0.2 * (covered.cases - covered.plain), covered


@pytest.mark.parametrize("estimator", [by_reference, by_steps], ids=["complex step", "ladder"])
def test_bound_holds_where_one_entry_bends_and_another_dominates(estimator):
    covered = coverage(estimator, cases=lambda seed: two_scales(np.random.default_rng(seed)))
    print(covered)
    assert covered.cases > 500
    assert covered.share >= 0.999, covered
