"""What a pass is worth, and where variants part."""

import numpy as np
from helpers import finding_of, problem_of

from verify import reals
from verify.campaign import run
from verify.explain import explain
from verify.explain.words import says, worth


def _quadratic(x, A):
    return x @ A @ x


OPTIONS = {"x": reals("n", -3, 3), "A": reals("n n", -3, 3), "wrt": ("x", "A")}


def _right(x, A):
    return {"x": (A + A.T) @ x, "A": np.outer(x, x)}


def test_planted_errors_of_every_kind_would_be_caught():
    results = run([problem_of(_quadratic, _right, **OPTIONS)])
    for finding in results.findings:
        power = finding.power
        assert power.planted > 15
        # x xᵀ is its own transpose: that error is none.
        assert set(power.missed) <= {"transposed"}
        assert power.smallest < 1e-9
        assert not power.poor


def test_primal_that_is_rounded_to_half_precision_makes_a_poor_pass_that_says_so():
    finding = finding_of(
        lambda x: float(np.asarray(np.exp(x).sum(), dtype=np.float16)),
        lambda x: np.exp(x),
        x=reals("n", -1, 1),
    )
    assert str(finding.verdict) == "consistent"
    assert finding.power.poor
    assert "worth little" in says(finding)
    assert "worth little" in finding.reason


def test_smallest_error_is_one_that_is_caught_and_a_tenth_of_it_is_not():
    def scaled(factor):
        return finding_of(
            lambda x: np.exp(x).sum(), lambda x: factor * np.exp(x), x=reals("n", -2, 2)
        )

    smallest = scaled(1.0).power.smallest
    assert str(scaled(1 + 2 * smallest).verdict) == "refuted"
    assert str(scaled(1 + smallest / 100).verdict) == "consistent"


def test_power_is_told_in_words_with_what_was_missed():
    finding = run([problem_of(_quadratic, _right, **OPTIONS)]).findings[1]
    text = worth(finding)
    assert "planted errors would have been caught" in text
    assert "not: transposed" in text
    assert text in explain(finding).replace("\n" + " " * 13, "\n")


def test_pairs_say_where_variants_part_and_the_smallest_point():
    problem = problem_of(
        lambda x: (x * x).sum(),
        lambda x: 2 * x,
        lambda x: 2 * np.abs(x),
        x=reals("n"),
        wrt="x",
    )
    results = run([problem])
    (pair,) = results.pairs
    assert pair.variants == ("v0", "v1")
    assert "x = 0" in pair.together
    assert pair.point.inputs["x"].tolist() == [-1.0]
    left, right = pair.claimed
    assert (left.tolist(), right.tolist()) == ([-2.0], [2.0])
    assert "told apart at n=1: x = [-1.]" in explain(results.findings[1], results)


def test_equal_variants_do_not_part():
    problem = problem_of(lambda x: (x * x).sum(), lambda x: 2 * x, lambda x: x + x, x=reals("n"))
    assert run([problem]).pairs == ()
