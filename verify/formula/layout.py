"""The layout tree: what stands over, under and beside what, each node with its span.

Nodes are plain frozen data; spans do not take part in equality, so that a printed tree that is
read again compares equal.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from verify.formula.source import NOWHERE, Span
from verify.formula.words import RELATIONS


@dataclass(frozen=True)
class Layout:
    """Base of the layout nodes: where a node stands, and where with the braces around it."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)
    braces: Span = field(default=NOWHERE, compare=False, kw_only=True, repr=False)


@dataclass(frozen=True)
class Number(Layout):
    """Digits with an optional decimal point, as written."""

    text: str


@dataclass(frozen=True)
class Name(Layout):
    """A letter, a command such as `\\theta`, or a declared word."""

    text: str


@dataclass(frozen=True)
class Word(Layout):
    """A function by name, `\\log` or `log`."""

    text: str


@dataclass(frozen=True)
class Text(Layout):
    """Upright prose inside a formula."""

    text: str


@dataclass(frozen=True)
class Mark(Layout):
    """An operator between factors: `\\cdot`, `*`, `/`, `!`; also dots and stray brackets."""

    text: str
    kind: str = "mark"


@dataclass(frozen=True)
class Big(Layout):
    """`\\sum` or `\\prod`, whose limits are its scripts."""

    text: str


@dataclass(frozen=True)
class Accent(Layout):
    """`\\hat{x}`, `\\mathbf{x}` and the like: part of a name."""

    command: str
    body: Layout


@dataclass(frozen=True)
class Scripted(Layout):
    """A base with subscript, superscript and primes."""

    base: Layout
    sub: Layout | None = None
    sup: Layout | None = None
    primes: int = 0


@dataclass(frozen=True)
class Group(Layout):
    """Something in visible brackets or bars."""

    opening: str
    body: Layout | None
    closing: str


@dataclass(frozen=True)
class Frac(Layout):
    """Numerator over denominator; `binomial` without the line between them."""

    over: Layout
    under: Layout
    binomial: bool = False


@dataclass(frozen=True)
class Root(Layout):
    """A square root, or the root of a degree."""

    body: Layout
    degree: Layout | None = None


@dataclass(frozen=True)
class Row(Layout):
    """Factors and operators beside each other; a brace group is a row of its own."""

    items: tuple[Layout, ...]


@dataclass(frozen=True)
class Terms(Layout):
    """Signed terms: `((+1, row), (-1, row))`."""

    terms: tuple[tuple[int, Layout], ...]


@dataclass(frozen=True)
class Relation(Layout):
    """Sides with relations between them, `j \\neq i`."""

    sides: tuple[Layout, ...]
    operators: tuple[str, ...]

    @property
    def meanings(self) -> tuple[str, ...]:
        """The relations by what they mean: `!=` for `\\neq` and `\\ne`."""
        return tuple(RELATIONS.get(operator, operator) for operator in self.operators)


@dataclass(frozen=True)
class Listing(Layout):
    """Items with commas, semicolons or "given" bars between them."""

    items: tuple[Layout, ...]
    separators: tuple[str, ...]


@dataclass(frozen=True)
class Cases(Layout):
    """Values with their conditions (None: otherwise)."""

    rows: tuple[tuple[Layout, Layout | None], ...]


def children(node: Layout) -> Iterator[Layout]:
    """Yield the layout nodes directly inside a node, in order."""
    for attribute in fields(node):
        yield from _nodes(getattr(node, attribute.name))


def _nodes(value: Any) -> Iterator[Layout]:
    if isinstance(value, Layout):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


def walk(node: Layout) -> Iterator[Layout]:
    """Yield a node and all nodes in it, outermost first."""
    yield node
    for child in children(node):
        yield from walk(child)
