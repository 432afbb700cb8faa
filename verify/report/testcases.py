"""The section of the test cases: some rows as they stand, all of them as data for the script."""

import json
import math
from collections.abc import Hashable, Sequence, Set
from itertools import groupby
from typing import Any

from markupsafe import Markup

from verify.explain.texts import visible
from verify.findings import Finding
from verify.report.cases import CaseRow, case_table
from verify.report.matrix import target_of
from verify.report.model import KINDS, CasesSection

# Rows that stand in the page as they are; the script shows the others.
STATIC = 20
MOST = 1e308
HEADS = (
    "claim",
    "outcome",
    "sizes",
    "regimes",
    "test cases",
    "largest residual in bounds",
    "first of them",
)


def cases_section(findings: Sequence[Finding], full: Set[int], limit: int) -> CasesSection | None:
    """Return the table of test cases; None where no test case was kept.

    Claims that are not told in full have no section to lead to; they stand here by name alone.
    """
    table = case_table(findings, limit)
    if not table.rows:
        return None
    rows = tuple(
        (
            visible(findings[row.claim].claim.name),
            target_of(row.claim) if row.claim in full else "",
            KINDS.get(row.outcome, "fails"),
            (
                row.outcome,
                row.sizes,
                ", ".join(row.regimes),
                f"{row.count:,}",
                _residual(row.excess),
                row.point,
            ),
        )
        for row in table.rows[:STATIC]
    )
    return CasesSection(
        f"{table.total:,} comparisons of a claim at a test case: {table.gathered}.",
        HEADS,
        rows,
        f"{len(table.rows):,}",
        len(table.rows) - len(rows),
        _island(findings, full, table.rows),
    )


def _residual(excess: float) -> str:
    return _rounded(excess) if math.isfinite(excess) else "–"


def _rounded(excess: float) -> str:
    # Rounded up, the largest float is none.
    return f"{min(excess, MOST):.2g}".replace("e+", "e")


def _island(findings: Sequence[Finding], full: Set[int], rows: Sequence[CaseRow]) -> Markup:
    """Write the rows by column, each different text once, safe between script tags."""
    claims = sorted({row.claim for row in rows})
    data: dict[str, Any] = {
        "claims": [visible(findings[index].claim.name) for index in claims],
        "verdicts": [str(findings[index].verdict) for index in claims],
        # The number in the id of a claim's section; 0 where it has none.
        "ids": [index + 1 if index in full else 0 for index in claims],
    }
    place = {index: at for at, index in enumerate(claims)}
    data["c"] = [place[row.claim] for row in rows]
    for key, name, values in (
        ("o", "outcomes", [row.outcome for row in rows]),
        ("s", "sizes", [row.sizes for row in rows]),
        ("r", "sets", [row.regimes for row in rows]),
        ("p", "points", [row.point for row in rows]),
    ):
        data[name], data[key] = _indexed(values)
    data["kinds"] = [KINDS.get(word, "fails") for word in data["outcomes"]]
    data["regimes"], flat = _indexed([name for inside in data["sets"] for name in inside])
    numbers = iter(flat)
    data["sets"] = [[next(numbers) for _ in inside] for inside in data["sets"]]
    data["n"] = [row.count for row in rows]
    data["runs"] = [key for key in "cosrpn" if 2 * len(list(groupby(data[key]))) < len(rows)]
    data |= {key: _runs(data[key]) for key in data["runs"]}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # Python would write 9.3e14 as 930000000000000.0.
    sizes = (_rounded(row.excess) if math.isfinite(row.excess) else "null" for row in rows)
    text = f'{text[:-1]},"x":[{",".join(sizes)}]}}'
    # Within a script element only these could end it or start another one.
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))


def _runs(values: Sequence[int]) -> list[int]:
    """Write a column in which values repeat as value, count, value, count.

    >>> _runs([4, 4, 4, 0])
    [4, 3, 0, 1]
    """
    return [number for value, run in groupby(values) for number in (value, len(list(run)))]


def _indexed(values: Sequence[Hashable]) -> tuple[list[Any], list[int]]:
    """Return the different values in order of appearance, and the index of each value's own."""
    places: dict[Hashable, int] = {}
    indices = [places.setdefault(value, len(places)) for value in values]
    return list(places), indices
