"""Test cases as rows: every one of them counted once, as fine as the limit allows."""

import json
from dataclasses import replace

import by_hand
import numpy as np
import pytest

from verify import REFUTED, campaign, problem, reals
from verify.findings import Batch
from verify.report.cases import LEVELS, case_table
from verify.report.testcases import cases_section


@problem(x=reals("n"), wrt="x")
def half_square(x):
    return 0.5 * (x * x).sum(axis=-1)


@half_square.gradient
def right(x):
    return x


@half_square.gradient(expect=REFUTED)
def wrong(x):
    return np.abs(x)


@pytest.fixture(scope="module")
def findings():
    return campaign.run([half_square.problem], test_cases=20).findings


def test_the_test_cases_kept_are_those_counted(findings):
    for finding in findings:
        assert sum(len(batch.outcome) for batch in finding.cases) == finding.tally.total


@pytest.mark.parametrize("limit", [10**6, 1000, 200, 50, 4])
def test_every_limit_keeps_the_counts(findings, limit):
    table = case_table(findings, limit)
    assert table.total == sum(finding.tally.total for finding in findings)
    for index, finding in enumerate(findings):
        counts = {}
        for row in table.rows:
            if row.claim == index:
                counts[row.outcome] = counts.get(row.outcome, 0) + row.count
        assert counts.get("fails", 0) == finding.tally.fails
        if limit > 4:
            assert counts.get("holds", 0) == finding.tally.holds
            assert len(table.rows) <= max(limit, 8)


def test_finer_tables_are_said_to_be_finer(findings):
    said = [case_table(findings, limit).gathered for limit in (10**6, 200, 6)]
    words = [level[0] for level in LEVELS]
    assert words.index(said[0]) == 0
    assert words.index(said[0]) < words.index(said[1]) <= words.index(said[2])


def test_alone_a_row_shows_its_point_and_its_regimes(findings):
    first = case_table(findings, 3_000).rows[0]
    assert (first.outcome, first.sizes, first.point, first.count) == ("fails", "n=1", "x=[-1]", 1)
    assert "n = 1" in first.regimes
    assert first.excess > 10


def test_what_fails_stands_first(findings):
    outcomes = [row.outcome for row in case_table(findings).rows]
    assert outcomes == sorted(outcomes, key=["fails", "cannot tell", "holds"].index)


def test_without_kept_cases_there_is_no_table():
    finding = by_hand.consistent(by_hand.claim(by_hand.network, "closed_form"))
    assert cases_section([finding], {0}, 100) is None


def test_names_cannot_end_the_data_block(findings):
    inside = {"</script><script>alert(1)</script>": np.array([True])}
    batch = Batch({"n": 1}, np.array([1], dtype=np.int8), np.array([np.nan]), inside, None)
    hostile = replace(findings[0], cases=(batch,), regimes={next(iter(inside)): findings[0].tally})
    section = cases_section([hostile], {0}, 10)
    assert "<" not in section.island
    data = json.loads(section.island)
    assert data["regimes"] == list(inside)
    assert data["x"] == [None]
