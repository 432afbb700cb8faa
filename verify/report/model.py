"""What the page shows, as plain data: no number or string is made in the template."""

from dataclasses import dataclass

from markupsafe import Markup

from verify.explain.repairs import LineRepair
from verify.findings import Tally


@dataclass(frozen=True)
class Number:
    """A number as it is shown, and exactly."""

    text: str
    value: str

    @property
    def exact(self) -> bool:
        """Whether the text shown is the whole number."""
        return self.value in (self.text, f"{self.text}.0")


@dataclass(frozen=True)
class Cell:
    """One claim in one regime: what it comes to, and the counts that are not zero."""

    kind: str
    symbol: str
    word: str
    counts: str


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
    apart: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Entry:
    """One entry of the gradient at the counterexample."""

    entry: str
    claimed: Number
    reference: Number
    bound: Number
    residual: str
    excess: str
    worst: bool


@dataclass(frozen=True)
class Plot:
    """A plot and what it shows, in words; `lines` are the keys of its colours with their words."""

    target: str
    drawing: Markup
    caption: str
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ClaimSection:
    """One claim with all that was found about it; what was not found is empty.

    `code` is its source as pieces, each with whether it is the wrong part.
    """

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
    formula: Markup | None
    source: tuple[tuple[str, bool], ...]
    repairs: tuple[LineRepair, ...]
    facts: tuple[tuple[str, str], ...]
    blind_spots: tuple[str, ...]
    sizes: str
    code: str
    entries: tuple[Entry, ...]
    more_entries: int
    failure: str
    traceback: str
    plots: tuple[Plot, ...]
    reproduce: str


@dataclass(frozen=True)
class ClaimLine:
    """Claims of one problem and verdict in one line, where there are too many to tell in full.

    `claims` are pairs of a claim's name within its problem and its tally.
    """

    problem: str
    kind: str
    symbol: str
    verdict: str
    expectation: str
    claims: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StudyLine:
    """One problem or derivation in the index of a run."""

    name: str
    target: str
    kind: str
    symbol: str
    outcome: str
    detail: str


@dataclass(frozen=True)
class CasesSection:
    """The table of test cases: some rows as they stand, and all of them as data for the script."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    total: str
    left: int
    island: Markup


@dataclass(frozen=True)
class Page:
    """The whole page; `result` and `detail` are one sentence.

    `groups` are the claims told in full under a heading each; `others` those in a line for many.
    """

    result: str
    detail: str
    interrupted: bool
    unexpected: tuple[Row, ...]
    more_unexpected: int
    studies: tuple[StudyLine, ...]
    problems: tuple[ProblemSection, ...]
    groups: tuple[tuple[str, str, tuple[ClaimSection, ...]], ...]
    others: tuple[ClaimLine, ...]
    plots: tuple[Plot, ...]
    cases: CasesSection | None
    glossary: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    command: str
    policy: str
    script: Markup
    derivations: tuple["DerivationSection", ...] = ()


SYMBOLS = {"holds": "✓", "fails": "✗", "cannot tell": "?"}
KINDS = {"holds": "holds", "fails": "fails", "cannot tell": "unknown"}


def cell(tally: Tally, word: str) -> Cell:
    """Make the cell of a tally whose outcome in a word is `word`; empty if nothing was counted."""
    if not tally.total:
        return Cell("empty", "–", "not met", "")
    counts = zip(SYMBOLS, (tally.holds, tally.fails, tally.undecided), strict=True)
    met = [(SYMBOLS[word], f"{count:,}") for word, count in counts if count]
    text = " ".join(f"{symbol if len(met) > 1 else ''}{count}" for symbol, count in met)
    return Cell(KINDS[word], SYMBOLS[word], word, text)


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
