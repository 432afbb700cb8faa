"""The typed tree: scalars over named indices; what is shown, differentiated and executed.

Whole-array forms are read into entries with indices of their own, so a tree is always a scalar
expression whose free indices say which array it stands for. Spans do not take part in equality.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from verify.formula.source import NOWHERE, Span


@dataclass(frozen=True)
class Axis:
    """A range of index values, `start … extent of base + offset`, both ends included.

    >>> Axis("K", -1).stop({"K": 5}), Axis("", 3).length({}), str(Axis("K", -1)), str(Axis("N"))
    (4, 3, 'K-1', 'N')
    """

    base: str
    offset: int = 0
    start: int = 1

    def stop(self, extents: dict[str, int]) -> int:
        """Return the last value of the range."""
        return (extents[self.base] if self.base else 0) + self.offset

    def length(self, extents: dict[str, int]) -> int:
        """Return the number of values."""
        return self.stop(extents) - self.start + 1

    def __str__(self) -> str:
        stop = self.base + (f"{self.offset:+d}" if self.offset and self.base else "")
        stop = stop or str(self.offset)
        return stop if self.start == 1 else f"{self.start}..{stop}"


@dataclass(frozen=True)
class Tree:
    """Base of the typed nodes; holds the span only."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True, repr=False)


@dataclass(frozen=True)
class Num(Tree):
    """A rational number."""

    value: Fraction


@dataclass(frozen=True)
class Const(Tree):
    """A named real: e, pi or euler (0.5772…)."""

    name: str


@dataclass(frozen=True)
class Extent(Tree):
    """The last value of an axis as a number, `N` in `1/N`."""

    axis: Axis


@dataclass(frozen=True)
class Index(Tree):
    """An index variable; `mark` tells bound ones of the same letter apart, 0 is free."""

    letter: str
    axis: Axis
    mark: int = 0

    def __hash__(self) -> int:
        # Indices are keys of every union of axes; the axis hardly ever tells two apart.
        return hash((self.letter, self.mark))


@dataclass(frozen=True)
class Entry(Tree):
    """One entry of a symbol; `at` are index-valued trees in the order of the symbol's axes."""

    symbol: str
    at: tuple[Tree, ...] = ()


@dataclass(frozen=True)
class Add(Tree):
    """A sum of terms."""

    terms: tuple[Tree, ...]


@dataclass(frozen=True)
class Mul(Tree):
    """A product of factors."""

    factors: tuple[Tree, ...]


@dataclass(frozen=True)
class Pow(Tree):
    """A power; a quotient is a product with a power −1."""

    base: Tree
    exponent: Tree


@dataclass(frozen=True)
class Call(Tree):
    """A scalar function of a scalar, by the name it has in `functions.py`."""

    function: str
    argument: Tree


@dataclass(frozen=True)
class Fold(Tree):
    """`sum`, `prod`, `max` or `min` over an index, where `condition` holds."""

    kind: str
    index: Index
    body: Tree
    condition: Tree | None = None


@dataclass(frozen=True)
class Compare(Tree):
    """A relation between two scalars: =, !=, <, <=, >, >=."""

    operator: str
    left: Tree
    right: Tree


@dataclass(frozen=True)
class Both(Tree):
    """All of several conditions."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Truth(Tree):
    """1 where a condition holds, else 0; Kronecker's delta is one of them."""

    condition: Tree


@dataclass(frozen=True)
class Choice(Tree):
    """The value of the first row whose condition holds (None: otherwise)."""

    rows: tuple[tuple[Tree, Tree | None], ...]


@dataclass(frozen=True)
class Matrix(Tree):
    """`inverse` (entry `at`) or `det` of the matrix that `body` is over `row` and `column`."""

    kind: str
    row: Index
    column: Index
    body: Tree
    at: tuple[Tree, ...] = ()


@dataclass(frozen=True)
class Derivative(Tree):
    """∂ body / ∂ entry; what the entry's symbol is defined by is held, what follows moves."""

    body: Tree
    wrt: Entry


ZERO = Num(Fraction(0))
ONE = Num(Fraction(1))
MINUS_ONE = Num(Fraction(-1))
