"""The evaluator: stacked answers are loop answers, and what is wrong with an answer is said."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from helpers import problem_of

from verify import onehot, reals
from verify.evaluator import Failure, call, claimed, holds, primal, run, runs_stacked
from verify.points import Stack
from verify.problems import Variant

WEIGHTS = np.array([1.0, 2.0, 3.0])


def stacked(count=40, n=3):
    rng = np.random.default_rng(0)
    return {"x": rng.standard_normal((count, n))}


def looped(function, inputs):
    count = len(next(iter(inputs.values())))
    return np.array([function(**{n: a[i] for n, a in inputs.items()}) for i in range(count)])


def counted(function):
    """Wrap a function so that `calls` holds the number of axes of x at each call."""
    calls = []

    def counting(x):
        calls.append(np.ndim(x))
        return function(x)

    counting.calls = calls
    return counting


BROADCASTING = {
    "sum": lambda x: (x * x).sum(axis=-1),
    "matrix product": lambda x: x @ WEIGHTS,
    "max": lambda x: x.max(axis=-1),
    "entry": lambda x: x[..., 1] * np.exp(x[..., 0]),
    "elementwise": lambda x: np.tanh(x),
    "matrix": lambda x: x[..., :, None] * x[..., None, :],
}
# Each runs on a stack without an exception, but what it gives is not what single points give.
MIXING = {
    "sum of all": lambda x: x.sum(),
    "mean of all": lambda x: x.mean(),
    "max of all in a norm": lambda x: (x / np.abs(x).max()).sum(axis=-1),
    "norm of all": lambda x: (x / (1 + np.linalg.norm(x))) @ WEIGHTS,
    "length": lambda x: len(x) * x.sum(axis=-1),
    "size": lambda x: x.sum(axis=-1) / x.size,
    "first point": lambda x: x.sum(axis=-1) * x[0].sum(),
    "cumulated over the stack": lambda x: np.cumsum(x, axis=0).sum(axis=-1),
    "sorted over the stack": lambda x: np.sort(x, axis=0)[..., 0],
    "sum over the first axis": lambda x: (x * x).sum(axis=0),
    "branch on any": lambda x: x.sum(axis=-1) if np.any(x > 2) else -x.sum(axis=-1),
    "branch on a number": lambda x: x.sum() if x[0] > 0 else -x.sum(),
    "python loop": lambda x: sum(float(v) ** 2 for v in x),
}


@pytest.mark.parametrize("function", BROADCASTING.values(), ids=BROADCASTING)
def test_function_that_broadcasts_runs_at_once_with_the_answers_of_the_loop(function):
    inputs = stacked()
    counting = counted(function)
    assert np.allclose(run(counting, inputs, (40,)), looped(function, inputs), rtol=1e-12, atol=0)
    assert counting.calls.count(1) < 10
    assert counting.calls.count(2) >= 1


@pytest.mark.parametrize("function", MIXING.values(), ids=MIXING)
def test_function_that_mixes_the_stack_is_found_out_and_run_in_the_loop(function):
    inputs = stacked()
    counting = counted(function)
    assert np.array_equal(run(counting, inputs, (40,)), looped(function, inputs))
    assert counting.calls.count(1) >= 40


@pytest.mark.parametrize("function", MIXING.values(), ids=MIXING)
@pytest.mark.parametrize("first", [np.zeros((40, 3)), np.ones((40, 3))], ids=["zeros", "ones"])
def test_mixing_function_is_found_out_after_a_stack_on_which_nothing_shows(function, first):
    """Equal points give equal answers mixed or not: what was found on them says nothing."""
    fresh = counted(function)
    run(fresh, {"x": first}, (40,))
    inputs = stacked()
    assert np.array_equal(run(fresh, inputs, (40,)), looped(function, inputs))


def test_two_leading_axes_and_axes_of_size_one():
    def f(x, w):
        return (x * w).sum(axis=-1)

    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((5, 7, 3)), rng.standard_normal((5, 1, 3))
    found = run(f, {"x": x, "w": w}, (5, 7))
    wanted = [[f(x[i, j], w[i, 0]) for j in range(7)] for i in range(5)]
    assert np.allclose(found, wanted, rtol=1e-14)


@pytest.mark.parametrize("function", [lambda x: x.sum(axis=-1), lambda x: x.sum()])
def test_runs_stacked(function):
    problem = problem_of(function, x=reals("n"))
    mixes = function(np.ones((2, 3))).ndim == 0
    assert runs_stacked(problem, stacked(), (40,)) is not mixes


def test_primal_of_a_vjp_is_the_product_with_the_cotangent():
    problem = problem_of(lambda x: x**2, lambda ybar, x: ybar, kind="vjp", x=reals("n"))
    inputs = {"x": np.array([[1.0, 2.0], [3.0, 4.0]]), "cotangent": np.array([[1.0, -1], [2, 2]])}
    assert primal(problem, inputs, (2,)).tolist() == [1 - 4, 2 * 9 + 2 * 16]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x, "shape (3,), not a scalar"),
        (lambda x: "text", "numbers"),
        (lambda x: None, "numbers"),
        (lambda x: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_a_primal_must_not_answer(function, words):
    found = primal(problem_of(function, x=reals("n")), stacked(), (40,))
    assert isinstance(found, Failure)
    assert words in found.message


def test_exception_keeps_its_traceback():
    def inner(x):
        raise KeyError("weights")

    def outer(x):
        return inner(x)

    failure = call(outer, {"x": 1.0})
    assert failure.message == "KeyError: 'weights'"
    assert "in outer" in failure.traceback
    assert "in inner" in failure.traceback
    assert "calls.py" not in failure.traceback


@pytest.mark.parametrize("stop", [KeyboardInterrupt, GeneratorExit])
def test_an_interrupt_is_not_an_answer(stop):
    def f(x):
        raise stop

    with pytest.raises(stop):
        call(f, {"x": 1.0})


def test_predicate_is_evaluated_point_by_point_and_an_exception_is_no():
    stack = Stack({}, {"x": np.arange(10.0)[:, None], "y": np.zeros((10, 1))})
    assert holds(lambda x: (x > 4).all(axis=-1), stack).tolist() == [False] * 5 + [True] * 5
    assert holds(lambda x: x[0] > 4, stack).tolist() == [False] * 5 + [True] * 5
    assert not holds(lambda x: 1 / 0, stack).any()
    picky = [bool(v) for v in holds(lambda x: 1 / int(x[0] > 4) > 0, stack)]
    assert picky == [False] * 5 + [True] * 5


# Functions that say `float` must run: as a cast, as a dtype, in isinstance.
FLOATS = {
    "cast of the result": lambda x: float((x * x).sum()),
    "dtype": lambda x: (np.asarray(x, dtype=float) ** 2).sum(),
    "astype": lambda x: (x.astype(float) ** 2).sum(),
    "positional dtype": lambda x: ((x + np.zeros(len(x), float)) ** 2).sum(),
    "isinstance": lambda x: (x * x).sum() if not isinstance(x, float) else x * x,
    "map": lambda x: sum(v * v for v in map(float, x)),
    "from text": lambda x: (x * x).sum() * float("1"),
}


@pytest.mark.parametrize("function", FLOATS.values(), ids=FLOATS)
def test_function_that_says_float_runs_as_it_stands(function):
    inputs = stacked()
    found = primal(problem_of(function, x=reals("n")), inputs, (40,))
    assert not isinstance(found, Failure), found
    assert np.allclose(found, (inputs["x"] ** 2).sum(axis=1), rtol=1e-12)


def answers_of(candidate, wrt="x", count=40, dtype="float64", **inputs):
    """Run one candidate on a stack of points of shape (3,)."""
    primals = {1: lambda x: x.sum(), 2: lambda x, y: x.sum() + y.sum()}
    domains = {"x": reals("n"), **inputs}
    problem = problem_of(primals[len(domains)], candidate, wrt=wrt, **domains)
    arrays = {name: stacked(count)["x"] + i for i, name in enumerate(domains)}
    stack = Stack({"n": 3}, arrays)
    variant = problem.variants[0]
    if dtype != "float64":
        return claimed(problem, variant, stack, dtype=dtype), stack
    return claimed(problem, variant, stack), stack


class Flips:
    """Answers differently at every call."""

    def __init__(self):
        self.calls = itertools.count()

    def __call__(self, x):
        return x + next(self.calls)


def _writes(x):
    x *= 2
    return x


def _writes_and_restores(x):
    x *= 2
    y = x.copy()
    x /= 2
    return y


def _raises(x):
    raise ValueError("no inverse")


@pytest.mark.parametrize("count", [2, 40])
@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (_raises, "ValueError: no inverse"),
        (lambda x: x[:-1], "shape (2,) for 'x', which has shape (3,)"),
        (lambda x: x.sum(), "shape () for 'x', which has shape (3,)"),
        (lambda x: x[:, None], "shape (3, 1) for 'x'"),
        (lambda x: {"y": x}, "keys ['y'], not ['x']"),
        (lambda x: {"x": x, "y": x}, "keys ['x', 'y'], not ['x']"),
        (lambda x: x + 0j, "dtype complex128 for 'x', not real numbers"),
        (lambda x: x.astype(object), "dtype object for 'x', not real numbers"),
        (lambda x: None, "dtype object for 'x'"),
        (lambda x: "text", "for 'x', not real numbers"),
        (lambda x: [[1.0], [1.0, 2.0]], "no array for 'x'"),
        (lambda x: (x, x), "for 'x'"),
        (_writes, "changes its input 'x' in place"),
    ],
)  # fmt: skip
def test_failures_of_a_variant_have_their_own_words(candidate, words, count):
    answers, stack = answers_of(candidate, count=count)
    assert sorted(answers.failures) == list(range(count))
    assert all(words in failure.message for failure in answers.failures.values())
    assert np.isnan(answers.values["x"]).all()
    assert np.array_equal(stack.inputs["x"], stacked(count)["x"]), "the point itself was changed"


@pytest.mark.parametrize("count", [1, 2, 40])
def test_answer_that_does_not_repeat_is_found_where_it_is_asked_twice(count):
    answers, _ = answers_of(Flips(), count=count)
    assert {0, count - 1} <= set(answers.failures)
    words = {failure.message for failure in answers.failures.values()}
    assert words == {"answers differently when called twice at the same point"}


def test_failure_of_a_variant_keeps_the_traceback():
    answers, _ = answers_of(_raises)
    assert "in _raises" in answers.failures[0].traceback


def test_failure_at_some_points_only():
    def sometimes(x):
        if x[0] > 0:
            raise ValueError("positive")
        return 2 * x

    answers, stack = answers_of(sometimes)
    bad = np.flatnonzero(stack.inputs["x"][:, 0] > 0)
    assert sorted(answers.failures) == bad.tolist()
    good = np.setdiff1d(np.arange(40), bad)
    assert np.array_equal(answers.values["x"][good], 2 * stack.inputs["x"][good])


def test_input_restored_after_use_is_not_changed():
    answers, stack = answers_of(_writes_and_restores)
    assert answers.failures == {}
    assert np.allclose(answers.values["x"], 2 * stack.inputs["x"])


@pytest.mark.parametrize(
    "candidate",
    [
        lambda x: 2 * x,
        lambda x: 2 * x / len(x) * x.size,
        lambda x: x * [2.0, 2.0, 2.0],
        lambda x: (2 * x,),
    ],
    ids=["broadcasts", "mixes", "lists", "in a tuple"],
)  # fmt: skip
def test_answers_of_a_variant_are_those_of_single_calls(candidate):
    answers, stack = answers_of(candidate)
    wanted = looped(lambda x: np.asarray(candidate(x)).reshape(3), stack.inputs)
    assert answers.failures == {}
    assert np.allclose(answers.values["x"], wanted, rtol=1e-12)


@pytest.mark.parametrize("function", MIXING.values(), ids=MIXING)
def test_variant_that_mixes_the_stack_is_run_in_the_loop(function):
    """A factor that is right at single points, where the stack's would be the same for all."""

    def candidate(x):
        factor = np.asarray(function(x))
        return x * (factor[..., None] if factor.shape == x.shape[:-1] else factor.sum())

    answers, stack = answers_of(candidate)
    assert answers.failures == {}
    assert np.allclose(answers.values["x"], looped(candidate, stack.inputs), rtol=1e-12)


def test_float32_variant_gets_float32():
    seen = set()

    def candidate(x):
        seen.add(x.dtype)
        return 2 * x

    problem = problem_of(lambda x: x.sum(), x=reals("n"))
    problem = replace(problem, variants=(Variant("g", candidate, dtype="float32"),))
    stack = Stack({"n": 3}, stacked())
    answers = claimed(problem, problem.variants[0], stack)
    assert seen == {np.dtype("float32")}
    assert answers.eps == np.finfo("float32").eps
    assert answers.values["x"].dtype == np.float64
    assert np.array_equal(answers.values["x"], 2.0 * stack.inputs["x"].astype("float32"))


def test_discrete_inputs_are_not_cast():
    seen = set()

    def candidate(x, t):
        seen.add(t.dtype.kind)
        return x

    problem = problem_of(lambda x, t: x.sum(), candidate, x=reals("n"), t=onehot("n"))
    stack = Stack({"n": 3}, {**stacked(), "t": np.tile(np.array([0, 1, 0]), (40, 1))})
    claimed(problem, problem.variants[0], stack, dtype="longdouble")
    assert seen == {"i"}


def test_answer_in_a_lower_precision_is_known_for_what_it_is():
    answers, _ = answers_of(lambda x: (2 * x).astype("float32"))
    assert answers.eps == np.finfo("float32").eps
    answers, _ = answers_of(lambda x: 2 * x)
    assert answers.eps == np.finfo("float64").eps


def test_longdouble_is_kept_wide():
    answers, _ = answers_of(lambda x: x / 3, dtype="longdouble")
    assert answers.values["x"].dtype == np.longdouble
    assert np.any(answers.values["x"] != answers.values["x"].astype(float))


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (lambda x, y: {"x": x}, "keys ['x'], not ['x', 'y']"),
        (lambda x, y: x, "ndarray where a dict or a tuple for ('x', 'y') is due"),
        (lambda x, y: (x, y, x), "tuple where a dict or a tuple"),
        (lambda x, y: (x, y[:1]), "shape (1,) for 'y', which has shape (3,)"),
    ],
)
def test_failures_with_several_inputs(candidate, words):
    answers, _ = answers_of(candidate, wrt=("x", "y"), y=reals("n"))
    assert len(answers.failures) == 40
    assert words in answers.failures[0].message


@pytest.mark.parametrize("candidate", [lambda x, y: (x, 2 * y), lambda x, y: {"y": 2 * y, "x": x}])
def test_several_inputs_by_position_or_by_name(candidate):
    answers, stack = answers_of(candidate, wrt=("x", "y"), y=reals("n"))
    assert np.array_equal(answers.values["x"], stack.inputs["x"])
    assert np.array_equal(answers.values["y"], 2 * stack.inputs["y"])
