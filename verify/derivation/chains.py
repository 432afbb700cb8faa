"""Displays → chains: sides of equations over several rows, with the conditions beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from verify.derivation import prose
from verify.derivation.rows import Kind, Piece, depths, equals, kind_of, pieces_of, rows_of
from verify.formula import words
from verify.formula.document import Display
from verify.formula.layout import Layout
from verify.formula.parser import parse
from verify.formula.scanner import Token
from verify.formula.source import FormulaError, Span
from verify.formula.tokens import tokenize
from verify.formula.tree import Axis


@dataclass(frozen=True)
class Side:
    """One side of an equation: its layout, or why it is refused."""

    span: Span
    layout: Layout | None
    refusal: FormulaError | None = None


@dataclass(frozen=True)
class Chain:
    """Sides with `=` between them; `defining` tells where `:=` stands instead.

    `conditions` stand beside the chain, `\\quad (i \\neq j)`, and hold for the sides from `since`;
    `remarks` are words that say when it holds, `unread` what else stands beside it; `follows` tells
    that it stands behind ⇒. `name` is given by the caller where the source has one, else the number
    of the chain in its document, from 1.
    """

    name: str
    sides: tuple[Side, ...]
    defining: tuple[bool, ...]
    conditions: tuple[Side, ...] = ()
    inline: bool = False
    since: int = 0
    remarks: tuple[str, ...] = ()
    unread: str = ""
    follows: bool = False

    @property
    def span(self) -> Span:
        """From the first side to the last."""
        return self.sides[0].span.to(self.sides[-1].span)


@dataclass
class _Said:
    """What stands beside an equation."""

    conditions: list[Side] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unread: str = ""

    def take(self, piece: Piece, kind: Kind) -> None:
        """Keep a condition, or words; a condition that words turn around is only words."""
        if kind is Kind.CONDITION and not prose.negates(piece.text):
            self.conditions.append(_side(list(piece.tokens)))
        else:
            self.remarks.append(piece.text or " ".join(token.text for token in piece.tokens))

    def add(self, other: "_Said") -> None:
        """Keep what another has."""
        self.conditions.extend(other.conditions)
        self.remarks.extend(other.remarks)
        self.unread = self.unread or other.unread


@dataclass
class _Draft:
    """A chain while its rows are gathered."""

    sides: list[list[Token]]
    said: _Said = field(default_factory=_Said)
    since: int = 0
    follows: bool = False


def chains_of(
    text: str,
    display: Display,
    names: frozenset[str],
    first: int = 1,
    indices: Mapping[str, Axis] | None = None,
) -> list[Chain]:
    """Return the chains of one display, numbered from `first`.

    Raises `FormulaError` if its characters or brackets cannot be read at all; a side that cannot
    be parsed is kept with its refusal.
    """
    chains: list[Chain] = []
    tokens = tokenize(text, display.start, display.end, names)
    for draft in _drafts(rows_of(tokens), indices or {}):
        chain = _chain(str(first + len(chains)), draft, display)
        if chain is not None:
            chains.append(chain)
    return chains


def _drafts(rows: Sequence[Sequence[Token]], indices: Mapping[str, Axis]) -> list[_Draft]:
    """Gather the rows of a display; a row that begins a case waits for the equation after it."""
    drafts: list[_Draft] = []
    waiting = _Said()
    for row in rows:
        equations, left = _beside(pieces_of(row), indices)
        if equations:
            equations[0][1].add(waiting)
            waiting = _Said()
        for piece, said in equations:
            _add(drafts, piece, said)
        opens = not drafts or any(prose.opens(piece.text) or piece.ends for piece, _ in left)
        for piece, kind in left:
            (waiting if opens else drafts[-1].said).take(piece, kind)
    if drafts:
        drafts[-1].said.add(waiting)
    return drafts


def _beside(
    pieces: Sequence[Piece], indices: Mapping[str, Axis]
) -> tuple[list[tuple[Piece, _Said]], list[tuple[Piece, Kind]]]:
    """Return the equations of a row; conditions go with the one before them, else the one after.

    A row without equations returns its conditions and words instead.
    """
    found: list[tuple[Piece, _Said]] = []
    before: list[tuple[Piece, Kind]] = []
    for piece in pieces:
        kind = kind_of(piece, indices, after=bool(found))
        if kind is Kind.EQUATION or (found and equals(found[-1][0].tokens[-1])):
            said = _Said(remarks=[piece.text] if prose.conditional(piece.text) else [])
            for condition in before:
                said.take(*condition)
            found.append((piece, said))
            before = []
        elif kind is Kind.UNREAD:
            found[-1][1].unread = " ".join(token.text for token in piece.tokens)
        elif kind in (Kind.CONDITION, Kind.WORDS) and found:
            found[-1][1].take(piece, kind)
        elif kind in (Kind.CONDITION, Kind.WORDS):
            before.append((piece, kind))
    return found, before


def _add(drafts: list[_Draft], piece: Piece, said: _Said) -> None:
    """Start a chain, or go on with the last: a row that begins with = or a sign continues it."""
    sides = _sides(piece.tokens)
    last = drafts[-1] if drafts else None
    first = sides[0]
    if last is not None and not first and len(sides) > 1:
        _continue(drafts, last, sides[1:], said)
        return
    if last is not None and first and first[0].kind in ("SIGN", "TIMES") and len(sides) == 1:
        last.sides[-1].extend(first)
    elif last is not None and _dangling(last.sides[-1]):
        last.sides[-1].extend(first)
        last.sides.extend(sides[1:])
    else:
        last = _Draft(sides, follows=piece.implied and last is not None)
        drafts.append(last)
    last.said.add(said)


def _continue(drafts: list[_Draft], last: _Draft, sides: list[list[Token]], said: _Said) -> None:
    """Add a row `= …`; with a condition of its own it says another case of the first side."""
    if said.conditions and last.said.conditions:
        last = _Draft([list(last.sides[0]), *sides])
        drafts.append(last)
    else:
        last.since = len(last.sides) if said.conditions else last.since
        last.sides.extend(sides)
    last.said.add(said)


def _sides(piece: Sequence[Token]) -> list[list[Token]]:
    """Split at equality signs; each side but the first starts with its sign."""
    found: list[list[Token]] = [[]]
    for token, depth in depths(piece):
        if depth == 0 and equals(token):
            found.append([token])
        else:
            found[-1].append(token)
    return found


def _dangling(side: list[Token]) -> bool:
    return len(side) == 1 and equals(side[0])


def _chain(name: str, draft: _Draft, display: Display) -> Chain | None:
    sides, defining = [], []
    for place, piece in enumerate(draft.sides):
        tokens = list(piece)
        if place:
            defining.append(words.RELATIONS.get(tokens[0].text) == ":=")
            tokens = tokens[1:]
        if not tokens:
            if place == 0:
                defining = []
                continue
            return None
        sides.append(_side(tokens))
    if len(sides) == len(defining):
        defining = defining[1:]
    if len(sides) < 2:
        return None
    return Chain(
        name, tuple(sides), tuple(defining), tuple(draft.said.conditions), display.inline,
        draft.since, tuple(draft.said.remarks), draft.said.unread, draft.follows,
    )  # fmt: skip


def _side(tokens: list[Token]) -> Side:
    while tokens[-1].kind == "SEP" and len(tokens) > 1:
        tokens = tokens[:-1]
    span = tokens[0].span.to(tokens[-1].span)
    try:
        return Side(span, parse(tokens))
    except FormulaError as error:
        return Side(span, None, error)


def relations_of(
    text: str, display: Display, names: frozenset[str], indices: Mapping[str, Axis]
) -> Iterator[Side]:
    """Yield what a formula says to hold without being an equation to judge: `i = j`, `x > 0`."""
    for row in rows_of(tokenize(text, display.start, display.end, names)):
        for piece in pieces_of(row):
            kind = kind_of(piece, indices, after=True)
            if kind is Kind.CONDITION and piece.tokens:
                yield _side(list(piece.tokens))
