"""Findings → the data of their sections: evidence, source, plots, diagnosis."""

from collections.abc import Iterable

from markupsafe import Markup

from verify.evaluator.source import Source, source_of
from verify.explain import confirmation, counterexample_code, expectation, tally
from verify.explain.repairs import line_repairs
from verify.explain.steps import step_curve
from verify.explain.words import (
    blind_spots,
    direction,
    entry_rows,
    expected,
    number,
    place,
    says,
    shown_traceback,
    sizes,
    worth,
)
from verify.findings import Finding
from verify.outcomes import Verdict
from verify.report import plots
from verify.report.matrix import check_of, facts
from verify.report.model import ClaimLine, ClaimSection, Entry, Number, Plot

# A table of more entries is no longer read.
ENTRIES = 64


def claim_section(finding: Finding, target: str, command: str = "") -> ClaimSection:
    """Return the section of one claim; `target` is its id, `command` finds the same again."""
    claim, example, failure = finding.claim, finding.counterexample, finding.failure
    kind, symbol, _ = check_of(finding)
    entries = tuple(_entries(finding))
    source = source_of(claim.variant)
    return ClaimSection(
        target=target,
        problem=claim.problem.name,
        variant=claim.variant.name,
        input=claim.input,
        kind=kind,
        symbol=symbol,
        says=says(finding),
        verdict=str(finding.verdict),
        meaning=finding.verdict.text,
        expectation=expectation(finding),
        as_expected=finding.as_expected,
        derivation=claim.variant.derivation,
        formula=_formula(finding),
        source=_pieces(finding, source),
        repairs=line_repairs(finding),
        facts=_facts(finding),
        blind_spots=blind_spots(finding),
        sizes=sizes(example.point.axes) if example else "",
        code=counterexample_code(finding),
        entries=entries,
        more_entries=example.reference.size - len(entries) if example and entries else 0,
        failure=failure.message if failure else "",
        traceback=shown_traceback(failure.traceback) if failure else "",
        plots=tuple(_plots(finding, target)),
        reproduce=command,
    )


def claim_lines(findings: Iterable[Finding]) -> tuple[ClaimLine, ...]:
    """Return what is told of claims that share lines: one a problem and verdict."""
    lines: dict[tuple[str, str, str, str, str], list[tuple[str, str]]] = {}
    for finding in findings:
        claim, count = finding.claim, finding.tally
        kind, symbol, _ = check_of(finding)
        said = "" if finding.as_expected else expected(finding)
        line = (claim.problem.name, kind, symbol, str(finding.verdict), said)
        name = f"{claim.variant.name}-{claim.input}"
        text = f"{count.holds:,}/{count.fails:,}/{count.undecided:,}"
        lines.setdefault(line, []).append((name, text))
    return tuple(ClaimLine(*line, tuple(claims)) for line, claims in lines.items())


def _facts(finding: Finding) -> tuple[tuple[str, str], ...]:
    variant = finding.claim.variant
    return facts(
        ("source", variant.source),
        ("declared at", place(variant.path, variant.line)),
        ("tally", tally(finding)),
        ("reason", _reason(finding)),
        ("evidence", ", ".join(finding.evidence) if finding.counterexample is None else ""),
        ("confirmed", confirmation(finding)),
        ("what the pass is worth", worth(finding)),
        *(("diagnosis", line) for line in finding.diagnosis),
        ("direction", direction(finding)),
        *(("note", note) for note in finding.notes),
    )


def _reason(finding: Finding) -> str:
    """Return the reason where it says more than the tally, or than the failure that is shown."""
    poor = finding.power is not None and finding.power.poor
    plain = finding.verdict in (Verdict.REFUTED, Verdict.CONSISTENT) and not poor
    return "" if plain or finding.failure is not None else finding.reason


def _formula(finding: Finding) -> Markup | None:
    """Return the formula of a variant that was published as one, as MathML."""
    formulas = getattr(finding.claim.variant.function, "formulas", {})
    formula = formulas.get(finding.claim.input)
    return Markup(formula._repr_html_()) if formula is not None else None


def _pieces(finding: Finding, source: Source | None) -> tuple[tuple[str, bool], ...]:
    """Cut the source of a claim that fails where its wrong part begins and ends."""
    if source is None or finding.verdict is Verdict.CONSISTENT:
        return ()
    spans = [(repair.start, repair.end) for repair in finding.repairs[:1]]
    pieces, last = [], 0
    for start, end in spans:
        pieces += [(source.text[last:start], False), (source.text[start:end], True)]
        last = end
    return (*pieces, (source.text[last:], False))


def _plots(finding: Finding, target: str) -> list[Plot]:
    """Draw the plots of a claim that fails with numbers."""
    curve = step_curve(finding)
    if curve is None or finding.verdict not in (Verdict.REFUTED, Verdict.UNSTABLE):
        return []
    words = (
        ("fails", f"to the claim ({number(curve.residual)} off)"),
        ("soft", "to the reference"),
        ("holds", "the oracle's bound"),
    )
    ahead = "Distance of central differences at the worst entry, by step size:"
    found = [Plot(f"{target}-steps", plots.steps(curve, f"{target}-s"), ahead, words)]
    if finding.cases and blind_spots(finding):
        drawing = plots.residuals(finding, f"{target}-r")
        caption = (
            "Residuals by regime: range, middle half, median; 0.001 and less at the left edge. "
            "Left of the dashed lines the claim agrees, right of them it differs."
        )
        found.append(Plot(f"{target}-residuals", drawing, caption))
    return found


def _entries(finding: Finding) -> list[Entry]:
    if finding.counterexample is None:
        return []
    return [
        Entry(
            ", ".join(str(index) for index in row.entry) or "scalar",
            Number(number(row.claimed), repr(row.claimed)),
            Number(number(row.reference), repr(row.reference)),
            Number(f"{row.bound:.1e}", repr(row.bound)),
            number(row.residual),
            number(row.excess),
            row.worst,
        )
        for row in entry_rows(finding.counterexample, ENTRIES)
    ]
