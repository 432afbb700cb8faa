"""Tokens → layout tree. The grammar is `layout.lark`, LALR(1)."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark
from lark import Token as Terminal
from lark.exceptions import UnexpectedInput, VisitError
from lark.lexer import Lexer

from verify.formula.layout import Layout
from verify.formula.rules import Rules, Spanned
from verify.formula.scanner import Token
from verify.formula.source import NOWHERE, FormulaError, Span

WORDS = {
    "SEP": "a comma", "REL": "a relation", "SIGN": "+ or −", "SUB": "a subscript",
    "SUP": "a superscript", "NUMBER": "a number", "NAME": "a symbol", "FUNC": "a function",
    "BIG": "a sum", "OPEN": "an opening bracket", "CLOSE": "a closing bracket",
    "LBRACE": "{", "RBRACE": "}", "FRAC": "a fraction", "TIMES": "a product sign",
    "$END": "the end of the formula", "TEXT": "text", "SLASH": "/",
}  # fmt: skip


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


class _Given(Lexer):
    """Hands tokens that exist already to lark."""

    def __init__(self, _configuration: Any) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Terminal]:  # type: ignore[override]
        for token in data:
            terminal = Spanned(token.kind, token.text)
            terminal.span = token.span
            yield terminal


@cache
def _parser() -> Lark:
    grammar = files("verify.formula").joinpath("layout.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer=_Given, transformer=Rules(), start="start")
