"""Two runs compared: what changed, which way, and files that hold no results."""

import json

import pytest
from command import LOSS, PAGE, gradverify

from verify.errors import LoadError
from verify.history.baseline import load_baseline
from verify.history.changes import Way, changes_between
from verify.history.runs import read_run
from verify.history.words import lines

WORSE = LOSS.replace("    return x\n", "    return x + 1\n")


def results(*claims, seconds=1.0, steps=(), **more):
    """A results file with (variant, verdict, as expected, seconds, example) for each claim."""
    return {
        "format": 1,
        "seed": 0,
        "test_cases": 50,
        "versions": {"numpy": "2.0"},
        "seconds": seconds,
        "interrupted": False,
        "claims": [
            {
                "problem": "loss",
                "variant": variant,
                "input": "x",
                "verdict": verdict,
                "as_expected": fine,
                "seconds": took,
                "counterexample": example,
            }
            for variant, verdict, fine, took, example in claims
        ],
        "steps": list(steps),
        **more,
    }


def example(value):
    return {"axes": {"n": 1}, "inputs": {"x": [value]}, "entry": [0], "claimed": 2.0}


def step(verdict, *, fine=True, to=1):
    place = {"document": "page.md", "chain": "3", "from": to - 1, "to": to}
    return {**place, "verdict": verdict, "as_expected": fine, "counterexample": None}


@pytest.fixture
def compared(tmp_path):
    """Return the changes between two results, as if read from files."""

    def compare(before, after):
        for name, data in (("a.json", before), ("b.json", after)):
            (tmp_path / name).write_text(json.dumps(data))
        return changes_between(read_run(tmp_path / "a.json"), read_run(tmp_path / "b.json"))

    return compare


RIGHT = ("right", "consistent", True, 1.0, None)
WRONG = ("wrong", "refuted", True, 1.0, example(1.0))


def test_a_run_is_the_same_as_itself(compared):
    found = compared(results(RIGHT, WRONG), results(RIGHT, WRONG))
    assert (found.changed, found.moved, found.new, found.gone, found.times) == ((),) * 5
    assert (found.unchanged, found.worse) == (2, False)


@pytest.mark.parametrize(
    ("before", "after", "way", "worse"),
    [
        (("consistent", True), ("refuted", False), Way.WORSE, True),
        (("refuted", True), ("consistent", False), Way.WORSE, True),
        (("refuted", False), ("consistent", True), Way.BETTER, False),
        (("refuted", False), ("malformed", False), Way.OTHER, False),
        # The same verdict, but its author expects another one now.
        (("refuted", True), ("refuted", False), Way.WORSE, True),
    ],
)
def test_which_way_a_claim_went(compared, before, after, way, worse):
    found = compared(
        results(("v", *before, 1.0, None), RIGHT), results(("v", *after, 1.0, None), RIGHT)
    )
    assert [change.way for change in found.changed] == [way]
    assert found.worse is worse
    assert found.unchanged == 1


def test_new_and_gone_claims_and_only_a_new_wrong_one_is_worse(compared):
    found = compared(results(RIGHT), results(WRONG))
    assert [entry.name for entry in found.new] == ["loss[wrong-x]"]
    assert [entry.name for entry in found.gone] == ["loss[right-x]"]
    assert not found.worse
    assert compared(results(RIGHT), results(RIGHT, ("v", "refuted", False, 1.0, None))).worse


def test_another_counterexample_is_told_and_another_value_at_it_is_not(compared):
    other = ("wrong", "refuted", True, 1.0, example(2.0))
    found = compared(results(WRONG), results(other))
    assert [change.after.name for change in found.moved] == ["loss[wrong-x]"]
    rounded = ("wrong", "refuted", True, 1.0, {**example(1.0), "claimed": 2.0000000001})
    assert not compared(results(WRONG), results(rounded)).moved


def test_steps_are_compared_as_claims_are(compared):
    found = compared(
        results(steps=[step("holds"), step("holds", to=2)]),
        results(steps=[step("holds"), step("fails", fine=False, to=2)]),
    )
    assert [change.after.name for change in found.changed] == ["page.md: chain 3, step 2"]
    assert found.worse


def test_times_that_changed_most_come_first_and_small_ones_not_at_all(compared):
    def run(*seconds):
        return results(*((f"v{n}", "consistent", True, s, None) for n, s in enumerate(seconds)))

    found = compared(run(0.01, 1.0, 1.0, 4.0), run(0.09, 1.1, 3.0, 1.0))
    assert [(c.after.name, c.ratio) for c in found.times] == [
        ("loss[v3-x]", 0.25),
        ("loss[v2-x]", 3.0),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is no JSON"),
        ("[1]", "no format number"),
        ('{"format": 2}', "format 2 should be 1"),
        ('{"format": 1}', "there is no 'claims'"),
        ('{"format": 1, "claims": [{}], "versions": {}, "seconds": 1}', "there is no 'problem'"),
        ('{"format": 1, "claims": 3, "versions": {}, "seconds": 1}', "not iterable"),
        (b"\xff\xfe", "it is no JSON"),
    ],
)
def test_a_file_that_holds_no_results_says_what_it_should_be(tmp_path, text, words):
    path = tmp_path / "a.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    for read in (read_run, load_baseline):
        with pytest.raises(LoadError, match=r"should be .*gradverify|format 2 should be 1"):
            read(path)
    with pytest.raises(LoadError, match=words):
        read_run(path)


def test_a_missing_file_suggests_the_nearest(tmp_path):
    (tmp_path / "before.json").write_text("{}")
    with pytest.raises(LoadError, match=r"no such file. Did you mean '.*before.json'"):
        read_run(tmp_path / "befor.json")


def test_compare_tells_what_became_worse_and_exits_with_1(tmp_path):
    (tmp_path / "loss.py").write_text(LOSS)
    (tmp_path / "page.md").write_text(PAGE)
    assert gradverify(tmp_path, "run", "loss.py", "page.md", "--json", "a.json").returncode == 1
    same = gradverify(tmp_path, "compare", "a.json", "a.json")
    assert (same.returncode, same.stdout.count("\n")) == (0, 1)
    assert "a.json -> a.json: 6 unchanged; " in same.stdout

    (tmp_path / "loss.py").write_text(WORSE.replace("def tripled", "def threefold"))
    (tmp_path / "page.md").write_text(PAGE.replace("= 2 x_k $$", "= 3 x_k $$"))
    gradverify(tmp_path, "run", "loss.py", "page.md", "--json", "b.json", "--seed", "1")
    worse = gradverify(tmp_path, "compare", "a.json", "b.json", "--json", "-")
    assert worse.returncode == 1
    data = json.loads(worse.stdout)
    changed = {change["name"]: change["way"] for change in data["changed"]}
    assert changed == {"half_square[by_hand-x]": "worse", "page.md: chain 2, step 1": "worse"}
    assert [entry["name"] for entry in data["new"]] == ["half_square[threefold-x]"]
    assert [entry["name"] for entry in data["gone"]] == ["half_square[tripled-x]"]
    assert "worse    half_square[by_hand-x]: consistent -> refuted, not as exp" in worse.stderr
    assert "basis    seed: 0 -> 1" in worse.stderr
    assert gradverify(tmp_path, "compare", "b.json", "a.json").returncode == 0


def test_compare_of_a_broken_file_exits_with_2(tmp_path):
    (tmp_path / "a.json").write_text('{"format": 1, "claims": [')
    done = gradverify(tmp_path, "compare", "a.json", "a.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("gradverify: a.json should be the results of a run")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("claim", "run", "words"),
    [
        ({"verdict": "wonderful"}, {}, "the verdict 'wonderful' must be one of consistent, refut"),
        ({"verdict": ["refuted"]}, {}, "the verdict .* must be one of"),
        ({"seconds": "1.5"}, {}, "seconds '1.5' must be a number"),
        ({"seconds": "nan"}, {}, "seconds 'nan' must be a number"),
        ({"seconds": -1}, {}, "seconds -1 must be a number"),
        ({"seconds": True}, {}, "seconds True must be a number"),
        ({}, {"seconds": "long"}, "seconds 'long' must be a number"),
        ({}, {"steps": [step("wonderful")]}, "must be one of holds, fails, unjudged"),
    ],
)
def test_results_that_no_run_wrote_are_refused(tmp_path, claim, run, words):
    data = results(("v", "refuted", False, 1.0, None)) | run
    data["claims"][0] |= claim
    (tmp_path / "a.json").write_text(json.dumps(data))
    with pytest.raises(LoadError, match=f"should be the results of a run.*{words}"):
        read_run(tmp_path / "a.json")


def test_a_time_that_did_not_change_is_said_in_plain_english(compared):
    *_, last = lines(compared(results(seconds=2.0), results(seconds=2.0)))
    assert last.endswith("; 2.0 s -> 2.0 s (as long).")
    *_, last = lines(compared(results(seconds=2.0), results(seconds=5.0)))
    assert last.endswith("; 2.0 s -> 5.0 s (2.5 times as long).")
