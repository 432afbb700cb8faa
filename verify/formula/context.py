"""What reading carries along: symbols, definitions, scope, and the notes it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from verify.formula.layout import Layout
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import Symbol
from verify.formula.tree import Axis, Index, Tree
from verify.formula.walk import substituted

Point = tuple[int, int, str]  # a place that can be read in several ways: its span, and in what
MAX_NODES = 2_000  # of one side, with functions filled in; published sides have below 300


@dataclass(frozen=True)
class Typed:
    """A scalar tree with the indices that make it a column, a row or a matrix.

    `row` runs down, `column` runs across; a vector as pages write it is a column.
    """

    tree: Tree
    row: Index | None = None
    column: Index | None = None
    unsure: str = ""  # why no verdict may rest on this reading

    @property
    def scalar(self) -> bool:
        """Whether it is no array."""
        return self.row is None and self.column is None

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return (self.row is not None) + (self.column is not None)

    def shape(self) -> str:
        """Return the shape in words."""
        if self.scalar:
            return "a scalar"
        if self.row and self.column:
            return f"a matrix ({self.row.axis}, {self.column.axis})"
        if self.row:
            return f"a column of {self.row.axis}"
        assert self.column
        return f"a row of {self.column.axis}"


@dataclass(frozen=True)
class FunctionDefinition:
    """`f(x, y) = …` as displayed: the formals and the right side, read anew where it is applied."""

    key: str
    formals: tuple[Layout, ...]
    body: Layout
    span: Span


@dataclass(frozen=True)
class Definition:
    """What a symbol is defined to be: the tree over `indices`, one for each axis of the symbol."""

    symbol: Symbol
    indices: tuple[Index, ...]
    tree: Tree
    span: Span
    ambiguous: bool = False  # whether its right side can be read in several ways


Known = tuple[list[Symbol], dict[str, list[FunctionDefinition]], dict[str, list[Definition]]]


@dataclass(frozen=True)
class Note:
    """What was read in one of several ways: said once per symbol."""

    message: str
    span: Span
    ambiguous: bool = False


@dataclass(frozen=True)
class Scope:
    """Letters that are bound here, and formals with what they stand for."""

    letters: Mapping[str, Tree] = field(default_factory=dict)
    locals: Mapping[str, Typed] = field(default_factory=dict)
    applied: tuple[str, ...] = ()

    def bind(self, letter: str, index: Tree) -> "Scope":
        """Return the scope inside a sum over `index`."""
        return replace(self, letters={**self.letters, letter: index})


@dataclass
class Context:
    """The state of reading one document; `read` is set by `read.py`, which the parts call back.

    `allowed`: letters that may be free in the side that is being read, None if not known yet.
    `doubtful`: names whose meaning is not sure on this page, with the reason: e where the page
    says `e = y - Xb`, and a symbol that is defined a second time by what cannot be read.
    `choices`: for each place that can be read in several ways, the number of the way to take.
    """

    indices: dict[str, Axis]
    symbols: list[Symbol]
    kinds: dict[str, str]  # functions by name → their name in functions.py
    nabla: str = ""
    functions: dict[str, list[FunctionDefinition]] = field(default_factory=dict)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    choices: dict[Point, int] = field(default_factory=dict)
    points: dict[Point, int] = field(default_factory=dict)
    even: set[Point] = field(default_factory=set)  # no way is more usual than others
    allowed: frozenset[str] | None = None
    outside: frozenset[str] = frozenset()  # letters that stand outside all sums of a side
    serial: int = 0
    nodes: int = 0  # read since the outermost call
    depth: int = 0
    doubtful: dict[str, str] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)  # why the side being read has no sure meaning
    read: Callable[["Context", Layout, Scope], Typed] = field(init=False, repr=False)
    abstract: Callable[["Context", Symbol], None] = field(init=False, repr=False)

    def fresh(self, letter: str, axis: Axis) -> Index:
        """Return an index that no other tree has."""
        self.serial += 1
        return Index(letter, axis, self.serial)

    def note(self, message: str, span: Span, *, ambiguous: bool = False) -> None:
        """Keep what was read how; the same words are said once."""
        if all(note.message != message for note in self.notes):
            self.notes.append(Note(message, span, ambiguous))

    def choose(
        self, ways: list[str], span: Span, kind: str, *, even: bool = False, once: bool = False
    ) -> int:
        """Return which of several ways to read a place is taken; the first unless told.

        Where the ways are `even`, a step holds only if it does in each of them; those that are
        chosen `once` are the same at all places of a step.
        """
        point = (0, 0, kind) if once else (span.start, span.end, kind)
        self.points[point] = len(ways)
        if even:
            self.even.add(point)
        way = min(self.choices.get(point, 0), len(ways) - 1)
        self.note(f"read as {ways[way]}", span, ambiguous=True)
        return way

    def snapshot(
        self,
    ) -> tuple[list[Symbol], dict[str, list[FunctionDefinition]], dict[str, list[Definition]]]:
        """Return what is declared and defined so far."""
        functions = {key: list(found) for key, found in self.functions.items()}
        return list(self.symbols), functions, {k: list(d) for k, d in self.definitions.items()}

    def restore(
        self,
        taken: tuple[
            list[Symbol], dict[str, list[FunctionDefinition]], dict[str, list[Definition]]
        ],
    ) -> None:
        """Forget what has been defined since a snapshot."""
        self.symbols, self.functions, self.definitions = taken

    def doubt(self, name: str) -> None:
        """Let no verdict rest on the side that is being read if it uses a doubtful name."""
        if name in self.doubtful:
            self.unsure.append(self.doubtful[name])

    def count(self, span: Span) -> None:
        """Refuse a side that grows without bounds by the functions filled into it."""
        self.nodes = self.nodes + 1 if self.depth else 1
        if self.nodes > MAX_NODES:
            raise FormulaError("this formula grows too large when read", span, "too large")

    def axis_names(self) -> set[str]:
        """Return the names that are sizes."""
        axes = [*self.indices.values(), *(axis for s in self.symbols for axis in s.axes)]
        return {axis.base for axis in axes if axis.base}


def renamed(typed: Typed, row: Index | None, column: Index | None) -> Typed:
    """Return the same array over other indices."""
    change: dict[Index, Tree] = {}
    if typed.row and row:
        change[typed.row] = row
    if typed.column and column:
        change[typed.column] = column
    return Typed(substituted(typed.tree, change), row, column)
