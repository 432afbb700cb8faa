"""What a notebook shows of findings, runs and derivations: pieces of the page, with its style.

Formulas are drawn in the system's font: the page's own would be embedded once an output.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from markupsafe import Markup

from verify.derivation.steps import Derivation
from verify.derivation.words import report, totals
from verify.explain import explain, headline, reproduce
from verify.findings import Finding, Results
from verify.outcomes import Verdict
from verify.report import derivations
from verify.report.build import by_problem, in_full, sentences
from verify.report.claims import claim_section
from verify.report.matrix import problem_section
from verify.report.model import ClaimSection, DerivationSection, ProblemSection
from verify.report.page import TEMPLATES, templates, tight
from verify.table import regimes_table

# Of more claims that do not hold, each with its plots, an output is too heavy for a notebook.
TOLD = 12
AT_RULE = re.compile(r"^@page .*$", re.MULTILINE)


@dataclass(frozen=True)
class Fragment:
    """The data of one output; `target` is its id, and stands before all ids in it.

    `result` and `detail` are one sentence about a run, empty for a single claim or derivation.
    """

    target: str
    result: str = ""
    detail: str = ""
    problems: tuple[ProblemSection, ...] = ()
    claims: tuple[ClaimSection, ...] = ()
    more: str = ""
    documents: tuple[DerivationSection, ...] = ()


def html(value: Any) -> str:
    """Return a finding, a run or a derivation as HTML: no script, no request, no id twice.

    Ids are drawn at random, as one value may be shown in several outputs of one page.
    """
    target = f"gradverify-{uuid4().hex[:10]}"
    shown = _fragment(value, target)
    style = Markup(f"#{target}{{{_rules()}}}")
    return templates(TEMPLATES).get_template("notebook.html").render(shown=shown, style=style)


def text(value: Any) -> str:
    """Return a finding, a run or a derivation in words, for a terminal."""
    if isinstance(value, Finding):
        return explain(value)
    if isinstance(value, Derivation):
        return "\n".join(report(value))
    told = in_full(value.findings)
    lines = [headline(value.findings[index]) for index in told]
    lines += [line for found in value.derivations for line in report(found)]
    return "\n".join([*lines, *_more(len(value.findings) - len(told)), " ".join(sentences(value))])


def line(value: Any) -> str:
    """Return a finding, a run or a derivation in one line."""
    if isinstance(value, Finding):
        return headline(value)
    return totals(value) if isinstance(value, Derivation) else " ".join(sentences(value))


FORMS = {"html": html, "text": text, "line": line}


def _fragment(value: Any, target: str) -> Fragment:
    if isinstance(value, Finding):
        problem = problem_section(
            f"{target}-problem", [(f"{target}-claim", 0, value)], regimes_table([value]), ()
        )
        claim = claim_section(value, f"{target}-claim")
        return Fragment(target, problems=(problem,), claims=(claim,))
    if isinstance(value, Derivation):
        return Fragment(target, documents=(derivations.section(f"{target}-page", value),))
    return _run(value, target)


def _run(results: Results, target: str) -> Fragment:
    """Show all claims against the regimes, and those that do not hold one by one."""
    findings, full = results.findings, in_full(results.findings)
    wrong = [i for i in full if not _fine(findings[i])]
    # What is not as expected comes first where there is no room for all.
    told = sorted(sorted(wrong, key=lambda i: findings[i].as_expected)[:TOLD])
    ids = {index: f"{target}-claim-{index}" for index in told}
    table = regimes_table([findings[index] for index in full])
    lines = {index: line for line, index in enumerate(full)}
    problems = (
        problem_section(
            f"{target}-problem-{number}",
            # A claim that is not told one by one has no section that its row could lead to.
            [(ids.get(i, f"{target}-problem-{number}"), lines[i], findings[i]) for i in members],
            table,
            results.pairs,
        )
        for number, members in enumerate(by_problem(findings, full), 1)
    )
    claims = (claim_section(findings[i], ids[i], reproduce(results, findings[i])) for i in told)
    documents = (
        derivations.section(f"{target}-page-{number}", found)
        for number, found in enumerate(results.derivations, 1)
    )
    left = len(findings) - len(full) + len(wrong) - len(told)
    more = "".join(_more(left))
    return Fragment(
        target, *sentences(results), tuple(problems), tuple(claims), more, tuple(documents)
    )


def _fine(finding: Finding) -> bool:
    return finding.as_expected and finding.verdict is Verdict.CONSISTENT


def _more(count: int) -> list[str]:
    shown = "each of `findings` shows itself"
    return [f"{count} claims more are not told here; {shown}."] if count else []


@cache
def _rules() -> str:
    """Return the rules of the page's style sheet as they stand nested in that of one element."""
    sheet = AT_RULE.sub("", (TEMPLATES / "report.css").read_text("utf-8")).replace(":root", "&")
    return tight(sheet + (TEMPLATES / "notebook.css").read_text("utf-8"))
