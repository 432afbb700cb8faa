"""Findings as words: what command line, pytest plugin and page say about a claim."""

import textwrap

from verify.explain.copyable import counterexample_code as counterexample_code
from verify.explain.full import about, aligned, matrix, provenance
from verify.explain.home import reproduce as reproduce
from verify.explain.repairs import LineRepair, line_repairs
from verify.explain.words import (
    apart,
    blind_spots,
    direction,
    entry_rows,
    expected,
    labelled,
    number,
    outcome,
    place,
    says,
    shown_traceback,
    sizes,
    worth,
)
from verify.findings import Finding, Results
from verify.outcomes import Verdict

# More entries than this tell nothing new on a terminal; the page shows more.
ENTRIES, ALL_ENTRIES = 12, 64
PAIRS = 6


def headline(finding: Finding) -> str:
    """Say in one line whether a claim passes the finite-difference check, and what it is."""
    claim, example = finding.claim, finding.counterexample
    if finding.verdict in (Verdict.INCONCLUSIVE, Verdict.VACUOUS):
        line = f"{says(finding)}: {claim.name} is {finding.verdict}"
    else:
        at = sizes(example.point.axes) if example else ""
        line = f"{says(finding)}: {claim.name} is {finding.verdict}" + (f" at {at}" if at else "")
    line = line if finding.as_expected else f"{line}, expected {expected(finding)}"
    # A name may hold a line break; a headline may not.
    return " ".join(line.split())


def explain(finding: Finding, results: Results | None = None, *, full: bool = False) -> str:
    """Tell all that was found about a claim, in lines of plain text.

    With `results`, the command that finds it again comes last. `full` tells as much as the page:
    the problem, the counts in every regime, more entries, all pairs, and what the run rests on.
    """
    parts = [
        headline(finding),
        about(finding.claim.problem) if full else "",
        _facts(finding),
        _where(finding, full=full),
        _apart(finding, results, None if full else PAIRS),
        _entries(finding, ALL_ENTRIES if full else ENTRIES),
        _traceback(finding),
        _code(finding),
        f"reproduce with\n  {reproduce(results, finding)}" if results else "",
        provenance(results) if results and full else "",
    ]
    return "\n\n".join(part for part in parts if part)


def expectation(finding: Finding) -> str:
    """Say what was expected, and whether it came: `refuted (as expected)`."""
    return f"{expected(finding)} ({'as expected' if finding.as_expected else 'NOT as expected'})"


def tally(finding: Finding) -> str:
    """Say at how many test cases a claim holds, fails, or nothing can be told."""
    count = finding.tally
    return (
        f"{count.total:,} test cases: holds at {count.holds:,}, fails at {count.fails:,}, "
        f"cannot tell at {count.undecided:,}"
    )


def confirmation(finding: Finding) -> str:
    """Say what reproduced the difference, and how the Taylor remainder falls; may be empty."""
    example = finding.counterexample
    parts = []
    if example is not None and example.confirmed_by:
        parts.append(f"reproduced by {example.confirmed_by}")
    if finding.taylor_order is not None:
        parts.append(
            f"Taylor remainder of order {finding.taylor_order:.2f} (2 if right, 1 if wrong)"
        )
    return "; ".join(parts)


def _facts(finding: Finding) -> str:
    claim = finding.claim
    about = "vjp" if claim.variant.kind == "vjp" else "derivative"
    declared = place(claim.variant.path, claim.variant.line)
    lines = [
        ("claim", f"the {about} of {claim.problem.name} with respect to {claim.input}"),
        ("derivation", claim.variant.derivation),
        ("source", claim.variant.source),
        ("declared at", declared),
        ("verdict", f"{finding.verdict}: {finding.verdict.text}"),
        ("reason", finding.reason),
        ("expected", expectation(finding)),
        ("tally", tally(finding)),
        ("evidence", ", ".join(finding.evidence)),
        ("confirmed", confirmation(finding)),
        ("worth", worth(finding)),
        *(("diagnosis", line) for line in finding.diagnosis),
        *(("repair", _repair(repair)) for repair in line_repairs(finding)),
        ("direction", direction(finding)),
        *(("note", note) for note in finding.notes),
    ]
    return "\n".join(labelled(label, text) for label, text in lines if text)


def _repair(repair: LineRepair) -> str:
    before, after = repair.lines
    return f"{repair.what}, {repair.place}\n- {before}\n+ {after}"


def _where(finding: Finding, *, full: bool) -> str:
    """Tell in which regimes a claim holds and fails, and in which its error cannot be seen."""
    lines = [matrix(finding)] if full else _regimes(finding)
    if spots := blind_spots(finding):
        lines.append(labelled("blind spots", f"agrees wherever {'; '.join(spots)}"))
    return "\n".join(line for line in lines if line)


def _regimes(finding: Finding) -> list[str]:
    lines = []
    for word in ("holds", "fails", "cannot tell"):
        told = {n: t for n, t in finding.regimes.items() if t.total and outcome(t) == word}
        counts = [
            f"{name} ({t.fails} of {t.total})" if word == "fails" else f"{name} ({t.total})"
            for name, t in told.items()
        ]
        if counts:
            lines.append(labelled(word, ", ".join(counts)))
    return lines


def _apart(finding: Finding, results: Results | None, limit: int | None) -> str:
    lines = apart(results, finding)[:limit] if results else ()
    return "\n".join(labelled("parts from", line) for line in lines)


def _entries(finding: Finding, limit: int) -> str:
    example = finding.counterexample
    if example is None:
        return ""
    rows = entry_rows(example, limit)
    if not rows:
        return ""
    table = [("entry", "claimed", "reference ± bound", "residual", "residual/bound", "")]
    for row in rows:
        table.append(
            (
                str(list(row.entry)),
                number(row.claimed),
                f"{number(row.reference)} ± {row.bound:.1e}",
                number(row.residual),
                number(row.excess),
                "<- worst" if row.worst else "",
            )
        )
    left = example.reference.size - len(rows)
    return aligned(table) + (f"\n({left} more entries)" if left > 0 else "")


def _traceback(finding: Finding) -> str:
    if finding.failure is None:
        return ""
    text = shown_traceback(finding.failure.traceback) or finding.failure.message
    return "what it did\n" + textwrap.indent(text, "  ")


def _code(finding: Finding) -> str:
    code = counterexample_code(finding)
    return f"counterexample, to copy\n{textwrap.indent(code.rstrip(), '  ')}" if code else ""
