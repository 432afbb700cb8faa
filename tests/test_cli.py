"""The command line as a user meets it: real processes, their output and exit codes."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from verify.cli.selection import matcher, named
from verify.errors import UsageError
from verify.load import problems_from

ROOT = Path(__file__).parents[1]
START = [sys.executable, "-c", "from verify.cli import main; main()"]

LOSS = """
from verify import REFUTED, problem, reals

print("a user's own output")

@problem(x=reals("n"), wrt="x")
def half_square(x):
    return 0.5 * (x * x).sum(axis=-1)

@half_square.gradient(source="by heart")
def by_hand(x):
    return x

@half_square.gradient(expect=REFUTED, source="negative control")
def doubled(x):
    return 2 * x
"""
UNEXPECTED = LOSS.replace("expect=REFUTED, ", "")
ENDLESS = """
import pathlib, time
from verify import problem, reals

@problem(x=reals("n"), wrt="x")
def slow(x):
    return x.sum(axis=-1)

@slow.gradient
def endless(x):
    pathlib.Path("started").touch()
    time.sleep(60)
    return x
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def gradverify(tmp_path: Path) -> Run:
    (tmp_path / "loss.py").write_text(LOSS)
    (tmp_path / "unexpected.py").write_text(UNEXPECTED)

    def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*START, *arguments],
            cwd=tmp_path,
            env=environment(**env),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def test_run_says_of_each_claim_whether_it_passes_and_exits_with_0(gradverify: Run) -> None:
    done = gradverify("run", "loss.py")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("passes the finite-difference check: half_square[by_hand-x]")
    assert lines[1].startswith("fails the finite-difference check: half_square[doubled-x]")
    assert lines[2].startswith("2 of 2 claims as expected; 1 consistent, 1 refuted; ")
    assert len(lines) == 3


def test_a_pipe_gets_no_control_characters_and_nothing_on_stderr_but_the_users_own(
    gradverify: Run,
) -> None:
    done = gradverify("run", "unexpected.py", COLUMNS="20")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr
    assert done.stderr == "a user's own output\n"
    assert "fails the finite-difference check: half_square[doubled-x] is refuted" in done.stdout


def test_a_claim_that_is_not_as_expected_is_explained_and_exits_with_1(gradverify: Run) -> None:
    done = gradverify("run", "unexpected.py")
    assert done.returncode == 1
    assert "expected consistent" in done.stdout
    assert "counterexample, to copy" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 of 2 claims as expected; ")


def test_gate_prints_one_line_when_all_is_as_expected(gradverify: Run) -> None:
    done = gradverify("gate", "loss.py")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("2 of 2 claims as expected")


def test_gate_prints_what_is_not_as_expected(gradverify: Run) -> None:
    done = gradverify("gate", "unexpected.py")
    assert done.returncode == 1
    assert "half_square[doubled-x]" in done.stdout
    assert "half_square[by_hand-x]" not in done.stdout


def test_a_typo_in_the_users_file_gives_one_helpful_message_and_exits_with_2(
    gradverify: Run, tmp_path: Path
) -> None:
    (tmp_path / "typo.py").write_text(LOSS.replace("reals(", "rels("))
    for command in ("run", "gate", "list"):
        done = gradverify(command, "typo.py")
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr == (
            "a user's own output\n"
            "gradverify: typo.py:6: NameError: name 'rels' is not defined. Did you mean 'reals'?\n"
            '    @problem(x=rels("n"), wrt="x")\n'
        )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "los.py"], "los.py: there is no such file. Did you mean 'loss.py'?"),
        (["run", "loss.py", "--seed", "-1"], "--seed"),
        (["run", "loss.py", "--test-cases", "0"], "--test-cases"),
        (["run", "loss.py", "--test-cases", "many"], "'--test-cases': "),
        (["run", "loss.py", "-k", "nothing_like_it"], "selects none of the 2 claims"),
        (["gate", "loss.py", "-k", "by_hand and"], "joined by and, or, not"),
        (["run", "loss.py", "--json", "nowhere/out.json"], "--json nowhere/out.json: there is no"),
        (["run", "loss.py", "--report", "."], "--report .: this is a folder"),
        (["run", "loss.py", "--json", "/dev/null"], "not a regular file"),
        (["run", "loss.py", "--json", "out", "--report", "./out"], "--json and --report name"),
        (["run", "loss.py", "--failures", "loss.py"], "loss.py should be a JSON file"),
        (["explain", "by_hnd", "loss.py"], "no claim is called 'by_hnd'. Did you mean 'by_hand'?"),
        (["explain", "half_square", "loss.py"], "part of the names of 2 claims"),
        (["verify"], "No such command"),
        (["explian", "x"], "Did you mean 'explain'"),
        (["run", "--sed", "3"], "--seed"),
        (["list", "page.mf"], "page.mf"),
    ],
)
def test_wrong_usage_gives_one_message_and_exits_with_2(
    gradverify: Run, arguments: list[str], expected: str
) -> None:
    done = gradverify(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_of_our_own_exits_with_3_and_the_traceback_comes_last(
    gradverify: Run, tmp_path: Path
) -> None:
    broken = "import verify.campaign\nverify.campaign.run = None\n"
    (tmp_path / "broken.py").write_text(LOSS + broken)
    done = gradverify("run", "broken.py")
    assert done.returncode == 3
    assert "gradverify: internal error, TypeError: " in done.stderr
    assert done.stderr.index("internal error") < done.stderr.index("Traceback")


def test_a_variant_that_ends_the_program_does_not_pass_the_gate(
    gradverify: Run, tmp_path: Path
) -> None:
    (tmp_path / "ends.py").write_text(LOSS.replace("    return x\n", "    raise SystemExit(0)\n"))
    assert gradverify("gate", "ends.py").returncode != 0


def test_an_interrupt_exits_with_130_and_the_results_so_far_are_written(
    gradverify: Run, tmp_path: Path
) -> None:
    (tmp_path / "endless.py").write_text(ENDLESS)
    process = subprocess.Popen(
        [*START, "run", "loss.py", "endless.py", "--json", "out.json", "--report", "out.html"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job ignores SIGINT, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        wait_for(tmp_path / "started", process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "(interrupted)" in out
    data = json.loads((tmp_path / "out.json").read_text())
    assert data["interrupted"] is True
    assert [claim["variant"] for claim in data["claims"]] == ["by_hand", "doubled"]
    assert "doubled" in (tmp_path / "out.html").read_text()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"no {path.name} after a minute"
        time.sleep(0.02)


def test_json_and_report_are_written(gradverify: Run, tmp_path: Path) -> None:
    done = gradverify("run", "loss.py", "--json", "out.json", "--report", "out.html", "--seed", "7")
    assert done.returncode == 0
    data = json.loads((tmp_path / "out.json").read_text())
    assert (data["format"], data["seed"]) == (1, 7)
    assert data["command"] == ("gradverify run loss.py --json out.json --report out.html --seed 7")
    verdicts = {claim["variant"]: claim["verdict"] for claim in data["claims"]}
    assert verdicts == {"by_hand": "consistent", "doubled": "refuted"}
    assert "half_square" in (tmp_path / "out.html").read_text()


def test_json_on_stdout_is_nothing_but_json(gradverify: Run) -> None:
    done = gradverify("gate", "loss.py", "--json", "-")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["claims"]) == 2
    assert "2 of 2 claims as expected" in done.stderr


def test_the_same_seed_gives_the_same_results(gradverify: Run) -> None:
    def claims(seed: str) -> list[dict[str, object]]:
        out = gradverify("run", "loss.py", "--json", "-", "--seed", seed).stdout
        return [{**claim, "seconds": 0} for claim in json.loads(out)["claims"]]

    assert claims("3") == claims("3")


def test_k_selects_claims(gradverify: Run) -> None:
    done = gradverify("run", "loss.py", "-k", "half_square and not DOUBLED")
    assert done.stdout.startswith("passes the finite-difference check: half_square[by_hand-x]")
    assert "1 of 1 claims as expected" in done.stdout


def test_failures_are_kept_and_replayed(gradverify: Run, tmp_path: Path) -> None:
    for _ in range(2):
        assert gradverify("gate", "loss.py", "--failures", "kept.json").returncode == 0
        assert "half_square" in json.loads((tmp_path / "kept.json").read_text())["cases"]


def test_list_names_every_claim_and_what_is_expected_of_it(gradverify: Run) -> None:
    done = gradverify("list", "loss.py")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "half_square  loss.py:6",
        "  half_square[by_hand-x]  consistent  (by heart)",
        "  half_square[doubled-x]  refuted  (negative control)",
    ]


def test_list_without_paths_shows_the_flagship(gradverify: Run) -> None:
    shown = gradverify("list").stdout
    assert "flagship[question-theta]  refuted" in shown
    assert "4 steps  (3.1, 3.3 expected to fail)" in shown


def test_explain_takes_a_part_of_a_name(gradverify: Run) -> None:
    done = gradverify("explain", "doubled", "loss.py")
    assert done.returncode == 0
    assert done.stdout.startswith("fails the finite-difference check: half_square[doubled-x]")
    assert "counterexample, to copy" in done.stdout
    assert "gradverify run loss.py:half_square -k" in done.stdout
    assert gradverify("explain", "doubled", "unexpected.py").returncode == 1


def test_explain_suggests_the_nearest_name(gradverify: Run) -> None:
    done = gradverify("explain", "half_square[by_hnd-x]", "loss.py")
    assert "Did you mean 'half_square[by_hand-x]'?" in done.stderr


def test_version_and_list_do_not_load_what_they_do_not_need(tmp_path: Path) -> None:
    for arguments in (["--version"], ["list"]):
        code = (
            "import sys\nfrom verify.cli import main\ntry:\n    main()\nexcept SystemExit:\n"
            "    heavy = {'pandas', 'jinja2', 'hypothesis', 'mpmath', 'pytest'}\n"
            "    print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == "[]\n"
        assert done.stdout.startswith(("gradverify 0.", "flagship"))


def test_a_reader_that_goes_away_is_no_error_of_ours(tmp_path: Path) -> None:
    command = " ".join(f"'{word}'" for word in [*START, "list"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() in ("0", "141")


def on_a_terminal(folder: Path, *arguments: str, **env: str) -> str:
    """Run the command with a pseudo-terminal as all of its streams; return what it wrote."""
    ours, theirs = pty.openpty()
    plain = {"TERM": "xterm", "COLUMNS": "160", **env}
    process = subprocess.Popen(
        [*START, *arguments],
        cwd=folder,
        env=environment(**plain),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    while chunk := read(ours):
        written += chunk
    process.wait(timeout=60)
    os.close(ours)
    return written.decode()


def read(handle: int) -> bytes:
    try:
        return os.read(handle, 4096)
    except OSError:  # Linux reports the end of a terminal so
        return b""


def test_a_terminal_gets_a_table_in_colours_and_progress(gradverify: Run, tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path, "run", "loss.py")
    assert "finite-difference check" in shown
    assert "half_square[doubled-x]" in shown
    assert "\x1b[31mrefuted" in shown
    assert "━" in shown


def test_no_color_is_respected(gradverify: Run, tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path, "run", "loss.py", NO_COLOR="1")
    assert "refuted" in shown
    assert "\x1b[31m" not in shown


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("question", ["question", "the question"]),
        ("QUESTION", ["question", "the question"]),
        ("question and not 'the '", ["question"]),
        ("'the question'", ["the question"]),
        ("loss[question-theta]", ["question"]),
        ("not (question or note)", ["closed form"]),
        ("note or closed", ["note", "closed form"]),
        ("android", []),
    ],
)
def test_expressions(tmp_path: Path, expression: str, expected: list[str]) -> None:
    fits = matcher(expression)
    assert [claim.variant.name for claim in four_claims(tmp_path) if fits(claim)] == expected


@pytest.mark.parametrize("expression", ["", "a b", "(a", "a and", "not", "()", "a (b)"])
def test_expressions_that_cannot_be_read(expression: str) -> None:
    with pytest.raises(UsageError, match="joined by and, or, not"):
        matcher(expression)


def four_claims(folder: Path) -> list:
    file = folder / "four.py"
    names = ["question", "the question", "note", "closed form"]
    variants = "".join(
        f"@loss.gradient(name={name!r})\ndef v{number}(theta):\n    return theta\n"
        for number, name in enumerate(names)
    )
    file.write_text(
        "from verify import problem, reals\n@problem(theta=reals('n'), wrt='theta')\n"
        f"def loss(theta):\n    return theta.sum()\n{variants}"
    )
    (problem,) = problems_from([str(file)])
    return list(problem.claims)


def test_a_claim_is_named_in_full_or_by_a_part_that_fits_one(tmp_path: Path) -> None:
    problem = four_claims(tmp_path)[0].problem
    assert named([problem], "loss[question-theta]").variant.name == "question"
    assert named([problem], "CLOSED").variant.name == "closed form"
    with pytest.raises(UsageError, match="2 claims"):
        named([problem], "question")
