"""Single edits of a wrong gradient's source that make it right, on real runs."""

import numpy as np
import pytest

from verify import REFUTED, campaign, problem, reals
from verify.diagnosis.code_edits import edits
from verify.evaluator.source import source_of


@problem(X=reals("N D"), w=reals("D"), t=reals("N"), wrt="w")
def squares(X, w, t):
    return 0.5 * ((X @ w - t) ** 2).sum(axis=-1)


@squares.gradient(expect=REFUTED)
def sign(X, w, t):
    return X.T @ (t - X @ w)


@squares.gradient(expect=REFUTED)
def factor(X, w, t):
    return 2 * X.T @ (X @ w - t)


@squares.gradient(expect=REFUTED)
def mean(X, w, t):
    return X.T @ (X @ w - t) / len(t)


@squares.gradient(expect=REFUTED)
def two_slips(X, w, t):
    """Neither 3 nor np.sin goes with one edit."""
    return 3 * X.T @ np.sin(X @ w - t)


@problem(x=reals("n"), wrt="x")
def waves(x):
    return np.sin(2 * x).sum(axis=-1)


@waves.gradient(expect=REFUTED)
def forgets_the_inner(x):
    inner = 2 * x
    return np.cos(inner)


@waves.gradient(expect=REFUTED)
def another_name(x):
    inner = 2 * x
    outer = np.cos(x)
    return 2 * outer + 0 * inner


def loops(x):
    while True:
        return np.cos(x)


@pytest.fixture(scope="module")
def found():
    results = campaign.run([squares.problem, waves.problem], test_cases=20)
    return {finding.claim.variant.name: finding for finding in results.findings}


def repaired(finding, number=0):
    """The source after a repair, and the text that was marked."""
    text, repair = source_of(finding.claim.variant).text, finding.repairs[number]
    after = text[: repair.start] + repair.text + text[repair.end :]
    return after.splitlines()[-1].strip(), text[repair.start : repair.end]


def test_a_sign_a_factor_and_a_mean_are_found(found):
    assert repaired(found["sign"])[0] == "return X.T @ (X @ w - t)"
    assert repaired(found["factor"])[0] in (
        "return 1 * X.T @ (X @ w - t)",
        "return X.T @ (X @ w - t)",
    )
    assert repaired(found["mean"]) == ("return X.T @ (X @ w - t)", " / len(t)")


def test_a_missing_inner_derivative_is_a_factor_of_the_whole(found):
    assert repaired(found["forgets_the_inner"])[0] == "return 2 * (np.cos(inner))"


def test_another_local_name_is_tried(found):
    after = [
        repaired(found["another_name"], n)[0] for n in range(len(found["another_name"].repairs))
    ]
    text = source_of(found["another_name"].claim.variant).text
    repair = found["another_name"].repairs[0]
    assert (text[repair.start : repair.end], repair.text) == ("x", "inner"), after


def test_what_one_edit_does_not_mend_has_no_repair(found):
    assert found["two_slips"].repairs == ()


@pytest.mark.parametrize("name", ["sign", "factor", "mean", "forgets_the_inner", "another_name"])
def test_every_repair_makes_the_gradient_consistent(found, name):
    """Run as a variant of its own, from its text."""
    finding = found[name]
    declared = {"squares": squares, "waves": waves}[finding.claim.problem.name].problem
    for repair in finding.repairs:
        text = source_of(finding.claim.variant).text
        world = {"np": np}
        exec(text[: repair.start] + repair.text + text[repair.end :], world)
        fresh = problem(**declared.inputs, wrt=declared.wrt, name="again")(declared.primal)
        fresh.gradient(name="repaired")(world[name])
        (again,) = campaign.run([fresh.problem], seed=5, test_cases=20).findings
        assert str(again.verdict) == "consistent"


def test_edits_keep_to_arithmetic_and_leave_loops_alone():
    text = "def f(x):\n    '''-1'''\n    return -x\n"
    assert "x" in {edit.text for edit in edits(text)}
    assert all("'''" not in text[edit.start : edit.end] for edit in edits(text))
    assert list(edits("def f(x):\n    while x:\n        return -x\n")) == []


def test_offsets_are_characters_where_lines_hold_more_bytes():
    text = "def f(α):\n    return α - 'é'.__len__()\n"
    (edit,) = [e for e in edits(text) if e.what == "an operator"]
    assert text[edit.start : edit.end] == " - "
    assert edit.text == " + "
