"""Results as SARIF 2.1.0: what is not as expected, at the line of a gradient or a formula.

Every result is a failure of level `error`. What is as expected is only counted: GitHub shows each
result as an alert, whatever its kind, so a negative control that is refuted as declared would stand
there for ever. Steps and formulas that could not be judged are notifications of the run.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from verify.explain.texts import storable
from verify.findings import Results
from verify.outcomes import Verdict
from verify.report.items import Item, Place, Status, items

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# Paths in a checkout begin at SRCROOT. Others say which file is meant, not where it is.
BASES = {
    "SRCROOT": "The folder in which the project was checked out, or the command was run.",
    "ELSEWHERE": "A folder outside the project, such as that of installed packages.",
}
STEPS = {
    "step-fails": "the two sides of an equals sign differ",
    "step-holds": "a step that was declared to fail holds",
}
HELP = (
    "The verdict is not the one that was declared. `gradverify explain CLAIM` tells all that is "
    "known about it; where the verdict is right, declare it: expect=… at a gradient, [expect] for "
    "a page."
)
RULES = {**{str(verdict): verdict.text for verdict in Verdict}, **STEPS}


def to_sarif(results: Results) -> dict[str, Any]:
    """Return results as plain data for `json.dump`."""
    found = items(results)
    failed = [item for item in found if item.status is Status.FAILS]
    version = results.versions.get("gradverify")
    driver = {"name": "gradverify", "rules": [_rule(name) for name in RULES]}
    run = {
        "tool": {"driver": {**driver, "version": version} if version else driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {name: {"description": {"text": t}} for name, t in BASES.items()},
        "invocations": [_invocation(results, found)],
        "results": [_result(item) for item in failed],
        "properties": {
            "seed": results.seed,
            "testCases": results.test_cases,
            "versions": dict(results.versions),
            "counts": {s.value: sum(i.status is s for i in found) for s in Status},
        },
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def to_text(results: Results) -> str:
    """Return the text of the SARIF file."""
    return json.dumps(to_sarif(results), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def fingerprint(name: str) -> str:
    """Return what tells a claim from all others in every run: a hash of its name."""
    return hashlib.sha256(storable(name).encode()).hexdigest()[:32]


def _rule(name: str) -> dict[str, Any]:
    # The rule's own name is an identifier in Pascal case.
    words = "".join(word.capitalize() for word in name.split("-"))
    return {
        "id": name,
        "name": words,
        "shortDescription": {"text": f"{name}: {RULES[name]}"},
        "fullDescription": {"text": f"{name}: {RULES[name]}; this was not expected."},
        "help": {"text": HELP},
        "defaultConfiguration": {"level": "error"},
    }


def _result(item: Item) -> dict[str, Any]:
    return {
        "ruleId": item.rule,
        "ruleIndex": list(RULES).index(item.rule),
        "kind": "fail",
        "level": "error",
        "message": {"text": _message(item)},
        "locations": [_location(item)],
        "partialFingerprints": {"gradverifyName/v1": fingerprint(item.name)},
        "properties": {"verdict": item.verdict, "expected": item.expected, "at": item.at},
    }


def _message(item: Item) -> str:
    """Return the message; a backslash keeps brackets of a name from being read as a link."""
    text = item.message
    return text.replace("[", r"\[") if "](" in text else text


def _location(item: Item) -> dict[str, Any]:
    name = {"name": item.name, "fullyQualifiedName": item.name}
    if item.place is None:
        return {"logicalLocations": [name]}
    return {"physicalLocation": _physical(item.place), "logicalLocations": [name]}


def _physical(place: Place) -> dict[str, Any]:
    base = "SRCROOT" if place.inside else "ELSEWHERE"
    where = {"artifactLocation": {"uri": quote(storable(place.path)), "uriBaseId": base}}
    numbers = {"startLine": place.line, "startColumn": place.column}
    region = {name: number for name, number in numbers.items() if number}
    return {**where, "region": region} if region else where


def _invocation(results: Results, found: Sequence[Item]) -> dict[str, Any]:
    told = [item for item in found if item.status is Status.OPEN]
    invocation: dict[str, Any] = {"executionSuccessful": not results.interrupted}
    if results.command:
        invocation["commandLine"] = results.command
    invocation["toolExecutionNotifications"] = [
        {"level": "note", "message": {"text": _message(item)}, "locations": [_location(item)]}
        for item in told
    ]
    return invocation
