"""Stored counterexamples run again: what still fails, what changed, and no search."""

import json
from pathlib import Path

import numpy as np
import pytest
from command import LOSS, PAGE, gradverify
from helpers import problem_of

from verify import labels, reals
from verify.campaign import run
from verify.errors import LoadError
from verify.history.kept import array_of, read_kept
from verify.history.replay import State, headline, replayed, totals
from verify.report import as_json
from verify.stored import save_failures

MENDED = LOSS.replace("return 2 * x", "return x")


def square(*gradients):
    return problem_of(lambda x: (x * x).sum(), *gradients, x=reals("n"), name="square")


def kept(folder, problem):
    """Search a problem, write its results, and read the counterexamples back."""
    as_json.write(run([problem], test_cases=5), folder / "out.json")
    return read_kept(folder / "out.json").cases


def test_what_fails_still_fails_with_the_value_it_had(tmp_path):
    problem = square(lambda x: x, lambda x: 2 * x)
    (case,) = kept(tmp_path, problem)
    (found,) = replayed([case], [problem])
    assert (found.state, found.changed) == (State.FAILS, False)
    assert headline(found) == "still fails: square[v0-x] at n=1: claimed 1"
    assert totals([found]) == "1 counterexample replayed: 1 still fails."


@pytest.mark.parametrize(
    ("gradient", "state"),
    [
        (lambda x: 2 * x, State.HOLDS),
        (lambda x: 3 * x, State.VALUE),
        (lambda x: "no number", State.OTHERWISE),
        (lambda x: x + 1e-12, State.FAILS),
    ],
)
def test_what_became_of_a_claim_that_was_changed(tmp_path, gradient, state):
    cases = kept(tmp_path, square(lambda x: x))
    (found,) = replayed(cases, [square(gradient)])
    assert found.state is state
    assert found.changed is (state is not State.FAILS)


def test_what_is_gone_is_said_with_the_nearest_name(tmp_path):
    problem = square(lambda x: x)
    cases = kept(tmp_path, problem)
    other = problem_of(lambda x: x.sum(), lambda x: x, x=reals("n"), name="squares")
    (found,) = replayed(cases, [other])
    assert found.state is State.GONE
    assert "Did you mean 'squares'?" in found.words
    _, second = kept(tmp_path, square(lambda x: x, lambda x: -x))
    (found,) = replayed([second], [problem])
    assert found.state is State.GONE
    assert "no such variant" in found.words


def test_a_point_outside_the_domain_of_today_is_gone(tmp_path):
    cases = kept(tmp_path, square(lambda x: x))
    smaller = problem_of(
        lambda x: (x * x).sum(), lambda x: x, x=reals("n", -0.5, 0.5), name="square"
    )
    (found,) = replayed(cases, [smaller])
    assert found.state is State.GONE
    assert "no longer one of the problem's domain" in found.words


def raises(x, y):
    if x.shape[0] == 0:
        raise ValueError("nothing here")
    return np.ones(y.shape)


@pytest.mark.parametrize(
    "problem",
    [
        # An exception, at a point with an array that has no entries.
        problem_of(lambda x, y: x.sum() + y.sum(), raises, wrt="y", x=reals("N-1 2"), y=reals("N")),
        # Not finite where the derivative is; the value claimed is no number.
        problem_of(lambda x: x.sum(), lambda x: np.where(x == 0, np.nan, 1.0), x=reals("n")),
        # Right, but its digits are lost far out.
        problem_of(
            lambda x: x.max() + np.log(np.exp(x - x.max()).sum()),
            lambda x: np.exp(x) / np.exp(x).sum(),
            x=reals("n"),
        ),
        # Whole numbers among the inputs.
        problem_of(
            lambda W, y: W[np.arange(len(y)), y].sum(),
            lambda W, y: np.ones(W.shape),
            wrt="W",
            W=reals("n K"),
            y=labels("n", "K"),
        ),
        # Wrong at a kink only, where floats alone cannot decide.
        problem_of(
            lambda x: np.abs(x).sum(), lambda x: np.where(x == 0, 5.0, np.sign(x)), x=reals("n")
        ),
    ],
    ids=["malformed", "not finite", "unstable", "integers", "kink"],
)
def test_every_kind_of_counterexample_survives_the_file(tmp_path, problem):
    (case,) = kept(tmp_path, problem)
    (found,) = replayed([case], [problem])
    assert found.state is State.FAILS, headline(found)


def test_a_failures_file_says_which_claims_fail_at_its_points(tmp_path):
    problem = square(lambda x: x, lambda x: 2 * x, lambda x: -x)
    path = tmp_path / "kept.json"
    save_failures(path, {}, run([problem], test_cases=5).findings)
    cases = read_kept(path).cases
    assert [case.variant for case in cases] == [""] * len(cases)
    (first, *_) = replayed(cases, [problem])
    assert headline(first) == "still fails: square at n=1: v0-x, v2-x"
    (first, *_) = replayed(cases, [square(lambda x: 2 * x)])
    assert first.state is State.HOLDS


def test_numbers_come_back_as_they_were():
    for array in (np.array([[1.5, np.inf], [np.nan, -0.0]]), np.array([3, 4]), np.array(True)):
        back = array_of(json.loads(json.dumps(as_json._plain(array))))
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)


def test_nothing_but_the_stored_points_is_run(tmp_path):
    points = []

    def primal(x):
        points.append(x.shape)
        return float((x * x).sum())

    problem = problem_of(primal, lambda x: np.where(x.size == 2, x, 2 * x), x=reals("n"))
    cases = kept(tmp_path, problem)
    searched = len(points)
    points.clear()
    (found,) = replayed(cases, [problem])
    assert found.state is State.FAILS
    assert {shape[-1] for shape in points} == {2}
    assert len(points) < searched / 10


@pytest.mark.slow
def test_every_counterexample_of_the_flagship_is_replayed(tmp_path):
    assert gradverify(tmp_path, "run", "--json", "a.json").returncode == 0
    done = gradverify(tmp_path, "replay", "a.json")
    assert done.returncode == 0, done.stdout
    claims = json.loads((tmp_path / "a.json").read_text())["claims"]
    wrong = sum(claim["counterexample"] is not None for claim in claims)
    assert done.stdout.endswith(f"{wrong} counterexamples replayed: {wrong} still fail.\n")
    assert "steps that fail, not replayed: 6; `gradverify check`" in done.stdout


@pytest.mark.slow
def test_replay_exits_with_1_once_something_changed(tmp_path):
    (tmp_path / "loss.py").write_text(LOSS)
    (tmp_path / "page.md").write_text(PAGE)
    for option, file in (("--json", "a.json"), ("--failures", "f.json")):
        gradverify(tmp_path, "run", "loss.py", option, file)
        same = gradverify(tmp_path, "replay", file, "loss.py")
        assert (same.returncode, same.stderr) == (0, "")
    (tmp_path / "loss.py").write_text(MENDED)
    changed = gradverify(tmp_path, "replay", "a.json", "loss.py", "page.md")
    assert changed.returncode == 1
    assert changed.stdout.splitlines() == [
        "now holds: half_square[doubled-x] at n=1",
        "still fails: half_square[tripled-x] at n=1: claimed 3",
        "2 counterexamples replayed: 1 still fails, 1 now holds.",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"format": 1, "cases": 3}', "should be a JSON file of failing cases"),
        ('{"format": 1, "claims": []}', "there is no 'versions'"),
        ('{"format": 7, "cases": {}}', "format 7 should be 1"),
        ("{", "it is no JSON"),
    ],
)
def test_a_file_that_cannot_be_replayed_says_what_it_should_be(tmp_path: Path, text, words):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(LoadError, match=words):
        read_kept(tmp_path / "a.json")


def test_replay_of_problems_that_are_not_in_the_paths_exits_with_2(tmp_path):
    (tmp_path / "loss.py").write_text(LOSS)
    gradverify(tmp_path, "run", "loss.py", "--json", "a.json")
    done = gradverify(tmp_path, "replay", "a.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "counterexamples of half_square; none of these problems is in PATHS" in done.stderr


@pytest.mark.parametrize("entry", [[9], [-1], [0, 0], [], ["0"], 0, [0.5]])
def test_an_entry_outside_its_input_is_no_counterexample(tmp_path, entry):
    path = tmp_path / "a.json"
    as_json.write(run([square(lambda x: x)], test_cases=5), path)
    data = json.loads(path.read_text())
    data["claims"][0]["counterexample"]["entry"] = entry
    path.write_text(json.dumps(data))
    with pytest.raises(LoadError, match=r"a.json should be .*; the entry .* must"):
        read_kept(path)


def test_several_are_counted_in_the_plural(tmp_path):
    problem = square(lambda x: x, lambda x: -x)
    found = replayed(kept(tmp_path, problem), [problem])
    assert totals(found) == "2 counterexamples replayed: 2 still fail."
