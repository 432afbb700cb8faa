"""Claims and chains by their names: listed, explained, and completed by the shell."""

import json

import pytest
from command import LOSS, PAGE, gradverify

EXPECTED = PAGE.replace("\n+++\nLet", '\n\n[expect]\n"1.1" = "fails"\n+++\nLet')


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "loss.py").write_text(LOSS)
    (tmp_path / "page.md").write_text(EXPECTED)
    return tmp_path


def test_list_shows_the_chains_of_pages(folder):
    done = gradverify(folder, "list", "loss.py", "page.md")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-3:] == [
        "page.md",
        "  1  page.md:12  1 step  (1.1 expected to fail)",
        "  2  page.md:14  1 step",
    ]


def test_list_selects_claims_and_writes_json(folder):
    done = gradverify(folder, "list", "loss.py", "page.md", "-k", "tripled", "--json", "-")
    (claim,) = json.loads(done.stdout)
    assert (claim["claim"], claim["expected"]) == ("half_square[tripled-x]", ["refuted"])
    assert (claim["path"], claim["line"]) == ("loss.py", 16)
    assert done.stderr.splitlines() == [
        "half_square  loss.py:4",
        "  half_square[tripled-x]  refuted",
    ]
    first, _ = json.loads(gradverify(folder, "list", "page.md", "--json", "-").stdout)
    assert (first["document"], first["expected_to_fail"]) == ("page.md", ["1.1"])


def test_explain_tells_what_the_page_tells(folder):
    told = gradverify(folder, "explain", "flagship[question-theta]").stdout
    for expected in (
        "statement    a = theta^T x",
        "theta ∈ reals('D K')",
        "precondition |a| <= 15 at every unit",
        "evidence     tested",
        "all test cases  fails",
        "K = 1           cannot tell",
        "blind spots  agrees wherever theta = 0; a = 0",
        "parts from   last_class_fixed",
        "claimed  reference ± bound",
        "reproduce with\n  gradverify run ",
        "seed         0, 50 test cases drawn",
    ):
        assert expected in told


def test_explain_takes_a_chain_or_a_step_of_a_page(folder):
    for name in ("1", "1.1", "1[0-1]", "chain 1"):
        done = gradverify(folder, "explain", name, "page.md", "loss.py")
        assert done.returncode == 0
        assert done.stdout.startswith("page.md:12:38: chain 1, step 1 fails: the sides differ")
        assert "chain 2" not in done.stdout
    (folder / "page.md").write_text(PAGE)
    assert gradverify(folder, "explain", "1", "page.md").returncode == 1
    assert gradverify(folder, "explain", "2", "page.md").returncode == 0
    assert "chain 3, step 1 fails" in gradverify(folder, "explain", "3.1").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["3", "page.md"], "no chain or step of page.md is called '3'"),
        (["1.2", "page.md"], "Did you mean '1.1'?"),
        (["trippled", "page.md", "loss.py"], "Did you mean 'tripled'?"),
        (["1", "pages.md"], "pages.md: cannot be read"),
    ],
)
def test_an_unknown_name_exits_with_2_and_suggests_the_nearest(folder, arguments, words):
    done = gradverify(folder, "explain", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def completed(folder, line, word=None):
    """What bash is told when the last word of a line, or that of a number, is to be completed."""
    at = line.count(" ") if word is None else word
    asked = {"_GRADVERIFY_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(at)}
    done = gradverify(folder, **asked)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_the_shell_completes_names_of_claims_and_prints_nothing_else(folder):
    (folder / "loss.py").write_text(f"print('loaded'){LOSS}")
    claims = [f"half_square[{name}-x]" for name in ("by_hand", "doubled", "tripled")]
    parts = ["by_hand", "doubled", "tripled"]
    assert completed(folder, "gradverify run loss.py -k ") == [*claims, *parts]
    assert completed(folder, "gradverify run loss.py page.md -k dou") == ["doubled"]
    assert completed(folder, "gradverify explain half_square[d loss.py", 2) == [claims[1]]
    assert completed(folder, "gradverify explain 2 page.md", 2) == ["2"]
    assert completed(folder, "gradverify explain flagship[qu") == ["flagship[question-theta]"]
    assert completed(folder, "gradverify rep") == ["replay"]


@pytest.mark.parametrize(
    "text",
    ["def (", "import os; os.system('echo loud'); raise SystemExit(3)", "print(1)", "1 / 0"],
)
def test_completion_of_a_file_that_cannot_be_loaded_is_empty(folder, text):
    (folder / "broken.py").write_text(text)
    assert completed(folder, "gradverify gate broken.py -k ") == []


def test_the_script_for_the_shell_can_be_shown(folder):
    done = gradverify(folder, "--show-completion", "bash")
    assert "_GRADVERIFY_COMPLETE=complete_bash" in done.stdout


HOSTILE = """
from verify import problem, reals

@problem(x=reals("n"), wrt="x", name="a\\x00b\\x1b[31m\\u202ec\\u2066", source="\\x07 page\\r")
def named(x):
    return (x * x).sum()

@named.gradient(name="v\\x9b2J", source="line\\x1b]0;title")
def variant(x):
    return x
"""


@pytest.mark.parametrize(
    "command",
    [
        ["list", "named.py"],
        ["explain", "named.py"],
        ["run", "named.py", "--output-format", "text=out.txt"],
        ["gate", "named.py"],
        ["run", "named.py", "--json", "-"],
    ],
    ids=lambda command: command[0],
)
def test_no_name_steers_the_terminal(tmp_path, command):
    (tmp_path / "named.py").write_text(HOSTILE)
    given = [command[0], "31m", *command[1:]] if command[0] == "explain" else command
    done = gradverify(tmp_path, *given)
    words = done.stderr if "--json" in command else done.stdout + done.stderr
    if (tmp_path / "out.txt").exists():
        words += (tmp_path / "out.txt").read_bytes().decode()
    assert "Traceback" not in words
    assert "a\\x00b\\x1b[31m\\u202ec\\u2066[v\\x9b2J-x]" in words
    assert not set(words) & set("\x00\x07\x1b\x9b\r\u202e\u2066")
    assert words.count("\n") > 1
