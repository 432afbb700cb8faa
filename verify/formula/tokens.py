"""Source text of one display → tokens with spans: words told apart, brackets and bars paired.

Layout only: whether `y(…)` is a product or an application is decided later, from declarations.
"""

from verify.formula.pairing import paired
from verify.formula.scanner import Scanner, Token
from verify.formula.source import FormulaError, Span

MAX_CHARACTERS = 20_000  # of one display; published formulas stay below 2,000


def tokenize(text: str, start: int, end: int, names: frozenset[str] = frozenset()) -> list[Token]:
    """Return the tokens of `text[start:end]`; `names` are words that are one symbol.

    Raises `FormulaError` at what cannot be read: an unknown command, an unclosed bracket, a
    display that is too long or too deeply nested.
    """
    if end - start > MAX_CHARACTERS:
        raise FormulaError(
            f"this display has {end - start:,} characters; at most {MAX_CHARACTERS:,} are read",
            Span(start, start + 1),
            "very long display",
        )
    return paired(list(Scanner(text, start, end, names).tokens()))
