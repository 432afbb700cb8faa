"""What people meet on GitHub: the Markdown summary of a job, and annotations."""

import dataclasses
import functools
import re

import pytest
from read_back import commands, parsed, rows
from real_run import STEP, WRONG, results, text_of

from verify.report import as_github, as_markdown
from verify.report.items import Status, items


def many(count, wrong):
    """A run of `count` claims of which the last `wrong` are not as expected, told apart by name."""
    right, bad = (
        next(f for f in results().findings if f.claim.name == name)
        for name in ("squares[v0-x]", WRONG[0])
    )

    def named(finding, number):
        variant = dataclasses.replace(finding.claim.variant, name=f"claim {number:04}")
        return dataclasses.replace(
            finding, claim=dataclasses.replace(finding.claim, variant=variant)
        )

    chosen = [right] * (count - wrong) + [bad] * wrong
    findings = tuple(named(finding, number) for number, finding in enumerate(chosen))
    return dataclasses.replace(results(), findings=findings, derivations=())


def test_the_summary_holds_every_claim_step_and_refusal():
    names = {row[0] for row in rows(text_of("markdown"))} - {"claim or step"}
    assert names == {item.name for item in items(results())}


def test_the_summary_begins_with_the_count_and_what_is_wrong():
    text = text_of("markdown")
    assert text.splitlines()[0] == ("# gradverify: ✗ 3 of 11 not as expected, 1 not judged")
    assert [row[0] for row in rows(text)[1:4]] == [*WRONG, STEP]
    assert re.findall(r"^## .*", text, re.MULTILINE) == [
        "## Not as expected (3)", "## Not judged (1)", "## As expected (7)",
    ]  # fmt: skip
    row = rows(text)[1]
    assert (row[1], row[2], row[3]) == ("refuted", "consistent", "n=1")
    assert row[5].startswith("tests/real_run.py:")


def test_a_failure_is_told_in_full():
    fences = [token for token in parsed(text_of("markdown")) if token.type == "fence"]
    assert len(fences) == 3
    assert "counterexample, to copy" in fences[0].content
    assert "repair at tests/data/wrong_step.md:12:40" in fences[2].content


def test_3000_claims_fit_with_failures_first():
    text = as_markdown.to_text(many(3000, 1200))
    assert len(text.encode()) < 900_000
    names = [row[0] for row in rows(text)]
    assert names[1:1201] == [f"squares[claim {number:04}-x]" for number in range(1800, 3000)]
    assert text.startswith("# gradverify: ✗ 1,200 of 3,000 not as expected\n")
    assert "squares[claim 0000-x]" in names


@pytest.mark.parametrize("limit", [0, 100, 1_000, 10_000, 60_000])
def test_a_summary_is_never_too_long_and_says_what_it_left_out(limit):
    found = many(3000, 1200)
    text = as_markdown.to_text(found, limit)
    assert len(text.encode()) <= limit
    shown = sum(row[0] != "claim or step" for row in rows(text))
    left = [int(n.replace(",", "")) for n in re.findall(r"… and ([\d,]+) more", text)]
    if shown:
        assert shown + left[0] == 1200
    else:
        assert limit < 1_000


def test_what_is_as_expected_says_so():
    assert as_markdown.to_text(many(5, 0)).startswith("# gradverify: ✓ 5 of 5 as expected\n")
    nothing = dataclasses.replace(many(0, 0), interrupted=True)
    assert as_markdown.to_text(nothing).startswith("# gradverify: no claim was checked\n\nInterr")


def test_annotations_stand_at_what_is_not_as_expected():
    found = commands(text_of("github"))
    assert [properties["title"] for _, properties, _ in found] == [*WRONG, STEP]
    kind, properties, message = found[2]
    assert kind == "error"
    assert (properties["file"], properties["line"], properties["col"]) == (
        "tests/data/wrong_step.md", "12", "40",
    )  # fmt: skip
    assert "should be -(t_j^n - y_j^n)" in message
    assert found[0][1]["file"] == "tests/real_run.py"


def test_a_file_outside_the_checkout_has_no_line_to_stand_at(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = commands(text_of("github"))
    assert len(found) == 3
    # The page was named as seen from where we are, so it is taken to lie there.
    assert ["file" in properties for _, properties, _ in found] == [False, False, True]


@pytest.mark.parametrize(("wrong", "kinds"), [(0, []), (10, ["error"] * 10), (11, None)])
def test_ten_annotations_then_a_count(wrong, kinds):
    found = commands(as_github.to_text(many(20, wrong)))
    shown = [kind for kind, _, _ in found]
    assert shown == (["error"] * 10 + ["notice"] if kinds is None else kinds)
    if kinds is None:
        assert found[-1][2] == "1 more are not as expected; 11 in all."


@functools.cache
def statuses():
    return {item.name: item.status for item in items(results())}


def test_what_is_refuted_as_declared_passes():
    assert statuses()["squares[v1-x]"] is Status.PASSES
    assert statuses()[WRONG[0]] is Status.FAILS
    assert list(statuses().values()).count(Status.OPEN) == 1
