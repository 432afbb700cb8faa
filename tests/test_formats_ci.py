"""What CI systems read: JUnit XML and SARIF, valid, and saying what is wrong at its place."""

import dataclasses
import functools
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import real_run
import xmlschema
from by_hand import several
from real_run import DATA, SCHEMAS, STEP, WRONG, results, text_of

from verify.report.as_sarif import fingerprint


@functools.cache
def xsd():
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


@pytest.mark.parametrize("found", [results, several], ids=["real", "by hand"])
def test_junit_is_valid_against_its_schema(found):
    xsd().validate(text_of("junit", found()))


@pytest.mark.parametrize(
    ("old", "new"),
    [("<testcase name=", "<testcase nom="), ("<failure ", "<wrong "), ("tests=", "t=")],
)
def test_broken_junit_is_not_valid(old, new):
    text = text_of("junit").replace("</failure>", "</wrong>" if new == "<wrong " else "</failure>")
    assert not xsd().is_valid(text.replace(old, new))


def test_junit_has_a_case_for_each_claim_step_and_refusal():
    root = ET.fromstring(text_of("junit"))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert len(cases) == len(list(root.iter("testcase"))) == 6 + 4 + 1
    assert {n for n, case in cases.items() if case.find("failure") is not None} == {*WRONG, STEP}
    assert [n for n, case in cases.items() if case.find("skipped") is not None] == [
        "tests/data/unread.md: formula at 5:26"
    ]
    # Refuted as declared: a pass, and it says so.
    assert "refuted" in cases["squares[v1-x]"].find("system-out").text
    assert (root.get("tests"), root.get("failures")) == ("11", "3")
    assert root.findall(".//testcase//property") == []


def test_a_failure_in_junit_tells_all():
    root = ET.fromstring(text_of("junit"))
    failures = {case.get("name"): case.find("failure") for case in root.iter("testcase")}
    assert failures[WRONG[0]].get("type") == "refuted"
    assert "n=1" in failures[WRONG[0]].get("message")
    assert "counterexample, to copy" in failures[WRONG[0]].text
    assert "+ " in failures[STEP].text
    assert "-(t_j^n - y_j^n)" in failures[STEP].text


# SARIF


@functools.cache
def sarif_schema():
    return json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))


def sarif(found=None):
    return json.loads(text_of("sarif", found))


@pytest.mark.parametrize("found", [results, several], ids=["real", "by hand"])
def test_sarif_is_valid_against_its_schema(found):
    jsonschema.validate(sarif(found()), sarif_schema())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(version="2.0"),
        lambda d: d["runs"][0]["results"][0].pop("message"),
        lambda d: d["runs"][0]["results"][0].update(level="fatal"),
        lambda d: d["runs"][0]["results"][0]["locations"][0].update(line=3),
    ],
)
def test_broken_sarif_is_not_valid(spoil):
    data = sarif()
    spoil(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, sarif_schema())


def test_sarif_holds_what_is_not_as_expected_at_its_place():
    found = {
        r["locations"][0]["logicalLocations"][0]["name"]: r for r in sarif()["runs"][0]["results"]
    }
    assert set(found) == {*WRONG, STEP}
    assert {r["level"] for r in found.values()} == {"error"}
    where = found[STEP]["locations"][0]["physicalLocation"]
    assert where["artifactLocation"] == {"uri": "tests/data/wrong_step.md", "uriBaseId": "SRCROOT"}
    assert where["region"] == {"startLine": 12, "startColumn": 40}
    where = found[WRONG[0]]["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "tests/real_run.py"
    line = Path(real_run.__file__).read_text("utf-8").splitlines()[where["region"]["startLine"] - 1]
    assert "lambda x: 3 * x" in line


def test_the_message_has_the_sizes_and_the_first_diagnosis():
    (message,) = [
        r["message"]["text"]
        for r in sarif()["runs"][0]["results"]
        if WRONG[0] in r["message"]["text"]
    ]
    (finding,) = [f for f in results().findings if f.claim.name == WRONG[0]]
    assert "at n=1" in message
    assert finding.diagnosis[0] in message


def test_rules_say_what_a_verdict_means():
    driver = sarif()["runs"][0]["tool"]["driver"]
    for result in sarif()["runs"][0]["results"]:
        rule = driver["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["text"]
        assert rule["shortDescription"]["text"]


def test_fingerprints_depend_on_the_name_alone():
    again = dataclasses.replace(
        results(), findings=results().findings[::-1], seed=9, command="another"
    )
    prints = [
        {
            r["locations"][0]["logicalLocations"][0]["name"]: r["partialFingerprints"]
            for r in sarif(found)["runs"][0]["results"]
        }
        for found in (results(), again)
    ]
    assert prints[0] == prints[1]
    assert len({str(p) for p in prints[0].values()}) == len(prints[0])
    assert fingerprint(WRONG[0]) in str(prints[0][WRONG[0]])


def test_no_path_of_this_machine_is_in_sarif(monkeypatch):
    uris = re.compile(r'"uri": "([^"]*)"')
    assert not [u for u in uris.findall(text_of("sarif")) if u.startswith(("/", "file:", ".."))]
    # From another folder the files lie elsewhere: by name, at no place in the project.
    monkeypatch.chdir(DATA / "schemas")
    assert {
        (a["uri"], a["uriBaseId"])
        for r in sarif()["runs"][0]["results"]
        if "squares" in r["message"]["text"]
        for a in [r["locations"][0]["physicalLocation"]["artifactLocation"]]
    } == {("real_run.py", "ELSEWHERE")}
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path(__file__).parents[1]))
    assert "tests/real_run.py" in text_of("sarif")


def test_an_interrupted_run_is_no_success_in_sarif():
    for interrupted in (True, False):
        found = dataclasses.replace(results(), interrupted=interrupted)
        (invocation,) = sarif(found)["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is not interrupted
        assert "unread.md" in invocation["toolExecutionNotifications"][0]["message"]["text"]
