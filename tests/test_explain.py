import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import by_hand
import numpy as np
import pytest
from by_hand import (
    NETWORK_POINT,
    claim,
    closed_form,
    consistent,
    point,
    question,
    raised,
    refuted,
    second_input,
    several,
    vjp,
    wrong_shape,
)

import verify
from verify import problem, reals
from verify.explain import explain, headline
from verify.explain.copyable import counterexample_code, literal
from verify.explain.home import home, reproduce
from verify.explain.words import blind_spots, direction, entry_rows, shown_traceback
from verify.outcomes import Verdict
from verify.problems import Claim, Variant

ROOT = Path(verify.__file__).parent.parent


def execute(code, where="."):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=where, env=environment, capture_output=True, text=True
    )


def with_function(finding, name):
    """Return the finding with the code of another variant, as if the claim had been repaired."""
    repaired = {v.name: v for v in finding.claim.problem.variants}[name]
    return replace(finding, claim=replace(finding.claim, variant=repaired))


@pytest.mark.parametrize(
    ("finding", "right"),
    [(question(), "closed_form"), (vjp(), "doubled"), (second_input(), "both_right")],
    ids=["gradient", "vjp", "one input of two"],
)
def test_copied_code_fails_for_the_wrong_gradient_and_passes_for_the_right_one(finding, right):
    wrong = execute(counterexample_code(finding))
    assert wrong.returncode == 1
    assert wrong.stderr.rstrip().splitlines()[-1].startswith("AssertionError")
    assert "central difference: " in wrong.stdout
    good = execute(counterexample_code(with_function(finding, right)))
    assert (good.returncode, good.stderr) == (0, "")


def test_copied_code_of_a_wrong_shape_fails_and_of_a_right_one_passes():
    wrong = execute(counterexample_code(wrong_shape()))
    assert wrong.stderr.rstrip().endswith("AssertionError: (2, 1)")
    good = execute(counterexample_code(with_function(wrong_shape(), "closed_form")))
    assert (good.returncode, good.stderr) == (0, "")


def test_copied_code_of_an_exception_raises_it():
    outcome = execute(counterexample_code(raised()))
    assert outcome.stderr.rstrip().endswith("LinAlgError: Singular matrix")


def test_copied_code_shows_the_point_in_short_literals():
    code = counterexample_code(question())
    assert '"X": np.array([[1.0]]),' in code
    assert '"theta": np.array([[0.0, 1.0]]),' in code
    assert '"T": np.array([[0.0, 1.0]]),' in code
    assert "entry = (0, 1)" in code


FILE = """
import numpy as np
from helper import HALF
from verify import problem, reals


def make(factor):
    @problem(x=reals("n"), wrt="x", name=f"power {factor}")
    def f(x):
        return HALF * factor * (x * x).sum()

    @f.gradient
    def wrong(x):
        return 3 * x

    return f


PROBLEMS = [make(2.0), make(5.0)]
"""


def test_a_problem_in_a_list_of_a_file_is_reached_by_its_place(tmp_path, monkeypatch):
    folder = tmp_path / "studies"
    folder.mkdir()
    (folder / "helper.py").write_text("HALF = 0.5\n")
    (folder / "a study.py").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(folder))
    names = {"__file__": str(folder / "a study.py"), "__name__": "gradverify_0_a study"}
    exec(compile(FILE, names["__file__"], "exec"), names)
    second = names["PROBLEMS"][1].problem
    finding = refuted(
        Claim(second, second.variants[0], "x"), point(x=[1.0, 0.0]), [3.0, 0.0], [5.0, 0.0]
    )
    code = counterexample_code(finding)
    assert 'sys.path.insert(0, "studies")' in code
    assert str(tmp_path) not in code
    outcome = execute(code, tmp_path)
    assert outcome.stderr.rstrip().endswith("AssertionError")
    assert "claimed: 3.0" in outcome.stdout
    assert reproduce(several(), finding) == (
        "gradverify run 'studies/a study.py' -k '\"power 5.0[wrong-x]\"' --seed 7 --test-cases 300"
    )


def test_a_problem_of_a_package_is_imported():
    from verify.studies.flagship import question as function
    from verify.studies.flagship import softmax_of_sigmoid

    found = {v.name: v for v in softmax_of_sigmoid.problem.variants}["question"]
    right = closed_form(**NETWORK_POINT.inputs)
    finding = refuted(
        Claim(softmax_of_sigmoid.problem, found, "theta"),
        NETWORK_POINT,
        function(**NETWORK_POINT.inputs),
        right,
    )
    code = counterexample_code(finding)
    assert "from verify.studies.flagship import softmax_of_sigmoid as declared" in code
    assert execute(code).stderr.rstrip().endswith("AssertionError")
    assert "run verify.studies.flagship:softmax_of_sigmoid -k" in reproduce(several(), finding)


def without_a_file():
    @problem(x=reals("n"), wrt="x")
    def local(x):
        return (x * x).sum()

    @local.gradient
    def wrong(x):
        return x

    bare = replace(local.problem, path="")
    return refuted(Claim(bare, bare.variants[0], "x"), point(x=[1.0]), [1.0], [2.0])


def test_without_a_name_in_a_file_the_code_says_what_to_define():
    finding = without_a_file()
    assert home(finding.claim.problem) is None
    code = counterexample_code(finding)
    assert "# Define before: primal(x), the function of problem 'local'," in code
    assert "# and gradient(x), its variant 'wrong'." in code
    define = "def primal(x): return (x * x).sum()\ndef gradient(x): return {} * x\n"
    assert execute(define.format(1) + code).stderr.rstrip().endswith("AssertionError")
    assert execute(define.format(2) + code).returncode == 0
    assert reproduce(several(), finding) == "gradverify run by_hand.py"


def test_names_cannot_break_out_of_the_code():
    finding = without_a_file()
    evil = "'\nraise SystemExit(7)\n\u202e"
    named = replace(finding.claim.problem, name=evil)
    variant = replace(finding.claim.variant, name=evil)
    code = counterexample_code(replace(finding, claim=Claim(named, variant, "x")))
    define = "def primal(x): return (x * x).sum()\ndef gradient(x): return 2 * x\n"
    assert execute(define + code).returncode == 0


def test_an_entry_that_no_difference_resolves_is_held_against_the_reference():
    """At x = 50 the slope of tanh is 1.5e-43: far below what float64 differences can see."""

    @problem(x=reals("n"), wrt="x")
    def flat(x):
        return np.tanh(x).sum()

    @flat.gradient
    def rounded(x):
        return 1 - np.tanh(x) ** 2

    judged = Claim(flat.problem, flat.problem.variants[0], "x")
    slope = float(1 / np.cosh(50.0) ** 2)
    code = counterexample_code(refuted(judged, point(x=[50.0]), [0.0], [slope]))
    assert f"reference = {slope!r}" in code


def test_a_float32_variant_gets_float32_inputs():
    finding = question()
    variant = replace(finding.claim.variant, dtype="float32")
    code = counterexample_code(replace(finding, claim=replace(finding.claim, variant=variant)))
    assert '.astype("float32")' in code
    assert execute(code).stderr.rstrip().endswith("AssertionError")


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.array(0.5), "np.float64(0.5)"),
        (np.array(3), "np.int64(3)"),
        (np.array([2, 0]), "np.array([2, 0])"),
        (np.array([[0.0, 1.0]]), "np.array([[0.0, 1.0]])"),
        (np.array([0.1 + 0.2, 1e300]), "np.array([0.30000000000000004, 1e+300])"),
        (np.array([np.nan, -np.inf]), "np.array([np.nan, -np.inf])"),
        (np.zeros((3, 4)), "np.zeros((3, 4))"),
        (np.zeros((0, 2)), 'np.zeros((0, 2), dtype="float64")'),
        (np.array([True, False]), "np.array([True, False])"),
        (np.float32([0.5]), 'np.array([0.5], dtype="float32")'),
    ],
)
def test_literals_are_short(array, text):
    assert literal(array) == text


@pytest.mark.parametrize("seed", range(20))
def test_literals_give_the_same_array_back(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(0, 5, rng.integers(0, 4)))
    array = np.asarray(rng.standard_normal(shape) * 10.0 ** rng.integers(-5, 9))
    array = array.astype(rng.choice(["float64", "float32", "int32", "bool"]))
    again = np.asarray(eval(literal(array), {"np": np}))
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    assert again.tobytes() == array.tobytes()


@pytest.mark.parametrize("finding", several().findings, ids=lambda f: f.claim.variant.name[:9])
def test_the_headline_begins_with_whether_it_passes(finding):
    start = {
        Verdict.CONSISTENT: "passes the finite-difference check: ",
        Verdict.INCONCLUSIVE: "no verdict: every test case was undecided",
        Verdict.VACUOUS: "no verdict: no test case met the precondition",
    }.get(finding.verdict, "fails the finite-difference check: ")
    assert headline(finding).startswith(start)
    assert (", expected " in headline(finding)) != finding.as_expected


def test_the_headline_is_one_line_for_any_name():
    assert "\n" not in headline(several().findings[-1])


def test_an_explanation_tells_everything():
    text = explain(question(), several())
    for part in (
        "fails the finite-difference check: network[as asked-theta] is refuted at N=1, D=1, K=2",
        "X^T [(Y - T) * e^a / (1 + e^-a)^2]",
        "the question, last formula",
        "refuted: a counterexample, reproduced on a higher rung of the oracle",
        "refuted (as expected)",
        "300 test cases: holds at 12, fails at 280, cannot tell at 8",
        "reproduced by wider arithmetic (90 digits)",
        "order 1.00",
        "2 of 2 entries differ",
        "holds        theta = 0 (10)",
        "fails        generic (270 of 270), K = 1 (10 of 13)",
        "cannot tell  tiny X (7)",
        "blind spots  agrees wherever theta = 0",
        "<- worst",
        "assert abs(claimed - difference)",
        "-k '\"network[as asked-theta]\"' --seed 7 --test-cases 300",
    ):
        assert part in text


def test_an_explanation_of_an_exception_shows_where_it_was_raised():
    text = explain(raised())
    assert "LinAlgError: Singular matrix" in text
    assert 'File "by_hand.py", line 1, in raises' in text


def test_a_consistent_claim_has_no_blind_spots():
    finding = consistent(claim(by_hand.network, "closed_form"))
    assert blind_spots(finding) == ()
    assert "blind spots" not in explain(finding)
    assert blind_spots(question()) == ("theta = 0",)
    assert blind_spots(replace(question(), verdict=Verdict.UNSTABLE)) == ()


def test_of_a_long_array_the_entries_furthest_off_are_shown():
    variants = by_hand.squares.problem.variants
    far = np.arange(100.0)
    at = point(x=np.ones(100), cotangent=np.ones(100))
    finding = refuted(Claim(by_hand.squares.problem, variants[0], "x"), at, far, np.zeros(100))
    assert finding.counterexample is not None
    rows = entry_rows(finding.counterexample, 5)
    assert [row.entry for row in rows] == [(95,), (96,), (97,), (98,), (99,)]
    assert [row.worst for row in rows] == [False] * 4 + [True]
    assert "(88 more entries)" in explain(finding)


def test_an_entry_that_is_no_number_counts_as_furthest_off():
    finding = refuted(
        claim(by_hand.weighted, "half_right", "v"),
        point(u=1.0, v=[1.0, 1.0], c=[1, 1]),
        [9, 1],
        [2, 2],
    )
    assert finding.counterexample is not None
    example = replace(
        finding.counterexample, claimed=np.array([9.0, np.nan]), entry=None, excess=np.inf
    )
    assert [row.entry for row in entry_rows(example, 1)] == [(1,)]


def test_tracebacks_show_no_path_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (
        f'  File "{tmp_path}/mine.py", line 3, in f\n'
        '  File "/opt/env/lib/python3.11/site-packages/numpy/linalg/x.py", line 1, in inv\n'
    )
    assert shown_traceback(text) == (
        '  File "mine.py", line 3, in f\n  File "numpy/linalg/x.py", line 1, in inv'
    )


def test_a_variant_made_by_hand_is_explained():
    bare = replace(by_hand.network.problem, variants=(Variant("mine", closed_form),))
    finding = consistent(Claim(bare, bare.variants[0], "theta"))
    assert explain(finding).startswith("passes the finite-difference check: network[mine-theta]")


def test_a_variant_declared_in_another_file_than_its_problem_is_found_there(tmp_path):
    (tmp_path / "losses.py").write_text(
        "from verify import problem, reals\n\n"
        '@problem(x=reals("N-1 2"), y=reals("N"), wrt="x")\n'
        "def gaps(x, y):\n    return (x * x).sum() + y.sum()\n"
    )
    (tmp_path / "slips.py").write_text(
        "from losses import gaps\n\n@gaps.gradient\ndef tripled(x, y):\n    return 3 * x\n"
    )
    script = (
        "from verify import campaign\nfrom verify.explain import counterexample_code, reproduce\n"
        "from verify.load import problems_from\n"
        'results = campaign.run(problems_from(["slips.py"]), test_cases=5)\n'
        "(finding,) = results.findings\n"
        "print(reproduce(results, finding))\nprint(counterexample_code(finding))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": f"{Path(__file__).parents[1]}:{tmp_path}"},
    ).stdout  # fmt: skip
    command, code = said.split("\n", 1)
    assert command.startswith("gradverify run slips.py:gaps")
    assert "AssertionError" in execute(code, tmp_path).stderr


CALLS = [0]


@problem(x=reals("n"), y=reals("n"), wrt=("x", "y"))
def two(x, y):
    return (x * x).sum() + (y * y).sum()


@problem(x=reals("n"), wrt="x")
def one(x):
    return (x * x).sum()


def third_call(x):
    CALLS[0] += 1
    return 2 * x + (CALLS[0] % 3 == 0)


def leaves(x):
    raise SystemExit(0)


def in_place(x):
    x *= 2
    return x.copy()


def answers(declared, function, dtype="float64"):
    """Judge one variant at x = (1, 2), y = (3, 4); return the finding about its first input."""
    variant = Variant("mine", function, dtype=dtype)
    of = replace(declared.problem, name="nowhere", variants=(variant,), path="")
    inputs = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 4.0])}
    at = point(**{name: inputs[name] for name in of.inputs})
    judged = Claim(of, of.variants[0], "x")
    failure = by_hand.Failure("no gradient")
    try:
        function(**{name: array.copy() for name, array in at.inputs.items()})
    except SystemExit:
        failure = by_hand.Failure("SystemExit: 0")
    return by_hand.malformed(judged, at, failure, [2.0, 4.0])


def run_here(finding, function):
    """Run the code of a finding here, `gradient` defined as the function."""
    defined = {"gradient": function, "primal": finding.claim.problem.primal}
    exec(counterexample_code(finding), defined)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, y: {"x": 2 * x}, r"\['x'\]"),
        (lambda x, y: {"x": 2 * x, "y": 2 * y, "z": x}, r"\['x', 'y', 'z'\]"),
        (lambda x, y: (2 * x, 2 * y, x), "3"),
        (lambda x, y: (2 * x,), "1"),
        (lambda x, y: None, "NoneType"),
        (lambda x, y: {"x": 2 * x, "y": y.sum()}, r"\(\)"),
        (lambda x, y: (2 * x, np.array(["a", "b"])), "<U1"),
        (lambda x, y: (2 * x, 2j * y), "complex"),
    ],
)
def test_copied_code_looks_at_all_of_a_malformed_answer(function, words):
    finding = answers(two, function)
    with pytest.raises(AssertionError, match=words):
        run_here(finding, function)
    for right in (lambda x, y: (2 * x, 2 * y), lambda x, y: {"x": 2 * x, "y": 2 * y}):
        run_here(finding, right)


@pytest.mark.parametrize(
    ("function", "words", "dtype"),
    [
        (lambda x: {"q": 2 * x}, r"\['q'\]", "float64"),
        (lambda x: (x.sum(),), r"\(\)", "float64"),
        (third_call, "two calls, two answers", "float64"),
        (leaves, "it ends the program", "float64"),
        (in_place, "changed in place", "float64"),
        (in_place, "changed in place", "float32"),
    ],
)
def test_copied_code_of_one_input_fails_in_every_way_an_answer_can(function, words, dtype):
    finding = answers(one, function, dtype)
    with pytest.raises(AssertionError, match=words):
        run_here(finding, function)
    run_here(finding, lambda x: 2 * x)


@pytest.mark.parametrize(
    "form", [lambda g: {"x": g}, lambda g: (g,), lambda g: MappingProxyType({"x": g})]
)
def test_copied_code_takes_the_answer_for_one_input_out_of_a_dict_or_a_tuple(form):
    finding = answers(one, lambda x: form(3 * x))
    wrong = refuted(finding.claim, finding.counterexample.point, [3.0, 6.0], [2.0, 4.0])
    with pytest.raises(AssertionError):
        run_here(wrong, lambda x: form(3 * x))
    for right in (lambda x: form(2 * x), lambda x: 2 * x):
        run_here(wrong, right)
        run_here(finding, right)


@pytest.mark.parametrize(
    ("cosines", "words"),
    [
        ((0.9, 0.5), "at every point looked at, steps along it still descend"),
        ((0.9, -0.5), "at most points, but not at all of them, steps along it descend"),
        ((-0.1, -0.5), "steps along it do not descend"),
    ],
)
def test_the_direction_is_said_in_words_that_cannot_be_misread(cosines, words):
    assert direction(replace(question(), descent=cosines)).startswith(f"{words}: cosine")
