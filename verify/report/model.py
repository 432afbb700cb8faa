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
    derivations: tuple["DerivationSection", ...] = ()
    font: str = ""


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


@dataclass(frozen=True)
class RepairSection:
    """A repair as a source diff, and the repaired side as MathML."""

    what: str
    place: str
    before: str
    was: str
    text: str
    after: str
    formula: str | None


@dataclass(frozen=True)
class SideSection:
    """One side of a chain: as published, as read, and the verdict on the `=` before it."""

    formula: str | None
    source: str
    as_read: str | None
    kind: str
    symbol: str
    verdict: str
    evidence: tuple[str, ...]
    witness: tuple[str, ...]
    repairs: tuple[RepairSection, ...]


@dataclass(frozen=True)
class ChainSection:
    """A chain or definition, with the place where it stands."""

    title: str
    target: str
    place: str
    sides: tuple[SideSection, ...]


@dataclass(frozen=True)
class DerivationSection:
    """A document: its chains, what was refused, and what was read how."""

    name: str
    target: str
    totals: str
    chains: tuple[ChainSection, ...]
    refusals: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
