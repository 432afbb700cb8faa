"""Claims as pytest items: real pytest sessions on test files with problems in them."""

import importlib.metadata
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Where the package is not installed, its entry point is not there to load the plugin.
INSTALLED = any(
    e.value == "verify.plugin" for e in importlib.metadata.entry_points(group="pytest11")
)
PLUGIN = [] if INSTALLED else ["-p", "verify.plugin"]

LOSSES = """
from verify import REFUTED, problem, reals

@problem(A=reals("n"), x=reals("n"), wrt=["A", "x"])
def quadratic(A, x):
    return 0.5 * ((A * x) ** 2).sum(axis=-1)

@quadratic.gradient
def by_hand(A, x):
    return A * x * x, A * A * x

@quadratic.gradient(expect={"x": REFUTED}, source="negative control")
def forgot_half(A, x):
    return A * x * x, 2 * A * A * x

def test_of_the_usual_kind():
    assert quadratic.problem.wrt == ("A", "x")
"""
UNEXPECTED = LOSSES.replace('expect={"x": REFUTED}, ', "")


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*PLUGIN, "-p", "no:cacheprovider", *arguments)

    return run


def test_every_claim_is_an_item_beside_the_test_functions(pytester, run) -> None:
    pytester.makepyfile(test_losses=LOSSES)
    done = run("-v")
    done.assert_outcomes(passed=5)
    done.stdout.fnmatch_lines(
        [
            "test_losses.py::quadratic[[]by_hand-A[]] PASSED *",
            "test_losses.py::quadratic[[]by_hand-x[]] PASSED *",
            "test_losses.py::quadratic[[]forgot_half-A[]] PASSED *",
            "test_losses.py::quadratic[[]forgot_half-x[]] PASSED *",
            "test_losses.py::test_of_the_usual_kind PASSED *",
        ]
    )


def test_a_claim_that_is_not_as_expected_fails_with_its_explanation(pytester, run) -> None:
    pytester.makepyfile(test_losses=UNEXPECTED)
    done = run()
    done.assert_outcomes(passed=4, failed=1)
    done.stdout.fnmatch_lines(
        [
            "*_ quadratic[[]forgot_half-x[]] _*",
            "fails the finite-difference check: quadratic[[]forgot_half-x[]] is refuted*",
            "counterexample, to copy",
            "FAILED test_losses.py::quadratic[[]forgot_half-x[]]*",
        ]
    )
    done.stdout.no_fnmatch_line("*verify/plugin*")
    done.stdout.no_fnmatch_line("*Traceback*")


def test_a_negative_control_that_passes_the_check_fails_the_test(pytester, run) -> None:
    right = LOSSES.replace("2 * A", "A")
    pytester.makepyfile(test_losses=right)
    done = run()
    done.assert_outcomes(passed=4, failed=1)
    done.stdout.fnmatch_lines(["passes the finite-difference check: *, expected refuted"])


def test_k_selects_claims(pytester, run) -> None:
    pytester.makepyfile(test_losses=UNEXPECTED)
    run("-k", "by_hand").assert_outcomes(passed=2, deselected=3)
    run("-k", "quadratic and not forgot").assert_outcomes(passed=2, deselected=3)


def test_a_node_id_selects_one_claim_and_a_name_all_of_a_problem(pytester, run) -> None:
    pytester.makepyfile(test_losses=UNEXPECTED)
    run("test_losses.py::quadratic[by_hand-x]").assert_outcomes(passed=1)
    run("test_losses.py::quadratic").assert_outcomes(passed=3, failed=1)


def test_files_are_those_that_pytest_collects_or_is_given(pytester, run) -> None:
    pytester.makepyfile(losses=LOSSES)
    assert run().ret == pytest.ExitCode.NO_TESTS_COLLECTED
    run("losses.py").assert_outcomes(passed=5)


def test_an_imported_problem_is_collected_once_whatever_its_names(pytester, run) -> None:
    pytester.makepyfile(
        losses=LOSSES,
        test_losses="from losses import quadratic\nalso = quadratic\nplain = quadratic.problem\n",
    )
    run().assert_outcomes(passed=4)


def test_two_problems_of_one_name_are_an_error_that_names_both_places(pytester, run) -> None:
    first = LOSSES.split("def test_of")[0]
    pytester.makepyfile(test_losses=f"{first}\nkept = quadratic\n{first}")
    done = run()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        ["two problems are called 'quadratic': test_losses.py:20 and test_losses.py:3; *"]
    )


def test_a_problem_is_searched_once_for_all_its_claims(pytester, run) -> None:
    counted = LOSSES.replace(
        "def by_hand(A, x):",
        "def by_hand(A, x):\n    with open('calls', 'a') as file: file.write('.')",
    )
    pytester.makepyfile(test_losses=counted)
    run("test_losses.py::quadratic[by_hand-x]").assert_outcomes(passed=1)
    calls = pytester.path / "calls"
    once = len(calls.read_text())
    calls.unlink()
    run("test_losses.py::quadratic", "-k", "by_hand").assert_outcomes(passed=2, deselected=2)
    assert len(calls.read_text()) == once > 0


def test_the_report_is_written_also_when_tests_fail(pytester, run) -> None:
    pytester.makepyfile(test_losses=UNEXPECTED)
    done = run("--gradverify-report=out.html", "--gradverify-seed=7")
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.stdout.fnmatch_lines(["gradverify: report of 4 claims written to *out.html"])
    page = (pytester.path / "out.html").read_text()
    assert "forgot_half" in page
    assert "--seed 7" in page


@pytest.mark.parametrize("distribution", ["load", "loadgroup"])
def test_under_xdist_the_report_holds_what_all_workers_found(pytester, run, distribution) -> None:
    pytester.makepyfile(test_losses=UNEXPECTED, test_more=LOSSES.replace("quadratic", "square"))
    done = run("-n2", "--dist", distribution, "--gradverify-report=out.html")
    done.assert_outcomes(passed=9, failed=1)
    done.stdout.fnmatch_lines(["gradverify: report of 8 claims written to *out.html"])
    together = (pytester.path / "out.html").read_text()
    run("-p", "no:xdist", "--gradverify-report=alone.html")
    alone = (pytester.path / "alone.html").read_text()
    for page in (together, alone):
        assert "quadratic[by_hand-A]" in page
        assert "square[forgot_half-x]" in page
        assert "runpy.run_path(" in page
        assert "Define before" not in page


def test_under_xdist_a_run_that_stops_early_reports_what_it_found(pytester, run) -> None:
    pytester.makepyfile(test_losses=UNEXPECTED)
    done = run("-n1", "-x", "--gradverify-report=out.html")
    assert done.ret != 0
    assert "forgot_half" in (pytester.path / "out.html").read_text()


def test_a_hypothesis_strategy_as_input_under_xdist(pytester, run) -> None:
    pytester.makepyfile(
        test_losses="""
        from hypothesis import strategies as st
        from verify import problem, reals

        @problem(x=reals("n"), c=st.sampled_from([1.0, 2.0]), wrt="x", where=lambda x: x.sum() > 0)
        def scaled(x, c):
            return c * x.sum()

        @scaled.gradient
        def wrong(x, c):
            return c + 1 + 0 * x
        """
    )
    done = run("-n1", "--gradverify-report=out.html")
    done.assert_outcomes(failed=1)
    assert "wrong" in (pytester.path / "out.html").read_text()


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("--gradverify-report=nowhere/out.html", "*in a folder that exists*"),
        ("--gradverify-report=/dev/null", "*should be a file*"),
        ("--gradverify-seed=-1", "*'-1' should be a whole number >= 0*"),
        ("--gradverify-test-cases=0", "*'0' should be a whole number >= 1*"),
    ],
)
def test_wrong_options_are_refused_before_any_test(pytester, run, argument, expected) -> None:
    pytester.makepyfile(test_losses=LOSSES)
    done = run(argument)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([expected])


def test_a_report_without_claims_is_not_written(pytester, run) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    done = run("--gradverify-report=out.html")
    done.stdout.fnmatch_lines(["gradverify: no claim was tested, so no report was written."])
    assert not (pytester.path / "out.html").exists()


def test_an_interrupt_in_a_search_ends_the_session(pytester, run) -> None:
    pytester.makepyfile(
        test_losses=LOSSES.replace("2 * A * A * x", "interrupt()").replace(
            "def test_of", "def interrupt():\n    raise KeyboardInterrupt\n\ndef test_of"
        )
    )
    assert run().ret == pytest.ExitCode.INTERRUPTED


def test_a_session_without_problems_loads_nothing_heavy(pytester, run) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            heavy = {"pandas", "jinja2", "typer", "rich", "verify.campaign"}
            assert not heavy & set(sys.modules)
        """
    )
    run("-p", "no:hypothesispytest").assert_outcomes(passed=1)
