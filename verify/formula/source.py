"""Where a formula stands in its document, and the refusal that points there."""

from dataclasses import dataclass

from verify.errors import GradverifyError


@dataclass(frozen=True, order=True)
class Span:
    """Half-open range of characters in the document, `text[start:end]`."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """Return the span from the start of this one to the end of `other`."""
        return Span(min(self.start, other.start), max(self.end, other.end))


NOWHERE = Span(0, 0)


class FormulaError(GradverifyError):
    """A formula that is refused: what stands there, what was expected, and the span of it.

    `construct` names what is not supported or not declared in a few words, for summaries.
    """

    def __init__(self, message: str, span: Span = NOWHERE, construct: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.construct = construct or message


class ShapeError(FormulaError):
    """A product, sum or equation of arrays whose shapes do not fit: no value as written.

    `certain` is false where a missing transposition would be read charitably by many.
    """

    def __init__(self, message: str, span: Span = NOWHERE, *, certain: bool = False) -> None:
        super().__init__(message, span, "shapes that do not fit")
        self.certain = certain


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a character.

    >>> position("ab\\ncd", 4)
    (2, 2)
    """
    before = text[:offset]
    line = before.count("\n") + 1
    return line, offset - (before.rfind("\n") + 1) + 1


def pointed(text: str, span: Span, width: int = 76) -> str:
    """Return the line in which `span` starts with carets under it, cut to `width` around it.

    >>> print(pointed("a + b", Span(4, 5)))
    a + b
        ^
    """
    line_start = text.rfind("\n", 0, span.start) + 1
    line_end = text.find("\n", span.start)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    at = span.start - line_start
    first = max(0, min(at - width // 2, len(line) - width))
    shown = line[first : first + width].replace("\t", " ")
    carets = max(1, min(span.end - span.start, len(shown) - (at - first)))
    return f"{shown}\n{' ' * (at - first)}{'^' * carets}"


def located(text: str, error: FormulaError, name: str) -> str:
    """Return the whole message of a refusal: file, line, column, reason, and the place itself."""
    line, column = position(text, error.span.start)
    return f"{name}:{line}:{column}: {error.message}\n{pointed(text, error.span)}"
