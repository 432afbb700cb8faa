"""How large pages and summaries of large runs are; `benchmarks/report.py` has the times."""

import runpy
from pathlib import Path

import pytest

from verify.report import formats
from verify.report.cases import case_table
from verify.report.page import render

RUNS = Path(__file__).parents[1] / "benchmarks" / "report_runs.py"


@pytest.fixture(scope="module")
def runs():
    return runpy.run_path(str(RUNS), run_name="report_runs")


@pytest.mark.slow
@pytest.mark.parametrize(("passing", "failing"), [(990, 10), (900, 100)])
def test_a_page_of_a_thousand_claims_is_small_and_draws_only_what_fails(runs, passing, failing):
    results = runs["many"](passing, failing)
    page = render(results)
    assert len(page.encode()) < 250_000
    told = min(failing, 15)
    assert page.count("<article") == page.count("<svg") == told
    others = page.partition('id="claims-others"')[2].partition("</table>")[0]
    assert others.count("<bdi>") == 1_000 - told


def test_a_run_without_a_failure_has_no_claim_told_in_full_and_no_plot(runs):
    page = render(runs["many"](1_000, 0))
    assert "<article" not in page
    assert "<svg" not in page


def test_a_page_of_a_hundred_thousand_test_cases_is_small(runs):
    results = runs["up_to"](runs["many"](60, 10), 100_000)
    cases = runs["comparisons"](results)
    assert 95_000 < cases <= 100_000
    assert len(case_table(results.findings, cases).rows) == cases
    assert len(render(results, cases).encode()) < 6_000_000


def test_the_summary_of_three_thousand_claims_is_small_and_lists_them_all(runs):
    text = formats.to_text("markdown", runs["many"](2_970, 30))
    assert len(text.encode()) < 900_000
    assert text.count("layer\\_") >= 3_000
