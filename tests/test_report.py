import base64
import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import by_hand
import jinja2
import numpy as np
import pytest
from by_hand import HOSTILE, claim, consistent, point, question, refuted, several

import verify.report.page
from verify.explain import counterexample_code
from verify.findings import Results
from verify.outcomes import Verdict
from verify.problems import Claim
from verify.report import as_json
from verify.report.build import build
from verify.report.page import place, render, write

VOID = {"meta", "br", "hr", "img", "input", "link"}


@dataclass
class Element:
    tag: str
    attributes: dict
    children: list = field(default_factory=list)

    @property
    def text(self):
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def all(self, tag=None, **wanted):
        found = []
        for child in self.children:
            if isinstance(child, Element):
                fits = all(v in child.attributes.get(k, "").split() for k, v in wanted.items())
                found += [child] if fits and tag in (None, child.tag) else []
                found += child.all(tag, **wanted)
        return found

    def one(self, tag=None, **wanted):
        (found,) = self.all(tag, **wanted)
        return found


class Reader(HTMLParser):
    """Reads a page as a tree and insists that every element is closed where it should be."""

    def __init__(self, text):
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        self.open[-1].children.append(data)


@pytest.fixture(scope="module")
def page():
    return Reader(render(several())).root


def claims(page):
    """The sections of the claims in the order in which they were declared."""
    found = page.all("article")
    return sorted(found, key=lambda article: int(article.attributes["id"].removeprefix("claim-")))


def words(element):
    return " ".join(element.text.split())


def pairs(element):
    terms, meanings = element.all("dt"), element.all("dd")
    return {words(dt): dd.text for dt, dd in zip(terms, meanings, strict=True)}


def test_the_first_sentence_is_the_result_with_denominators(page):
    assert words(page.one("h1")) == (
        "6 of 11 claims as expected: 2 consistent, 4 refuted, 1 unstable, 2 malformed, "
        "1 inconclusive, 1 vacuous; 1,200 test cases."
    )


def test_each_claim_says_first_whether_it_passes(page):
    said = [words(article.one("p", **{"class": "says"})) for article in claims(page)]
    assert said[0] == "✓ passes the finite-difference check"
    assert said[1] == "✗ fails the finite-difference check"
    assert sum("passes" in text for text in said) == 2
    assert sum(text.startswith("? no verdict: ") for text in said) == 2


def test_the_matrix_holds_words_symbols_and_counts(page):
    table = page.all("table", **{"class": "matrix"})[0]
    heads = [words(head) for head in table.one("thead").all("th")]
    assert heads[2:] == ["all test cases", "theta = 0", "generic", "tiny X", "K = 1"]
    row = table.one("tbody").all("tr")[1]
    cells = [words(cell) for cell in row.all("td")]
    assert cells[0] == "✗ fails refuted as expected"
    assert cells[1] == "✗ fails ✓12 ✗280 ?8"
    assert cells[2] == "✓ holds ✓9 ?1"
    assert cells[4] == "? cannot tell 7"
    assert cells[5] == "✗ fails ✓3 ✗10"
    assert all(cell.one("a").attributes["href"] == "#claim-2" for cell in row.all("td"))


def test_every_link_leads_to_a_place_in_the_page(page):
    ids = [e.attributes["id"] for e in page.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    links = [a.attributes["href"] for a in page.all("a")]
    assert len(links) > 50
    assert {link.removeprefix("#") for link in links} <= set(ids)
    labels = [e.attributes.get("aria-labelledby", "").split() for e in page.all()]
    assert {name for names in labels for name in names} <= set(ids)


def test_what_is_not_as_expected_is_listed_first(page):
    alert = page.one("div", **{"class": "alert"})
    listed = [words(item) for item in alert.all("li")]
    assert len(listed) == 5
    assert listed[0] == "network[raises-theta]: malformed, expected consistent"


def test_a_refuted_claim_shows_its_evidence(page):
    article = claims(page)[1]
    source, code = article.all("pre")
    assert code.text == counterexample_code(question())
    assert source.text.startswith("def as_asked(X, theta, T):")
    assert "X^T [(Y - T) * e^a / (1 + e^-a)^2]" in source.text
    assert "the question, last formula" in article.text
    assert "reproduced by wider arithmetic (90 digits)" in article.text
    assert [words(spot) for spot in article.all("span", **{"class": "spot"})] == ["theta = 0"]
    worst = article.one("tr", **{"class": "worst"})
    assert words(worst.one("th")) == "0, 1 worst"
    numbers = [data.attributes["value"] for data in worst.all("data")]
    example = question().counterexample
    assert [float(number) for number in numbers[:3]] == [
        example.claimed[0, 1],
        example.reference[0, 1],
        example.bound[0, 1],
    ]
    assert worst.all("data")[0].text == f"{example.claimed[0, 1]:.4g}"
    assert "-k '\"network[as asked-theta]\"' --seed 7 --test-cases 300" in article.text


def test_a_malformed_claim_folds_its_traceback(page):
    folded = claims(page)[3].one("details")
    assert words(folded.one("summary")) == "What it did: LinAlgError: Singular matrix"
    assert 'File "by_hand.py", line 1, in raises' in folded.one("pre").text
    assert not claims(page)[3].all("table")


def test_a_consistent_claim_shows_its_tally_and_no_evidence_against_it(page):
    article = claims(page)[0]
    assert "300 test cases: holds at 292, fails at 0, cannot tell at 8" in article.text
    assert not article.all("pre")
    assert not article.all("table")


def test_every_verdict_is_explained(page):
    glossary = pairs(page.one("dl", **{"class": "glossary"}))
    assert all(glossary[str(verdict)] == verdict.text for verdict in Verdict)


def test_the_run_can_be_reproduced(page):
    section = page.one("section", id="run")
    assert section.one("pre").text == "gradverify run by_hand.py"
    assert pairs(section)["seed"] == "7"
    assert pairs(section)["numpy"] == "2.4"


def test_the_page_needs_nothing_and_runs_one_script_of_its_own(page):
    (policy,) = [m.attributes["content"] for m in page.all("meta") if "http-equiv" in m.attributes]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    (script,) = page.all("script")
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["font-src"] == "data:"
    assert not page.all("link")
    assert not page.all("img")
    handlers = [k for e in page.all() for k in e.attributes if k == "src" or k.startswith("on")]
    assert handlers == []
    assert "http" not in page.one("style").text


def test_tables_have_captions_and_scopes(page):
    tables = page.all("table")
    assert len(tables) > 5
    assert all(words(table.one("caption")) for table in tables)
    assert all(head.attributes["scope"] in ("row", "col") for t in tables for head in t.all("th"))


def test_hostile_names_show_as_text_everywhere(page):
    """Names, sources, reasons, regimes, notes and tracebacks; in quotes in code."""
    assert "<script>alert" not in render(several())
    assert render(several()).count("<script") == 1
    article = claims(page)[-1]
    assert HOSTILE in article.one("h4").text
    assert HOSTILE in article.one("summary").text
    facts = pairs(article)
    assert facts["source"] == facts["note"] == HOSTILE
    assert HOSTILE in [h.text for h in page.all("th")]
    assert HOSTILE not in article.all("pre")[-1].text


def test_a_missing_value_is_an_error_and_no_blank(monkeypatch, tmp_path):
    """Negative control of StrictUndefined: a template that places what is not there."""
    template = "{{ page.result }}{{ page.nothing_of_this_name }}"
    (tmp_path / "report.html").write_text(template)
    monkeypatch.setattr(verify.report.page, "TEMPLATES", tmp_path)
    with pytest.raises(jinja2.UndefinedError, match="nothing_of_this_name"):
        place(build(several()))


def test_a_template_without_escaping_of_its_own_is_escaped(monkeypatch, tmp_path):
    (tmp_path / "report.html").write_text("{{ page.command }}")
    monkeypatch.setattr(verify.report.page, "TEMPLATES", tmp_path)
    assert "<b>" not in render(replace(several(), command="<b>"))


def test_if_rendering_fails_the_old_page_stays_and_no_half_one(monkeypatch, tmp_path):
    (tmp_path / "report.html").write_text("{{ missing }}")
    monkeypatch.setattr(verify.report.page, "TEMPLATES", tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    (out / "page.html").write_text("old")
    with pytest.raises(jinja2.UndefinedError):
        write(several(), out / "page.html")
    assert [(p.name, p.read_text()) for p in out.iterdir()] == [("page.html", "old")]


def test_a_page_is_written_whole(tmp_path):
    write(several(), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == render(several())
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_failed_write_leaves_nothing(monkeypatch, tmp_path):
    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write(several(), tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_long_gradients_are_cut_and_say_so():
    judged = claim(by_hand.squares, "forgets_the_two")
    at = point(x=np.ones(100), cotangent=np.ones(100))
    finding = refuted(judged, at, np.arange(100.0) + 1, np.zeros(100))
    article = Reader(render(Results((finding,), 0, 1, "", {}))).root.one("article")
    assert len(article.one("tbody").all("tr")) == 64
    assert "36 entries that are less far off are left out" in article.one("caption").text
    assert words(article.one("tr", **{"class": "worst"}).one("th")) == "99 worst"


def test_a_run_without_claims_is_said_in_words():
    page = Reader(render(Results((), 0, 100, "", {}))).root
    assert words(page.one("h1")) == "No claim was checked."


def test_an_interrupted_run_says_so():
    assert "Interrupted." in render(replace(several(), interrupted=True))
    assert "Interrupted." not in render(several())


def test_two_problems_of_one_name_have_sections_of_their_own():
    one = consistent(claim(by_hand.network, "closed_form"))
    other = replace(one.claim.problem, line=one.claim.problem.line + 1)
    two = replace(one, claim=Claim(other, one.claim.variant, "theta"))
    page = build(Results((one, two), 0, 100, "", {}))
    assert [len(problem.rows) for problem in page.problems] == [1, 1]
    assert len({row.target for problem in page.problems for row in problem.rows}) == 2


def test_the_style_sheet_stays_short():
    sheet = Path(verify.report.page.TEMPLATES) / "report.css"
    assert len(sheet.read_text("utf-8").splitlines()) < 200


def test_the_script_stays_short():
    script = Path(verify.report.page.TEMPLATES) / "report.js"
    assert len(script.read_text("utf-8").splitlines()) < 150


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(page, scheme):
    """WCAG 2.1, 1.4.3: a contrast of at least 4.5 for text."""
    sheet = page.one("style").text
    both = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\)", sheet)
    colour = {name: colours[scheme] for name, *colours in both}
    pairs = [("badge-ink", "badge")]
    for ink in ("ink", "soft", "link", "holds", "fails", "unknown"):
        pairs += [(ink, "paper"), (ink, "panel")]
    pairs += [(kind, f"{kind}-back") for kind in ("holds", "fails", "unknown")]
    pairs += [("ink", "fails-back"), ("paper", "fails"), ("link", "fails-back")]
    for front, back in pairs:
        low, high = sorted((luminance(colour[front]), luminance(colour[back])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (front, back)


KEYS = {
    *("problem", "variant", "input", "verdict", "expected", "as_expected", "evidence"),
    *("test_cases", "counterexample", "regimes", "diagnosis", "source", "seconds"),
}


def test_json_keeps_the_contract():
    data = json.loads(as_json.to_text(several()))
    assert (data["format"], data["seed"], data["steps"]) == (1, 7, [])
    assert data["versions"]["numpy"] == "2.4"
    assert data["command"] == "gradverify run by_hand.py"
    assert len(data["claims"]) == 11
    assert all(set(entry) >= KEYS for entry in data["claims"])
    right, wrong = data["claims"][:2]
    assert right["counterexample"] is None
    assert right["source"] == "own derivation"
    assert wrong["expected"] == ["refuted"]
    assert wrong["evidence"] == ["tested"]
    assert wrong["test_cases"] == {"drawn": 300, "decided": 292, "undecided": 8}
    assert wrong["regimes"]["theta = 0"] == {"holds": 9, "fails": 0, "undecided": 1}
    assert wrong["diagnosis"] == []
    example = wrong["counterexample"]
    assert example["axes"] == {"N": 1, "D": 1, "K": 2}
    assert example["inputs"] == {"X": [[1.0]], "theta": [[0.0, 1.0]], "T": [[0.0, 1.0]]}
    assert example["entry"] == [0, 1]
    exact = question().counterexample
    assert example["claimed"] == exact.claimed[0, 1]
    assert example["reference"] == exact.reference[0, 1]
    assert example["bound"] == exact.bound[0, 1]


def test_json_holds_the_cotangent_among_the_inputs():
    claims = as_json.to_json(several())["claims"]
    example = next(c for c in claims if c["variant"] == "forgets_the_two")["counterexample"]
    assert example["inputs"] == {"x": [3.0, 0.1], "cotangent": [1.0, -2.0]}


def test_json_of_an_answer_without_numbers_is_null_there():
    example = as_json.to_json(several())["claims"][3]["counterexample"]
    assert (
        example["entry"] is example["claimed"] is example["reference"] is example["bound"] is None
    )
    assert example["excess"] == "inf"


def test_json_says_nan_and_infinity_as_strings():
    finding = refuted(
        claim(by_hand.hostile, HOSTILE), point(x=[np.inf, -np.inf]), [3.0, 1.0], [1.0, 1.0]
    )
    example = replace(finding.counterexample, claimed=np.array([np.nan, 1.0]))
    results = Results((replace(finding, counterexample=example),), 0, 1, "", {})
    shown = json.loads(as_json.to_text(results))["claims"][0]["counterexample"]
    assert shown["inputs"] == {"x": ["inf", "-inf"]}
    assert shown["claimed"] == "nan"


def test_json_lists_several_expectations_in_order():
    finding = question()
    both = {"theta": frozenset({Verdict.REFUTED, Verdict.MALFORMED})}
    variant = dataclasses.replace(finding.claim.variant, expect=both, source="")
    finding = replace(finding, claim=replace(finding.claim, variant=variant))
    shown = as_json.to_json(Results((finding,), 0, 1, "", {}))["claims"][0]
    assert shown["expected"] == ["malformed", "refuted"]
    assert shown["source"] is None


def test_json_numbers_keep_every_bit(tmp_path):
    as_json.write(several(), tmp_path / "results.json")
    data = json.loads((tmp_path / "results.json").read_text("utf-8"))
    exact = question().counterexample
    arrays = data["claims"][1]["counterexample"]["arrays"]
    assert np.array_equal(np.array(arrays["claimed"]), exact.claimed)
