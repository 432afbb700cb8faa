"""Finding: the verdict on a claim with its evidence; Results: the findings of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.display import Shown
from verify.evaluator import Failure
from verify.oracle.estimate import Estimate
from verify.outcomes import Verdict
from verify.points import Array, Point, Stack
from verify.problems import Claim

if TYPE_CHECKING:  # the reader of formulas is loaded where one is read
    from verify.derivation.steps import Derivation

Floats = NDArray[np.float64]
# Drawn on top of the thousands of enumerated cases; 50 keep the flagship's studies under 4 s, cold.
DEFAULT_TEST_CASES = 50


@dataclass(frozen=True)
class Counterexample:
    """A point at which a claim is not what the oracle says, minimal after the search.

    claimed, reference, bound: the shape of the input. `bound` is the tolerance of the comparison
    at each entry: the oracle's error bound and what rounding explains. `entry` is the worst one,
    `excess` its residual in bounds; for a malformed claim without numbers both are empty.
    `confirmed_by` names the higher rung that reproduced the difference, with its value there.
    """

    point: Point
    entry: tuple[int, ...] | None
    claimed: Floats | None
    reference: Floats
    bound: Floats
    excess: float
    confirmed_by: str = ""


@dataclass(frozen=True)
class Tally:
    """How many test cases a claim holds at, fails at, or leaves undecided."""

    holds: int = 0
    fails: int = 0
    undecided: int = 0

    @property
    def total(self) -> int:
        """All test cases counted."""
        return self.holds + self.fails + self.undecided


@dataclass(frozen=True)
class Trial:
    """One claim on one stack, as it was compared: what power and diagnosis are computed from.

    claimed, tolerance: (B, *shape); outcome: (B,); tags: regime → (B,); `references` holds the
    reference derivatives of every input that was judged on the stack.
    """

    stack: Stack
    claimed: Floats
    estimate: Estimate
    tolerance: Floats
    outcome: NDArray[np.int8]
    tags: Mapping[str, NDArray[np.bool_]]
    references: Mapping[str, Floats]


@dataclass(frozen=True)
class Batch:
    """One claim at the points of one stack, as it was judged: what the table of cases shows.

    outcome: (B,) members of `Outcome`; excess: (B,), the largest residual in bounds; tags: regime →
    (B,). `inputs` holds the points themselves where they are small enough to be shown. A point that
    wider arithmetic settled at the end stands there a second time, as it was settled.
    """

    axes: Mapping[str, int]
    outcome: NDArray[np.int8]
    excess: Floats
    tags: Mapping[str, NDArray[np.bool_]]
    inputs: Mapping[str, Array] | None


@dataclass(frozen=True)
class Power:
    """What a pass is worth: of `planted` errors on the same points, how many would have shown.

    `missed` names the others; `smallest` is the smallest relative error of all entries that would
    have been caught. `detection` pairs relative errors of all entries with the share of decided
    test cases at which they would show, largest error first.
    """

    planted: int
    caught: int
    missed: tuple[str, ...]
    smallest: float
    detection: tuple[tuple[float, float], ...] = ()

    @property
    def poor(self) -> bool:
        """Whether the pass is worth little: a fifth missed, or errors of a thousandth."""
        return self.caught < 0.8 * self.planted or self.smallest > 1e-3


@dataclass(frozen=True)
class CodeRepair:
    """One edit of a variant's source after which it agrees at every point it was tried at.

    `start` and `end` are offsets into the text of `verify.evaluator.source.source_of`.
    """

    start: int
    end: int
    text: str
    what: str


@dataclass(frozen=True)
class Parted:
    """Two variants for one input: the regimes in which they part, and where they never do.

    `point` is the smallest test case that tells them apart, with what each claims there.
    """

    problem: str
    input: str
    variants: tuple[str, str]
    regimes: tuple[str, ...]
    together: tuple[str, ...]
    point: Point
    claimed: tuple[Floats, Floats]


@dataclass(frozen=True, repr=False)
class Finding(Shown):
    """The verdict on one claim: tally, regimes, counterexample, and the reason in words.

    `power` is there for a consistent claim; `diagnosis` says why a refuted one is wrong, each line
    checked on fresh points; `descent` is the median and the smallest cosine to the true gradient.
    """

    claim: Claim
    verdict: Verdict
    reason: str
    tally: Tally
    regimes: Mapping[str, Tally] = field(default_factory=dict)
    counterexample: Counterexample | None = None
    failure: Failure | None = None
    taylor_order: float | None = None
    evidence: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    power: Power | None = None
    diagnosis: tuple[str, ...] = ()
    descent: tuple[float, float] | None = None
    cases: tuple[Batch, ...] = ()
    repairs: tuple[CodeRepair, ...] = ()

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is one of those the variant was declared with."""
        return self.verdict in self.claim.expected


@dataclass(frozen=True)
class Trained:
    """The primal over gradient descent with each variant of a problem in place of the gradient.

    losses: variant → (steps + 1,), shorter where it left the floats; `broken` says of the others
    why no step could be taken.
    """

    problem: str
    rate: float
    losses: Mapping[str, Floats]
    broken: Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Results(Shown):
    """Everything one run found, and what is needed to run it again.

    `corpus` are the first 16 hexadecimal digits of the SHA-256 of all points that were judged: two
    runs with the same one saw the same test cases.
    """

    findings: tuple[Finding, ...]
    seed: int
    test_cases: int
    command: str
    versions: Mapping[str, str]
    seconds: float = 0.0
    interrupted: bool = False
    pairs: tuple[Parted, ...] = ()
    derivations: tuple["Derivation", ...] = ()
    trained: tuple[Trained, ...] = ()
    corpus: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether every finding and every derivation is as expected."""
        judged = all(finding.as_expected for finding in self.findings)
        return judged and all(found.as_expected for found in self.derivations)
