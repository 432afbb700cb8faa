"""Declarations: what a user writes, and what is said about a mistake in it."""

import numpy as np
import pytest
from helpers import problem_of
from hypothesis import strategies as st

from verify import (
    CONSISTENT,
    MALFORMED,
    REFUTED,
    UNSTABLE,
    GradverifyError,
    check_gradient,
    labels,
    onehot,
    problem,
    reals,
)
from verify.campaign import run
from verify.errors import DeclarationError


def loss(X, theta):
    """Half the sum of squares."""
    return 0.5 * ((X @ theta) ** 2).sum()


def declared(**options):
    given = {"X": reals("N D"), "theta": reals("D"), "wrt": "theta", **options}
    return problem(**given)(loss)


def gradient(X, theta):
    return X.T @ (X @ theta)


def vector():
    return problem(x=reals("n"), wrt="x")(lambda x: x * x)


def several():
    return problem(a=reals(), v=reals("n"), wrt=("a", "v"))(lambda a, v: a * (v * v).sum())


MISTAKES = {
    "unknown axis": (
        lambda: declared(dims={"M": (1, 3)}),
        ["@problem loss", "'M'", "no input has", "N, D"],
    ),
    "bounds that are no pair": (
        lambda: declared(dims={"N": 3}),
        ["'N': 3", "two whole numbers", "1 <= smallest <= largest"],
    ),
    "bounds upside down": (
        lambda: declared(dims={"N": (4, 2)}),
        ["(4, 2)", "1 <= smallest <= largest"],
    ),
    "bounds from zero": (lambda: declared(dims={"N": (0, 2)}), ["(0, 2)", "1 <= smallest"]),
    "input without domain": (
        lambda: problem(X=reals("N D"), wrt="X")(loss),
        ["@problem loss(X, theta)", "(X)", "the names should be the same"],
    ),
    "domain without input": (
        lambda: declared(b=reals()),
        ["loss(X, theta)", "(X, theta, b)", "the names should be the same"],
    ),
    "no domain": (
        lambda: declared(theta="D"),
        ["theta='D'", "a domain such as reals('N D')", "Hypothesis strategy"],
    ),
    "a type for a domain": (lambda: declared(theta=float), ["theta=<class 'float'>", "a domain"]),
    "reserved name": (
        lambda: problem(cotangent=reals(), wrt="cotangent")(lambda cotangent: cotangent),
        ["'cotangent'", "should not be called", "vjp"],
    ),
    "wrt that names nothing": (
        lambda: declared(wrt="thet"),
        ["wrt='thet'", "names no input", "X, theta"],
    ),
    "wrt empty": (lambda: declared(wrt=()), ["wrt=()", "at least one input"]),
    "wrt a discrete input": (
        lambda: problem(t=onehot("K"), wrt="t")(lambda t: t.sum()),
        ["wrt='t'", "onehot('K')", "no derivative", "a real input"],
    ),
    "wrt twice": (lambda: declared(wrt=("theta", "theta")), ["'theta'", "twice"]),
    "where about no input": (
        lambda: declared(where=lambda theta, Y: True),
        ["where", "'Y'", "no input", "X, theta"],
    ),
    "regime about no input": (
        lambda: declared(regimes={"rest": lambda Z: True}),
        ["rest", "'Z'", "no input", "X, theta"],
    ),
    "variant in another order": (
        lambda: declared().gradient(lambda theta, X: gradient(X, theta)),
        ["(theta, X)", "should be", "(X, theta)", "in its order"],
    ),
    "variant with other names": (
        lambda: declared().gradient(lambda A, theta: gradient(A, theta)),
        ["(A, theta)", "should be", "(X, theta)"],
    ),
    "variant with an input too few": (
        lambda: declared().gradient(lambda theta: theta),
        ["(theta)", "should be", "(X, theta)"],
    ),
    "gradient of a vector": (
        lambda: vector().gradient(lambda x: 2 * x),
        ["shape (2,)", "scalar primal", ".vjp, cotangent first"],
    ),
    "vjp without cotangent": (
        lambda: vector().vjp(lambda x: 2 * x),
        ["(x)", "should be", "(ybar, x)", "the cotangent first"],
    ),
    "vjp with the cotangent last": (
        lambda: vector().vjp(lambda x, ybar: 2 * x * ybar),
        ["(x, ybar)", "should be", "(ybar, x)", "the cotangent first"],
    ),
    "name taken": (
        lambda: [declared_twice() for _ in range(1)],
        ["'gradient'", "is taken", "names should differ"],
    ),
    "kinds mixed": (lambda: mixed(), ["already has a .gradient", "one kind"]),
    "expect no verdict": (
        lambda: declared().gradient(expect="wrong")(gradient),
        ["expect='wrong'", "consistent, refuted, unstable, malformed, inconclusive, vacuous"],
    ),
    "expect nothing": (
        lambda: declared().gradient(expect=())(gradient),
        ["expect=()", "a verdict"],
    ),
    "expect a number": (lambda: declared().gradient(expect=[1])(gradient), ["expect=[1]"]),
    "expect of another input": (
        lambda: declared().gradient(expect={"X": REFUTED})(gradient),
        ["expect names the input 'X'", "wrt is theta"],
    ),
    "dtype no float": (
        lambda: declared().gradient(dtype="int32")(gradient),
        ["dtype='int32'", "a float type"],
    ),
    "dtype unknown": (
        lambda: declared().gradient(dtype="float33")(gradient),
        ["dtype='float33'", "a float type"],
    ),
    "a misspelt name in the primal": (
        lambda: problem(x=reals("n"), wrt="x")(lambda x: npp.sum(x)).gradient(lambda x: x),  # noqa: F821
        ["npp", "should be defined"],
    ),
    "check_gradient with another argument": (
        lambda: check_gradient(lambda x: x.sum(), lambda y: y, x=reals("n")),
        ["(y)", "should be", "(x)"],
    ),
}


def declared_twice():
    twice = declared()
    twice.gradient(gradient)
    twice.gradient(gradient)


def mixed():
    both = declared()
    both.gradient(gradient)
    both.vjp(lambda ybar, X, theta: ybar * gradient(X, theta))


@pytest.mark.parametrize(("mistake", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_fails_at_once_with_what_was_written_and_what_it_must_be(mistake, words):
    with pytest.raises(DeclarationError) as caught:
        mistake()
    message = str(caught.value)
    assert [word for word in words if word not in message] == [], message
    assert message.endswith(".")
    assert "\n" not in message


def test_declaration_error_is_a_value_error_that_a_user_can_catch():
    assert issubclass(DeclarationError, GradverifyError)
    assert issubclass(GradverifyError, ValueError)


def test_failed_declaration_leaves_the_problem_as_it_was():
    half = declared()
    half.gradient(gradient)
    with pytest.raises(DeclarationError):
        half.gradient(gradient)
    assert [variant.name for variant in half.problem.variants] == ["gradient"]


def test_decorators_are_sugar_over_plain_data():
    half = declared(dims={"N": (2, 5)}, source="a page")
    returned = half.gradient(expect=REFUTED, source="a book", name="by hand")(gradient)
    assert returned is gradient
    plain = half.problem
    assert (plain.name, plain.source, plain.statement) == (
        "loss",
        "a page",
        "Half the sum of squares.",
    )
    assert plain.dims == {"N": (2, 5), "D": (1, 4)}
    (variant,) = plain.variants
    assert (variant.name, variant.source, variant.kind) == ("by hand", "a book", "gradient")
    assert variant.path.endswith("test_declare.py")
    assert variant.line > 0
    (claim,) = plain.claims
    assert claim.name == "loss[by hand-theta]"
    assert claim.expected == {REFUTED}


def test_declared_problem_still_is_its_primal():
    X, theta = np.eye(2), np.array([1.0, 2.0])
    assert declared()(X, theta) == declared()(theta=theta, X=X) == 2.5


@pytest.mark.parametrize(
    ("expect", "wanted"),
    [
        (REFUTED, [{REFUTED}] * 2),
        ("refuted", [{REFUTED}] * 2),
        ({REFUTED, MALFORMED}, [{REFUTED, MALFORMED}] * 2),
        (["refuted", UNSTABLE], [{REFUTED, UNSTABLE}] * 2),
        ({"v": REFUTED}, [{CONSISTENT}, {REFUTED}]),
        ({"a": {MALFORMED, "unstable"}, "v": CONSISTENT}, [{MALFORMED, UNSTABLE}, {CONSISTENT}]),
    ],
)
def test_expectations_per_input(expect, wanted):
    both = several()
    both.gradient(expect=expect)(lambda a, v: (v, a))
    assert [claim.expected for claim in both.problem.claims] == wanted


def test_undeclared_variant_is_expected_to_be_consistent():
    half = declared()
    half.gradient(gradient)
    assert half.problem.claims[0].expected == {CONSISTENT}


RIGHT = {"a": lambda a, v: (v * v).sum(), "v": lambda a, v: 2 * a * v}


@pytest.mark.parametrize(
    ("candidate", "verdicts"),
    [
        (lambda a, v: {"a": (v * v).sum(), "v": 2 * a * v}, (CONSISTENT, CONSISTENT)),
        (lambda a, v: {"v": 2 * a * v, "a": (v * v).sum()}, (CONSISTENT, CONSISTENT)),
        (lambda a, v: ((v * v).sum(), 2 * a * v), (CONSISTENT, CONSISTENT)),
        (lambda a, v: [(v * v).sum(), 2 * a * v], (CONSISTENT, CONSISTENT)),
        (lambda a, v: ((v * v).sum(), a * v), (CONSISTENT, REFUTED)),
        (lambda a, v: {"a": v.sum(), "v": 2 * a * v}, (REFUTED, CONSISTENT)),
        (lambda a, v: (2 * a * v, (v * v).sum()), (MALFORMED, MALFORMED)),
        (lambda a, v: 2 * a * v, (MALFORMED, MALFORMED)),
        (lambda a, v: {"a": (v * v).sum()}, (MALFORMED, MALFORMED)),
    ],
    ids=[
        "dict", "dict in another order", "tuple", "list", "second wrong", "first wrong",
        "tuple in another order", "one array", "a key missing",
    ],
)  # fmt: skip
def test_several_inputs(candidate, verdicts):
    both = several()
    both.gradient(name="g")(candidate)
    findings = run([both.problem], test_cases=15).findings
    assert tuple(finding.verdict for finding in findings) == verdicts


@pytest.mark.parametrize("wrong", [False, True])
def test_single_input_may_be_returned_in_a_dict(wrong):
    one = declared()
    one.gradient(name="g")(lambda X, theta: {"theta": gradient(X, theta) * (1 + wrong)})
    (finding,) = run([one.problem], test_cases=15).findings
    assert finding.verdict is (REFUTED if wrong else CONSISTENT)


@pytest.mark.parametrize("wrong", [False, True])
def test_hypothesis_strategy_in_place_of_a_domain(wrong):
    rows = st.lists(st.floats(-2, 2), min_size=3, max_size=3).map(np.array)
    mixture = problem_of(
        lambda x, s: s * (x * x).sum(axis=-1),
        lambda x, s: (2 + wrong) * s * x,
        x=rows,
        s=reals("", 1, 2),
    )
    (finding,) = run([mixture], test_cases=30).findings
    assert finding.verdict is (REFUTED if wrong else CONSISTENT)


def test_declaration_sees_the_primal_at_a_simple_point_only():
    """An exception there may belong to that point alone: it is a verdict later, not an error."""

    def picky(x):
        raise ValueError("not here")

    one = problem(x=reals("n"), wrt="x")(picky)
    one.gradient(lambda x: x)
    assert len(one.problem.variants) == 1


@pytest.mark.parametrize(
    ("candidate", "wrong"), [(lambda x: 3 * x**2, False), (lambda x: 2 * x**2, True)]
)
def test_check_gradient(candidate, wrong):
    def cube(x):
        return (x**3).sum()

    if not wrong:
        check_gradient(cube, candidate, x=reals("n"))
        return
    with pytest.raises(AssertionError) as caught:
        check_gradient(cube, candidate, x=reals("n"))
    message = str(caught.value)
    assert message.startswith("fails the finite-difference check")
    assert "np.array([1.0])" in message


def test_check_gradient_leaves_discrete_inputs_out():
    check_gradient(
        lambda x, t: -x[t] + np.log(np.exp(x).sum()),
        lambda x, t: np.exp(x) / np.exp(x).sum() - (np.arange(len(x)) == t),
        x=reals("K"),
        t=labels("", "K"),
        test_cases=15,
    )
