"""Tokens → layout tree: what stands over, under and beside what, each node with its span.

The grammar is `layout.lark`, LALR(1). Nodes are plain frozen data; spans do not take part in
equality, so that a printed tree that is read again compares equal.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Transformer, v_args
from lark import Token as Terminal
from lark.exceptions import UnexpectedInput, VisitError
from lark.lexer import Lexer

from verify.formula.source import NOWHERE, FormulaError, Span
from verify.formula.tokens import Token
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


def parse(tokens: Iterable[Token]) -> Layout:
    """Return the layout tree of one side of an equation.

    Raises `FormulaError` at the first token that cannot stand where it does.
    """
    found = list(tokens)
    if not found:
        raise FormulaError("a side of this equation is empty", NOWHERE, "empty side")
    try:
        return _parser().parse(found)  # type: ignore[return-value]
    except UnexpectedInput as error:
        raise _refused(error, found) from None
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc from None
        raise


WORDS = {
    "SEP": "a comma", "REL": "a relation", "SIGN": "+ or −", "SUB": "a subscript",
    "SUP": "a superscript", "NUMBER": "a number", "NAME": "a symbol", "FUNC": "a function",
    "BIG": "a sum", "OPEN": "an opening bracket", "CLOSE": "a closing bracket",
    "LBRACE": "{", "RBRACE": "}", "FRAC": "a fraction", "TIMES": "a product sign",
    "$END": "the end of the formula", "TEXT": "text", "SLASH": "/",
}  # fmt: skip


def _refused(error: UnexpectedInput, tokens: list[Token]) -> FormulaError:
    expected = sorted({WORDS[name] for name in getattr(error, "expected", ()) if name in WORDS})
    terminal = getattr(error, "token", None)
    span = getattr(terminal, "span", None)
    if span is None:
        return FormulaError(
            f"the formula ends here; expected {_either(expected)}",
            Span(tokens[-1].span.end - 1, tokens[-1].span.end),
            "unfinished formula",
        )
    return FormulaError(
        f"{str(terminal)!r} cannot stand here; expected {_either(expected)}",
        span,
        f"{terminal} out of place",
    )


def _either(names: list[str]) -> str:
    if not names:
        return "something else"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


class _Spanned(Terminal):
    """A terminal of lark that knows where it stands."""

    span: Span


class _Given(Lexer):
    """Hands tokens that exist already to lark."""

    def __init__(self, _configuration: Any) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Terminal]:  # type: ignore[override]
        for token in data:
            terminal = _Spanned(token.kind, token.text)
            terminal.span = token.span
            yield terminal


def _there(part: Any) -> bool:
    return part is not None


def _whole(*parts: Any) -> Span:
    spans = [getattr(part, "braces", NOWHERE) for part in parts if part is not None]
    spans = [s if s.end else p.span for s, p in zip(spans, filter(_there, parts), strict=True)]
    return Span(min(s.start for s in spans), max(s.end for s in spans))


MAX_DIGITS = 40


@v_args(inline=True)
class _Build(Transformer[Any, Any]):
    """What each rule of the grammar makes; called at each reduction, so depth costs no stack."""

    def start(self, listing: Layout) -> Layout:
        return listing

    def listing(self, *parts: Any) -> Layout:
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]
        return Listing(parts[::2], tuple(str(p) for p in parts[1::2]), span=_whole(*parts))

    def relation(self, *parts: Any) -> Layout:
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]
        return Relation(parts[::2], tuple(str(p) for p in parts[1::2]), span=_whole(*parts))

    def terms(self, *parts: Any) -> Layout:
        sign, terms = 1, []
        for part in parts:
            if isinstance(part, Terminal):
                sign = -sign if part == "-" else sign
            else:
                terms.append((sign, part))
                sign = 1
        if len(terms) == 1 and terms[0][0] == 1:
            return terms[0][1]  # type: ignore[no-any-return]
        return Terms(tuple(terms), span=_whole(*parts))

    def row(self, *items: Layout) -> Layout:
        return items[0] if len(items) == 1 else Row(items, span=_whole(*items))

    def item(self, atom: Layout, *scripts: tuple[str, Any]) -> Layout:
        if isinstance(atom, Accent) and atom.command in ("\\underbrace", "\\overbrace"):
            return atom.body  # what is written under the brace is a remark
        if not scripts:
            return atom
        return _scripted(atom, scripts)

    def sub(self, mark: _Spanned, arg: Layout) -> tuple[str, Any]:
        return "sub", (mark, arg)

    def sup(self, mark: _Spanned, arg: Layout) -> tuple[str, Any]:
        return "sup", (mark, arg)

    def prime(self, mark: _Spanned) -> tuple[str, Any]:
        return "prime", (mark, mark)

    def arg(self, body: Layout) -> Layout:
        return body

    def number(self, token: _Spanned) -> Layout:
        if len(token) > MAX_DIGITS:
            raise FormulaError(
                f"numbers of more than {MAX_DIGITS} digits are not read", token.span, "long number"
            )
        return Number(str(token), span=token.span)

    def name(self, token: _Spanned) -> Layout:
        return Name(str(token), span=token.span)

    def func(self, token: _Spanned) -> Layout:
        return Word(str(token), span=token.span)

    def big(self, token: _Spanned) -> Layout:
        return Big(str(token), span=token.span)

    def text(self, token: _Spanned) -> Layout:
        return Text(str(token), span=token.span)

    def mark(self, token: _Spanned) -> Layout:
        return Mark(str(token), span=token.span)

    def dots(self, token: _Spanned) -> Layout:
        return Mark(str(token), "dots", span=token.span)

    def stray(self, token: _Spanned) -> Layout:
        return Mark(str(token), "stray", span=token.span)

    def prime_arg(self, token: _Spanned) -> Layout:
        return Mark("'" * token.count("'"), "prime", span=token.span)

    def nothing(self, opening: _Spanned, closing: _Spanned) -> Layout:
        return Row((), span=_whole(opening, closing))

    def primed(self, _opening: Any, primes: _Spanned, _closing: Any) -> Layout:
        return self.prime_arg(primes)

    def braced(self, opening: _Spanned, body: Layout, closing: _Spanned) -> Layout:
        return replace(body, braces=_whole(opening, closing))

    def over(self, opening: Any, above: Layout, mark: Any, below: Layout, closing: Any) -> Layout:
        return Frac(above, below, mark == "\\choose", span=_whole(opening, closing))

    def empty(self, opening: _Spanned, closing: _Spanned) -> Layout:
        return Group(str(opening), None, str(closing), span=_whole(opening, closing))

    def group(self, opening: _Spanned, body: Layout, closing: _Spanned) -> Layout:
        return Group(str(opening), body, str(closing), span=_whole(opening, closing))

    bars = group

    def frac(self, mark: _Spanned, over: Layout, under: Layout) -> Layout:
        return Frac(over, under, mark == "\\binom", span=_whole(mark, over, under))

    def sqrt(self, mark: _Spanned, body: Layout) -> Layout:
        return Root(body, span=_whole(mark, body))

    def root(self, mark: Any, opening: Any, degree: Layout, closing: Any, body: Layout) -> Layout:
        return Root(body, degree, span=_whole(mark, body))

    def accent(self, mark: _Spanned, body: Layout) -> Layout:
        return Accent(str(mark), body, span=_whole(mark, body))

    def case(self, value: Layout, _amp: Any = None, condition: Layout | None = None) -> Any:
        return value, condition

    def cases(self, *parts: Any) -> Layout:
        rows = tuple(part for part in parts if isinstance(part, tuple))
        return Cases(rows, span=_whole(parts[0], parts[-1]))


def _scripted(atom: Layout, scripts: Iterable[tuple[str, Any]]) -> Layout:
    sub = sup = None
    primes = 0
    if isinstance(atom, Scripted):  # a brace group with scripts of its own: {v'_j}^T
        return Scripted(Row((atom,), span=atom.span), **_parts(scripts, atom))
    found = _parts(scripts, atom)
    sub, sup, primes, span = found["sub"], found["sup"], found["primes"], found["span"]
    return Scripted(atom, sub, sup, primes, span=span)


def _parts(scripts: Iterable[tuple[str, Any]], atom: Layout) -> dict[str, Any]:
    found: dict[str, Any] = {"sub": None, "sup": None, "primes": 0, "span": _whole(atom)}
    for kind, (mark, arg) in scripts:
        found["span"] = found["span"].to(_whole(mark, arg))
        primes = _primes(arg) if kind == "sup" else mark.count("'") if kind == "prime" else 0
        if primes:
            found["primes"] += primes
        elif found[kind] is not None:
            place = "subscripts" if kind == "sub" else "superscripts"
            raise FormulaError(
                f"two {place} on one symbol; put it in braces first", mark.span, "double script"
            )
        else:
            found[kind] = arg
    return found


def _primes(arg: Layout) -> int:
    if isinstance(arg, Mark) and arg.kind == "prime":
        return len(arg.text)
    if isinstance(arg, Name) and arg.text == "\\prime":
        return 1
    if isinstance(arg, Row) and arg.items:
        counts = [_primes(item) for item in arg.items]
        return sum(counts) if all(counts) else 0
    return 0


@cache
def _parser() -> Lark:
    grammar = files("verify.formula").joinpath("layout.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer=_Given, transformer=_Build(), start="start")
