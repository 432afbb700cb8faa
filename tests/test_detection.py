"""benchmarks/detection.py from outside: the keys of its JSON, its exit codes, what it ignores."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "detection.py"
# Whoever calls what a case says about itself breaks it.
CASE = """
WRT = ("x",)
VERDICT = {verdict!r}
TRIGGER = "see the docstring"


def forward(x):
    return float((x * x).sum())


def claimed(x):
    return {{"x": {factor} * x}}


def correct(x):
    return {{"x": 2 * x}}


def sample(rng):
    raise AssertionError("sample was called")


trigger = hidden = sample
"""
RIGHT = CASE.format(verdict="correct", factor=2)
WRONG = CASE.format(verdict="wrong", factor=3)
# The truth says that there is a fault, the formula has none: it cannot be found.
MISSED = CASE.format(verdict="wrong", factor=2)
BREAKS = "raise RuntimeError('no such library')\n"
DOMAIN = {
    "dims": {"n": [1, 2]},
    "inputs": {"x": {"kind": "reals", "shape": "n", "low": -5, "high": 5}},
    "where": None,
    "note": "",
}

pytestmark = pytest.mark.slow


def corpus(folder, **cases):
    """Write cases, each under its name, with the same declaration for all."""
    (folder / "cases").mkdir()
    for slug, text in cases.items():
        (folder / "cases" / f"{slug}.py").write_text(text, encoding="utf-8")
    domains = json.dumps(dict.fromkeys(cases, DOMAIN))
    (folder / "domains.json").write_text(domains, encoding="utf-8")
    return folder


def detect(folder, *options):
    command = [sys.executable, str(SCRIPT), "--corpus", str(folder), "--no-peers", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A run over a right case, a wrong one and one that cannot be imported: process and cases."""
    folder = corpus(tmp_path_factory.mktemp("corpus"), right=RIGHT, wrong=WRONG, breaks=BREAKS)
    process = detect(folder, "--json", str(folder / "out.json"))
    written = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return process, {case["slug"]: case for case in written["cases"]}


def test_measured_corpus_exits_with_0_whatever_came_out(measured):
    process, _ = measured
    assert process.returncode == 0, process.stderr


def test_json_has_the_promised_keys(measured):
    _, cases = measured
    assert set(cases) == {"right", "wrong", "breaks"}
    for case in cases.values():
        for which in ("claimed", "correct"):
            assert {"verdict", "seconds", "test_cases"} <= set(case[which])
        assert isinstance(case["plain"]["flagged"], bool)


def test_formulas_are_judged_without_what_a_case_says_about_itself(measured):
    _, cases = measured
    verdicts = {
        slug: (case["claimed"]["verdict"], case["correct"]["verdict"])
        for slug, case in cases.items()
    }
    assert verdicts["right"] == ("consistent", "consistent")
    assert verdicts["wrong"] == ("refuted", "consistent")
    assert (cases["right"]["plain"]["flagged"], cases["wrong"]["plain"]["flagged"]) == (False, True)


def test_case_that_breaks_is_a_row_with_its_error(measured):
    _, cases = measured
    assert cases["breaks"]["error"] == "RuntimeError: no such library"
    assert cases["breaks"]["claimed"]["verdict"] == "error"


@pytest.mark.parametrize(
    ("cases", "code"),
    [
        ({"right": RIGHT, "wrong": WRONG}, 0),
        ({"right": RIGHT, "missed": MISSED}, 1),
        ({"right": RIGHT, "breaks": BREAKS}, 1),
    ],
    ids=["all right", "a fault is missed", "a case breaks"],
)
def test_gate_is_open_only_if_every_case_is_right(tmp_path, cases, code):
    process = detect(corpus(tmp_path, **cases), "--gate")
    assert process.returncode == code, process.stderr


def test_corpus_of_which_nothing_runs_exits_with_1(tmp_path):
    assert detect(corpus(tmp_path, breaks=BREAKS)).returncode == 1


def test_directory_without_a_corpus_exits_with_2(tmp_path):
    process = detect(tmp_path)
    assert process.returncode == 2
    assert "should hold cases/*.py and domains.json" in process.stderr
