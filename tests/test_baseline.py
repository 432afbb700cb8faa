"""A gate with a baseline: what is known passes, what is new, changed or mended fails."""

import json
import shutil

import pytest
from command import LOSS, PAGE, gradverify

from verify.history.baseline import origin

MENDED = LOSS.replace("return 2 * x", "return x")
WORSE = LOSS.replace("    return x\n", "    return x + 1\n")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A folder whose baseline holds the wrong claim and the wrong step."""
    folder = tmp_path_factory.mktemp("known")
    (folder / "loss.py").write_text(LOSS)
    (folder / "page.md").write_text(PAGE)
    update = ("--baseline", "known.json", "--update-baseline")
    written = gradverify(folder, "gate", "loss.py", "page.md", *update)
    assert (written.returncode, written.stderr) == (0, "")
    assert "known.json: 2 known to be wrong, as of this run." in written.stdout
    return folder


@pytest.fixture
def gated(template, tmp_path):
    """Run the gate in a folder like that, which the test may change."""
    for name in ("loss.py", "page.md", "known.json"):
        shutil.copy(template / name, tmp_path)

    def gate(*arguments, targets=("loss.py", "page.md")):
        return gradverify(tmp_path, "gate", *targets, "--baseline", "known.json", *arguments)

    gate.folder = tmp_path
    return gate


def entries(folder):
    data = json.loads((folder / "known.json").read_text())
    claims = [(entry["file"], entry["variant"], entry["verdict"]) for entry in data["claims"]]
    return claims, [(entry["document"], entry["chain"]) for entry in data["steps"]]


def test_what_is_known_to_be_wrong_passes_the_gate_in_one_line(gated):
    assert gradverify(gated.folder, "gate", "loss.py", "page.md").returncode == 1
    done = gated()
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "2 known to be wrong, as known.json has it."
    assert "doubled" not in done.stdout
    assert entries(gated.folder) == ([("loss.py", "doubled", "refuted")], [("page.md", "1")])


def test_what_is_wrong_and_not_known_fails_the_gate(gated):
    (gated.folder / "loss.py").write_text(WORSE)
    done = gated()
    assert done.returncode == 1
    assert "half_square[by_hand-x] is refuted" in done.stdout
    assert "half_square[doubled-x] is" not in done.stdout


def test_a_known_claim_with_another_verdict_fails_the_gate(gated):
    (gated.folder / "loss.py").write_text(LOSS.replace("return 2 * x", "return 'no'"))
    done = gated()
    assert done.returncode == 1
    assert "half_square[doubled-x] is malformed" in done.stdout
    assert "changed; the baseline holds it as refuted" in done.stdout


def test_a_mended_claim_fails_the_gate_until_the_baseline_is_updated(gated):
    (gated.folder / "loss.py").write_text(MENDED)
    done = gated("--json", "out.json")
    assert done.returncode == 1
    assert "mended: run with --update-baseline" in done.stdout
    claims = json.loads((gated.folder / "out.json").read_text())["claims"]
    assert [c["as_expected"] for c in claims if c["variant"] == "doubled"] == [False]
    assert gated("--update-baseline").returncode == 0
    assert entries(gated.folder)[0] == []
    assert gated().returncode == 0


def test_a_mended_step_fails_the_gate_and_so_does_another_equation(gated):
    page = gated.folder / "page.md"
    page.write_text(PAGE.replace("= x_k $$", "= x_k + x_k $$"))
    done = gated(targets=["page.md"])
    assert done.returncode == 1
    assert "chain 1, step 1 holds: mended: run with --update-baseline" in done.stdout
    page.write_text(PAGE.replace("= x_k $$", "= 5 x_k $$"))
    assert gated(targets=["page.md"]).returncode == 1
    page.write_text(PAGE.replace("= x_k $$", "=   x_k $$"))
    assert gated(targets=["page.md"]).returncode == 0


def test_what_was_not_run_is_left_alone(gated):
    assert gated("-k", "by_hand").returncode == 0
    assert gated("-k", "by_hand", "--update-baseline", targets=["loss.py"]).returncode == 0
    assert entries(gated.folder) == ([("loss.py", "doubled", "refuted")], [("page.md", "1")])
    assert gated("--update-baseline", targets=["page.md"]).returncode == 0
    assert entries(gated.folder)[0] == [("loss.py", "doubled", "refuted")]
    (gated.folder / "loss.py").write_text(LOSS.replace("def doubled", "def twofold"))
    assert gated("--update-baseline", targets=["loss.py"]).returncode == 0
    assert entries(gated.folder)[0] == [("loss.py", "twofold", "refuted")]


def test_problems_of_one_name_in_two_files_are_told_apart(gated):
    (gated.folder / "other.py").write_text(LOSS)
    assert gated(targets=["other.py"]).returncode == 1
    assert gated("--update-baseline", targets=["other.py"]).returncode == 0
    assert [file for file, _, _ in entries(gated.folder)[0]] == ["loss.py", "other.py"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--update-baseline"], "--update-baseline needs --baseline FILE"),
        (["--baseline", "none.json"], "there is no such file; --update-baseline writes it."),
        (["--baseline", "loss.py"], "loss.py should be a baseline"),
        (["--baseline", "x/b.json", "--update-baseline"], "--baseline x/b.json: there is no fold"),
    ],
)
def test_a_baseline_that_cannot_be_used_exits_with_2_before_anything_runs(
    tmp_path, arguments, words
):
    (tmp_path / "loss.py").write_text(LOSS)
    done = gradverify(tmp_path, "gate", "loss.py", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_place_of_a_file_does_not_depend_on_where_the_command_runs(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    for folder in (tmp_path, tmp_path / "deep"):
        monkeypatch.chdir(folder)
        assert origin(str(tmp_path / "deep" / "loss.py"), tmp_path) == "deep/loss.py"
    import verify.studies.flagship as study

    assert origin(study.__file__, tmp_path) == "verify/studies/flagship.py"
