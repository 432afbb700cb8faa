"""The studies: every claim's verdict, and for each refuted one the smallest counterexample."""

import functools

import numpy as np
import pytest
from helpers import claim_of, flagship_problem, literal, network_gradient, smallest_difference

from verify import CONSISTENT, MALFORMED, REFUTED, UNSTABLE
from verify.campaign import run
from verify.load import problems_from
from verify.studies import flagship, network

SEEDS = (0, 1)
EXPECTED = {claim.name: claim.expected for p in problems_from() for claim in p.claims}
REFUTED_FLAGSHIP = [
    claim.variant.name for claim in flagship_problem().claims if REFUTED in claim.expected
]


@functools.cache
def findings(seed):
    return {f.claim.name: f for f in run(problems_from(), seed=seed).findings}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", EXPECTED)
def test_verdict_is_as_expected(name, seed):
    finding = findings(seed)[name]
    assert finding.verdict in EXPECTED[name], finding.reason
    assert finding.tally.holds + finding.tally.fails > 0
    if finding.verdict is CONSISTENT:
        assert finding.tally.fails == 0
        assert finding.counterexample is None
        assert finding.tally.holds >= 30
    else:
        assert finding.tally.fails > 0
        assert finding.counterexample is not None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("variant", REFUTED_FLAGSHIP)
def test_counterexample_is_the_smallest_there_is(variant, seed):
    claim = claim_of(flagship_problem(), variant)
    example = findings(seed)[claim.name].counterexample
    axes, inputs = smallest_difference(claim.variant.function)
    assert (dict(example.point.axes), literal(example.point)) == (axes, inputs)


@pytest.mark.parametrize(
    ("variant", "theta"),
    [
        ("question", [[0.0, 1.0]]),
        ("note_middle_line", [[0.0, 1.0]]),
        ("correction_alone", [[0.0, 0.0]]),
        ("correction_and_note", [[0.0, 0.0]]),
    ],
)
def test_the_pages_errors_show_at_one_example_one_feature_two_classes(variant, theta):
    example = findings(0)[f"flagship[{variant}-theta]"].counterexample
    assert dict(example.point.axes) == {"N": 1, "D": 1, "K": 2}
    assert literal(example.point) == {"X": [[1.0]], "theta": theta, "T": [[1.0, 0.0]]}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("variant", REFUTED_FLAGSHIP)
def test_counterexample_tells_the_truth(variant, seed):
    claim = claim_of(flagship_problem(), variant)
    example = findings(seed)[claim.name].counterexample
    truth = network_gradient(**example.point.inputs)
    claimed = claim.variant.function(**example.point.inputs)
    assert (np.abs(example.reference - truth) <= example.bound).all()
    assert np.array_equal(example.claimed, claimed)
    apart = np.abs(claimed - truth)
    assert apart[example.entry] > 10 * example.bound[example.entry]
    assert example.confirmed_by


def test_question_holds_where_all_activations_are_zero_and_nowhere_else():
    regimes = findings(0)["flagship[question-theta]"].regimes
    assert regimes["a = 0"].fails == 0
    assert regimes["a = 0"].holds > 10
    assert regimes["generic"].fails > 0


def test_one_class_tells_nothing_about_the_right_gradient():
    one_class = findings(0)["flagship[closed_form-theta]"].regimes["K = 1"]
    assert one_class.holds == one_class.fails == 0
    assert one_class.undecided > 0


def test_transposed_gradient_is_malformed_where_only_other_shapes_are_drawn():
    finding = findings(0)["flagship[transposed-theta]"]
    assert finding.verdict in (MALFORMED, REFUTED)
    assert finding.regimes["D = K"].fails > 0


@pytest.mark.parametrize("variant", ["closed_form", "note_alone"])
def test_unstable_variant_has_lost_its_digits_at_the_point_shown(variant):
    finding = findings(0)[f"flagship_unbounded[{variant}-theta]"]
    assert finding.verdict is UNSTABLE
    example = finding.counterexample
    truth = network_gradient(**example.point.inputs)
    lost = np.abs(example.claimed - truth) > 1.5e-8 * np.abs(truth)
    assert lost[example.entry]
    assert np.abs(example.point.inputs["X"] @ example.point.inputs["theta"]).max() > 15


def test_companion_is_judged_where_activations_saturate():
    finding = findings(0)["flagship_unbounded[even_exponential-theta]"]
    assert finding.regimes["saturated"].holds > 10
    assert finding.regimes["saturated"].fails == 0


@pytest.mark.parametrize("variant", ["closed_form", "note_alone"])
def test_gradient_that_is_wrong_by_a_millionth_is_refuted(variant):
    """Negative control of the verdicts above: the same formula times 1 + 1e-6."""
    function = claim_of(flagship_problem(), variant).variant.function
    declared = flagship.problem(
        wrt="theta", where=network.moderate, name="off", **flagship_problem().inputs
    )(flagship_problem().primal)
    declared.gradient(name="g")(lambda X, theta, T: function(X, theta, T) * (1 + 1e-6))
    (finding,) = run([declared.problem], test_cases=10).findings
    assert finding.verdict is REFUTED
    assert dict(finding.counterexample.point.axes) == {"N": 1, "D": 1, "K": 2}


def test_brute_force_finds_nothing_wrong_with_the_right_gradient():
    function = claim_of(flagship_problem(), "closed_form").variant.function
    assert smallest_difference(function, most=10_000) is None
