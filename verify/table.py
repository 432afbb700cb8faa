"""Findings as rows: one row a claim, one a step of a derivation, and the claims by regimes."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from verify.explain.texts import storable
from verify.explain.words import counts as counts_of
from verify.explain.words import expected, outcome, says, sizes
from verify.findings import Finding, Results
from verify.formula.source import position

if TYPE_CHECKING:  # the reader of formulas is loaded where one is read
    from verify.derivation.steps import Derivation, Step

KEYS = ("problem", "variant", "input")
COUNTS = ("holds", "fails", "undecided")
WHAT = ("outcome", *COUNTS, "text")
Findings = Results | Iterable[Finding]


def findings_table(findings: Findings) -> pd.DataFrame:
    """Return one row a claim: what is said of it, tally, minimal counterexample, provenance.

    `claimed`, `reference` and `bound` are those of `entry`, the worst of the counterexample;
    `excess` is its residual in bounds. Where there is no counterexample they are missing.
    """
    return _frame([_row(finding) for finding in _all(findings)], COLUMNS)


def steps_table(results: Results) -> pd.DataFrame:
    """Return one row a step of a derivation: verdict, place, the point where it fails, a repair.

    `line` and `column` count from 1. Where a step does not fail, `axes`, `entry`, `left` and
    `right` are missing; `repair` is the text that makes it right in place of `was`.
    """
    rows = [_step_row(found, step) for found in results.derivations for step in found.steps]
    return _frame(rows, STEP_COLUMNS)


def regime_counts(findings: Findings) -> pd.DataFrame:
    """Return one row a claim and regime: the three counts, and what they come to in words."""
    rows = [
        {
            "claim": number,
            **_names(finding),
            "regime": regime,
            "outcome": outcome(tally),
            **counts_of(tally),
            "text": f"{tally.holds}/{tally.fails}/{tally.undecided}",
        }
        for number, finding in enumerate(_all(findings))
        for regime, tally in finding.regimes.items()
        if tally.total
    ]
    columns = ["claim", *KEYS, "regime", *WHAT]
    return pd.DataFrame(rows, columns=columns)


def regimes_table(findings: Findings) -> pd.DataFrame:
    """Return claims × regimes, cells such as `12/0/3`: holds / fails / cannot tell.

    Columns are (what, regime) with what in outcome, holds, fails, undecided, text. A regime that a
    claim's test cases never met has counts of 0 and empty words. Claims and regimes stand in the
    order in which they were found.
    """
    found = _all(findings)
    counts = regime_counts(found)
    regimes = list(counts["regime"].unique())
    parts = {}
    for what in WHAT:
        # Two claims may have one name, from two files; the number keeps them apart.
        part = counts.pivot(index="claim", columns="regime", values=what)
        part = part.reindex(index=range(len(found)), columns=regimes)
        parts[what] = part.fillna(0).astype(int) if what in COUNTS else part.fillna("")
    wide = pd.concat(parts, axis="columns", names=["what", "regime"])
    names = [tuple(_names(finding).values()) for finding in found]
    wide.index = pd.MultiIndex.from_tuples(names, names=KEYS)
    return wide


def _frame(rows: list[dict[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Make a table whose columns have the same types whatever stands in them, or nothing."""
    clean = [
        {name: storable(cell) if isinstance(cell, str) else cell for name, cell in row.items()}
        for row in rows
    ]
    return pd.DataFrame(clean, columns=list(columns), dtype=object).astype(dict(columns))


def _all(findings: Findings) -> list[Finding]:
    return list(findings.findings if isinstance(findings, Results) else findings)


def _names(finding: Finding) -> dict[str, str]:
    claim = finding.claim
    names = (claim.problem.name, claim.variant.name, claim.input)
    return dict(zip(KEYS, map(storable, names), strict=True))


def _row(finding: Finding) -> dict[str, Any]:
    tally, example = finding.tally, finding.counterexample
    return {
        **_names(finding),
        "says": says(finding),
        "verdict": str(finding.verdict),
        "expected": expected(finding),
        "as_expected": finding.as_expected,
        "drawn": tally.total,
        "decided": tally.holds + tally.fails,
        "undecided": tally.undecided,
        "axes": sizes(example.point.axes) if example else None,
        **_worst(finding),
        **_worth(finding),
        "source": finding.claim.variant.source,
        "seconds": finding.seconds,
    }


def _worst(finding: Finding) -> dict[str, Any]:
    example = finding.counterexample
    if example is None or example.entry is None:
        return {}
    return {
        "entry": str(list(example.entry)),
        "claimed": None if example.claimed is None else float(example.claimed[example.entry]),
        "reference": float(example.reference[example.entry]),
        "bound": float(example.bound[example.entry]),
        "excess": example.excess,
    }


def _worth(finding: Finding) -> dict[str, Any]:
    power = finding.power
    diagnosis = "; ".join(finding.diagnosis) or None
    if power is None:
        return {"diagnosis": diagnosis}
    return {
        "planted": power.planted,
        "caught": power.caught,
        "smallest_error": power.smallest,
        "diagnosis": diagnosis,
    }


def _step_row(found: "Derivation", step: "Step") -> dict[str, Any]:
    line, column = position(found.text, step.span.start)
    row = {
        "document": found.name,
        "chain": step.chain,
        "from": step.start,
        "to": step.end,
        "verdict": step.verdict.value,
        "expected": "fails" if step.expected_to_fail else "holds",
        "as_expected": step.as_expected,
        "evidence": ", ".join(step.evidence) or None,
        "line": line,
        "column": column,
        "message": step.message,
        "shown": step.shown or None,
        "source": found.text[step.span.start : step.span.end],
    }
    if step.witness is not None:
        row |= {
            "axes": sizes(step.witness.extents),
            "entry": sizes(step.witness.entry),
            "left": float(step.witness.left),
            "right": float(step.witness.right),
        }
    if step.repairs:
        span = step.repairs[0].span
        row |= {"was": found.text[span.start : span.end], "repair": step.repairs[0].text}
    return row


# "Int64" can be missing, "int64" cannot.
COLUMNS = {
    **dict.fromkeys((*KEYS, "says", "verdict", "expected"), "string"),
    "as_expected": "bool",
    **dict.fromkeys(("drawn", "decided", "undecided"), "int64"),
    **dict.fromkeys(("axes", "entry"), "string"),
    **dict.fromkeys(("claimed", "reference", "bound", "excess"), "float64"),
    **dict.fromkeys(("planted", "caught"), "Int64"),
    "smallest_error": "float64",
    **dict.fromkeys(("diagnosis", "source"), "string"),
    "seconds": "float64",
}
STEP_COLUMNS = {
    **dict.fromkeys(("document", "chain"), "string"),
    **dict.fromkeys(("from", "to"), "int64"),
    **dict.fromkeys(("verdict", "expected"), "string"),
    "as_expected": "bool",
    "evidence": "string",
    **dict.fromkeys(("line", "column"), "int64"),
    **dict.fromkeys(("message", "shown", "axes", "entry"), "string"),
    **dict.fromkeys(("left", "right"), "float64"),
    **dict.fromkeys(("was", "repair", "source"), "string"),
}
