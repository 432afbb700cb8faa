"""Findings as rows: one row a claim, and the claims against the regimes."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from verify.explain.words import counts as counts_of
from verify.explain.words import expected, outcome, says, sizes
from verify.findings import Finding, Results

KEYS = ("problem", "variant", "input")
COUNTS = ("holds", "fails", "undecided")
WHAT = ("outcome", *COUNTS, "text")
Findings = Results | Iterable[Finding]


def findings_table(findings: Findings) -> pd.DataFrame:
    """Return one row a claim: what is said of it, tally, minimal counterexample, provenance.

    `claimed`, `reference` and `bound` are those of `entry`, the worst of the counterexample;
    `excess` is its residual in bounds. Where there is no counterexample they are missing.
    """
    return pd.DataFrame([_row(finding) for finding in _all(findings)], columns=list(COLUMNS))


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


def _all(findings: Findings) -> list[Finding]:
    return list(findings.findings if isinstance(findings, Results) else findings)


def _names(finding: Finding) -> dict[str, str]:
    claim = finding.claim
    return dict(zip(KEYS, (claim.problem.name, claim.variant.name, claim.input), strict=True))


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


COLUMNS = (
    *KEYS,
    *("says", "verdict", "expected", "as_expected", "drawn", "decided", "undecided"),
    *("axes", "entry", "claimed", "reference", "bound", "excess"),
    *("planted", "caught", "smallest_error", "diagnosis", "source", "seconds"),
)
