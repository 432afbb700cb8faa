"""Results → the data of the page."""

import inspect
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from verify.explain import confirmation, counterexample_code, expectation, reproduce, tally
from verify.explain.words import (
    apart,
    blind_spots,
    direction,
    entry_rows,
    expected,
    number,
    outcome,
    place,
    says,
    shown_traceback,
    sizes,
    worth,
)
from verify.findings import Finding, Results, Tally
from verify.outcomes import Verdict
from verify.problems import Problem
from verify.report import derivations
from verify.report.model import ClaimSection, Entry, Number, Page, ProblemSection, Row, cell
from verify.table import COUNTS, regimes_table

# A table of more entries is no longer read.
ENTRIES = 64
CHECKS = {"passes": ("holds", "✓"), "fails": ("fails", "✗"), "no verdict": ("unknown", "?")}
WORDS = (
    ("claim", "At every point of the domain, this variant is the derivative for that input."),
    ("test case", "One point at which the primal and every variant of the problem were run."),
    ("holds", "In every decided test case of the regime the claim lies within the bound."),
    ("fails", "In at least one test case of the regime it differs by far more than the bound."),
    ("cannot tell", "A sign error or a factor of 2 would have passed there as well."),
    ("regime", "A named region of the domain, computed from the point, not from how it was drawn."),
    ("bound", "The oracle's bound on its own error and what rounding explains; nobody sets it."),
    ("residual", "What the claim says minus what the oracle says."),
    ("blind spot", "A regime in which a wrong claim cannot be told from a right one."),
    ("minimal counterexample", "The smallest shapes and simplest numbers at which it still fails."),
)


def build(results: Results) -> Page:
    """Compute everything that the page of a run shows."""
    findings = results.findings
    table = regimes_table(findings)
    grouped: dict[tuple[str, str, int], list[int]] = {}
    for index, finding in enumerate(findings):
        problem = finding.claim.problem
        grouped.setdefault((problem.name, problem.path, problem.line), []).append(index)
    groups = list(grouped.values())
    sections = tuple(_problem(n, findings, group, table) for n, group in enumerate(groups, 1))
    rows = [row for section in sections for row in section.rows]
    order = [index for group in groups for index in group]
    unexpected = (
        _named(row, findings[i]) for i, row in zip(order, rows, strict=True) if not row.as_expected
    )
    return Page(
        *_sentences(results, groups),
        results.interrupted,
        tuple(unexpected),
        sections,
        tuple(_claim(index, findings[index], results) for index in order),
        (*((str(verdict), verdict.text) for verdict in Verdict), *WORDS),
        _run(results),
        results.command,
        derivations.sections(results.derivations),
        derivations.font() if results.derivations else "",
    )


def _sentences(results: Results, groups: Sequence[Sequence[int]]) -> tuple[str, str]:
    """Say how claims and steps of derivations came out."""
    steps = [step for found in results.derivations for step in found.steps]
    if not steps:
        return _sentence(results.findings, groups)
    counts = Counter(step.verdict.value for step in steps)
    said = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    of_steps = f"{len(steps)} steps of {len(results.derivations)} derivation: {said}."
    if not results.findings:
        return of_steps, "Each equals sign is judged on its own, as printed."
    result, detail = _sentence(results.findings, groups)
    return result, f"{detail} {of_steps}"


def _sentence(findings: Sequence[Finding], groups: Sequence[Sequence[int]]) -> tuple[str, str]:
    """Say how the run came out, as the two halves of one sentence."""
    if not findings:
        return "No claim was checked.", ""
    counts = Counter(finding.verdict for finding in findings)
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    fine = sum(finding.as_expected for finding in findings)
    # All claims of a problem see the same points.
    cases = sum(max(findings[index].tally.total for index in group) for group in groups)
    claims = "claim" if len(findings) == 1 else "claims"
    result = f"{fine} of {len(findings)} {claims} as expected:"
    return result, f"{verdicts}; {cases:,} test cases."


def _run(results: Results) -> tuple[tuple[str, str], ...]:
    return (
        ("seed", str(results.seed)),
        ("test cases drawn for each problem", f"{results.test_cases:,}"),
        *results.versions.items(),
        ("seconds", number(results.seconds)),
    )


def _problem(
    count: int, findings: Sequence[Finding], group: Sequence[int], table: pd.DataFrame
) -> ProblemSection:
    problem = findings[group[0]].claim.problem
    part = table.iloc[list(group)]
    met = [regime for regime in table["text"].columns if (part[("text", regime)] != "").any()]
    numbers = {what: part[what][met].to_numpy() for what in ("outcome", *COUNTS)}
    rows = []
    for line, index in enumerate(group):
        finding = findings[index]
        cells = [cell(finding.tally, outcome(finding.tally))]
        for column in range(len(met)):
            counts = (int(numbers[what][line, column]) for what in COUNTS)
            cells.append(cell(Tally(*counts), str(numbers["outcome"][line, column])))
        several = len(problem.wrt) > 1
        name = finding.claim.variant.name + (f", {finding.claim.input}" if several else "")
        kind, symbol, check = _check(finding)
        rows.append(
            Row(
                name,
                _target(index),
                kind,
                symbol,
                check,
                str(finding.verdict),
                expected(finding),
                finding.as_expected,
                tuple(cells),
            )
        )
    return ProblemSection(
        problem.name,
        f"problem-{count}",
        problem.statement,
        _facts(
            ("precondition", _precondition(problem)),
            ("source", problem.source),
            ("declared at", place(problem.path, problem.line)),
        ),
        tuple((name, repr(domain)) for name, domain in problem.inputs.items()),
        # A condition such as `theta = 0` stays on one line.
        ("all test cases", *(regime.replace(" = ", "\u00a0=\u00a0") for regime in met)),
        tuple(rows),
    )


def _precondition(problem: Problem) -> str:
    if problem.where is None:
        return ""
    return (inspect.getdoc(problem.where) or str(getattr(problem.where, "__name__", ""))).strip()


def _named(row: Row, finding: Finding) -> Row:
    """Return the row with the name of its claim in full."""
    return Row(finding.claim.name, *(getattr(row, name) for name in Row.__match_args__[1:]))


def _target(index: int) -> str:
    return f"claim-{index + 1}"


def _check(finding: Finding) -> tuple[str, str, str]:
    word = next(word for word in CHECKS if says(finding).startswith(word))
    if finding.power is not None and finding.power.poor:
        return *CHECKS["no verdict"], "worth little"
    return *CHECKS[word], word


def _facts(*facts: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, text) for label, text in facts if text)


def _claim(index: int, finding: Finding, results: Results) -> ClaimSection:
    claim, example, failure = finding.claim, finding.counterexample, finding.failure
    kind, symbol, _ = _check(finding)
    entries = tuple(_entries(finding))
    return ClaimSection(
        target=_target(index),
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
        facts=_facts(
            ("source", claim.variant.source),
            ("declared at", place(claim.variant.path, claim.variant.line)),
            ("tally", tally(finding)),
            ("reason", finding.reason if failure is None else ""),
            ("evidence", ", ".join(finding.evidence)),
            ("confirmed", confirmation(finding)),
            ("what the pass is worth", worth(finding)),
            *(("diagnosis", line) for line in finding.diagnosis),
            ("direction", direction(finding)),
            *(("note", note) for note in finding.notes),
        ),
        apart=apart(results, finding),
        blind_spots=blind_spots(finding),
        sizes=sizes(example.point.axes) if example else "",
        code=counterexample_code(finding),
        entries=entries,
        more_entries=example.reference.size - len(entries) if example and entries else 0,
        failure=failure.message if failure else "",
        traceback=shown_traceback(failure.traceback) if failure else "",
        reproduce=reproduce(results, finding),
    )


def _entries(finding: Finding) -> list[Entry]:
    if finding.counterexample is None:
        return []
    return [
        Entry(
            ", ".join(str(index) for index in row.entry) or "scalar",
            Number(number(row.claimed), repr(row.claimed)),
            Number(number(row.reference), repr(row.reference)),
            Number(f"{row.bound:.1e}", repr(row.bound)),
            Number(number(row.residual), repr(row.residual)),
            Number(number(row.excess), repr(row.excess)),
            row.worst,
        )
        for row in entry_rows(finding.counterexample, ENTRIES)
    ]
