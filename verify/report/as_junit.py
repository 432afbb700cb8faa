"""Results as JUnit XML: a test case for each claim, each step and each refused formula.

A claim or step as expected passes, also one that is refuted or fails as it was declared to; what
is not as expected is a failure; a step or formula that could not be judged is skipped. Seed and
versions are properties of the suites: inside a test case, properties break consumers.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from verify.explain.texts import xml_safe
from verify.findings import Results
from verify.report.items import Item, Status, items

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def to_text(results: Results) -> str:
    """Return the XML document, a suite for each problem and each page."""
    found = items(results)
    every = ET.Element("testsuites", {"name": "gradverify", **_counts(found, skipped=False)})
    every.set("time", _time(results.seconds))
    for group, members in _groups(found).items():
        every.append(_suite(results, group, members))
    ET.indent(every)
    return f"{DECLARATION}{ET.tostring(every, encoding='unicode')}\n"


def _groups(found: Sequence[Item]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in found:
        groups.setdefault(item.group, []).append(item)
    return groups


def _suite(results: Results, group: str, members: Sequence[Item]) -> ET.Element:
    suite = ET.Element("testsuite", {"name": xml_safe(group), **_counts(members, skipped=True)})
    times = [item.seconds for item in members if item.seconds is not None]
    if times:
        suite.set("time", _time(sum(times)))
    properties = ET.SubElement(suite, "properties")
    facts = {"seed": str(results.seed), "interrupted": str(results.interrupted).lower()}
    for name, value in {**facts, **results.versions}.items():
        ET.SubElement(properties, "property", {"name": xml_safe(name), "value": xml_safe(value)})
    suite.extend(_case(item) for item in members)
    return suite


def _case(item: Item) -> ET.Element:
    case = ET.Element("testcase", {"name": xml_safe(item.name), "classname": xml_safe(item.group)})
    if item.seconds is not None:
        case.set("time", _time(item.seconds))
    if item.status is Status.PASSES:
        ET.SubElement(case, "system-out").text = xml_safe(item.headline)
        return case
    tag = "failure" if item.status is Status.FAILS else "skipped"
    about = {"type": item.rule, "message": xml_safe(item.message)}
    ET.SubElement(case, tag, about).text = xml_safe(item.details())
    return case


def _counts(found: Sequence[Item], *, skipped: bool) -> dict[str, str]:
    count = {status: str(sum(item.status is status for item in found)) for status in Status}
    known = {"tests": str(len(found)), "failures": count[Status.FAILS], "errors": "0"}
    return known | {"skipped": count[Status.OPEN]} if skipped else known


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
