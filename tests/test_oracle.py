"""The oracle: complex step where it works, loop and stack alike, wrong entries by name, wide."""

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from helpers import exact, failing_point, flagship_problem, network_gradient, point_of, problem_of

from verify import nonnegative, positive, reals
from verify.oracle.directions import Directions, directions
from verify.oracle.entries import every_entry
from verify.oracle.exact import Second, second_opinion
from verify.oracle.groups import wrong_entries
from verify.oracle.reference import by_ladder, complex_step_works, reference
from verify.oracle.stacks import entry_tangent
from verify.oracle.taylor import remainder_order
from verify.points import Stack, stack
from verify.wide import Wide, wide, widen


def rng(seed=0):
    return np.random.default_rng(seed)


def stacked(count=6, n=3, seed=0):
    return Stack({"n": n}, {"x": rng(seed).standard_normal((count, n))})


def one_input(function):
    return problem_of(function, x=reals("n"))


# f along the last axis, f' per entry, whether the complex step gives it
SMOOTH = {
    "exp": (lambda x: np.exp(x).sum(axis=-1), np.exp),
    "cube": (lambda x: (x**3).sum(axis=-1), lambda x: 3 * x**2),
    "log of a sum of exp": (
        lambda x: np.log(np.exp(x).sum(axis=-1)),
        lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True),
    ),
    "sigmoid": (
        lambda x: (1 / (1 + np.exp(-x))).sum(axis=-1),
        lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2,
    ),
    "product": (lambda x: x.prod(axis=-1), lambda x: x.prod(axis=-1, keepdims=True) / x),
}
# Each runs on complex numbers, or fails there, and gives no derivative by the complex step.
BREAKS_COMPLEX_STEP = {
    "abs squared": (lambda x: (np.abs(x) ** 2).sum(axis=-1), lambda x: 2 * x),
    "abs": (lambda x: np.abs(x).sum(axis=-1), np.sign),
    "real part": (lambda x: (x.real**2).sum(axis=-1), lambda x: 2 * x),
    "conjugate": (lambda x: (x * x.conj()).real.sum(axis=-1), lambda x: 2 * x),
    "norm": (
        lambda x: np.linalg.norm(x, axis=-1),
        lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True),
    ),
    "cast of an array": (
        lambda x: (np.asarray(x, dtype="float64") ** 2).sum(axis=-1), lambda x: 2 * x,
    ),
    "numpy's own loop in C": (
        lambda x: np.interp(x, [-9.0, 9.0], [-27.0, 27.0]).sum(axis=-1), lambda x: 3 + 0 * x,
    ),
    "math module": (
        lambda x: sum(math.exp(v) for v in x), np.exp,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("f", "slope"), SMOOTH.values(), ids=SMOOTH)
def test_complex_step_is_used_where_it_works(f, slope):
    problem, points = one_input(f), stacked()
    assert complex_step_works(problem, "x", points, rng())
    found = reference(problem, "x", points, rng(), True)
    truth = slope(points.inputs["x"])
    assert set(found.rung) == {"complex step"}
    assert (np.abs(found.value - truth) <= found.bound + 4e-16 * np.abs(truth)).all()
    assert (found.bound <= 1e-12 * np.abs(truth).max()).all()


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize(("f", "slope"), BREAKS_COMPLEX_STEP.values(), ids=BREAKS_COMPLEX_STEP)
def test_complex_step_is_found_not_to_work(f, slope):
    problem, points = one_input(f), stacked()
    assert not complex_step_works(problem, "x", points, rng())
    found = reference(problem, "x", points, rng(), False)
    truth = slope(points.inputs["x"])
    assert set(found.rung) == {"step ladder"}
    assert (np.abs(found.value - truth) <= found.bound).all()
    assert (found.bound <= 1e-6 * np.abs(truth).max()).all()


@pytest.mark.parametrize("name", ["abs squared", "norm"])
def test_complex_step_that_is_trusted_by_mistake_is_overruled_at_every_point(name):
    f, slope = BREAKS_COMPLEX_STEP[name]
    points = stacked()
    found = reference(one_input(f), "x", points, rng(), True)
    truth = slope(points.inputs["x"])
    assert set(found.rung) == {"step ladder"}
    assert (np.abs(found.value - truth) <= found.bound).all()


@pytest.mark.parametrize("analytic", [True, False], ids=["complex step", "ladder"])
@pytest.mark.parametrize(("f", "slope"), SMOOTH.values(), ids=SMOOTH)
def test_loop_and_stack_give_the_same_estimate(f, slope, analytic):
    def only_alone(x):
        if x.ndim > 1:
            raise ValueError("one point at a time")
        return f(x)

    points = stacked()
    at_once = reference(one_input(f), "x", points, rng(), analytic)
    looped = reference(one_input(only_alone), "x", points, rng(), analytic)
    # The two sum in another order: the values agree within both bounds.
    assert (np.abs(at_once.value - looped.value) <= at_once.bound + looped.bound).all()
    assert np.allclose(at_once.value, looped.value, rtol=1e-7)
    assert at_once.rung.tolist() == looped.rung.tolist()
    truth = slope(points.inputs["x"])
    for found in (at_once, looped):
        assert (np.abs(found.value - truth) <= found.bound + 4e-16 * np.abs(truth)).all()


def test_estimate_at_a_point_does_not_depend_on_its_neighbours():
    problem, points = one_input(SMOOTH["exp"][0]), stacked()
    whole = reference(problem, "x", points, rng(), True, 0)
    alone = reference(problem, "x", points.take([2]), rng(), True, 0)
    assert np.array_equal(whole.value[2], alone.value[0])


def test_saturated_sigmoid_keeps_its_digits():
    problem = one_input(SMOOTH["sigmoid"][0])
    points = Stack({"n": 1}, {"x": np.array([[40.0], [-40.0], [30.0], [-300.0], [5.0]])})
    found = reference(problem, "x", points, rng(), True)
    for value, bound, x in zip(found.value, found.bound, points.inputs["x"], strict=True):
        truth = exact(lambda v: mpmath.exp(-v) / (1 + mpmath.exp(-v)) ** 2, x[0])
        assert abs(mpmath.mpf(float(value[0])) - truth) <= bound[0]
        assert bound[0] <= 1e-10 * float(truth)


def test_kink_gives_the_interval_and_is_said_to_be_one():
    problem = one_input(lambda x: np.abs(x).sum(axis=-1))
    found = by_ladder(problem, "x", Stack({"n": 2}, {"x": np.array([[0.0, 2.0]])}), rng())
    assert found.kink.tolist() == [[True, False]]
    assert abs(found.value[0, 0]) <= 0.01
    assert found.bound[0, 0] == pytest.approx(1, abs=0.01)
    assert abs(found.value[0, 1] - 1) <= found.bound[0, 1] < 1e-8


def test_vjp_is_the_gradient_of_the_product_with_the_cotangent():
    problem = problem_of(lambda x: np.exp(x), lambda ybar, x: ybar, kind="vjp", x=reals("n"))
    x, ybar = rng().standard_normal((2, 5, 3))
    found = reference(problem, "x", Stack({"n": 3}, {"x": x, "cotangent": ybar}), rng(), True)
    assert (np.abs(found.value - ybar * np.exp(x)) <= found.bound).all()
    assert (found.bound < 1e-12).all()


def test_failing_primal_leaves_everything_unknown():
    def broken(x):
        raise ValueError("never")

    found = by_ladder(one_input(broken), "x", stacked(), rng())
    assert np.isnan(found.value).all()
    assert np.isinf(found.bound).all()


@pytest.mark.parametrize(
    ("domain", "x", "f", "slope"),
    [
        (positive("n"), 1e-8, lambda x: np.log(x).sum(axis=-1), lambda x: 1 / x),
        (nonnegative("n"), 1e-4, lambda x: np.sqrt(x).sum(axis=-1), lambda x: 0.5 / np.sqrt(x)),
        (reals("n", 0, 1), 1 - 1e-9, lambda x: np.arcsin(x).sum(axis=-1),
         lambda x: 1 / np.sqrt((1 - x) * (1 + x))),
    ],
    ids=["log", "sqrt", "arcsin"],
)  # fmt: skip
def test_near_the_edge_of_the_domain_the_bound_holds(domain, x, f, slope):
    problem = problem_of(f, x=domain)
    found = by_ladder(problem, "x", Stack({"n": 1}, {"x": np.array([[x]])}), rng())
    assert not abs(found.value[0, 0] - slope(x)) > found.bound[0, 0]


# Large arrays: directions, every entry, and the wrong entries by name.

WEIGHTS = rng(3).standard_normal((50, 200))


def large(function: Callable = np.tanh):
    """A smooth loss of 200 entries, its gradient, and a point; the loss runs on complex numbers."""
    problem = one_input(lambda x: function(x @ WEIGHTS.T).sum(axis=-1))
    x = rng(4).standard_normal(200) / 10
    truth = (1 / np.cosh(x @ WEIGHTS.T) ** 2) @ WEIGHTS
    return problem, point_of({"n": 200}, x=x), truth


def real_tanh(a):
    """Tanh that the complex step cannot use."""
    return np.sign(a.real) * np.tanh(np.abs(a))


@pytest.mark.parametrize("by_complex_step", [True, False], ids=["complex step", "differences"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_planted_wrong_entries_are_named(by_complex_step, count, seed):
    problem, point, truth = large()
    planted = sorted(rng(seed).permutation(200)[:count].tolist())
    claimed = truth.copy()
    claimed[planted] *= 1.01
    found = wrong_entries(problem, "x", point, claimed, rng(seed), by_complex_step)
    assert list(found.entries) == planted
    assert found.evaluations < 100 * count


@pytest.mark.parametrize("by_complex_step", [True, False])
def test_right_gradient_has_no_wrong_entries(by_complex_step):
    problem, point, truth = large()
    assert wrong_entries(problem, "x", point, truth, rng(), by_complex_step).entries == ()


def test_one_wrong_entry_of_7840_is_named_in_under_a_hundred_evaluations():
    point = failing_point(rng(), 64, 784, 10)
    claimed = network_gradient(**point.inputs)
    claimed[500, 7] += 0.01 * np.abs(claimed).max()
    found = wrong_entries(flagship_problem(), "theta", point, claimed, rng(), True)
    assert found.entries == (5007,)
    assert found.evaluations < 100


@pytest.mark.parametrize("function", [np.tanh, real_tanh], ids=["complex step", "ladder"])
def test_directions_agree_with_the_right_gradient_and_with_no_other(function):
    problem, point, truth = large(function)
    for seed in range(10):
        found = directions(problem, "x", point, rng(seed))
        assert found.by_complex_step is (function is np.tanh)
        residual, tolerance = found.residual(truth)
        assert (np.abs(residual) <= tolerance).all()
        for wrong in (-truth, 2 * truth, np.where(np.arange(200) < 100, truth, 0.0)):
            residual, tolerance = found.residual(wrong)
            assert (np.abs(residual) > 10 * tolerance).any()


def test_directions_cost_about_64_evaluations():
    problem, point, _ = large()
    assert directions(problem, "x", point, rng()).evaluations <= 80


@pytest.mark.parametrize(
    ("residual", "tolerance"), [(1.0, 0.1), (1.0, 1.0), (0.3, 0.05), (5.0, 0.9)]
)
def test_miss_probability_is_what_a_simulation_finds(residual, tolerance):
    scale, draws = 0.5, 200_000
    found = Directions(
        np.zeros((2, 3)), np.zeros(2), np.full(2, tolerance), np.zeros(2), 0, True
    ).miss_probability(residual, scale, tolerance)
    components = scale * rng().standard_normal((draws, 2))
    share = (np.abs(residual * components) < tolerance).all(axis=1).mean()
    assert found == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / draws) + 1e-4)


@pytest.mark.parametrize("scale", [1e-6, 1e-2, 1.0, 1e3])
def test_every_entry_lies_within_its_bound(scale):
    problem = one_input(lambda x: np.tanh((x / scale) @ WEIGHTS.T).sum(axis=-1))
    x = rng(5).standard_normal(200) / 10
    truth = (1 / np.cosh(x @ WEIGHTS.T) ** 2) @ WEIGHTS / scale
    found = every_entry(problem, "x", point_of({"n": 200}, x=x * scale), rng())
    assert (np.abs(found.value[0] - truth) <= found.bound[0]).all()
    assert np.median(found.bound) <= 1e-6 * np.linalg.norm(truth)
    assert found.evaluations <= 3 * (200 + 16)


def test_every_entry_in_a_loop_gives_the_same():
    def only_alone(x):
        return float(np.tanh(WEIGHTS @ x).sum())

    problem, point, truth = large()
    at_once = every_entry(problem, "x", point, rng())
    looped = every_entry(one_input(only_alone), "x", point, rng())
    assert np.allclose(at_once.value, looped.value, rtol=1e-6)
    assert (np.abs(looped.value[0] - truth) <= looped.bound[0]).all()


@pytest.mark.parametrize(("factor", "order"), [(1.0, 2), (1.1, 1), (-1.0, 1)])
def test_taylor_remainder_of_a_claim(factor, order):
    problem, point, truth = large()
    found = remainder_order(problem, "x", point, factor * truth, rng())
    assert found == pytest.approx(order, abs=0.3)


# The second opinion in wider arithmetic.


def _shifted(x):
    """exp(-x) by way of 1 + exp(-x): the float value has no digits left for large x."""
    return np.log(1 + np.exp(-x)).sum(axis=-1)


OPINIONS = {
    Second.RIGHT: (lambda x: (x * x * x).sum(), lambda x: 3 * x * x, 1.5),
    Second.WRONG: (lambda x: (x * x * x).sum(), lambda x: 2 * x * x, 1.5),
    Second.PRIMAL_FAILS: (_shifted, lambda x: -1 / (1 + np.exp(x)), 40.0),
    Second.UNAVAILABLE: (lambda x: np.sort(np.asarray(x, "float64")).sum(), lambda x: x, 1.5),
}


@pytest.mark.parametrize("says", OPINIONS, ids=lambda says: says.name)
def test_second_opinion(says):
    primal, candidate, x = OPINIONS[says]
    problem = problem_of(primal, candidate, x=reals("n"))
    point = point_of({"n": 1}, x=[x])
    found = second_opinion(problem, problem.variants[0], "x", point, (0,), 1e-12)
    assert found.says is says
    if says in (Second.RIGHT, Second.WRONG):
        assert found.reference == pytest.approx(3 * x * x, rel=1e-15)
        assert found.claimed == pytest.approx(float(candidate(x)), rel=1e-15)


def test_second_opinion_sees_a_difference_of_some_rounded_constants():
    problem = problem_of(
        lambda x: (x * x).sum(), lambda x: 2 * x, lambda x: 2 * x + x * 1e-13 * x, x=reals("n")
    )
    point = point_of({"n": 1}, x=[3.0])
    for variant, says in zip(problem.variants, (Second.RIGHT, Second.WRONG), strict=True):
        assert second_opinion(problem, variant, "x", point, (0,), 1e-20).says is says


def test_second_opinion_on_a_scalar_input_and_a_vjp():
    scalar = problem_of(lambda x: x * x, lambda x: 2 * x, x=reals(""))
    found = second_opinion(scalar, scalar.variants[0], "x", point_of(x=2.5), (), 1e-14)
    assert found.says is Second.RIGHT
    pulled = problem_of(lambda x: x**2, lambda ybar, x: ybar * x, kind="vjp", x=reals("n"))
    point = point_of({"n": 2}, x=[1.0, 2.0], cotangent=[1.0, -2.0])
    found = second_opinion(pulled, pulled.variants[0], "x", point, (1,), 1e-14)
    assert (found.says, found.claimed, found.reference) == (Second.WRONG, -4.0, -8.0)


# Wide numbers against mpmath itself.

UNARY = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "cbrt",
    "sin",
    "cos",
    "tan",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "floor",
    "ceil",
    "rint",
]
IN_MPMATH = {
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "log2": lambda x: mpmath.log(x, 2),
    "log10": lambda x: mpmath.log(x, 10),
    "cbrt": mpmath.cbrt,
    "arctan": mpmath.atan,
    "arcsinh": mpmath.asinh,
    "rint": mpmath.nint,
}


@pytest.mark.parametrize("name", UNARY)
def test_numpy_functions_of_wide_numbers(name):
    with mpmath.workprec(300):
        for x in (0.3, 1.7, 2.5, 40.25):
            found = getattr(np, name)(widen(np.array([x])))[0].value
            wanted = IN_MPMATH.get(name, getattr(mpmath, name, None))(mpmath.mpf(x))
            assert abs(found - wanted) <= abs(wanted) * mpmath.mpf(2) ** -290


@pytest.mark.parametrize("name", ["arcsin", "arccos", "arctanh"])
def test_inverse_functions_of_wide_numbers(name):
    with mpmath.workprec(300):
        found = getattr(np, name)(widen(np.array([0.3])))[0].value
        assert float(found) == pytest.approx(float(getattr(np, name)(0.3)), rel=1e-15)


ARITHMETIC = {
    "a + b": lambda a, b: a + b,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "a ** b": lambda a, b: a**b,
    "-a": lambda a, b: -a,
    "abs(-a)": lambda a, b: abs(-a),
    "2 - a": lambda a, b: 2 - a,
    "1 / a": lambda a, b: 1 / a,
    "2 ** a": lambda a, b: 2**a,
    "a ** 3": lambda a, b: a**3,
    "a + 0.5": lambda a, b: a + 0.5,
}


@pytest.mark.parametrize("f", ARITHMETIC.values(), ids=ARITHMETIC)
def test_arithmetic_of_wide_numbers(f):
    with mpmath.workprec(300):
        a, b = 0.1, 1 / 3
        wanted = f(mpmath.mpf(a), mpmath.mpf(b))
        assert f(wide(a), wide(b)).value == wanted
        assert f(widen(np.array([a])), widen(np.array([b])))[0].value == wanted


@pytest.mark.parametrize(
    ("f", "wanted"),
    [
        (lambda one, zero: one / zero, math.inf),
        (lambda one, zero: -one / zero, -math.inf),
        (lambda one, zero: zero / zero, math.nan),
        (lambda one, zero: zero**-1, math.inf),
        (lambda one, zero: np.log(zero), -math.inf),
        (lambda one, zero: np.log(-one), math.nan),
        (lambda one, zero: np.sqrt(-one), math.nan),
        (lambda one, zero: (-one) ** 0.5, math.nan),
        (lambda one, zero: np.log1p(-one), -math.inf),
    ],
)
def test_domain_errors_of_wide_numbers_are_those_of_ieee_754(f, wanted):
    found = f(widen(np.array([1.0])), widen(np.array([0.0])))[0]
    assert float(found.value) == pytest.approx(wanted, nan_ok=True)


def test_wide_numbers_compare_like_numbers():
    assert wide(1.0) < wide(2.0) <= 2.0 < wide(3.0)
    assert wide(2.0) == 2.0
    assert wide(2.0) != wide(3.0)
    assert bool(wide(1.0))
    assert not wide(0.0)
    assert np.maximum(widen(np.array([1.0, 5.0])), 2.0)[0] == 2.0


def test_wide_numbers_never_become_floats_by_themselves():
    with pytest.raises(TypeError):
        float(wide(1.0))
    with pytest.raises(TypeError):
        math.exp(wide(1.0))
    with pytest.raises(TypeError):
        wide(1.0) + "1"


def test_matrix_products_and_sums_keep_all_digits():
    rows = rng().standard_normal((3, 4))
    with mpmath.workprec(300):
        found = (widen(rows) @ widen(rows.T)).sum()
        wanted = sum(
            mpmath.mpf(rows[i, k]) * mpmath.mpf(rows[j, k])
            for i in range(3) for j in range(3) for k in range(4)
        )  # fmt: skip
        assert isinstance(found, Wide)
        assert abs(found.value - wanted) < mpmath.mpf(2) ** -280


def test_network_in_wide_numbers_is_the_network_in_floats():
    point = failing_point(rng(), 2, 3, 4)
    with mpmath.workprec(300):
        value = flagship_problem().primal(**{n: widen(a) for n, a in point.inputs.items()})
    assert float(value.value) == pytest.approx(float(flagship_problem().primal(**point.inputs)))
    assert len(stack([point])) == 1


@pytest.mark.parametrize(("x", "entry"), [([3.0, 0.25], ()), ([[1.0, 3.0], [0.25, 2.0]], (1,))])
def test_tangent_along_one_entry_is_as_long_as_the_entry(x, entry):
    found = entry_tangent(np.array(x), entry)
    assert found.shape == (2, 1, *np.shape(x[0]))
    assert np.count_nonzero(found) == 2
    assert [point[(0, *entry)] for point in found] == ([4.0, 0.25] if entry == () else [4.0, 2.0])
