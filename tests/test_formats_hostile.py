"""Names, sources and messages of any characters: each format stays whole and shows them as text."""

import dataclasses
import functools
import json
import re
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import by_hand
import jsonschema
import pandas as pd
import pytest
from by_hand import point, refuted
from read_back import commands, parsed, rows
from real_run import results, text_of
from test_formats import schema
from test_formats_ci import sarif_schema, xsd

from verify.evaluator import Failure
from verify.explain.texts import line, storable, visible, xml_safe
from verify.findings import Results, Tally
from verify.formula.source import FormulaError, Span
from verify.problems import Claim
from verify.report import as_markdown, formats

NASTY = (
    "<script>alert(1)</script>\"'\n\u202e",
    "a | b || c \\| d \\",
    "`code` ```` ```\n```text\n~~~",
    "::error file=a,line=1::b%0A::error::c, d: e %25 ##[error]f",
    "\x00\x01\x07\x1b[31m\x85\u2028\ufeff\ufffe",
    "\r\n- [a](javascript:b) ![i](j) <b@c.d> https://e.f www.g.h *i* _j_ $k$ ~~l~~ # &amp; &#124;",
    "]]> <!-- <?xml?> &quot; --> </failure>",
    "half a pair \udc80, a whole one \U0001f600",
    "=1+1",
)
EVERYTHING = " ".join(NASTY)
TABLE = ("table", "thead", "tbody", "tr", "th", "td")
STEP = "{}: chain {}, step 1"


@functools.cache
def hostile(text):
    """A claim, a step and a refusal, none as expected, of which every text is this one."""
    declared, given = by_hand.squares.problem, by_hand.squares.problem.variants[1]
    variant = dataclasses.replace(given, name=text, source=text, derivation=text)
    problem = dataclasses.replace(declared, name=text, source=text, statement=text)
    finding = refuted(
        Claim(problem, variant, "x"), point(x=[1.0], cotangent=[1.0]), [1.0], [2.0],
        reason=text, regimes={text: Tally(1, 2, 3)}, notes=(text,), diagnosis=(text,),
        failure=Failure(text, text),
    )  # fmt: skip
    (page, _) = results().derivations
    steps = [
        dataclasses.replace(s, chain=text, message=text, shown=text, span=Span(0, len(text)))
        for s in page.steps
        if s.witness
    ]
    page = dataclasses.replace(
        page, name=text, text=text + page.text, steps=tuple(steps),
        refusals=(FormulaError(text, Span(0, 1)),),
    )  # fmt: skip
    versions = {"gradverify": "0.1.0", "numpy": text}
    return Results((finding,), 7, 300, text, versions, 1.5, derivations=(page,))


def claim_name(text):
    return f"{text}[{text}-x]"


def written(name, text, folder):
    """What a program reads from the file, which is UTF-8 whatever stands in it."""
    path = folder / name
    formats.write(name, hostile(text), path)
    return path.read_bytes().decode("utf-8")


each = pytest.mark.parametrize("text", [*NASTY, EVERYTHING])


@each
def test_json_reads_back_exactly(text, tmp_path):
    data = json.loads(written("json", text, tmp_path))
    jsonschema.validate(data, schema())
    claim, step = data["claims"][0], data["steps"][0]
    assert claim["problem"] == claim["variant"] == claim["source"] == claim["reason"] == text
    assert list(claim["regimes"]) == claim["diagnosis"] == [text]
    assert step["document"] == step["chain"] == step["message"] == step["source"] == text
    assert data["command"] == text


@each
@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_tables_read_back_exactly(text, name, tmp_path):
    formats.write(name, hostile(text), tmp_path / "run")
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}[name]
    (claim,) = read(tmp_path / "run").to_dict("records")
    (step,) = read(tmp_path / "run-steps").to_dict("records")
    told = [claim["problem"], claim["variant"], claim["source"], claim["diagnosis"]]
    told += [step["document"], step["chain"], step["message"], step["source"]]
    assert told == [storable(text)] * 8


@each
def test_junit_reads_back_as_text(text, tmp_path):
    read = written("junit", text, tmp_path)
    xsd().validate(read)
    claim, step, refusal = ET.fromstring(read.encode()).iter("testcase")
    assert claim.get("name") == xml_safe(claim_name(text))
    assert claim.get("classname") == step.get("classname") == xml_safe(text)
    assert step.get("name") == xml_safe(STEP.format(text, text))
    assert refusal.find("skipped") is not None
    assert [child.tag for child in claim] == [child.tag for child in step] == ["failure"]
    # A parser of XML turns every line break into one and the same.
    plain = " ".join(xml_safe(text).split())
    assert plain in " ".join(claim.find("failure").text.split())


@each
def test_sarif_reads_back_exactly(text, tmp_path):
    data = json.loads(written("sarif", text, tmp_path))
    jsonschema.validate(data, sarif_schema())
    claim, step = data["runs"][0]["results"]
    assert claim["locations"][0]["logicalLocations"][0]["name"] == claim_name(text)
    assert step["locations"][0]["logicalLocations"][0]["name"] == STEP.format(text, text)
    assert line(text) in claim["message"]["text"].replace(r"\[", "[")
    assert "](" not in claim["message"]["text"] or r"\[" in claim["message"]["text"]


@pytest.mark.parametrize("text", [t for t in NASTY if "/" not in t and "\x00" not in t])
def test_the_path_of_a_page_is_a_valid_reference(text):
    step = json.loads(text_of("sarif", hostile(text)))["runs"][0]["results"][1]
    uri = step["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w.~%-]+", uri, re.ASCII)
    assert unquote(uri) == storable(text)


@each
def test_annotations_stay_one_command_a_line(text, tmp_path):
    claim, step = commands(written("github", text, tmp_path))
    assert claim[0] == step[0] == "error"
    assert set(claim[1]) == {"file", "line", "title"}
    assert claim[1]["title"] == visible(claim_name(text))
    assert step[1]["title"] == visible(STEP.format(text, text))
    assert visible(line(text)) in claim[2]


@each
def test_markdown_shows_text_and_no_markup(text, tmp_path):
    read = written("markdown", text, tmp_path)
    assert not re.search(r"[\x00-\x08\x1b\u202e\u2028]", read)
    every = [t for token in parsed(read) for t in (token, *(token.children or ()))]
    assert {token.type for token in every} <= {
        *(f"{part}_{end}" for part in TABLE for end in ("open", "close")),
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close"),
        *("inline", "text", "text_special", "fence", "code_inline"),
    }
    heads = [row for row in rows(read) if row[0] == "claim or step"]
    assert len(heads) == 2
    assert {len(row) for row in rows(read)} == {6}
    cut = as_markdown.CELL
    assert rows(read)[1][0] == line(visible(claim_name(text)), cut)
    assert rows(read)[1][4] == line(visible(line(text)), cut)
    assert rows(read)[2][0] == line(visible(STEP.format(text, text)), cut)


def test_without_escaping_these_tests_fail(monkeypatch):
    """Negative control: the raw name breaks a table, ends a command and is no XML."""
    monkeypatch.setattr(as_markdown, "escaped", str)
    assert rows(text_of("markdown", hostile(NASTY[1])))[1][0] != claim_name(NASTY[1])
    monkeypatch.setattr("verify.report.as_github.escaped", str)
    with pytest.raises(AttributeError):
        commands(text_of("github", hostile(NASTY[0])))
    monkeypatch.setattr("verify.report.as_junit.xml_safe", str)
    with pytest.raises(ET.ParseError):
        ET.fromstring(text_of("junit", hostile(NASTY[4])))
