"""The test cases of a run as rows of one table, as fine as a limit on its length allows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from verify.explain.words import shown_point, sizes
from verify.findings import Batch, Finding
from verify.outcomes import Outcome
from verify.points import Array

# Rows of the page's table unless its user asks for more: some 40 kB.
LIMIT = 1_500
# A row with its point takes three times the room: above this, none has it.
WITH_POINTS = 4_000
# Numbers of seventeen digits fill a row and tell nothing.
LONGEST_POINT = 40
# What fits into the bits of one integer; no problem has declared a fifth of that.
MOST_REGIMES = 63
FINE = ("claim", "shape", "regimes", "outcome")
BY_REGIMES = ("claim", "regimes", "outcome")
COARSE = ("claim", "outcome")
ALONE = ()
# How test cases are gathered, finest first: the keys of those that fail, cannot tell, and hold.
Keys = tuple[str, ...]
LEVELS: tuple[tuple[str, Keys, Keys, Keys], ...] = (
    ("each test case is a row of its own", ALONE, ALONE, ALONE),
    ("those that pass are gathered by claim, sizes and regimes", ALONE, ALONE, FINE),
    ("cases of one claim, outcome, sizes and regimes are one row", FINE, FINE, FINE),
    ("cases of one claim, outcome and regimes are one row", BY_REGIMES, BY_REGIMES, BY_REGIMES),
    (
        "cases that fail are gathered by claim, outcome and regimes, the others by claim",
        *(BY_REGIMES, COARSE, COARSE),
    ),
    ("cases of one claim and outcome are one row", COARSE, COARSE, COARSE),
)
WORDS = {
    Outcome.DIFFER: "fails",
    Outcome.MALFORMED: "malformed",
    Outcome.UNSTABLE: "unstable",
    Outcome.UNDECIDED: "cannot tell",
    Outcome.AGREE: "holds",
}
# Rows stand in this order: what is wrong first.
RANKS = {int(outcome): rank for rank, outcome in enumerate(WORDS)}


@dataclass(frozen=True)
class CaseRow:
    """Test cases of one claim, by its index, that came out alike: how many, and the worst residual.

    `sizes` and `point` are those of the first; `excess` is the largest residual in bounds.
    """

    claim: int
    outcome: str
    sizes: str
    regimes: tuple[str, ...]
    count: int
    excess: float
    point: str


@dataclass(frozen=True)
class CaseTable:
    """The rows, how they were gathered, and how many test cases stand behind them."""

    rows: tuple[CaseRow, ...]
    gathered: str
    total: int


def case_table(findings: Sequence[Finding], limit: int = LIMIT) -> CaseTable:
    """Gather the test cases of all claims in at most `limit` rows, what fails first.

    Where even a row for each claim and outcome is too many, those that hold or tell nothing are
    left out. Regimes beyond the 63rd of a problem are not told apart.
    """
    frame = _frame(findings)
    if frame.empty:
        return CaseTable((), LEVELS[0][0], 0)
    gathered, rows = _finest(frame, limit)
    rows = rows.sort_values(["rank", "claim"], kind="stable").head(limit)
    texts = len(rows) <= WITH_POINTS
    return CaseTable(
        tuple(_row(findings, texts, *row) for row in rows[COLUMNS].itertuples(index=False)),
        gathered,
        len(frame),
    )


COLUMNS = ["claim", "outcome", "regimes", "count", "excess", "batch", "place"]


def _frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return one row a test case, in the order in which they were run."""
    parts: list[dict[str, Array]] = []
    shapes: dict[tuple[tuple[str, int], ...], int] = {}
    masks: dict[int, NDArray[np.uint64]] = {}
    for claim, finding in enumerate(findings):
        names = list(finding.regimes)[:MOST_REGIMES]
        for number, batch in enumerate(finding.cases):
            # All claims of a problem see the same points, in the same regimes.
            if id(batch.tags) not in masks:
                masks[id(batch.tags)] = _mask(names, batch)
            shape = shapes.setdefault(tuple(batch.axes.items()), len(shapes))
            count = len(batch.outcome)
            same = {"claim": claim, "shape": shape, "batch": number}
            parts.append(
                {
                    **{name: np.full(count, value) for name, value in same.items()},
                    "place": np.arange(count),
                    "outcome": batch.outcome,
                    "regimes": masks[id(batch.tags)],
                    "excess": batch.excess,
                }
            )
    if not parts:
        return pd.DataFrame()
    return pd.DataFrame({name: np.concatenate([p[name] for p in parts]) for name in parts[0]})


def _mask(names: Sequence[str], batch: Batch) -> NDArray[np.uint64]:
    mask = np.zeros(len(batch.outcome), dtype=np.uint64)
    for bit, name in enumerate(names):
        if name in batch.tags:
            mask |= batch.tags[name].astype(np.uint64) << np.uint64(bit)
    return mask


def _finest(frame: pd.DataFrame, limit: int) -> tuple[str, pd.DataFrame]:
    """Gather at the first level that fits; the last one, whatever comes out of it."""
    *finer, (coarsest, *last) = LEVELS
    for gathered, *keys in finer:
        rows = _gathered(frame, keys)
        if len(rows) <= limit:
            return gathered, rows
    return coarsest, _gathered(frame, last)


def _gathered(frame: pd.DataFrame, keys: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Gather the cases that fail, cannot tell and hold by the keys of each; no keys: each alone."""
    holds = (frame["outcome"] == Outcome.AGREE).to_numpy()
    open_ = (frame["outcome"] == Outcome.UNDECIDED).to_numpy()
    parts = []
    for mask, by in zip((~holds & ~open_, open_, holds), keys, strict=True):
        part = frame[mask]
        if not by or part.empty:
            parts.append(part.assign(count=1))
            continue
        groups = part.groupby(list(by), sort=False)
        first = groups.head(1).copy()
        first["count"] = groups.size().to_numpy()
        first["excess"] = groups["excess"].max().to_numpy()
        parts.append(first)
    rows = pd.concat(parts)
    return rows.assign(rank=rows["outcome"].map(RANKS))


def _row(
    findings: Sequence[Finding], texts: bool, claim: int, outcome: int, regimes: int, count: int,
    excess: float, batch: int, place: int,
) -> CaseRow:  # fmt: skip
    finding = findings[claim]
    found, word = finding.cases[batch], WORDS[Outcome(outcome)]
    inside = tuple(
        name for bit, name in enumerate(list(finding.regimes)[:MOST_REGIMES]) if regimes >> bit & 1
    )
    # Nobody looks up a point that passes.
    shown = found.inputs if texts and outcome != Outcome.AGREE else None
    point = shown_point({n: array[place].tolist() for n, array in shown.items()}) if shown else ""
    point = point if len(point) <= LONGEST_POINT else ""
    return CaseRow(claim, word, sizes(found.axes), inside, count, excess, point)
