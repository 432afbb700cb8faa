"""Rows of a display → pieces: equations, conditions beside them, and words, told apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from verify.derivation import prose
from verify.formula import words
from verify.formula.layout import Accent, Name, Scripted
from verify.formula.parser import parse
from verify.formula.scanner import Token
from verify.formula.source import FormulaError
from verify.formula.tree import Axis

OPENS = frozenset({"OPEN", "LBRACE", "CASES_BEGIN", "BAR_OPEN"})
CLOSES = frozenset({"CLOSE", "RBRACE", "CASES_END", "BAR_CLOSE"})
MAX_TAG = 6  # tokens of a number of an equation with its brackets


class Kind(Enum):
    """What a piece of a row is."""

    EQUATION = "equation"
    CONDITION = "condition"
    WORDS = "words"  # that say when what stands beside them holds
    NOTHING = "nothing"  # a range of an index, a number of an equation
    UNREAD = "unread"


@dataclass(frozen=True)
class Piece:
    """A part of a row between wide spaces, joining words or commas; `text` are its words."""

    tokens: tuple[Token, ...]
    text: str = ""
    implied: bool = False  # behind ⇒
    ends: bool = False  # in a colon


def rows_of(tokens: Sequence[Token]) -> list[list[Token]]:
    """Split at row ends; an `&` that does not align a relation stands for a wide space."""
    found = []
    for row in split(tokens, lambda token: token.kind == "ROWSEP"):
        kept, relation, first = [], False, True
        for place, (token, depth) in enumerate(depths(row)):
            relation = relation or (depth == 0 and token.kind == "REL")
            if depth or token.kind != "AMP":
                kept.append(token)
                continue
            beside = (row[place - 1 : place] or [token])[0], (row[place + 1 :] or [token])[0]
            if (relation or not first) and not any(t.kind == "REL" for t in beside):
                kept.append(Token("WIDE", token.text, token.span))
            first = False
        found.append(kept)
    return found


def depths(tokens: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    """Yield each token with the number of brackets around it."""
    depth = 0
    for token in tokens:
        if token.kind in CLOSES:
            depth -= 1
        yield token, depth
        if token.kind in OPENS:
            depth += 1


def split(tokens: Sequence[Token], ends: Callable[[Token], bool]) -> list[list[Token]]:
    """Split at tokens outside of all brackets, which are left out."""
    found: list[list[Token]] = [[]]
    for token, depth in depths(tokens):
        if depth == 0 and ends(token):
            found.append([])
        else:
            found[-1].append(token)
    return found


def equals(token: Token) -> bool:
    """Whether a token is `=` or `:=`."""
    return token.kind == "REL" and words.RELATIONS.get(token.text) in ("=", ":=")


def _implies(token: Token) -> bool:
    return token.kind == "REL" and words.RELATIONS.get(token.text) == "=>"


def pieces_of(row: Sequence[Token]) -> list[Piece]:
    """Return the pieces of a row, without the words and commas at their ends."""
    found = []
    for part, implied in _parts(row):
        whole = _stripped(part)
        listed = _listed(whole.tokens)
        for place, tokens in enumerate(listed):
            last = place == len(listed) - 1
            text = whole.text if place == 0 or (last and not listed[0]) else ""
            ends = whole.ends if last else tokens[-1].text == ":"
            bare = tuple(tokens[:-1]) if not last else tuple(tokens)
            found.append(Piece(bare, text, implied and place == 0, ends))
    return [piece for piece in found if piece.tokens or piece.text]


def _parts(row: Sequence[Token]) -> Iterator[tuple[list[Token], bool]]:
    """Split at wide spaces, at ⇒ and before words that join; say what stands behind ⇒."""
    part: list[Token] = []
    implied = False
    for token, depth in depths(row):
        if depth == 0 and (token.kind == "WIDE" or _implies(token)):
            if part:
                yield part, implied
                implied = False
            part, implied = [], implied or _implies(token)
            continue
        if depth == 0 and prose.connects(token) and any(t.kind != "TEXT" for t in part):
            yield part, implied
            part, implied = [], False
        part.append(token)
    if part:
        yield part, implied


def _stripped(part: list[Token]) -> Piece:
    """Take the words and commas from both ends, where they are no part of the formula."""
    before, after, ends = [], [], False
    if all(token.kind in ("TEXT", "SEP") for token in part):
        return Piece((), " ".join(t.text for t in part if t.kind == "TEXT"))
    while part[0].kind == "SEP" or prose.is_prose(*part[:2]):
        before.append(part[0])
        part = part[1:]
    while part[-1].kind == "SEP" or _trails(part):
        ends = ends or part[-1].text.strip() == ":"
        after.append(part[-1])
        part = part[:-1]
    said = " ".join(token.text for token in (*before, *after[::-1]) if token.kind == "TEXT")
    return Piece(tuple(part), said, ends=ends)


def _trails(part: list[Token]) -> bool:
    last = part[-1]
    if last.kind != "TEXT" or len(part) < 2:
        return False
    bare = not any(letter.isalnum() for letter in last.text)
    return prose.connects(last) or last.text[:1] == "(" or bare or part[-2].kind == "SEP"


def _listed(tokens: Sequence[Token]) -> list[list[Token]]:
    """Split at commas before a relation: `a = b, i = 1, …, n`; the comma stays with its part."""
    parts: list[list[Token]] = [[]]
    for token, depth in depths(tokens):
        parts[-1].append(token)
        if depth == 0 and token.kind == "SEP":
            parts.append([])
    found: list[list[Token]] = []
    for part in parts:
        if found and _relates(found[-1]) and _relates(part):
            found.append(part)
        elif found:
            found[-1].extend(part)
        else:
            found.append(part)
    return found


def _relates(piece: Sequence[Token]) -> bool:
    return any(depth == 0 and token.kind == "REL" for token, depth in depths(piece))


def kind_of(piece: Piece, indices: Mapping[str, Axis], *, after: bool) -> Kind:
    """Return what a piece is; `after`: an equation stands before it in its row."""
    tokens, unsure = piece.tokens, prose.conditional(piece.text)
    if not tokens:
        return Kind.WORDS if unsure else Kind.NOTHING
    sides = split(tokens, equals)
    if tokens[0].kind == "REL":
        return Kind.EQUATION
    if len(sides) == 2 and len(sides[0]) == 1 and sides[0][0].text in indices:
        if not _is_range(sides[1]):
            return Kind.CONDITION
        return Kind.NOTHING if _whole(sides[1], indices[sides[0][0].text]) else Kind.WORDS
    if len(sides) > 1:
        beside = piece.ends or (after and not piece.implied)
        meant = prose.only_joins(piece.text) if unsure else beside and _fixes(sides)
        return Kind.CONDITION if meant and len(sides) == 2 else Kind.EQUATION
    if _relates(tokens) or _enclosed(tokens):
        return Kind.CONDITION
    if unsure:
        return Kind.WORDS
    if not after or tokens[0].kind in ("SIGN", "TIMES"):
        return Kind.EQUATION
    lone = prose.universal(piece.text) or _tag(tokens)
    return Kind.NOTHING if lone else Kind.UNREAD


def _is_range(side: Sequence[Token]) -> bool:
    return any(token.kind in ("DOTS", "SEP") for token in side)


def _whole(side: Sequence[Token], axis: Axis) -> bool:
    """Whether `1, …, K` are all values of an index."""
    texts = [token.text for token in side if token.kind not in ("SEP", "DOTS")]
    last = str(replace(axis, start=1))
    return texts[:1] == [str(axis.start)] and "".join(texts[1:]).endswith(last)


def _fixes(sides: Sequence[Sequence[Token]]) -> bool:
    """Whether sides are a name with its scripts and a number."""
    try:
        left = parse(list(sides[0]))
    except FormulaError:
        return False
    number = [token.kind for token in sides[1] if token.kind != "SIGN"]
    return isinstance(left, Name | Accent | Scripted) and number == ["NUMBER"]


def _enclosed(tokens: Sequence[Token]) -> bool:
    """Whether brackets around the whole hold a relation: `(i \\neq j)`."""
    if tokens[0].kind != "OPEN" or tokens[-1].kind != "CLOSE":
        return False
    inner = tokens[1:-1]
    return all(depth >= 0 for _, depth in depths(inner)) and _relates(inner)


def _tag(tokens: Sequence[Token]) -> bool:
    """Whether brackets around the whole hold a number of an equation: `(1)`, `(*)`."""
    if tokens[0].kind != "OPEN" or tokens[-1].kind != "CLOSE" or len(tokens) > MAX_TAG:
        return False
    return all(t.kind in ("NUMBER", "NAME", "TIMES", "POINT") for t in tokens[1:-1])
