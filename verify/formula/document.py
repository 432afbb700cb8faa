"""Text of a page → its declarations and where its formulas stand: Markdown, LaTeX or plain text.

Finds delimiters only; what stands between them is read elsewhere. Nothing is interpreted or loaded:
not `\\def`, not `\\input`. Every character is looked at a bounded number of times.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

from verify.formula.delimiters import (
    ARGUMENT,
    BODY,
    CANDIDATE,
    CLASS,
    CLOSING,
    EQUATION,
    FENCES,
    FRONT,
    INLINE,
    LATEX,
    MARKDOWN,
    MATHEMATICAL,
    MONEY,
    NOTHING,
    closer,
    fence_end,
    is_formula,
    is_inline,
)
from verify.formula.source import FormulaError, Span

MAX_CHARACTERS = 5_000_000  # of one document; long books stay below
MAX_DELIMITERS = 250_000  # met in one document: one in 20 characters of the longest
MAX_DECLARATIONS = 20_000  # characters of front matter


@dataclass(frozen=True)
class Display:
    """One formula of a document: `text[start:end]` is the mathematics without its delimiters.

    `environment` says what delimits it: the name of an environment without its star, or `$$`, `$`,
    `\\[`, `\\(`, or three backticks for a fenced block; nothing for a line of plain text.
    """

    start: int
    end: int
    inline: bool
    environment: str


@dataclass(frozen=True)
class Document:
    """A page: its whole text, its declarations (TOML), and its formulas in order of appearance.

    Offsets count characters of `text`. `declarations_start` is 0 where nothing is declared.
    """

    name: str
    text: str
    declarations: str
    declarations_start: int
    displays: tuple[Display, ...]


def read_document(text: str, name: str) -> Document:
    """Return a page with its formulas found.

    Raises `FormulaError` where a delimiter is never closed, and for a document that is too long.

    >>> page = read_document("By the chain rule, $y' = 2 x$:\\n\\\\[ y'' = 2. \\\\]", "page.md")
    >>> [page.text[d.start : d.end] for d in page.displays]
    ["y' = 2 x", " y'' = 2. "]
    """
    _at_most(MAX_CHARACTERS, len(text), 0, "document", "characters")
    front, at = _front_matter(text)
    start, end = _declared(text, at) or front
    _at_most(MAX_DECLARATIONS, end - start, start, "front matter", "characters")
    scanner = _Scanner(text, at, len(text), _is_latex(text, at, (start, end)))
    scanner.scan()
    found = [d for d in scanner.found if not NOTHING.fullmatch(text, d.start, d.end)]
    if not scanner.found and not scanner.latex:
        found = list(_plain(text, [(0, at), *scanner.skipped]))
    return Document(name, text, text[start:end], start, tuple(found))


def _at_most(limit: int, count: int, at: int, what: str, unit: str) -> None:
    if count > limit:
        message = f"this {what} has {count:,} {unit}; at most {limit:,} are read"
        raise FormulaError(message, Span(at, at + 1), f"very long {what}")


def _unclosed(opening: str, closing: str, at: int, hint: str = "") -> FormulaError:
    message = f"this {opening} is never closed; {closing} closes it{hint}"
    return FormulaError(message, Span(at, at + len(opening)), "unclosed delimiter")


def _front_matter(text: str) -> tuple[tuple[int, int], int]:
    """Return where the TOML at the very start stands, and where the page goes on after it."""
    opened = FRONT.match(text)
    if opened is None:
        return (0, 0), 0
    closing = re.compile(rf"^{re.escape(opened[1])}[ \t\r]*$", re.MULTILINE)
    closed = closing.search(text, opened.end())
    if closed is None:
        if opened[1] == "+++":
            raise _unclosed("+++", "a line +++", opened.start(1))
        return (0, 0), 0
    start, end = opened.end(), closed.start()
    if opened[1] == "---":
        _at_most(MAX_DECLARATIONS, end - start, start, "front matter", "characters")
        try:
            tomllib.loads(text[start:end])
        except (tomllib.TOMLDecodeError, RecursionError):
            return (0, 0), closed.end()
    return (start, end), closed.end()


def _declared(text: str, at: int) -> tuple[int, int] | None:
    """Return where the content of the first fenced block `toml gradverify` stands."""
    while opened := FENCES.search(text, at):
        closed = fence_end(text, opened)
        if opened["info"].split() == ["toml", "gradverify"]:
            if closed is None:
                raise _unclosed(opened["ticks"], opened["ticks"], opened.start("ticks"))
            return opened.end() + 1, closed.start()
        at = closed.end() if closed else len(text)
    return None


def _is_latex(text: str, at: int, declared: tuple[int, int]) -> bool:
    """Whether this is a LaTeX document, and not a Markdown page with one in a fenced block."""
    found = CLASS.search(text, at)
    if found is None:
        return False
    fences = FENCES.finditer(text, at, found.start())
    return all(f.end() + 1 == declared[0] or f.start() == declared[1] for f in fences)


@dataclass
class _Scanner:
    """Walks the page once, from one delimiter to the next; `at` is the place it has come to."""

    text: str
    at: int
    end: int
    latex: bool
    found: list[Display] = field(default_factory=list)
    skipped: list[tuple[int, int]] = field(default_factory=list)

    def scan(self) -> None:
        if self.latex:
            body = BODY.search(self.text, self.at)
            self.at = body.end() if body else self.at
            ends = self.text.rfind("\\end{document}", self.at)
            self.end = ends if ends >= 0 else self.end
        pattern = LATEX if self.latex else MARKDOWN
        count = 0
        while match := pattern.search(self.text, self.at, self.end):
            count += 1
            _at_most(MAX_DELIMITERS, count, match.start(), "document", "or more delimiters")
            self.at = match.end()
            self._met(match)

    def _met(self, match: re.Match[str]) -> None:
        if match.lastgroup in ("env", "bracket", "dollars"):
            self._display(match)
        elif match.lastgroup == "dollar":
            self._dollar(match)
        elif match.lastgroup == "ticked":
            self.found.append(Display(match.start() + 2, match.end() - 2, True, "$"))
        elif match.lastgroup not in ("literal", "backticks"):
            self.at = self._skip(match)
            self.skipped.append((match.start(), self.at))

    def _display(self, match: re.Match[str]) -> None:
        opening = f"\\begin{{{match['env']}}}" if match["env"] else match[0]
        closing = CLOSING.get(opening) or f"\\end{{{match['env']}}}"
        name = (match["env"] or opening).rstrip("*")
        argument = name == "alignat" and ARGUMENT.match(self.text, self.at, self.end)
        start = argument.end() if argument else self.at
        for mark in closer(opening, closing, self.latex).finditer(self.text, start, self.end):
            if mark["again"]:
                break
            if mark["closing"]:
                self.found.append(Display(start, mark.start(), name in ("math", "\\("), name))
                self.at = mark.end()
                return
        raise _unclosed(match[0], closing, match.start())

    def _dollar(self, match: re.Match[str]) -> None:
        inside = INLINE[self.latex].match(self.text, self.at, self.end)
        assert inside is not None  # at least nothing
        end = inside.end()
        closed = self.text[end : min(end + 1, self.end)] == "$"
        if closed and (self.latex or is_inline(inside[0], self.text[end + 1 : end + 2])):
            self.found.append(Display(self.at, end, True, "$"))
            self.at = end + 1
        elif self.latex or (MATHEMATICAL.search(inside[0]) and not MONEY.match(inside[0])):
            hint = " in the same paragraph; write \\$ for a dollar sign"
            raise _unclosed("$", "$", match.start(), hint)

    def _skip(self, match: re.Match[str]) -> int:
        """Return the end of what holds no formulas, or of a fenced formula."""
        if match.lastgroup == "fence":
            closed = fence_end(self.text, match)
            if match["info"].strip() == "math":
                if closed is None:
                    raise _unclosed(match[0].strip(), match["ticks"], match.start("ticks"))
                self.found.append(Display(match.end() + 1, closed.start(), False, "```"))
            return closed.end() if closed else self.end
        if match.lastgroup in ("comment", "verbatim"):
            closing = f"\\end{{{match['verbatim']}}}" if match["verbatim"] else "-->"
            end = self.text.find(closing, self.at, self.end)
            if end < 0:
                raise _unclosed(match[0], closing, match.start())
            return end + len(closing)
        return match.end()


def _plain(text: str, skipped: list[tuple[int, int]]) -> Iterator[Display]:
    """Yield the lines that are equations, each with the lines after it that begin with `=`."""
    _at_most(MAX_DELIMITERS, text.count("="), 0, "document", "equality signs")
    masked = list(text)
    for start, end in skipped:
        masked[start:end] = "\0" * (end - start)
    lines = CANDIDATE.sub(
        lambda line: line[0] if is_formula(line[0]) else "\0" * len(line[0]), "".join(masked)
    )
    for equation in EQUATION.finditer(lines):
        yield Display(equation.start("lines"), equation.end(), False, "")
