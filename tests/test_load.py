"""Targets become problems; whatever is wrong with a user's file becomes one helpful message."""

import sys
from pathlib import Path

import pytest

from verify.errors import LoadError
from verify.load import problems_from

LOSS = """
from verify import problem, reals

@problem(x=reals("n"), wrt="x")
def half_square(x):
    return 0.5 * (x * x).sum(axis=-1)

@half_square.gradient
def by_hand(x):
    return x
"""
CUBE = LOSS.replace("half_square", "cube").replace("0.5 * (x * x)", "(x**3)").replace("x\n", "x\n")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))


def write(path: str, text: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")
    return path


def message(*targets: str) -> str:
    with pytest.raises(LoadError) as caught:
        problems_from(targets)
    return str(caught.value)


def names(*targets: str) -> list[str]:
    return [problem.name for problem in problems_from(targets)]


def test_without_a_target_the_flagship_studies_are_loaded() -> None:
    problems = problems_from()
    assert problems[0].name == "flagship"
    assert len({problem.name for problem in problems}) == len(problems) > 5


def test_a_file() -> None:
    assert names(write("loss.py", LOSS)) == ["half_square"]


def test_a_module_of_the_working_directory() -> None:
    write("loss_as_module.py", LOSS)
    assert names("loss_as_module") == ["half_square"]


def test_a_module_in_a_package() -> None:
    write("some_package/__init__.py", "")
    write("some_package/losses.py", LOSS)
    assert names("some_package.losses") == ["half_square"]


def test_one_object_of_a_file_and_of_a_module() -> None:
    write("two_losses.py", LOSS + CUBE.replace("by_hand", "by_hand_too"))
    assert names("two_losses.py") == ["half_square", "cube"]
    assert names("two_losses.py:cube") == ["cube"]
    assert names("two_losses:cube") == ["cube"]


def test_a_folder_gives_the_problems_of_all_its_files() -> None:
    write("study/a.py", LOSS)
    write("study/b.py", CUBE)
    assert names("study") == ["half_square", "cube"]


def test_a_script_in_a_folder_that_is_not_about_gradients_is_not_run() -> None:
    write("study/a.py", LOSS)
    write("study/launch.py", "raise SystemExit('this must not run')")
    assert names("study") == ["half_square"]


def test_a_problem_under_two_names_is_one_problem() -> None:
    write("loss.py", LOSS + "same = half_square\n")
    assert names("loss.py") == ["half_square"]


def test_a_plain_problem_counts() -> None:
    write("loss.py", LOSS + "plain = half_square.problem\ndel half_square\n")
    assert names("loss.py") == ["half_square"]


def test_a_file_named_twice_is_loaded_once() -> None:
    write("loss.py", LOSS)
    assert names("loss.py", "loss.py:half_square") == ["half_square"]


def test_a_file_that_adds_variants_to_its_neighbours_problem() -> None:
    write("study/losses_of_a.py", LOSS.split("@half_square")[0])
    write(
        "study/variants.py",
        "import verify\nfrom losses_of_a import half_square\n"
        "@half_square.gradient\ndef elsewhere(x):\n    return x\n",
    )
    (problem,) = problems_from(["study"])
    assert [variant.name for variant in problem.variants] == ["elsewhere"]


def test_a_file_finds_its_neighbours_also_when_a_variant_is_called() -> None:
    write("study/helper_of_loss.py", "def gradient(x):\n    return x\n")
    body = "    from helper_of_loss import gradient\n    return gradient(x)\n"
    write("study/loss.py", LOSS.replace("    return x\n", body))
    (problem,) = problems_from(["study/loss.py"])
    assert problem.variants[0].function(3.0) == 3.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LOSS.replace("wrt=", "wrt"), "loss.py:4: SyntaxError: positional argument follows"),
        (
            LOSS.replace("reals(", "rels("),
            "loss.py:4: NameError: name 'rels' is not defined. Did you mean 'reals'?",
        ),
        (LOSS.replace("import problem, reals", "import problem, rels"), "Did you mean 'reals'?"),
        (LOSS.replace(".gradient", ".gradeint"), "Did you mean 'gradient'?"),
        (LOSS.replace("def by_hand(x)", "def by_hand(y)"), "by_hand(y) should be by_hand(x)"),
        (LOSS.replace('wrt="x"', 'wrt="z"'), "loss.py:4: @problem half_square: "),
        ("import sys\nsys.exit('bye')\n", "loss.py:2: the file ends the program"),
        ("import no_such_thing_here\n", "No module named 'no_such_thing_here'"),
        ("from verify import problem\n", "there is no problem in it"),
        (LOSS.split("@half_square")[0], "loss.py:4: the problem 'half_square' has no variant"),
        ("x = '\udcff'".encode("utf-8", "surrogatepass").decode("latin-1"), "no problem in it"),
    ],
    ids=range(11),
)
def test_a_mistake_in_the_file_is_told_in_one_message(text: str, expected: str) -> None:
    told = message(write("loss.py", text))
    assert told.startswith("loss.py")
    assert expected in told
    assert "Traceback" not in told


def test_the_line_of_the_mistake_is_shown() -> None:
    told = message(write("loss.py", LOSS.replace("reals(", "rels(")))
    assert told.splitlines()[1] == '    @problem(x=rels("n"), wrt="x")'


def test_a_mistake_in_a_helper_names_both_files() -> None:
    write("helper_with_mistake.py", "one = 1\ntwo = 1 / 0\n")
    told = message(write("loss.py", "import helper_with_mistake\n" + LOSS))
    assert "loss.py:1: ZeroDivisionError: division by zero" in told
    assert "(raised in helper_with_mistake.py:2)" in told


def test_a_mistake_in_the_package_of_a_module() -> None:
    write("broken_package/__init__.py", "import no_such_thing_here\n")
    write("broken_package/loss.py", LOSS)
    told = message("broken_package.loss")
    assert told.startswith("broken_package/__init__.py:1: ModuleNotFoundError")


def test_missing_targets_suggest_the_nearest() -> None:
    write("softmax_loss.py", LOSS)
    assert message("softmaxloss.py") == (
        "softmaxloss.py: there is no such file. Did you mean 'softmax_loss.py'?"
    )
    assert "no such file, folder or module. Did you mean 'softmax_loss.py'?" in message(
        "softmax_los"
    )
    assert "there is no such file" in message("nowhere/loss.py")
    assert message("softmax_loss.py:half_sqare") == (
        "softmax_loss.py:half_sqare: there is no 'half_sqare'; the problems in it are half_square."
        " Did you mean 'half_square'?"
    )


def test_an_object_that_is_no_problem() -> None:
    write("loss.py", LOSS)
    assert "'reals' is of type function, not a problem" in message("loss.py:reals")
    assert "should be FILE.py:OBJECT" in message("loss.py:")


def test_a_file_of_another_kind() -> None:
    write("loss.txt", LOSS)
    assert "a Python file (.py) is needed" in message("loss.txt")


def test_an_empty_folder() -> None:
    Path("empty").mkdir()
    assert "no Python file in this folder holds a problem" in message("empty")


def test_two_problems_of_one_name_in_two_files_name_both_places() -> None:
    write("a.py", LOSS)
    write("b.py", "\n" + LOSS)
    told = message("a.py", "b.py")
    assert "'half_square'" in told
    assert "a.py:4" in told
    assert "b.py:5" in told


def test_two_problems_of_one_name_in_one_loop() -> None:
    body = "".join(f"    {line}\n" for line in LOSS.strip().splitlines()[2:])
    write(
        "loop.py",
        f"from verify import problem, reals\ndef make():\n{body}    return half_square\n"
        "one, two = make(), make()\n",
    )
    assert "two problems are called 'half_square'" in message("loop.py")
