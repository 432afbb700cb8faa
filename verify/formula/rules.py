"""What each rule of the grammar makes: nodes of the layout tree, with their spans."""
# ruff: noqa: D102 - methods are called as the rules of layout.lark are

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lark import Token as Terminal
from lark import Transformer, v_args

from verify.formula.layout import (
    Accent,
    Big,
    Cases,
    Frac,
    Group,
    Layout,
    Listing,
    Mark,
    Name,
    Number,
    Relation,
    Root,
    Row,
    Scripted,
    Terms,
    Text,
    Word,
)
from verify.formula.source import NOWHERE, FormulaError, Span

MAX_DIGITS = 40


class Spanned(Terminal):
    """A terminal of lark that knows where it stands."""

    span: Span


@v_args(inline=True)
class Rules(Transformer[Any, Any]):
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

    def sub(self, mark: Spanned, arg: Layout) -> tuple[str, Any]:
        return "sub", (mark, arg)

    def sup(self, mark: Spanned, arg: Layout) -> tuple[str, Any]:
        return "sup", (mark, arg)

    def prime(self, mark: Spanned) -> tuple[str, Any]:
        return "prime", (mark, mark)

    def arg(self, body: Layout) -> Layout:
        return body

    def number(self, token: Spanned) -> Layout:
        if len(token) > MAX_DIGITS:
            raise FormulaError(
                f"numbers of more than {MAX_DIGITS} digits are not read", token.span, "long number"
            )
        return Number(str(token), span=token.span)

    def name(self, token: Spanned) -> Layout:
        return Name(str(token), span=token.span)

    def func(self, token: Spanned) -> Layout:
        return Word(str(token), span=token.span)

    def big(self, token: Spanned) -> Layout:
        return Big(str(token), span=token.span)

    def text(self, token: Spanned) -> Layout:
        return Text(str(token), span=token.span)

    def mark(self, token: Spanned) -> Layout:
        return Mark(str(token), span=token.span)

    def dots(self, token: Spanned) -> Layout:
        return Mark(str(token), "dots", span=token.span)

    def stray(self, token: Spanned) -> Layout:
        return Mark(str(token), "stray", span=token.span)

    def prime_arg(self, token: Spanned) -> Layout:
        return Mark("'" * token.count("'"), "prime", span=token.span)

    def nothing(self, opening: Spanned, closing: Spanned) -> Layout:
        return Row((), span=_whole(opening, closing))

    def primed(self, _opening: Any, primes: Spanned, _closing: Any) -> Layout:
        return self.prime_arg(primes)

    def braced(self, opening: Spanned, body: Layout, closing: Spanned) -> Layout:
        return replace(body, braces=_whole(opening, closing))

    def over(self, opening: Any, above: Layout, mark: Any, below: Layout, closing: Any) -> Layout:
        return Frac(above, below, mark == "\\choose", span=_whole(opening, closing))

    def empty(self, opening: Spanned, closing: Spanned) -> Layout:
        return Group(str(opening), None, str(closing), span=_whole(opening, closing))

    def group(self, opening: Spanned, body: Layout, closing: Spanned) -> Layout:
        return Group(str(opening), body, str(closing), span=_whole(opening, closing))

    bars = group

    def frac(self, mark: Spanned, over: Layout, under: Layout) -> Layout:
        return Frac(over, under, mark == "\\binom", span=_whole(mark, over, under))

    def sqrt(self, mark: Spanned, body: Layout) -> Layout:
        return Root(body, span=_whole(mark, body))

    def root(self, mark: Any, opening: Any, degree: Layout, closing: Any, body: Layout) -> Layout:
        return Root(body, degree, span=_whole(mark, body))

    def accent(self, mark: Spanned, body: Layout) -> Layout:
        return Accent(str(mark), body, span=_whole(mark, body))

    def case(self, value: Layout, _amp: Any = None, condition: Layout | None = None) -> Any:
        return value, condition

    def cases(self, *parts: Any) -> Layout:
        rows = tuple(part for part in parts if isinstance(part, tuple))
        return Cases(rows, span=_whole(parts[0], parts[-1]))


def _scripted(atom: Layout, scripts: Iterable[tuple[str, Any]]) -> Layout:
    # A brace group may have scripts of its own: {v'_j}^T.
    base = Row((atom,), span=atom.span) if isinstance(atom, Scripted) else atom
    return Scripted(base, **_parts(scripts, atom))


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


def _whole(*parts: Any) -> Span:
    spans = [getattr(part, "braces", NOWHERE) for part in parts if part is not None]
    spans = [s if s.end else p.span for s, p in zip(spans, filter(_there, parts), strict=True)]
    return Span(min(s.start for s in spans), max(s.end for s in spans))


def _there(part: Any) -> bool:
    return part is not None
