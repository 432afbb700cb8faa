"""What programs read, as JSON and as tables: valid, exact, and all of it."""

import copy
import dataclasses
import functools
import json

import jsonschema
import numpy as np
import pandas as pd
import pytest
from by_hand import several
from real_run import WRONG, results, text_of

from verify.report import as_json, formats


@functools.cache
def schema():
    return json.loads(as_json.SCHEMA.read_text("utf-8"))


def valid(data):
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema()).is_valid(data)


@pytest.mark.parametrize("found", [results, several], ids=["real", "by hand"])
def test_json_is_valid_against_the_schema_that_is_shipped(found):
    jsonschema.validate(json.loads(text_of("json", found())), schema())


BROKEN = {
    "another format": lambda d: d.update(format=2),
    "no claims": lambda d: d.pop("claims"),
    "a verdict of another name": lambda d: d["claims"][0].update(verdict="correct"),
    "expected is a text": lambda d: d["claims"][0].update(expected="consistent"),
    "NaN of another name": lambda d: d["claims"][1]["counterexample"].update(claimed="NaN"),
    "half an entry": lambda d: d["claims"][1]["counterexample"].update(entry=[0.5]),
    "a regime without counts": lambda d: d["claims"][1]["regimes"].update(generic=3),
    "a step before the first line": lambda d: d["steps"][0].update(line=0),
    "one ball": lambda d: d["steps"][2]["counterexample"].update(balls=["[0 +/- 1]"]),
    "a repair without a place": lambda d: d["steps"][2]["repairs"][0].pop("column"),
    "a pair of three": lambda d: d["pairs"][0].update(variants=["a", "b", "c"]),
    "a refusal without a message": lambda d: d["refusals"][0].pop("message"),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_a_broken_document_is_not_valid(spoil):
    data = as_json.to_json(results())
    assert valid(data)
    spoilt = copy.deepcopy(json.loads(json.dumps(data)))
    spoil(spoilt)
    assert not valid(spoilt)


def test_more_keys_may_be_added():
    data = as_json.to_json(results())
    data["more"] = data["claims"][0]["more"] = {"anything": [1]}
    assert valid(data)


def closed(part):
    """The schema with every object whose keys it lists closed to others."""
    if isinstance(part, list):
        return [closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    shut = {"additionalProperties": False} if isinstance(part.get("properties"), dict) else {}
    return {**{key: closed(value) for key, value in part.items()}, **shut}


@pytest.mark.parametrize("found", [results, several], ids=["real", "by hand"])
def test_the_schema_describes_every_key_that_is_written(found):
    jsonschema.validate(json.loads(text_of("json", found())), closed(schema()))


def test_json_floats_are_exact():
    (claim,) = [c for c in json.loads(text_of("json"))["claims"] if c["variant"] == "v2"]
    (finding,) = [f for f in results().findings if f.claim.name == WRONG[0]]
    arrays, example = claim["counterexample"]["arrays"], finding.counterexample
    assert np.array_equal(arrays["reference"], example.reference)
    assert np.array_equal(claim["counterexample"]["inputs"]["x"], example.point.inputs["x"])


# CSV and Parquet


def tables(name, found, folder):
    formats.write(name, found, folder / f"run.{name}")
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}[name]
    return {path.stem: read(path) for path in sorted(folder.iterdir(), key=lambda p: p.stem)}


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_tables_hold_every_claim_and_step_in_files_of_their_own(name, tmp_path):
    found = tables(name, results(), tmp_path)
    assert list(found) == ["run", "run-steps"]
    claims, steps = found["run"], found["run-steps"]
    assert list(claims["verdict"]) == [str(f.verdict) for f in results().findings]
    worst = next(f.counterexample for f in results().findings if f.claim.name == WRONG[0])
    row = claims[claims["variant"] == "v2"].iloc[0]
    # To the last bit: the shortest text that reads back as the same float.
    assert row["reference"] == worst.reference[worst.entry]
    assert row["bound"] == worst.bound[worst.entry]
    assert list(steps["verdict"]) == ["holds", "holds", "fails", "holds"]
    wrong = steps.iloc[2]
    assert (wrong["line"], wrong["column"], wrong["as_expected"]) == (12, 40, False)
    assert (wrong["was"], wrong["repair"]) == ("t_j^n - y_j^n", "-(t_j^n - y_j^n)")
    assert wrong["left"] == -wrong["right"] != 0
    assert wrong["axes"] == "K=3, N=4"


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_a_run_of_pages_alone_has_its_steps_in_the_file_itself(name, tmp_path):
    found = tables(name, dataclasses.replace(results(), findings=(), pairs=()), tmp_path)
    assert list(found) == ["run"]
    assert "chain" in found["run"].columns


def test_the_types_of_columns_do_not_depend_on_what_was_found(tmp_path):
    (tmp_path / "all").mkdir()
    (tmp_path / "none").mkdir()
    right = dataclasses.replace(results(), findings=results().findings[:1], derivations=())
    every = tables("parquet", results(), tmp_path / "all")["run"]
    one = tables("parquet", right, tmp_path / "none")["run"]
    assert every.dtypes.to_dict() == one.dtypes.to_dict()
    assert one["claimed"].isna().all()
