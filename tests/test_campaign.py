"""A campaign: each way in which a claim or a primal goes wrong has its own verdict and words."""

import itertools
import math

import numpy as np
import pytest
from helpers import claim_of, finding_of, flagship_problem, literal, point_of, problem_of

from verify import (
    CONSISTENT,
    INCONCLUSIVE,
    MALFORMED,
    REFUTED,
    UNSTABLE,
    VACUOUS,
    problem,
    reals,
)
from verify.campaign import run
from verify.findings import Tally
from verify.outcomes import Outcome
from verify.search.confirm import confirm


def squares(x):
    return (x * x).sum(axis=-1)


def right(x):
    return 2 * x


def on_squares(candidate, **options):
    return finding_of(squares, candidate, x=reals("n"), **options)


class Flips:
    def __init__(self):
        self.calls = itertools.count()

    def __call__(self, x):
        return 2 * x * (1 + next(self.calls))


def _writes(x):
    x *= 2
    return x


def _raises(x):
    raise ZeroDivisionError("no step")


def _exits(x):
    raise SystemExit(3)


def _nan_at_zero(x):
    with np.errstate(all="ignore"):
        return 2 * x * x / x


MALFORMED_VARIANTS = {
    "exception": (_raises, "ZeroDivisionError: no step"),
    "exit": (_exits, "SystemExit: 3"),
    "wrong shape": (lambda x: np.append(2 * x, 0.0), "has shape (1,)"),
    "scalar": (lambda x: (2 * x).sum(), "shape () for 'x'"),
    "wrong keys": (lambda x: {"y": 2 * x}, "keys ['y'], not ['x']"),
    "None": (lambda x: None, "dtype object"),
    "complex": (lambda x: 2 * x + 0j, "dtype complex128 for 'x', not real numbers"),
    "text": (lambda x: "2x", "not real numbers"),
    "ragged": (lambda x: [[1.0], [1.0, 2.0]], "no array for 'x'"),
    "in place": (_writes, "changes its input 'x' in place"),
    "not repeatable": (Flips(), "answers differently when called twice at the same point"),
    "NaN": (lambda x: 2 * x + np.nan, "not finite"),
    "infinite": (lambda x: 2 * x + np.inf, "not finite"),
}


@pytest.mark.parametrize(
    ("candidate", "words"), MALFORMED_VARIANTS.values(), ids=MALFORMED_VARIANTS
)
def test_malformed_variant_has_its_own_words(candidate, words):
    finding = on_squares(candidate)
    assert finding.verdict is MALFORMED
    assert words in finding.reason
    assert finding.tally.holds == 0
    assert finding.tally.fails > 0
    assert finding.counterexample is not None
    assert dict(finding.counterexample.point.axes) == {"n": 1}


def test_exception_keeps_its_traceback():
    assert "in _raises" in on_squares(_raises).failure.traceback


def test_nan_where_the_derivative_is_finite_is_malformed_at_that_point():
    finding = on_squares(_nan_at_zero)
    assert finding.verdict is MALFORMED
    assert finding.tally.holds > 0
    assert literal(finding.counterexample.point) == {"x": [0.0]}


def test_nan_in_a_large_claim_is_malformed():
    """Inputs of over 512 entries are judged along directions; a NaN must show there as well."""

    def holed(x):
        claim = 2 * x
        claim[..., 17] = np.nan
        return claim

    finding = finding_of(squares, holed, x=reals("600"), test_cases=5)
    assert finding.verdict is MALFORMED


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, CONSISTENT), (1.001, REFUTED)])
def test_large_inputs_are_judged(factor, verdict):
    finding = finding_of(squares, lambda x: 2 * factor * x, x=reals("600"), test_cases=5)
    assert finding.verdict is verdict
    assert finding.tally.holds + finding.tally.fails > 0


def test_difference_is_worse_than_a_failure():
    def sometimes(x):
        if x[0] == 0:
            raise ValueError("zero")
        return 3 * x

    assert on_squares(sometimes).verdict is REFUTED


@pytest.mark.parametrize(
    ("candidate", "wanted", "counterexample"),
    [
        (right, CONSISTENT, None),
        (lambda x: x, REFUTED, [1.0]),
        (lambda x: -2 * x, REFUTED, [1.0]),
        (lambda x: 2 * np.abs(x), REFUTED, [-1.0]),
        (lambda x: np.where(x == 2, 0.0, 2 * x), REFUTED, [2.0]),
        (lambda x: 2 * x[::-1], REFUTED, [0.0, 1.0]),
        (lambda x: 2 * x + (len(x) == 3), REFUTED, [0.0, 0.0, 0.0]),
        (lambda x: 2 * x * (1 + 1e-9), REFUTED, [1.0]),
    ],
)
def test_verdict_and_smallest_counterexample(candidate, wanted, counterexample):
    finding = on_squares(candidate)
    assert finding.verdict is wanted
    if counterexample is None:
        assert finding.counterexample is None
        assert finding.tally.fails == 0
    else:
        assert finding.counterexample.point.inputs["x"].tolist() == counterexample
        assert finding.counterexample.confirmed_by
        assert f"differs at {finding.tally.fails} of" in finding.reason


def test_every_test_case_is_counted_once():
    finding = on_squares(right, test_cases=30)
    tally = finding.tally
    assert tally.total == tally.holds + tally.fails + tally.undecided
    x_zero = finding.regimes["x = 0"]
    assert x_zero == Tally(0, 0, x_zero.undecided)
    assert x_zero.undecided > 0, "x = 0 cannot tell: the gradient is zero there"
    assert all(part.total <= tally.total for part in finding.regimes.values())


@pytest.mark.parametrize(("candidate", "order"), [(right, 2), (lambda x: x, 1)])
def test_taylor_order_is_part_of_the_finding(candidate, order):
    assert on_squares(lambda x: candidate(x)).taylor_order == pytest.approx(order, abs=0.2)


# Vacuous and inconclusive.


def test_precondition_that_never_holds_is_vacuous():
    finding = on_squares(right, where=lambda x: np.zeros(np.shape(x)[:-1], dtype=bool))
    assert finding.verdict is VACUOUS
    assert "met the precondition" in finding.reason
    assert finding.tally.total == 0
    assert not finding.as_expected


def test_precondition_that_raises_never_holds():
    assert on_squares(right, where=lambda x: x < 1 / 0).verdict is VACUOUS


def test_primal_that_raises_everywhere_is_inconclusive():
    finding = finding_of(_raises, right, x=reals("n"))
    assert finding.verdict is INCONCLUSIVE
    assert "the primal cannot be evaluated: ZeroDivisionError: no step" in finding.reason


@pytest.mark.parametrize("candidate", [lambda x: 0 * x, lambda x: 0 * x + 1e-30])
def test_constant_primal_is_inconclusive_as_no_point_can_tell(candidate):
    # On an unbounded domain data of 1e300 tell that the slope is below 1e-30.
    domain = reals("n", -9, 9)
    finding = finding_of(lambda x: 0 * x.sum(axis=-1) + 3.0, candidate, x=domain)
    assert finding.verdict is INCONCLUSIVE
    assert "cannot tell" in finding.reason
    assert finding.tally.undecided == finding.tally.total > 0


def test_wrong_claim_about_a_constant_is_refuted():
    finding = finding_of(lambda x: 0 * x.sum(axis=-1) + 3.0, lambda x: x, x=reals("n"))
    assert finding.verdict is REFUTED


def test_primal_that_is_not_finite_anywhere_is_inconclusive():
    finding = finding_of(lambda x: np.nan * x.sum(axis=-1), right, x=reals("n"))
    assert finding.verdict is INCONCLUSIVE


def test_primal_that_changes_its_input_is_said_to():
    def writes(x):
        x *= 2
        return x.sum()

    finding = finding_of(writes, lambda x: 2 + 0 * x, x=reals("n"))
    assert finding.verdict is INCONCLUSIVE
    assert "the primal changes its input 'x' in place" in finding.reason


def test_primal_that_is_not_deterministic_is_said_to_be():
    rng = np.random.default_rng(0)
    finding = finding_of(lambda x: (x * x).sum() + rng.random(), right, x=reals("n"))
    assert finding.verdict is INCONCLUSIVE
    assert "the primal answers differently when called twice" in finding.reason


def test_primal_that_fails_on_half_its_domain_is_judged_on_the_other():
    def root(x):
        if x < 0:
            raise ValueError("negative")
        return math.sqrt(x)

    with_domain = {"x": reals("", -2, 1e6)}
    candidate = lambda x: 0.5 / np.sqrt(x)  # noqa: E731
    assert finding_of(root, candidate, **with_domain).verdict in (CONSISTENT, MALFORMED)
    assert finding_of(root, lambda x: 1 / np.sqrt(x), **with_domain).verdict is REFUTED


# Functions as users write them: each right gradient consistent, the same times two refuted.


def _loop(x):
    total = 0.0
    for value in x:
        total += float(value) ** 2
    return total


def _prints_float(x):
    return float(np.sum(np.asarray(x, dtype=float) ** 2))


STYLES = {
    "broadcasting": (squares, right),
    "all axes": (lambda x: (x * x).sum(), right),
    "loop with casts": (_loop, right),
    "dtype=float": (_prints_float, right),
    "dot": (lambda x: x @ x, right),
    "norm": (lambda x: np.linalg.norm(x) ** 2, right),
    "abs": (lambda x: (np.abs(x) ** 2).sum(), right),
    "answers a list": (squares, lambda x: [2 * v for v in x]),
    "allocates with float": (squares, lambda x: 2 * x + np.zeros(len(x), float)),
    "math module": (lambda x: sum(math.cosh(v) for v in x), np.sinh),
    "one term bends, another dominates": (
        lambda x: x[..., 0] + 1e-3 * np.sin(x).sum(axis=-1),
        lambda x: 1.0 * (np.arange(len(x)) == 0) + 1e-3 * np.cos(x),
    ),
    "max": (lambda x: x.max(), lambda x: 1.0 * (np.arange(len(x)) == x.argmax())),
    "relu": (lambda x: np.maximum(x, 0).sum(), lambda x: 1.0 * (x > 0)),
}


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize(("primal", "gradient"), STYLES.values(), ids=STYLES)
def test_gradient_in_any_style_of_code(primal, gradient, factor):
    finding = finding_of(primal, lambda x: factor * np.asarray(gradient(x)), x=reals("n"))
    assert finding.verdict is (CONSISTENT if factor == 1 else REFUTED), finding.reason
    assert finding.tally.holds + finding.tally.fails >= 10


@pytest.mark.parametrize(("dtype", "verdict"), [("float32", CONSISTENT), ("float64", REFUTED)])
def test_single_precision_is_judged_by_its_own_rounding(dtype, verdict):
    """2x with an error of 1e-7: rounding for a float32 variant, an error for a float64 one."""
    declared = problem(x=reals("n"), wrt="x", name="f")(squares)
    declared.gradient(name="g", dtype=dtype)(lambda x: 2 * x * x.dtype.type(1 + 1.2e-7))
    (finding,) = run([declared.problem], test_cases=20).findings
    assert finding.verdict is verdict


def test_companion_that_loses_its_digits_is_unstable():
    def softplus(x):
        return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)

    finding = finding_of(
        softplus,
        lambda x: 1 - 1 / (1 + np.exp(x)),
        lambda x: np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))),
        x=reals("", -300, 300),
    )
    assert finding.verdict is UNSTABLE
    assert finding.counterexample.point.inputs["x"] < -15
    assert finding.counterexample.confirmed_by


@pytest.mark.parametrize(
    ("x", "outcome"), [(-16.0, Outcome.AGREE), (-64.0, Outcome.UNSTABLE), (3.0, Outcome.AGREE)]
)
def test_confirmation_at_one_point_of_a_scalar_input(x, outcome):
    """1 - 1/(1 + e^x) has 9 digits left at x = -16 and none at -64."""
    problem_ = problem_of(
        lambda x: np.log1p(np.exp(x)), lambda x: 1 - 1 / (1 + np.exp(x)), x=reals("")
    )
    found = confirm(problem_.claims[0], point_of(x=x), {"x": True}, 0)
    if outcome is Outcome.UNSTABLE:
        assert found.outcome is outcome
    else:
        assert found.outcome is not Outcome.DIFFER


def test_right_claim_is_not_refuted_where_the_primals_floats_are_flat():
    """log(1 + e^x) is 0.0 in floats at -550 and around; its derivative is 7e-240."""

    def flat(x):
        return np.log(1 + np.exp(np.asarray(x, dtype="float64"))).sum(axis=-1)

    problem_ = problem_of(flat, lambda x: 1 / (1 + np.exp(-x)), x=reals("n"))
    found = confirm(problem_.claims[0], point_of({"n": 1}, x=[-550.66]), {"x": False}, 0)
    assert found.outcome is not Outcome.DIFFER


# Neither complex step nor wider arithmetic runs here: the ladder alone must not be too sure where
# a function comes close to an asymptote (all values alike at steps of any size).


def _only_float64(function):
    return lambda x: function(np.asarray(x, dtype="float64"))


def _log_sum_exp(x):
    high = x.max(axis=-1, keepdims=True)
    return (np.log(np.exp(x - high).sum(axis=-1, keepdims=True)) + high).sum(axis=-1)


def _softmax(x):
    return np.exp(x - x.max()) / np.exp(x - x.max()).sum()


def _even_slope(x):
    return np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))) ** 2


ASYMPTOTES = {
    "log sum exp": (_log_sum_exp, _softmax),
    "tanh": (lambda x: np.tanh(x).sum(axis=-1), lambda x: 1 / np.cosh(x) ** 2),
    "softplus": (lambda x: np.log(1 + np.exp(x)).sum(axis=-1), lambda x: 1 / (1 + np.exp(-x))),
    "sigmoid": (lambda x: (1 / (1 + np.exp(-x))).sum(axis=-1), _even_slope),
    "bell": (lambda x: np.exp(-x * x).sum(axis=-1), lambda x: -2 * x * np.exp(-x * x)),
    "hyperbola": (lambda x: np.sqrt(1 + x * x).sum(axis=-1), lambda x: x / np.sqrt(1 + x * x)),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("primal", "gradient"), ASYMPTOTES.values(), ids=ASYMPTOTES)
def test_right_gradient_is_never_refuted_near_an_asymptote(primal, gradient, seed):
    finding = finding_of(
        _only_float64(primal), gradient, x=reals("n", -300, 300), seed=seed, test_cases=50
    )
    assert finding.verdict is CONSISTENT, (finding.reason, finding.counterexample)


@pytest.mark.parametrize(("primal", "gradient"), ASYMPTOTES.values(), ids=ASYMPTOTES)
def test_wrong_gradient_is_refuted_without_complex_step_and_wider_arithmetic(primal, gradient):
    finding = finding_of(
        _only_float64(primal), lambda x: 1.001 * gradient(x), x=reals("n", -300, 300)
    )
    assert finding.verdict is REFUTED


# The run itself.


def test_findings_come_in_order_with_everything_to_run_again():
    problems = [flagship_problem(), problem_of(squares, right, x=reals("n"))]
    results = run(problems, seed=3, test_cases=5, command="by hand")
    names = [claim.name for p in problems for claim in p.claims]
    assert [finding.claim.name for finding in results.findings] == names
    assert (results.seed, results.test_cases, results.command) == (3, 5, "by hand")
    assert {"python", "numpy", "hypothesis", "gradverify"} <= set(results.versions)
    assert not results.interrupted
    assert results.as_expected


def test_select_keeps_some_claims():
    wanted = claim_of(flagship_problem(), "question").name
    results = run([flagship_problem()], test_cases=5, select=lambda c: c.name == wanted)
    assert [finding.claim.name for finding in results.findings] == [wanted]
    assert run([flagship_problem()], select=lambda c: False).findings == ()


def test_progress_is_told():
    told = []
    named = [problem_of(squares, right, x=reals("n"), name=name) for name in "ab"]
    run(named, test_cases=5, progress=lambda *args: told.append(args))
    assert told == [("a", 0, 2), ("b", 1, 2), ("", 2, 2)]


def test_interrupt_between_problems_keeps_the_findings_so_far():
    def progress(name, done, total):
        if done == 1:
            raise KeyboardInterrupt

    named = [problem_of(squares, right, x=reals("n"), name=name) for name in "abc"]
    results = run(named, test_cases=5, progress=progress)
    assert results.interrupted
    assert [finding.claim.problem.name for finding in results.findings] == ["a"]


def test_interrupt_inside_a_variant_keeps_the_findings_so_far(tmp_path):
    calls = itertools.count()

    def interrupted(x):
        if next(calls) == 12:
            raise KeyboardInterrupt
        return 2 * x

    problems = [
        problem_of(squares, lambda x: x, x=reals("n"), name="a"),
        problem_of(squares, interrupted, x=reals("n"), name="b"),
        problem_of(squares, right, x=reals("n"), name="c"),
    ]
    path = tmp_path / "failures.json"
    results = run(problems, test_cases=5, stored=path)
    assert results.interrupted
    assert [finding.claim.problem.name for finding in results.findings] == ["a"]
    assert "0x1.0" in path.read_text()


@pytest.mark.parametrize(
    ("expect", "as_expected"),
    [(REFUTED, True), ({MALFORMED, REFUTED}, True), (CONSISTENT, False), (UNSTABLE, False)],
)
def test_as_expected(expect, as_expected):
    finding = on_squares(lambda x: x, expect=[expect])
    assert finding.as_expected is as_expected


def test_vacuous_and_inconclusive_are_not_consistent():
    constant = problem_of(lambda x: 0.0 * x.sum(axis=-1), lambda x: 0 * x, x=reals("n"))
    assert not run([constant], test_cases=5).as_expected


@pytest.mark.parametrize("slope", [5.0, -0.5, 2.0])
def test_slope_outside_the_one_sided_derivatives_at_a_kink_is_refuted(slope):
    problem_ = problem_of(
        lambda x: np.maximum(x, 0).sum(), lambda x: np.where(x == 0, slope, x > 0), x=reals("n")
    )
    found = run([problem_]).findings[0]
    assert found.verdict is REFUTED
    assert 0.0 in found.counterexample.point.inputs["x"]
