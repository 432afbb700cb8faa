"""The test cases of a run as rows of one table, as fine as a limit on its length allows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from verify.explain.words import shown_point, sizes
from verify.findings import Batch, Finding
from verify.outcomes import Outcome

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
# The cases that fail, that cannot tell, and that hold.
Kinds = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
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
    batches = [(claim, number, batch) for claim, finding in enumerate(findings)
               for number, batch in enumerate(finding.cases)]  # fmt: skip
    if not batches:
        return pd.DataFrame()
    shapes: dict[tuple[tuple[str, int], ...], int] = {}
    masks: dict[int, NDArray[np.uint64]] = {}
    for claim, _, batch in batches:
        shapes.setdefault(tuple(batch.axes.items()), len(shapes))
        # All claims of a problem see the same points, in the same regimes.
        if id(batch.tags) not in masks:
            masks[id(batch.tags)] = _mask(list(findings[claim].regimes)[:MOST_REGIMES], batch)
    lengths = [len(batch.outcome) for *_, batch in batches]
    outcome = np.concatenate([batch.outcome for *_, batch in batches])
    starts = np.cumsum([0, *lengths[:-1]])
    return pd.DataFrame(
        {
            "claim": np.repeat([claim for claim, *_ in batches], lengths),
            "shape": np.repeat([shapes[tuple(b.axes.items())] for *_, b in batches], lengths),
            "batch": np.repeat([number for _, number, _ in batches], lengths),
            "place": np.arange(len(outcome)) - np.repeat(starts, lengths),
            "outcome": outcome,
            "regimes": np.concatenate([masks[id(batch.tags)] for *_, batch in batches]),
            "excess": np.concatenate([batch.excess for *_, batch in batches]),
            "count": np.ones(len(outcome), dtype=np.int64),
        }
    )


def _mask(names: Sequence[str], batch: Batch) -> NDArray[np.uint64]:
    mask = np.zeros(len(batch.outcome), dtype=np.uint64)
    for bit, name in enumerate(names):
        if name in batch.tags:
            mask |= batch.tags[name].astype(np.uint64) << np.uint64(bit)
    return mask


def _finest(frame: pd.DataFrame, limit: int) -> tuple[str, pd.DataFrame]:
    """Gather at the first level that fits; at the last one, whatever comes out of it."""
    # What is gathered at any level is gathered from the finest groups: they are few.
    whole, fine = _kinds(frame), _kinds(_gathered(frame, FINE))
    *finer, (coarsest, *last) = LEVELS
    for gathered, *keys in finer:
        alone = sum(len(part) for part, by in zip(whole, keys, strict=True) if not by)
        if alone <= limit and len(rows := _level(whole, fine, keys)) <= limit:
            return gathered, rows
    return coarsest, _level(whole, fine, last)


def _level(whole: Kinds, fine: Kinds, keys: Sequence[Keys]) -> pd.DataFrame:
    """Gather each kind by its keys; no keys: each case alone."""
    rows = pd.concat(
        _gathered(grouped, by) if by else part
        for part, grouped, by in zip(whole, fine, keys, strict=True)
    )
    return rows.assign(rank=rows["outcome"].map(RANKS))


def _kinds(frame: pd.DataFrame) -> Kinds:
    """Part the cases that fail, cannot tell, and hold."""
    holds, open_ = frame["outcome"] == Outcome.AGREE, frame["outcome"] == Outcome.UNDECIDED
    return frame[~holds & ~open_], frame[open_], frame[holds]


def _gathered(frame: pd.DataFrame, by: Keys) -> pd.DataFrame:
    """Gather rows that are alike in some columns in the first of them, in order of appearance."""
    code = np.zeros(len(frame), dtype=np.int64)
    for name in by:
        values, different = pd.factorize(frame[name])
        code, _ = pd.factorize(code * len(different) + values)
    # Numbered as they appear: a group begins where the largest number so far grows.
    first = np.flatnonzero(np.diff(np.maximum.accumulate(code), prepend=-1))
    largest = np.full(len(first), np.nan)
    np.fmax.at(largest, code, frame["excess"].to_numpy())
    count = np.zeros(len(first), dtype=np.int64)
    np.add.at(count, code, frame["count"].to_numpy())
    return frame.iloc[first].assign(count=count, excess=largest)


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
