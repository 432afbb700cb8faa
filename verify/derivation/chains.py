"""Displays → chains: rows and sides of equations, with the conditions that stand beside them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from verify.formula import words
from verify.formula.document import Display
from verify.formula.layout import Layout, Name, Relation
from verify.formula.parser import parse
from verify.formula.scanner import Token
from verify.formula.source import FormulaError, Span
from verify.formula.tokens import tokenize

OPENS = frozenset({"OPEN", "LBRACE", "CASES_BEGIN", "BAR_OPEN"})
CLOSES = frozenset({"CLOSE", "RBRACE", "CASES_END", "BAR_CLOSE"})


@dataclass(frozen=True)
class Side:
    """One side of an equation: its layout, or why it is refused."""

    span: Span
    layout: Layout | None
    refusal: FormulaError | None = None


@dataclass(frozen=True)
class Chain:
    """Sides with `=` between them; `defining` tells where `:=` stands instead.

    `condition` is what stands beside the chain, `\\quad (i \\neq j)`; `name` is given by the caller
    where the source has one, else the number of the chain in its document, from 1.
    """

    name: str
    sides: tuple[Side, ...]
    defining: tuple[bool, ...]
    condition: Side | None = None
    inline: bool = False

    @property
    def span(self) -> Span:
        """From the first side to the last."""
        return self.sides[0].span.to(self.sides[-1].span)


def chains_of(
    text: str,
    display: Display,
    names: frozenset[str],
    first: int = 1,
    indices: frozenset[str] = frozenset(),
) -> list[Chain]:
    """Return the chains of one display, numbered from `first`.

    Raises `FormulaError` if its characters or brackets cannot be read at all; a side that cannot
    be parsed is kept with its refusal.
    """
    tokens = tokenize(text, display.start, display.end, names)
    found: list[list[list[Token]]] = []
    for row in _rows(tokens):
        for piece in _pieces(row):
            _add(found, piece)
    chains: list[Chain] = []
    for pieces in found:
        chain = _chain(str(first + len(chains)), pieces, display)
        if chain is None:
            continue
        if chains and (condition := _condition(chain, pieces, indices)) is not None:
            chains[-1] = replace(chains[-1], condition=condition)
        elif len(chain.sides) > 1:
            chains.append(chain)
    return chains


def _rows(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Split at row ends; `&` on the outermost level only aligns."""
    for row in _split(tokens, lambda token: token.kind == "ROWSEP"):
        yield [t for t, depth in _depths(row) if not (depth == 0 and t.kind == "AMP")]


def _depths(tokens: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    depth = 0
    for token in tokens:
        if token.kind in CLOSES:
            depth -= 1
        yield token, depth
        if token.kind in OPENS:
            depth += 1


def _split(tokens: Sequence[Token], ends: Callable[[Token], bool]) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for token, depth in _depths(tokens):
        if depth == 0 and ends(token):
            found.append([])
        else:
            found[-1].append(token)
    return found


def _pieces(row: list[Token]) -> Iterator[list[list[Token]]]:
    """Split a row into formulas at wide spaces and commas between equations; then into sides."""
    parts = [_without_text(part) for part in _split(row, lambda t: t.kind == "WIDE")]
    for part in parts:
        listed = _split(part, lambda t: t.kind == "SEP")
        if len(listed) > 1 and all(_equations(piece) for piece in listed):
            for piece in listed:
                yield _sides(piece)
        elif part:
            yield _sides(part)


def _without_text(part: list[Token]) -> list[Token]:
    while part and part[0].kind in ("TEXT", "SEP"):
        part = part[1:]
    while part and part[-1].kind in ("TEXT", "SEP"):
        part = part[:-1]
    return part


def _equations(piece: Sequence[Token]) -> bool:
    return any(depth == 0 and _equals(token) for token, depth in _depths(piece))


def _equals(token: Token) -> bool:
    return token.kind == "REL" and words.RELATIONS.get(token.text) in ("=", ":=")


def _sides(piece: list[Token]) -> list[list[Token]]:
    """Split at equality signs; each side but the first starts with its sign."""
    found: list[list[Token]] = [[]]
    for token, depth in _depths(piece):
        if depth == 0 and _equals(token):
            found.append([token])
        else:
            found[-1].append(token)
    return found


def _add(found: list[list[list[Token]]], piece: list[list[Token]]) -> None:
    """Start a chain, or go on with the last: a row that begins with = or a sign continues it."""
    first = piece[0]
    if not first and len(piece) > 1 and found:
        found[-1].extend(piece[1:])
    elif first and found and first[0].kind in ("SIGN", "TIMES") and len(piece) == 1:
        found[-1][-1].extend(first)
    elif found and _dangling(found[-1][-1]):
        found[-1][-1].extend(first)
        found[-1].extend(piece[1:])
    elif first or len(piece) > 1:
        found.append(piece)


def _dangling(side: list[Token]) -> bool:
    return len(side) == 1 and _equals(side[0])


def _condition(
    chain: Chain, pieces: Sequence[Sequence[Token]], indices: frozenset[str]
) -> Side | None:
    """Return a chain as the condition of the one before it: `i \\neq j`, or `i = j` of indices."""
    if len(chain.sides) == 1:
        return chain.sides[0] if _is_condition(pieces[0]) else None
    layouts = tuple(side.layout for side in chain.sides)
    if len(layouts) == 2 and all(isinstance(x, Name) and x.text in indices for x in layouts):
        return Side(chain.span, Relation(layouts, ("=",), span=chain.span))  # type: ignore[arg-type]
    return None


def _is_condition(piece: Sequence[Token]) -> bool:
    return any(token.kind == "REL" for token in piece) or any(
        token.kind == "TEXT" for token in piece
    )


def _chain(name: str, pieces: list[list[Token]], display: Display) -> Chain | None:
    sides, defining = [], []
    for place, piece in enumerate(pieces):
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
    if not sides:
        return None
    return Chain(name, tuple(sides), tuple(defining), inline=display.inline)


def _side(tokens: list[Token]) -> Side:
    while tokens and tokens[-1].kind in ("SEP", "TEXT") and len(tokens) > 1:
        tokens = tokens[:-1]
    span = tokens[0].span.to(tokens[-1].span)
    try:
        return Side(span, parse(tokens))
    except FormulaError as error:
        return Side(span, None, error)
