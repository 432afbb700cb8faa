"""`--output-format`: what is printed, what is written, and what is refused before any work."""

import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from real_run import DATA
from typer.testing import CliRunner

from verify.cli.app import app
from verify.cli.outputs import NAMES, parsed
from verify.errors import UsageError
from verify.report.as_parquet import require_writer

LOSS = """
from verify import problem, reals

print("a user's own output")

@problem(x=reals("n"), wrt="x")
def squares(x):
    return (x * x).sum(axis=-1)

@squares.gradient
def by_hand(x):
    return 2 * x

@squares.gradient
def halved(x):
    return x
"""
WRONG = "squares[halved-x]"


@pytest.fixture
def gradverify(tmp_path, monkeypatch):
    """Run the command line in a folder with a loss and a page; return how it ended."""
    (tmp_path / "loss.py").write_text(LOSS)
    (tmp_path / "page.md").write_text((DATA / "wrong_step.md").read_text("utf-8"), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.setattr(sys, "argv", ["gradverify", "run"])
    return lambda *words: CliRunner().invoke(app, list(words))


RUN = ("run", "loss.py", "--test-cases", "5")


def formats(*given):
    return [word for text in given for word in ("--output-format", text)]


def test_several_formats_at_once_and_the_text(gradverify):
    ended = gradverify(*RUN, *formats("json=a.json", "csv=a.csv", "junit=a.xml", "html=a.html"))
    assert ended.exit_code == 1
    assert WRONG in ended.stdout
    assert json.loads(Path("a.json").read_text("utf-8"))["claims"][1]["variant"] == "halved"
    assert len(pd.read_csv("a.csv")) == 2
    assert ET.parse("a.xml").getroot().get("failures") == "1"
    assert "squares" in Path("a.html").read_text("utf-8")


@pytest.mark.parametrize("words", [("json",), ("json=-",)])
def test_what_is_printed_takes_the_place_of_the_text(gradverify, words):
    ended = gradverify(*RUN, *formats(*words, "sarif=a.sarif"))
    assert len(json.loads(ended.stdout)["claims"]) == 2
    assert "1 of 2 claims as expected" in ended.stderr
    assert json.loads(Path("a.sarif").read_text("utf-8"))["version"] == "2.1.0"


def test_github_is_printed_for_gate(gradverify):
    ended = gradverify("gate", "loss.py", "page.md", *formats("github"))
    first, second = ended.stdout.splitlines()
    assert first.startswith("::error file=loss.py,line=14,title=squares[halved-x]::")
    assert second.startswith("::error file=page.md,line=12,col=40,title=page.md%3A chain 1")
    assert ended.exit_code == 1


def test_check_takes_the_formats_too(gradverify):
    ended = gradverify("check", "page.md", *formats("csv", "markdown=a.md"))
    assert ended.stdout.startswith('"document","chain"')
    assert "page.md:12:40" in ended.stderr
    assert "not as expected" in Path("a.md").read_text("utf-8")


def test_two_tables_in_two_files(gradverify):
    gradverify(*RUN, "page.md", *formats("csv=a.csv", "parquet=b.parquet"))
    assert len(pd.read_csv("a.csv")) == len(pd.read_parquet("b.parquet")) == 2
    assert len(pd.read_csv("a-steps.csv")) == len(pd.read_parquet("b-steps.parquet")) == 3


def test_text_can_be_written_too(gradverify):
    ended = gradverify(*RUN, *formats("text=a.txt"))
    assert Path("a.txt").read_text("utf-8") == ended.stdout
    ended = gradverify("check", "page.md", *formats("text=a.txt", "json"))
    assert Path("a.txt").read_text("utf-8") == ended.stderr
    assert json.loads(ended.stdout)["steps"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "jnuit=a",
            "--output-format jnuit: there is no such format; it must be one of text, json,",
        ),
        ("jnuit=a", "Did you mean 'junit'?"),
        ("json=", "the name of a file must follow the =."),
        ("parquet", "needs a file, as in --output-format parquet=FILE."),
        ("html", "needs a file, as in --output-format html=FILE."),
        ("json=nowhere/a.json", "--output-format json nowhere/a.json: there is no folder nowhere."),
        ("sarif=.", "--output-format sarif .: this is a folder; a file is needed."),
    ],
)
@pytest.mark.parametrize("command", ["run loss.py", "gate loss.py", "check page.md"])
def test_what_cannot_be_written_is_refused_first(gradverify, given, said, command):
    ended = gradverify(*command.split(), *formats(given))
    assert ended.exit_code == 2
    assert said in ended.stderr
    # Nothing was loaded, so nothing was run.
    assert "a user's own output" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (formats("json", "csv"), "--output-format json and --output-format csv both print"),
        (["--json", "-", *formats("github")], "--json and --output-format github both print"),
        (formats("text", "json"), "--output-format text and --output-format json both print"),
        (formats("json=a", "csv=a"), "json and --output-format csv name the same file, a."),
        (formats("csv=a", "csv=./a"), "csv and --output-format csv name the same file, a."),
        (["--json", "a-steps.csv", *formats("csv=a.csv")], "name the same file, a-steps.csv."),
        (["--report", "a", *formats("html=a")], "--report and --output-format html name the same"),
        (["--failures", "a", *formats("json=a")], "json and --failures name the same file, a."),
        (["--report", "-"], "--report: html is not printed; it needs a file"),
    ],
)
def test_two_outputs_in_one_place_are_refused(gradverify, words, said):
    ended = gradverify(*RUN, *words)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_without_pyarrow_parquet_says_what_to_install(gradverify, monkeypatch):
    require_writer()
    monkeypatch.setattr("verify.report.as_parquet.find_spec", lambda name: None)
    ended = gradverify(*RUN, *formats("parquet=a.parquet"))
    assert ended.exit_code == 2
    assert "pip install 'gradverify[parquet]'" in ended.stderr
    assert not Path("a.parquet").exists()


def test_every_name_is_read():
    assert [output.format for output in parsed(NAMES)] == list(NAMES)
    with pytest.raises(UsageError, match="no such format"):
        parsed(["JSON"])


@pytest.mark.parametrize("command", ["run loss.py", "gate loss.py", "check page.md"])
def test_the_summary_of_a_job_is_appended(gradverify, monkeypatch, command):
    summary = Path("summary.md")
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert gradverify(*command.split()).exit_code == 1
    text = summary.read_text("utf-8")
    assert text.startswith("before\n# gradverify: ✗ 1 of ")
    gradverify(*command.split())
    assert summary.read_text("utf-8").count("# gradverify:") == 2


def test_a_summary_that_is_full_takes_no_more(gradverify, monkeypatch):
    Path("summary.md").write_text("x" * 900_000)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    assert gradverify(*RUN).exit_code == 1
    assert Path("summary.md").stat().st_size == 900_000


def test_a_summary_that_cannot_be_written_is_a_warning(gradverify, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", os.path.join("nowhere", "summary.md"))
    ended = gradverify(*RUN)
    assert ended.exit_code == 1
    warned = [line for line in ended.stderr.splitlines() if "warning" in line]
    assert warned == [
        "gradverify: warning: the summary nowhere/summary.md cannot be written: "
        "No such file or directory."
    ]
