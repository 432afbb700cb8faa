"""What the page shows, as plain data: no number or string is made in the template."""

from dataclasses import dataclass

from verify.findings import Tally


@dataclass(frozen=True)
class Number:
    """A number as it is shown, and exactly."""

    text: str
    value: str


@dataclass(frozen=True)
class Count:
    """How many test cases came out one way: `kind` names the style, `word` reads it out."""

    kind: str
    symbol: str
    text: str
    word: str


@dataclass(frozen=True)
class Cell:
    """One claim in one regime: what it comes to, and the counts that are not zero."""

    kind: str
    symbol: str
    word: str
    counts: tuple[Count, ...]


@dataclass(frozen=True)
class Row:
    """One claim in the matrix; `target` is the id of its section."""

    name: str
    target: str
    kind: str
    symbol: str
    check: str
    verdict: str
    expectation: str
    as_expected: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ProblemSection:
    """One problem: what its primal is, on which domain, and the matrix of its claims."""

    name: str
    target: str
    statement: str
    facts: tuple[tuple[str, str], ...]
    domains: tuple[tuple[str, str], ...]
    regimes: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Entry:
    """One entry of the gradient at the counterexample."""

    entry: str
    claimed: Number
    reference: Number
    bound: Number
    residual: Number
    excess: Number
    worst: bool


@dataclass(frozen=True)
class ClaimSection:
    """One claim with all that was found about it; what was not found is empty."""

    target: str
    problem: str
    variant: str
    input: str
    kind: str
    symbol: str
    says: str
    verdict: str
    meaning: str
    expectation: str
    as_expected: bool
    derivation: str
    facts: tuple[tuple[str, str], ...]
    apart: tuple[str, ...]
    blind_spots: tuple[str, ...]
    sizes: str
    code: str
    entries: tuple[Entry, ...]
    more_entries: int
    failure: str
    traceback: str
    reproduce: str


@dataclass(frozen=True)
class Page:
    """The whole page; `result` and `detail` are one sentence."""

    result: str
    detail: str
    interrupted: bool
    unexpected: tuple[Row, ...]
    problems: tuple[ProblemSection, ...]
    claims: tuple[ClaimSection, ...]
    glossary: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    command: str


SYMBOLS = {"holds": "✓", "fails": "✗", "cannot tell": "?"}
KINDS = {"holds": "holds", "fails": "fails", "cannot tell": "unknown"}


def cell(tally: Tally, word: str) -> Cell:
    """Make the cell of a tally whose outcome in a word is `word`; empty if nothing was counted."""
    if not tally.total:
        return Cell("empty", "–", "not met", ())
    counts = zip(SYMBOLS, (tally.holds, tally.fails, tally.undecided), strict=True)
    return Cell(
        KINDS[word],
        SYMBOLS[word],
        word,
        tuple(Count(KINDS[w], SYMBOLS[w], f"{n:,}", w) for w, n in counts if n),
    )
