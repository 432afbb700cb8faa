"""Results → the data of the page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from verify.explain import reproduce
from verify.explain.texts import visible
from verify.explain.words import number
from verify.findings import Finding, Results
from verify.outcomes import Verdict
from verify.report import derivations, plots
from verify.report.cases import LIMIT
from verify.report.claims import claim_lines, claim_section
from verify.report.matrix import CHECKS, check_of, problem_section, target_of
from verify.report.model import ClaimSection, Page, Plot, ProblemSection, Row, StudyLine
from verify.report.script import policy, script
from verify.report.testcases import cases_section
from verify.table import regimes_table

# Up to so many claims are all told in full; of more, those that matter most, the rest in a line.
TOLD_ALL, TOLD_OF_MORE = 60, 15
# More names than this at the top of the page hide the page.
MOST_UNEXPECTED = 20
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
GROUPS = (
    ("fails", "Claims that fail"),
    ("unknown", "Claims that nothing can be told about"),
    ("holds", "Claims that hold"),
)


def build(results: Results, cases: int = LIMIT) -> Page:
    """Compute everything that the page of a run shows; `cases` are the rows of its last table."""
    findings = results.findings
    full = in_full(findings)
    grouped = by_problem(findings, full)
    table = regimes_table([findings[index] for index in full])
    lines = {index: line for line, index in enumerate(full)}
    sections = tuple(
        problem_section(
            f"problem-{count}",
            [(target_of(index), lines[index], findings[index]) for index in members],
            table,
            results.pairs,
        )
        for count, members in enumerate(grouped, 1)
    )
    told = [
        claim_section(findings[index], target_of(index), reproduce(results, findings[index]))
        for members in grouped
        for index in members
    ]
    order = [findings[index] for members in grouped for index in members]
    unexpected = _unexpected(sections, order)
    wrong = sum(not finding.as_expected for finding in findings)
    return Page(
        *sentences(results),
        results.interrupted,
        tuple(unexpected[:MOST_UNEXPECTED]),
        wrong - len(unexpected[:MOST_UNEXPECTED]),
        _studies(results, sections),
        sections,
        tuple((kind, title, _of(told, kind)) for kind, title in GROUPS if _of(told, kind)),
        claim_lines(f for index, f in enumerate(findings) if index not in lines),
        tuple(_plots(results, full)),
        cases_section(findings, set(full), cases),
        (*((str(verdict), verdict.text) for verdict in Verdict), *WORDS),
        _run(results),
        results.command,
        policy(),
        script(),
        derivations.sections(results.derivations),
    )


def in_full(findings: Sequence[Finding]) -> list[int]:
    """Choose the claims that are told in full: what is not as expected, then what fails, first."""
    places = range(len(findings))
    if len(findings) <= TOLD_ALL:
        return list(places)
    ranked = sorted(
        places, key=lambda i: (findings[i].as_expected, check_of(findings[i])[0] != "fails")
    )
    telling = [
        i for i in ranked if not findings[i].as_expected or check_of(findings[i])[0] == "fails"
    ]
    return sorted(telling[:TOLD_OF_MORE])


def by_problem(findings: Sequence[Finding], chosen: Sequence[int]) -> list[list[int]]:
    """Gather claims by problem; two files may hold problems of one name."""
    groups: dict[tuple[str, str, int], list[int]] = {}
    for index in chosen:
        problem = findings[index].claim.problem
        groups.setdefault((problem.name, problem.path, problem.line), []).append(index)
    return list(groups.values())


def _of(told: Sequence[ClaimSection], kind: str) -> tuple[ClaimSection, ...]:
    return tuple(claim for claim in told if claim.kind == kind)


def _unexpected(sections: Sequence[ProblemSection], order: Sequence[Finding]) -> list[Row]:
    """Return the rows that are not as expected; `order` are their findings, as they stand."""
    rows = (row for section in sections for row in section.rows)
    told = zip(rows, order, strict=True)
    return [_named(row, finding) for row, finding in told if not row.as_expected]


def _named(row: Row, finding: Finding) -> Row:
    """Return the row with the name of its claim in full."""
    # A name that turns the direction of writing around must not turn what follows it.
    return replace(row, name=visible(finding.claim.name))


def _studies(results: Results, sections: Sequence[ProblemSection]) -> tuple[StudyLine, ...]:
    """Return the index of a run: a line for each problem and each derivation."""
    lines = []
    for section in sections:
        fine = sum(row.as_expected for row in section.rows)
        counts = Counter(row.verdict for row in section.rows)
        said = ", ".join(f"{counts[str(v)]} {v}" for v in Verdict if counts[str(v)])
        lines.append(_study(section.name, section.target, fine, len(section.rows), "claims", said))
    for count, found in enumerate(results.derivations, 1):
        steps = Counter(step.verdict.value for step in found.steps)
        said = ", ".join(_steps(verdict, many) for verdict, many in sorted(steps.items()))
        fine = sum((step.verdict.value == "fails") == step.expected_to_fail for step in found.steps)
        lines.append(
            _study(found.name, f"derivation-{count}", fine, len(found.steps), "steps", said)
        )
    return tuple(lines)


def _study(name: str, target: str, fine: int, total: int, what: str, said: str) -> StudyLine:
    kind, symbol = CHECKS["passes" if fine == total else "fails"]
    return StudyLine(name, target, kind, symbol, f"{fine} of {total} {what} as expected", said)


def _plots(results: Results, full: Sequence[int]) -> list[Plot]:
    """Draw what concerns many claims: what passes are worth, and training with each variant."""
    found = []
    curves = {
        finding.claim.name: finding.power.detection
        for finding in (results.findings[index] for index in full)
        if finding.power is not None and finding.power.detection
    }
    if curves:
        caption = (
            "What the passes are worth: at how many of its test cases an error of every entry, of "
            f"each relative size, would have been caught, for the {len(curves)} claims that hold."
        )
        found.append(Plot("detection", plots.detection(curves, "detection-d"), caption))
    for count, trained in enumerate(results.trained, 1):
        right = {
            finding.claim.variant.name: finding.verdict is not Verdict.REFUTED
            for finding in results.findings
            if finding.claim.problem.name == trained.problem
        }
        losses = {name: (right.get(name, False), values) for name, values in trained.losses.items()}
        most = max((len(values) for values in trained.losses.values()), default=0)
        broke = [name for name, values in trained.losses.items() if len(values) < most]
        caption = (
            f"The loss of {trained.problem} over gradient descent (rate {number(trained.rate)}) "
            "with each variant in place of the gradient. A wrong one often learns, too: a loss "
            "that falls says little about a gradient."
            + (f" At × these left the floats: {', '.join(broke)}." if broke else "")
        )
        name = f"training-{count}"
        found.append(Plot(name, plots.training(losses, f"{name}-t"), caption))
    return found


def sentences(results: Results) -> tuple[str, str]:
    """Say how claims and steps of derivations came out."""
    steps = [step for found in results.derivations for step in found.steps]
    if not steps:
        return _sentence(results.findings)
    counts = Counter(step.verdict.value for step in steps)
    said = ", ".join(_steps(verdict, count) for verdict, count in sorted(counts.items()))
    pages = "derivation" if len(results.derivations) == 1 else "derivations"
    of_steps = f"{len(steps)} steps of {len(results.derivations)} {pages}: {said}."
    if not results.findings:
        return of_steps, "Each equals sign is judged on its own, as printed."
    result, detail = _sentence(results.findings)
    return result, f"{detail} {of_steps}"


def _steps(verdict: str, count: int) -> str:
    """Say in English how many steps hold or fail: `1 holds`, `6 fail`."""
    return f"{count} {verdict.removesuffix('s') if count != 1 else verdict}"


def _sentence(findings: Sequence[Finding]) -> tuple[str, str]:
    """Say how the run came out, as the two halves of one sentence."""
    if not findings:
        return "No claim was checked.", ""
    counts = Counter(finding.verdict for finding in findings)
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    fine = sum(finding.as_expected for finding in findings)
    # All claims of a problem see the same points.
    groups = by_problem(findings, range(len(findings)))
    cases = sum(max(findings[index].tally.total for index in group) for group in groups)
    claims = "claim" if len(findings) == 1 else "claims"
    result = f"{fine} of {len(findings)} {claims} as expected:"
    return result, f"{verdicts}; {cases:,} test cases."


def _run(results: Results) -> tuple[tuple[str, str], ...]:
    return (
        ("seed", str(results.seed)),
        ("test cases drawn for each problem", f"{results.test_cases:,}"),
        *([("hash of the test cases", results.corpus)] if results.corpus else []),
        *results.versions.items(),
        ("seconds", number(results.seconds)),
    )
