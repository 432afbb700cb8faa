"""What is said about a derivation: steps with verdicts, refusals, and repairs, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from verify.derivation.chains import Chain
from verify.display import Shown
from verify.formula.context import Context, Note, Typed
from verify.formula.source import FormulaError, Span


class StepVerdict(Enum):
    """What is known about one `=`."""

    HOLDS = "holds"
    FAILS = "fails"
    UNJUDGED = "unjudged"


@dataclass(frozen=True)
class Witness:
    """Where two sides differ: a point, an entry, and both values there.

    `balls` are enclosures as text where the difference is certified: they do not overlap.
    """

    extents: Mapping[str, int]
    values: Mapping[str, object]
    entry: Mapping[str, int]
    left: float
    right: float
    balls: tuple[str, str] | None = None


@dataclass(frozen=True)
class Repair:
    """An edit of the source that makes a step right: replace `span` by `text`."""

    span: Span
    text: str
    what: str
    evidence: tuple[str, ...] = ()
    definition: bool = False


@dataclass(frozen=True)
class Step:
    """One equality between the sides `start` and `end` of a chain, with its verdict."""

    chain: str
    start: int
    end: int
    verdict: StepVerdict
    message: str
    span: Span
    evidence: tuple[str, ...] = ()
    witness: Witness | None = None
    repairs: tuple[Repair, ...] = ()
    defines: bool = False
    shown: str = ""  # what the evidence rests on: bounds, shapes, assumptions
    expected_to_fail: bool = False

    @property
    def as_expected(self) -> bool:
        """Whether a step that is judged fails just where it is declared to."""
        judged = self.verdict is not StepVerdict.UNJUDGED
        return not judged or (self.verdict is StepVerdict.FAILS) == self.expected_to_fail


@dataclass(frozen=True)
class Read:
    """A chain with its sides as read; a side that is refused holds the error instead."""

    chain: Chain
    sides: tuple[Typed | FormulaError, ...]
    defines: bool = False


@dataclass(frozen=True, repr=False)
class Derivation(Shown):
    """Everything about one document: what was read, the verdicts, the refusals and the notes."""

    name: str
    text: str
    chains: tuple[Read, ...]
    steps: tuple[Step, ...]
    refusals: tuple[FormulaError, ...]
    notes: tuple[Note, ...]
    context: Context
    seconds: float = 0.0

    @property
    def as_expected(self) -> bool:
        """Whether the steps that fail are those that are declared to."""
        return all(step.as_expected for step in self.steps)
