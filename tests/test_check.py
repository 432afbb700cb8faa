"""`gradverify check` as a user meets it: exit codes, JSON, suggestions, the report, and hostile
pages.
"""

import json
import os
import resource
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from derivations import DECLARATIONS, PAGE, corrected

from verify.formula.symbols import parse_declarations

ROOT = Path(__file__).parents[1]
START = [sys.executable, "-c", "from verify.cli import main; main()"]
RIGHT, WRONG = "$$ c + c = 2 c $$\n", "$$ c + c = 3 c $$\n"
SMALL = "[indices]\ni = 'D'\n[symbols]\nc = 'real'\n'x_i' = 'real'\n"
STEP_KEYS = {
    "document", "chain", "from", "to", "verdict", "evidence", "repair", "line", "column", "message",
}  # fmt: skip

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Ran:
    """A process that has ended: its code, output, seconds and largest resident memory."""

    code: int
    out: str
    err: str
    seconds: float
    megabytes: float


@pytest.fixture
def check(tmp_path):
    """Run `gradverify check` in a folder of its own."""

    def run(page, *arguments, declarations: str | None = SMALL) -> Ran:
        target = tmp_path / "page.md"
        if isinstance(page, bytes):
            target.write_bytes(page)
        elif page is not None:
            target.write_text(page)
        more = []
        if declarations is not None:
            (tmp_path / "page.toml").write_text(declarations)
            more = ["--with", "page.toml"]
        return measured([*START, "check", "page.md", *more, *arguments], tmp_path)

    return run


def _limited():
    """A process that runs away is ended by the system, and takes nothing else with it."""
    resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def measured(command, folder) -> Ran:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=out, stderr=err, preexec_fn=_limited
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    texts = [(folder / name).read_text() for name in ("out", "err")]
    return Ran(process.returncode, *texts, seconds, usage.ru_maxrss / 1024)


def steps(ran) -> list[dict[str, Any]]:
    return json.loads(ran.out)["steps"]


def complaint(ran) -> str:
    """What is said about wrong usage: never a traceback."""
    assert ran.code == 2, ran
    assert "Traceback" not in ran.err
    assert ran.err.strip()
    return ran.err


def test_the_code_is_0_where_all_holds_and_1_where_a_step_fails(check):
    right, wrong = check(RIGHT), check(WRONG)
    assert (right.code, wrong.code) == (0, 1)
    assert "1 holds" in right.out
    assert "1 fails" in wrong.out
    assert "page.md:1:" in wrong.out


def test_a_step_that_is_expected_to_fail_is_as_expected(check):
    declared = SMALL + "[expect]\n1 = 'fails'\n"
    assert check(WRONG, declarations=declared).code == 0
    assert check(RIGHT, declarations=declared).code == 1


def test_quiet_prints_failing_steps_and_totals_only(check):
    assert len(check(RIGHT, "--quiet").out.splitlines()) == 1
    assert "fails" in check(WRONG, "--quiet").out.splitlines()[0]


def test_the_page_has_its_steps_as_json(check):
    ran = check(PAGE, "--json", "-", declarations=DECLARATIONS)
    found = steps(ran)
    assert ran.code == 1
    assert len(found) == 22
    assert all(found[n].keys() >= STEP_KEYS for n in range(22))
    assert [s["verdict"] for s in found].count("fails") == 7
    exponent = next(s for s in found if (s["chain"], s["to"]) == ("4", 3))
    assert exponent["document"] == "page.md"
    assert exponent["from"] == 2
    assert exponent["repair"] == "-a_j"
    assert "certified" in exponent["evidence"]
    assert lines_of(PAGE, exponent).startswith(r"\frac{e^{a_j}}")


def lines_of(page, step):
    return page.splitlines()[step["line"] - 1][step["column"] - 1 :]


def test_the_right_page_has_no_failing_step_as_json(check):
    ran = check(corrected(PAGE), "--json", "-", declarations=DECLARATIONS)
    assert ran.code == 0
    assert {s["verdict"] for s in steps(ran)} == {"holds"}
    assert {s["repair"] for s in steps(ran)} == {None}


def test_json_goes_to_a_file_and_refusals_are_in_it(check, tmp_path):
    ran = check(RIGHT + "$$ c = \\kappa $$", "--json", "steps.json")
    found = json.loads((tmp_path / "steps.json").read_text())
    assert ran.code == 0
    assert [s["verdict"] for s in found["steps"]] == ["holds", "unjudged"]
    assert found["refusals"][0]["construct"] == "undeclared symbol \\kappa"
    assert (found["refusals"][0]["line"], found["refusals"][0]["column"]) == (2, 8)


def test_a_suggestion_works_for_the_page_once_its_kinds_are_corrected(check):
    suggested = check(PAGE, "--suggest", declarations=None)
    assert suggested.code == 0
    table = tomllib.loads(suggested.out)
    assert {"i", "j", "k", "l", "n"} <= table["indices"].keys()
    assert {"x", "t"} <= {name[0] for name in table["symbols"]}
    assert not any(name.startswith(("y", "z", "a", "E")) for name in table["symbols"])
    parse_declarations(suggested.out, "suggestion")
    mended = [
        "t_k^n = 'onehot k'" if line.startswith("'t_") else line
        for line in suggested.out.replace('"I"', '"D"').replace('"J"', '"K"').splitlines()
    ]
    text = "\n".join(mended).replace("t_k^n =", "'t_k^n' =")
    ran = check(PAGE, "--json", "-", declarations=text)
    assert [s["verdict"] for s in steps(ran)].count("fails") == 7
    assert [s["verdict"] for s in steps(ran)].count("holds") == 15


@pytest.mark.parametrize(
    ("declarations", "said"),
    [
        ("[indices\n", "TOML"),
        ("[symbols]\nc = 'realish'\n", "'realish' is not known"),
        ("[symbol]\nc = 'real'\n", "unknown table [symbol]"),
        ("[symbols]\nc = 3\n", "must be a string"),
        ("[symbols]\n'c_i' = 'onehot'\n", "onehot"),
        ("[indices]\ni = 'N*2'\n", "a range is written"),
        ("words = 'loss'\n", "words must be a list"),
        ("[symbols]\nc = 'spd'\n", "two axes"),
    ],
)
def test_declarations_that_are_wrong_are_refused_with_a_reason(check, declarations, said):
    assert said in complaint(check(RIGHT, declarations=declarations))


def test_files_that_cannot_be_read_are_refused(check, tmp_path):
    assert "page.md" in complaint(check(None))
    assert "UTF-8" in complaint(check(b"\x89PNG\r\n\x1a\n\xff\xfe" * 10))
    (tmp_path / "page.md").unlink()
    (tmp_path / "page.md").mkdir()
    assert "cannot be read" in complaint(check(None))


def test_a_page_where_nothing_can_be_judged_is_wrong_usage(check):
    assert "no step could be judged" in complaint(check("$$ \\kappa c = 2 \\kappa $$"))
    assert "no step" in complaint(check("No formula."))
    assert "never closed" in complaint(check("$$ c = 2 c"))


def test_front_matter_declares_what_the_page_uses(check):
    front = f"+++\n{SMALL}+++\n"
    assert check(front + RIGHT, declarations=None).code == 0
    assert check(front + WRONG, declarations=None).code == 1
    assert check(RIGHT, declarations=None).code == 2


def test_the_report_shows_the_formulas_and_runs_nothing_of_the_page(check, tmp_path):
    page = RIGHT + r"$$ c + \text{<script>alert(1)</script>} = 2 c + \mathrm{<script>} $$" + "\n"
    ran = check(page + "<script>alert(2)</script>\n" + WRONG, "--report", "report.html")
    html = (tmp_path / "report.html").read_text()
    assert ran.code == 1
    assert html.count("<math") >= 2
    assert "&lt;script&gt;" in html
    assert "<script>alert" not in html


def test_a_file_that_cannot_be_written_is_refused_before_the_work(check):
    assert "no folder" in complaint(check(RIGHT, "--report", "nowhere/report.html"))
    assert "same file" in complaint(check(RIGHT, "--report", "x", "--json", "x"))


HOSTILE = {
    "a formula of 100,000 characters": f"$$ {'c + ' * 25_000}c = c $$",
    "10,000 braces": f"$$ c = {'{' * 10_000}c{'}' * 10_000} $$",
    "10,000 brackets": f"$$ c = {'(' * 10_000}c{')' * 10_000} $$",
    "1,000 fractions": f"$$ c = {chr(92)}frac{{1}}{{1 + " * 1_000 + "c" + "}" * 1_000 + " $$",
    "a sum over 10^9": r"$$ c = \sum_{i=1}^{1000000000} c i $$",
    "a power tower": "$$ c = c^{9^{9^{9^{9}}}} $$",
    "a factorial": "$$ c = 100000000! $$",
    "a long number": f"$$ c = {'9' * 5_000} $$",
    "a definition of a command": r"\def\c{c}\def\x{\x\x} $$ \x = c $$",
    "an open environment": r"\begin{align} c = 2 c" * 100,
}


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_page_ends_soon_and_in_little_memory(check, page):
    ran = check(page, "--json", "-")
    assert ran.code in (1, 2), ran.err[-500:]
    assert "Traceback" not in ran.err
    assert ran.seconds < 5
    assert ran.megabytes < 500


@pytest.mark.parametrize(
    "page",
    [
        r"$$ c + c = \input{/etc/passwd} $$",
        r"\input{/etc/passwd} $$ c + \include{/etc/passwd} = c $$",
        r"$$ \openin\file=/etc/passwd c = \read\file $$",
        r"$$ c + c = \def\a{2c}\a $$",
        r"$$ \newcommand{\b}{2c} c + c = \b $$",
        r"$$ c = \immediate\write18{cat /etc/passwd} $$",
    ],
)
def test_commands_that_load_or_define_are_refused_and_load_nothing(check, tmp_path, page):
    ran = check(page, "--report", "report.html", "--json", "steps.json")
    assert ran.code == 2
    written = [p.read_text() for p in tmp_path.iterdir() if p.is_file()]
    assert "refused" in ran.out + ran.err or "no step" in ran.err
    assert not any("root:" in text for text in written)
    assert "root:" in Path("/etc/passwd").read_text()
