"""The studies say about each formula what is true: judged here without search and oracle.

Reference derivatives come from a complex step and from central differences, in loops over entries.
"""

import inspect
import itertools
import math

import mpmath
import numpy as np
import pytest

from verify import CONSISTENT, MALFORMED, REFUTED, UNSTABLE
from verify.load import problems_from
from verify.studies import flagship, hidden, normaliser
from verify.wide import Wide, wide, widen

PROBLEMS = {problem.name: problem for problem in problems_from()}
POINTS = 20
AGREES = 1e-6
DIFFERS = 1e-2
# Where the derivative is 0, both sides are rounding errors.
SMALL = 1e-6

# Which variants are what, by hand: from the mathematics, not from what the studies declare.
TRUTHS = {
    ("flagship", "theta", CONSISTENT): "closed_form note_alone",
    ("flagship", "theta", REFUTED): """question correction_alone correction_and_note
        note_middle_line sign_flipped mean_over_examples transposed diagonal_softmax
        constant_normaliser last_class_fixed""",
    ("flagship", "theta", MALFORMED): "transposed",
    ("flagship_unbounded", "theta", UNSTABLE): "closed_form note_alone",
    ("flagship_unbounded", "theta", CONSISTENT): "even_exponential",
    ("flagship_unbounded", "theta", REFUTED): "question",
    ("printed_normaliser", "theta", CONSISTENT): "by_hand",
    ("printed_normaliser", "theta", REFUTED): "closed_form closed_form_of_printed_y",
    ("soft_labels", "theta", CONSISTENT): "closed_form note_alone",
    ("unnormalised_targets", "theta", REFUTED): "closed_form",
    ("unnormalised_targets", "theta", CONSISTENT): "note_alone closed_form_with_row_sums",
    ("log_of_output", "y", CONSISTENT): "question",
    ("softmax_of_outputs", "z", CONSISTENT): "first_line second_line third_line fourth_line",
    ("softmax_of_outputs", "z", REFUTED): "diagonal_only",
    ("sigmoid_of_activation", "a", REFUTED): "question_third note_third note_fourth",
    ("sigmoid_of_activation", "a", CONSISTENT): "note_fifth note_sixth minus_restored",
    ("activation", "theta", CONSISTENT): "question",
    ("hidden_layer", "theta", CONSISTENT): "by_hand carried_over",
    ("hidden_layer", "W", CONSISTENT): "by_hand",
    ("hidden_layer", "W", REFUTED): "carried_over",
}
CLAIMS: dict = {}
for (_problem, _given, _verdict), _variants in TRUTHS.items():
    for _variant in _variants.split():
        CLAIMS.setdefault((_problem, _variant, _given), set()).add(_verdict)
VARIANTS = [
    pytest.param(problem, variant, id=f"{problem.name}-{variant.name}")
    for problem in PROBLEMS.values()
    for variant in problem.variants
]
VJPS = ("softmax_of_outputs", "activation")


def drawn(domain, axes, rng):
    shape = domain.sizes(axes)
    if domain.kind == "onehot":
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    if domain.kind == "simplex":
        return rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])
    if domain.kind in ("positive", "nonnegative", "unit_interval"):
        return rng.uniform(0.1, 1, size=shape)
    return rng.normal(size=shape) * rng.choice([0.5, 2.0])


def point(problem, axes, rng):
    for _ in range(100):
        inputs = {name: drawn(domain, axes, rng) for name, domain in problem.domains.items()}
        if problem.where is None or problem.where(
            **{n: inputs[n] for n in parameters(problem.where)}
        ):
            return inputs
    raise AssertionError(f"no point of {problem.name} meets its precondition")


def parameters(predicate):
    return list(inspect.signature(predicate).parameters)


def points(problem, count=POINTS):
    rng = np.random.default_rng(20)
    for _ in range(count):
        axes = {axis: int(rng.integers(1, 5)) for axis in problem.dims}
        inputs = point(problem, axes, rng)
        value = np.asarray(problem.primal(**inputs))
        yield inputs, rng.choice([-2.0, -1.0, 1.0, 2.0], size=value.shape)


def weighted(problem, inputs, cotangent):
    value = problem.primal(**inputs)
    return (value * cotangent).sum() if problem.name in VJPS else value


def reference(problem, given, inputs, cotangent):
    """Derivative by complex step, each entry confirmed by a central difference."""
    x = np.asarray(inputs[given])
    result = np.empty(x.shape)
    for entry in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[entry] = 1
        at = [{**inputs, given: x + h * unit} for h in (1e-30j, 1e-5, -1e-5)]
        slope, plus, minus = (weighted(problem, moved, cotangent) for moved in at)
        result[entry] = slope.imag / 1e-30
        assert result[entry] == pytest.approx((plus - minus) / 2e-5, rel=1e-6, abs=1e-8)
    return result


def claimed(problem, variant, given, inputs, cotangent):
    leading = [cotangent] if problem.name in VJPS else []
    answer = variant.function(*leading, **inputs)
    return np.asarray(answer[given] if isinstance(answer, dict) else answer)


def named(problem, name):
    return next(variant for variant in problem.variants if variant.name == name)


def test_every_claim_of_the_studies_stands_in_the_table_with_what_is_expected_of_it():
    declared = {
        (problem.name, claim.variant.name, claim.input): set(claim.expected)
        for problem in PROBLEMS.values()
        for claim in problem.claims
    }
    assert declared == CLAIMS


def test_every_problem_and_variant_says_where_it_comes_from_and_what_it_computes():
    texts = [(p.source, p.statement) for p in PROBLEMS.values()]
    texts += [(v.source, v.derivation) for p in PROBLEMS.values() for v in p.variants]
    assert all(source and statement for source, statement in texts)


@pytest.mark.parametrize(("name", "variant", "given"), CLAIMS)
def test_the_expected_verdict_is_the_truth(name, variant, given):
    problem, truth = PROBLEMS[name], CLAIMS[name, variant, given]
    function = named(problem, variant)
    wrong, misshapen = [], []
    for inputs, cotangent in points(problem):
        true = reference(problem, given, inputs, cotangent)
        answer = claimed(problem, function, given, inputs, cotangent)
        misshapen.append(answer.shape != true.shape)
        if not misshapen[-1]:
            wrong.append(np.abs(answer - true).max() / (np.abs(true).max() + SMALL))
    if truth & {CONSISTENT, UNSTABLE}:
        assert max(wrong) < AGREES
    else:
        assert max(wrong) > DIFFERS
    assert any(misshapen) == (MALFORMED in truth)


@pytest.mark.parametrize(("problem", "variant"), VARIANTS)
def test_a_stacked_call_of_a_variant_equals_the_loop(problem, variant):
    rng = np.random.default_rng(7)
    for size, given in itertools.product((1, 2, 3), problem.wrt):
        axes = dict.fromkeys(problem.dims, size)
        singles = [point(problem, axes, rng) for _ in range(6)]
        bars = rng.normal(size=(6, *np.shape(problem.primal(**singles[0]))))
        stacked = {name: np.stack([one[name] for one in singles]) for name in singles[0]}
        loop = [claimed(problem, variant, given, *pair) for pair in zip(singles, bars, strict=True)]
        whole = claimed(problem, variant, given, stacked, bars)
        assert whole.shape == (6, *loop[0].shape)
        np.testing.assert_allclose(whole, loop, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=list(PROBLEMS))
def test_a_stacked_call_of_a_primal_or_predicate_equals_the_loop_and_axes_of_size_1_broadcast(
    problem,
):
    rng = np.random.default_rng(8)
    given = problem.wrt[0]
    axes = {axis: size for size, axis in enumerate(problem.dims, start=2)}
    singles = [point(problem, axes, rng) for _ in range(5)]
    stacked = {n: np.stack([one[n] for one in singles])[:, None] for n in singles[0]}
    stacked[given] = stacked[given] * np.array([1, 0.5, 0.25]).reshape(
        3, *[1] * np.ndim(singles[0][given])
    )
    for function in filter(None, (problem.primal, problem.where, *dict(problem.regimes).values())):
        parts = {name: stacked[name] for name in parameters(function)}
        whole = np.asarray(function(**parts))
        for b, r in np.ndindex(whole.shape[:2]):
            one = {name: array[b, r % array.shape[1]] for name, array in parts.items()}
            np.testing.assert_allclose(whole[b, r], function(**one), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("problem", "variant"), VARIANTS)
def test_primal_and_variant_run_in_long_double_and_in_wider_arithmetic(problem, variant):
    inputs, cotangent = next(points(problem, 1))
    given = problem.wrt[0]
    narrow = claimed(problem, variant, given, inputs, cotangent)
    value = np.asarray(problem.primal(**inputs))
    long = {name: np.asarray(array, dtype=np.longdouble) for name, array in inputs.items()}
    longer = claimed(problem, variant, given, long, cotangent.astype(np.longdouble))
    assert longer.dtype == np.longdouble == np.asarray(problem.primal(**long)).dtype
    with mpmath.workprec(120):
        wider = {name: widen(np.asarray(array)) for name, array in inputs.items()}
        answer = claimed(problem, variant, given, wider, widen(cotangent))
        wide_value = np.asarray(problem.primal(**wider))
        assert answer.dtype == wide_value.dtype == object
        pairs = [*zip(answer.ravel(), narrow.ravel(), strict=True)]
        pairs += zip(wide_value.ravel(), value.ravel(), strict=True)
        for entry, expected in pairs:
            assert float(entry.value) == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


def test_z_times_1_minus_z_loses_its_digits_where_the_even_exponential_keeps_them():
    X, T = np.ones((1, 1)), np.array([[1.0, 0.0]])
    theta = np.array([[0.0, 40.0]])
    with mpmath.workprec(300):
        inputs = [widen(X), widen(T)]

        def loss(entry):
            weights = np.array([[wide(0.0), Wide(entry)]], dtype=object)
            return flagship.unbounded(inputs[0], weights, inputs[1]).value

        true = float(mpmath.diff(loss, 40))
        exact = flagship.unbounded_closed_form(inputs[0], widen(theta), inputs[1])[0, 1]
        assert float(exact.value) == pytest.approx(true, rel=1e-12)
    assert true == pytest.approx(math.exp(-40) * math.e / (math.sqrt(math.e) + math.e), rel=1e-9)
    assert flagship.unbounded_closed_form(X, theta, T)[0, 1] == 0
    assert flagship.unbounded_note_alone(X, theta, T)[0, 1] == 0
    assert flagship.even_exponential(X, theta, T)[0, 1] == pytest.approx(true, rel=1e-12)


def test_the_smallest_counterexamples_of_the_page_are_where_they_are_known_to_be():
    one, zero, T = np.array([[0.0, 1.0]]), np.zeros((1, 2)), np.array([[1.0, 0.0]])
    X = np.ones((1, 1))
    right = {name: flagship.closed_form(X, theta, T) for name, theta in (("0", zero), ("1", one))}
    np.testing.assert_allclose(flagship.question(X, zero, T), right["0"])
    assert abs(flagship.question(X, one, T) - right["1"]).max() > DIFFERS
    for wrong in (flagship.correction_alone, flagship.correction_and_note):
        assert abs(wrong(X, zero, T) - right["0"]).max() > DIFFERS


def test_the_question_written_out_in_loops_gives_the_same_numbers():
    inputs, _ = next(points(PROBLEMS["flagship"], 1))
    X, theta, T = inputs["X"], inputs["theta"], inputs["T"]
    (N, D), K = X.shape, theta.shape[1]
    y, a = [], []
    for n in range(N):
        a.append([sum(theta[i, j] * X[n, i] for i in range(D)) for j in range(K)])
        exps = [math.exp(1 / (1 + math.exp(-v))) for v in a[n]]
        y.append([e / sum(exps) for e in exps])
    E = -sum(T[n, k] * math.log(y[n][k]) for n in range(N) for k in range(K))
    assert flagship.softmax_of_sigmoid(X, theta, T) == pytest.approx(E, rel=1e-12)
    for i, j in np.ndindex(D, K):
        terms = [
            T[n, k] * ((j == k) - y[n][j]) * math.exp(v) / (1 + math.exp(-v)) ** 2 * X[n, i]
            for n in range(N)
            for k in range(K)
            for v in [a[n][j]]
        ]
        assert flagship.question(X, theta, T)[i, j] == pytest.approx(-sum(terms), rel=1e-12)


def test_the_printed_normaliser_sums_up_to_k():
    z = np.array([[0.1, 0.7, 0.4]])
    e = [math.exp(v) for v in z[0]]
    expected = [e[k] / sum(e[: k + 1]) for k in range(3)]
    np.testing.assert_allclose(normaliser.as_printed(z)[0], expected)


def test_the_hidden_layer_uses_its_own_weights_first():
    X, W, theta = np.array([[2.0]]), np.array([[1.0]]), np.array([[3.0]])
    b, a = hidden.activations(X, W, theta)
    assert b == [[2.0]]
    assert a == pytest.approx(3 / (1 + math.exp(-2)))
