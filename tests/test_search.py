"""Search: the order of the enumeration, what is drawn, the minimiser, determinism, stored cases."""

import itertools
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from helpers import (
    RANKED,
    assert_minimised,
    claim_of,
    failing_point,
    flagship_problem,
    in_order,
    literal,
    minimised,
    point_of,
    problem_of,
    same_points,
)
from hypothesis import strategies as st

import verify
from verify import labels, nonnegative, onehot, positive, problem, reals, simplex, unit_interval
from verify.campaign import run
from verify.errors import LoadError
from verify.outcomes import Outcome, Verdict
from verify.points import Stack, stack
from verify.search.draw import draw_points
from verify.search.enumerate import SCALES, enumerated, scaled, shapes
from verify.search.minimise import minimise
from verify.stored import load_failures, save_failures
from verify.studies import network

ONE_WEIGHT = {"X": [[1.0]], "theta": [[0.0, 1.0]], "T": [[1.0, 0.0]]}
AT_REST = {"X": [[1.0]], "theta": [[0.0, 0.0]], "T": [[1.0, 0.0]]}
TWO_EXAMPLES = {
    "X": [[0.0], [1.0]],
    "theta": [[0.0, 0.0]],
    "T": [[1.0, 0.0], [1.0, 0.0]],
}
MINIMA = [
    ("question", {"N": 1, "D": 1, "K": 2}, ONE_WEIGHT),
    ("correction_alone", {"N": 1, "D": 1, "K": 2}, AT_REST),
    ("mean_over_examples", {"N": 2, "D": 1, "K": 2}, TWO_EXAMPLES),
]


def vector_problem(**options):
    return problem_of(lambda x: (x * x).sum(axis=-1), lambda x: 2 * x, x=reals("n"), **options)


def test_enumeration_of_the_flagship_is_in_the_order_of_the_key():
    ours = (case for part in enumerated(flagship_problem(), 6_000) for case in part)
    theirs = (
        (axes, {name: array[i] for name, array in inputs.items()})
        for axes, inputs in in_order(6_000)
        for i in range(len(inputs["X"]))
        if (np.abs(inputs["X"][i] @ inputs["theta"][i]) <= network.LARGEST_ACTIVATION).all()
    )
    count = 0
    for point, (axes, inputs) in zip(ours, theirs, strict=True):
        assert dict(point.axes) == axes
        assert literal(point) == {name: array.tolist() for name, array in inputs.items()}
        count += 1
    assert count == 6_000  # nothing among the first cases exceeds |a| = 15


@pytest.mark.parametrize(
    ("inputs", "first"),
    [
        ({"x": reals("")}, [{"x": v} for v in RANKED]),
        ({"x": nonnegative("")}, [{"x": v} for v in (0.0, 1.0, 2.0)]),
        (
            {"x": reals(""), "y": reals("")},
            [{"x": a, "y": b} for a, b in [(0, 0), (0, 1), (1, 0), (0, -1), (1, 1), (-1, 0)]],
        ),
        (
            {"x": reals(""), "c": labels("", 3)},
            [{"x": a, "c": b} for a, b in [(0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (-1, 0)]],
        ),
    ],
)
def test_first_cases_written_out(inputs, first):
    primals = {("x",): lambda x: x, ("x", "y"): lambda x, y: x, ("x", "c"): lambda x, c: x}
    problem = problem_of(primals[tuple(inputs)], **inputs)
    cases = [literal(case) for part in enumerated(problem, len(first)) for case in part]
    assert cases == first


def test_shapes_count_a_onehot_row_as_one_entry():
    # Keys of (N, D, K): (1,1,1) -> 3, (1,1,2) -> 4, (2,1,1) -> 5, (1,1,3) -> 5, (1,2,1) -> 5.
    first = [tuple(axes.values()) for axes in itertools.islice(shapes(flagship_problem()), 5)]
    assert first == [(1, 1, 1), (1, 1, 2), (1, 1, 3), (1, 2, 1), (2, 1, 1)]


def test_enumeration_respects_where_and_budget():
    problem = vector_problem(where=lambda x: (x > 0).all(axis=-1))
    cases = [case for part in enumerated(problem, 200) for case in part]
    assert cases
    assert all((case.inputs["x"] > 0).all() for case in cases)
    assert sum(len(part) for part in enumerated(vector_problem(), 77)) == 77


def test_scaled_cases_stay_in_the_domain():
    problem = problem_of(lambda x: x * x, x=reals("", -15, 15))
    values = {float(case.inputs["x"]) for part in scaled(problem) for case in part}
    assert values == {v * s for v in RANKED for s in SCALES if abs(v * s) <= 15}


@pytest.mark.parametrize(("variant", "axes", "inputs"), MINIMA, ids=[m[0] for m in MINIMA])
@pytest.mark.parametrize("seed", range(3))
def test_minimiser_reaches_the_known_minimum(variant, axes, inputs, seed):
    start = failing_point(np.random.default_rng(seed))
    assert_minimised(claim_of(flagship_problem(), variant), start, axes, inputs)


def test_minimiser_keeps_a_point_that_nothing_smaller_fails_at():
    start = point_of({"n": 2}, x=[1.0, -2.0])
    kept = minimise(vector_problem(), start, lambda part: np.zeros(len(part), dtype=bool))
    assert literal(kept) == {"x": [1.0, -2.0]}


@pytest.mark.parametrize(
    ("fails", "minimum"),
    [
        (lambda x: x.shape[-1] >= 1, [0.0]),
        (lambda x: (x.shape[-1] >= 3) & (x.max(axis=-1) > 0), [0.0, 0.0, 1.0]),
        (lambda x: x.sum(axis=-1) < -1, [-2.0]),
        (lambda x: (x == 2).any(axis=-1), [2.0]),
    ],
)
def test_minimiser_against_predicates(fails, minimum):
    rng = np.random.default_rng(0)
    problem = vector_problem(dims={"n": (1, 6)})
    start = point_of({"n": 6}, x=np.array([3.7, 2.0, -7.5, 2.0, *rng.uniform(-9, -1, 2)]))

    def predicate(part):
        return np.broadcast_to(fails(part.inputs["x"]), (len(part),))

    assert literal(minimise(problem, start, predicate)) == {"x": minimum}


def test_minimiser_never_leaves_the_domain_or_the_precondition():
    domain = reals("n", 1.5, 9)
    problem = problem_of(
        lambda x: x.sum(axis=-1), x=domain, where=lambda x: x.sum(axis=-1) > 4, dims={"n": (2, 5)}
    )
    start = point_of({"n": 5}, x=[7.3, 8.1, 2.2, 3.3, 4.4])
    found = minimise(problem, start, lambda part: np.ones(len(part), dtype=bool))
    assert found.axes["n"] == 2
    assert domain.contains(found.inputs["x"])
    assert found.inputs["x"].sum() > 4


def test_minimiser_keeps_the_cotangent_of_a_vjp_nonzero():
    problem = problem_of(lambda x: x**3, lambda ybar, x: ybar * x, kind="vjp", x=reals("n"))
    claim = problem.claims[0]
    rng = np.random.default_rng(0)
    start = point_of({"n": 4}, x=rng.standard_normal(4), cotangent=rng.standard_normal(4))
    found = minimised(claim, start).point
    # x = 0 agrees (both 0), x = 1 is the next: 3 against 1.
    assert literal(found) == {"x": [1.0], "cotangent": [1.0]}


def test_minimiser_asks_few_times_on_the_way_from_a_large_point():
    claim = claim_of(flagship_problem(), "question")
    calls = []

    def fails(part):
        calls.append(len(part))
        truth = network.matrix_form(
            part.inputs["X"], *_parts(part.inputs["X"], part.inputs["theta"], part.inputs["T"])
        )
        given = claim.variant.function(**part.inputs)
        return np.abs(given - truth).max(axis=(1, 2)) > 1e-9

    found = minimise(flagship_problem(), failing_point(np.random.default_rng(1)), fails)
    assert literal(found) == ONE_WEIGHT
    assert len(calls) < 40


def _parts(X, theta, T):
    _, z, y = network.outputs(X, theta)
    return y, T, z * (1 - z)


def test_drawn_points_lie_in_domain_and_precondition():
    points, tried = draw_points(flagship_problem(), 100, 5)
    assert len(points) == tried == 100
    domains = flagship_problem().domains
    for point in points:
        for name, domain in domains.items():
            assert point.inputs[name].shape == domain.sizes(point.axes)
            assert domain.contains(point.inputs[name])
        assert (np.abs(point.inputs["X"] @ point.inputs["theta"]) <= 15).all()


@pytest.mark.parametrize(
    "domain",
    [
        reals("n"),
        reals("n", -1, 1),
        reals("n", 5, 6),
        reals("n", low=-3),
        positive("n"),
        positive("n", 0.25),
        positive("n", high=1),
        nonnegative("n", 7),
        unit_interval("n"),
        simplex("m n"),
    ],
    ids=repr,
)
def test_drawn_values_lie_in_the_domain_and_differ(domain):
    problem = problem_of(lambda x: (x * x).sum(), x=domain)
    points, _ = draw_points(problem, 60, 0)
    assert len(points) == 60
    assert all(domain.contains(point.inputs["x"]) for point in points)
    assert len({point.inputs["x"].tobytes() for point in points}) > 10


@pytest.mark.parametrize(
    "domain",
    [
        onehot("m n"),
        labels("m", "n"),
        labels("n", 3),
        verify.integers("n", -2, 5),
        verify.integers("n", 10, 12),
        verify.booleans("n"),
        verify.choice([0.5, 3, -7], "n"),
        verify.constant(2.5, "n"),
    ],
    ids=repr,
)
def test_drawn_discrete_inputs_lie_in_the_domain(domain):
    problem = problem_of(lambda x, t: x * x + t.sum(), x=reals(""), t=domain)
    points, _ = draw_points(problem, 40, 0)
    assert len(points) == 40
    for point in points:
        assert domain.contains(point.inputs["t"])
        if domain.kind == "labels":
            assert (point.inputs["t"] < point.axes.get("n", 3)).all() or domain.classes == 3


def test_shapes_of_size_one_equal_and_different_sizes_all_occur():
    points, _ = draw_points(flagship_problem(), 100, 0)
    sizes = [tuple(point.axes.values()) for point in points]
    assert sum(1 in s for s in sizes) >= 5
    assert sum(len(set(s)) == 3 for s in sizes) >= 10
    assert sum(len(set(s)) < 3 for s in sizes) >= 10


def test_cotangents_are_never_zero():
    problem = problem_of(lambda x: np.exp(x), lambda ybar, x: ybar, kind="vjp", x=reals("n"))
    drawn, _ = draw_points(problem, 50, 0)
    listed = [case for part in enumerated(problem, 300) for case in part]
    for point in [*drawn, *listed]:
        assert point.inputs["cotangent"].shape == point.inputs["x"].shape
        assert (point.inputs["cotangent"] != 0).all()


def test_strategy_is_accepted_where_a_domain_is():
    pairs = st.tuples(st.floats(1, 2), st.floats(3, 4)).map(np.array)
    problem = problem_of(lambda x: (x * x).sum(), lambda x: 2 * x, x=pairs)
    points, _ = draw_points(problem, 20, 0)
    assert all(p.inputs["x"].shape == (2,) and 1 <= p.inputs["x"][0] <= 2 for p in points)
    (finding,) = run([problem], test_cases=20).findings
    assert str(finding.verdict) == "consistent"


def test_ordinary_scales_make_up_most_of_the_draws():
    points, _ = draw_points(flagship_problem(), 200, 0)
    ordinary = [1e-3 < np.abs(p.inputs["theta"]).max() < 1e3 for p in points]
    assert 0.5 < np.mean(ordinary) < 0.95


SCRIPT = """
import sys
sys.path[:0] = {paths!r}
{extra}
import numpy as np
from verify.search.draw import draw_points
from verify.studies import flagship
from verify.stored import _case
import json
points, _ = draw_points(flagship.softmax_of_sigmoid.problem, 40, 3)
print(json.dumps([_case(point) for point in points]))
"""


def _drawn_elsewhere(tmp_path, extra, hash_seed):
    root = str(Path(verify.__file__).parents[1])
    script = tmp_path / f"draw_{hash_seed}.py"
    script.write_text(textwrap.dedent(SCRIPT).format(paths=[root, str(tmp_path)], extra=extra))
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True,
        cwd=tmp_path,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_points_do_not_depend_on_hash_seed_or_on_constants_of_other_modules(tmp_path):
    numbers = ", ".join(str(n) for n in [*range(1000, 1500), *(k / 7 for k in range(200))])
    (tmp_path / "unrelated.py").write_text(f"NUMBERS = [{numbers}]\n")
    plain = _drawn_elsewhere(tmp_path, "", "1")
    assert len(plain) == 40
    assert _drawn_elsewhere(tmp_path, "import unrelated", "2") == plain


def test_same_seed_same_points_and_another_seed_other_points():
    first, second = (draw_points(flagship_problem(), 30, 7)[0] for _ in range(2))
    assert same_points(first, second)
    assert not same_points(first, draw_points(flagship_problem(), 30, 8)[0])


@pytest.mark.slow
def test_same_seed_same_findings():
    def told(seed):
        results = run([flagship_problem()], seed=seed, test_cases=20)
        return [
            (f.claim.name, f.verdict, f.tally, f.reason, f.taylor_order) for f in results.findings
        ]

    assert told(4) == told(4)
    assert told(4) != told(5)


@pytest.mark.slow
def test_points_of_a_problem_do_not_depend_on_what_runs_beside_it():
    alone = run([flagship_problem()], seed=1, test_cases=10).findings
    beside = run([vector_problem(), flagship_problem()], seed=1, test_cases=10).findings[1:]
    assert [f.tally for f in alone] == [f.tally for f in beside]


def wrong_near(place):
    """A gradient that is wrong only near a number that does not stand in its code."""
    hidden = np.array([place])
    return problem_of(
        lambda x: (x * x).sum(axis=-1),
        lambda x: np.where(np.abs(x - hidden) < 1e-3, x, 2 * x),
        x=reals("n"),
        dims={"n": (1, 2)},
    )


def test_failures_are_stored_as_literals_and_read_back(tmp_path):
    path = tmp_path / "folder" / "failures.json"
    results = run([flagship_problem()], test_cases=10, stored=path)
    data = json.loads(path.read_text())
    assert data["format"] == 1
    read = load_failures(path)["flagship"]
    assert literal(read[0]) == ONE_WEIGHT
    assert all(point.inputs["X"].dtype == np.float64 for point in read)
    refuted = [f for f in results.findings if f.counterexample is not None]
    assert len(read) <= len(refuted)


def test_stored_failure_is_replayed_first(tmp_path):
    path = tmp_path / "failures.json"
    problem = wrong_near(1234.5678)
    assert str(run([problem], test_cases=10).findings[0].verdict) == "consistent"
    cases = {"f": [point_of({"n": 1}, x=[1234.568])]}
    save_failures(path, cases, [])
    (finding,) = run([problem], test_cases=10, stored=path).findings
    assert str(finding.verdict) == "refuted"
    assert finding.counterexample.point.inputs["x"].tolist() == [1234.568]
    assert [literal(p) for p in load_failures(path)["f"]] == [{"x": [1234.568]}]


def test_stored_case_that_no_longer_fails_is_dropped_and_others_are_kept(tmp_path):
    path = tmp_path / "failures.json"
    cases = {"f": [point_of({"n": 1}, x=[1.0])], "other": [point_of({}, x=2.5)]}
    save_failures(path, cases, [])
    run([vector_problem()], test_cases=5, stored=path)
    assert list(load_failures(path)) == ["other"]


def test_stored_case_that_no_longer_fits_the_problem_is_passed_over(tmp_path):
    path = tmp_path / "failures.json"
    bad = [point_of({"m": 1}, x=[1.0]), point_of({"n": 3}, x=[1.0]), point_of({"n": 1}, y=[1.0])]
    save_failures(path, {"f": bad}, [])
    (finding,) = run([vector_problem()], test_cases=5, stored=path).findings
    assert str(finding.verdict) == "consistent"


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "[]",
        "{}",
        '{"format": 2, "cases": {}}',
        '{"format": 1, "cases": {"f": [{"axes": {}}]}}',
        '{"format": 1, "cases": {"f": [{"axes": {}, "inputs": {"x": {"shape": [2],'
        ' "dtype": "float64", "values": ["0x1p0"]}}}]}}',
        '{"format": 1, "cases": {"f": [{"axes": {}, "inputs": {"x": {"shape": [],'
        ' "dtype": "number", "values": [1]}}}]}}',
    ],
)
def test_invalid_file_of_failures_is_a_load_error(tmp_path, text):
    path = tmp_path / "failures.json"
    path.write_text(text)
    with pytest.raises(LoadError, match=r"failures\.json"):
        load_failures(path)


def test_special_floats_survive_the_file(tmp_path):
    path = tmp_path / "failures.json"
    values = [0.1, -0.0, 5e-324, 1.7976931348623157e308, np.inf]
    save_failures(path, {"f": [point_of({"n": 5}, x=values, c=np.arange(3))]}, [])
    (point,) = load_failures(path)["f"]
    assert point.inputs["x"].tobytes() == np.array(values).tobytes()
    assert point.inputs["c"].dtype == np.int64


def test_stack_and_points_round_trip():
    points = [point_of({"n": 2}, x=[1.0, 2.0]), point_of({"n": 2}, x=[3.0, 4.0])]
    whole = stack(points)
    assert isinstance(whole, Stack)
    assert len(whole) == 2
    assert same_points(list(whole), points)


def test_an_input_without_entries_tells_nothing_and_breaks_nothing():
    """N - 1 rows at N = 1: no entries; a gradient that is wrong elsewhere is refuted there."""

    @problem(x=reals("N-1 2"), y=reals("N"), wrt="x")
    def gaps(x, y):
        return (x * x).sum() + y.sum()

    @gaps.gradient
    def right(x, y):
        return 2 * x

    @gaps.gradient
    def wrong(x, y):
        return 3 * x

    right_one, wrong_one = run([gaps.problem], test_cases=10).findings
    assert right_one.verdict is Verdict.CONSISTENT
    assert right_one.regimes["N = 1"].holds == 0
    assert wrong_one.verdict is Verdict.REFUTED
    assert wrong_one.counterexample.point.axes == {"N": 2}


def test_a_regime_fails_only_if_a_difference_in_it_was_confirmed():
    """log(exp(x)) is 0 at 1e-17: the float primal is wrong there, and no claim is."""

    @problem(x=reals("n"), wrt="x")
    def straight(x):
        return np.log(np.exp(x)).sum() + 0 * x.sum()

    @straight.gradient
    def mean(x):
        return np.ones_like(x) / len(x)

    (finding,) = run([straight.problem]).findings
    assert finding.verdict is Verdict.REFUTED
    assert finding.regimes["n = 1"].fails == 0
    assert finding.regimes["n = 1"].holds > 0
    assert finding.regimes["generic"].fails > 0
    tally = finding.tally
    assert tally.fails == sum(int((b.outcome == Outcome.DIFFER).sum()) for b in finding.cases)
    assert tally.total == sum(len(batch.outcome) for batch in finding.cases)
