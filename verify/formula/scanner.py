"""Source text of one display → tokens with spans, words told apart; brackets as they come."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from verify.formula import words
from verify.formula.source import FormulaError, Span

TRANSPARENT = frozenset(
    ["aligned", "align", "gathered", "split", "equation", "eqnarray", "gather", "multline"]
)


@dataclass(frozen=True)
class Token:
    """One token: its kind (a terminal of layout.lark), its text, and where it stands."""

    kind: str
    text: str
    span: Span = field(compare=False)


@dataclass
class Scanner:
    """Walks the source once; `at` is the place of the next character."""

    text: str
    at: int
    end: int
    names: frozenset[str]
    single: bool = False  # an argument without braces is one character: \frac12, x^2y

    def tokens(self) -> Iterator[Token]:
        """Yield the tokens in order."""
        while self.at < self.end:
            match = words.SCAN.match(self.text, self.at, self.end)
            assert match is not None  # the last alternative takes any character
            single, self.single = self.single, False
            if match.lastgroup == "space":
                self.single = single
                self.at = match.end()
            elif match["number"] and single:
                yield self._take("POINT" if match["number"][0] == "." else "NUMBER", 1)
            elif match["word"]:
                yield from self._word(match["word"], single)
            elif match["env"]:
                yield from self._environment(match)
            else:
                yield from self._other(match)

    def _take(self, kind: str, length: int, text: str | None = None) -> Token:
        span = Span(self.at, self.at + length)
        self.at += length
        return Token(kind, self.text[span.start : span.end] if text is None else text, span)

    def _word(self, word: str, single: bool) -> Iterator[Token]:
        """One symbol a letter, but for declared names and functions written as words."""
        while word:
            length = 1 if single else self._known(word)
            part = word[:length]
            kind = "FUNC" if length > 1 and part not in self.names else "NAME"
            yield self._take(kind, length)
            word = word[length:]
            if single:
                return

    def _known(self, word: str) -> int:
        for length in range(len(word), 1, -1):
            part = word[:length]
            if part in self.names or (part in words.FUNCTIONS and length == len(word)):
                return length
        return 1

    def _environment(self, match: re.Match[str]) -> Iterator[Token]:
        begins, name = match["env"].startswith("\\begin"), match["envname"].rstrip("*")
        span = Span(match.start(), match.end())
        self.at = match.end()
        if name in ("cases", "dcases", "rcases"):
            yield Token("CASES_BEGIN" if begins else "CASES_END", name, span)
        elif name == "array" and begins:
            self._argument()
        elif name not in TRANSPARENT and name != "array":
            raise FormulaError(
                f"the environment {name!r} is not supported; cases, aligned and array are",
                span,
                f"\\begin{{{name}}}",
            )

    def _argument(self) -> str:
        """Skip spaces and one braced argument; return what stands in it."""
        match = re.compile(r"\s*").match(self.text, self.at, self.end)
        at = match.end() if match else self.at
        if at >= self.end or self.text[at] != "{":
            return ""
        depth = 0
        for place in range(at, self.end):
            depth += {"{": 1, "}": -1}.get(self.text[place], 0)
            if depth == 0:
                self.at = place + 1
                return self.text[at + 1 : place]
        raise FormulaError("this { is never closed", Span(at, at + 1), "unbalanced brackets")

    def _other(self, match: re.Match[str]) -> Iterator[Token]:
        text = match[0]
        if match["command"] and text[1:].isalpha():
            yield from self._command(text)
            return
        text = words.UNICODE.get(text, text)
        kind = _mark(match.lastgroup or "", text)
        if kind == "command":
            yield self._take(_command_kind(text), 1, text)
        elif kind:
            self.single = kind in ("SUB", "SUP")
            yield self._take(kind, len(match[0]), text)
        else:
            span = Span(self.at, self.at + 1)
            raise FormulaError(f"the character {text!r} is not supported here", span)

    def _command(self, text: str) -> Iterator[Token]:
        name = text[1:]
        span = Span(self.at, self.at + len(text))
        if text == "\\cal":
            name = "mathcal"
        if name in words.UPRIGHT:
            self.at = span.end
            yield from self._upright(name, span)
        elif name in words.ACCENTS:
            self.single = True
            yield self._take("ACCENT", len(text))
        elif name in words.DROPPED:
            self.at = span.end
            for _ in range(words.DROPPED[name]):
                self._argument()
            if name in words.WIDE:
                yield Token("WIDE", text, span)
            elif name in ("left", "right"):
                self._invisible_delimiter()
        elif kind := _command_kind(text):
            if kind == "SQRT" and self.text[span.end : self.end].lstrip().startswith("["):
                kind = "ROOT"
            self.single = kind in ("FRAC", "SQRT")
            yield self._take(kind, len(text))
        else:
            raise FormulaError(f"the command {text} is not supported", span, text)

    def _invisible_delimiter(self) -> None:
        if self.text[self.at : self.at + 1] == ".":
            self.at += 1

    def _upright(self, name: str, span: Span) -> Iterator[Token]:
        content = self._argument()
        whole = Span(span.start, self.at)
        word = content.strip()
        if word in words.FUNCTIONS and word not in self.names:
            yield Token("FUNC", word, whole)
        elif word == "d":
            yield Token("NAME", "d", whole)
        elif word == "T":
            yield Token("NAME", "\\top", whole)
        elif word in self.names or (re.fullmatch("[A-Za-z]+", word) and name in words.LETTERS):
            yield Token("NAME", word, whole)
        elif content or self.text[span.end : self.at].strip():
            yield Token("TEXT", word, whole)


def _command_kind(text: str) -> str:
    if text in words.RELATIONS:
        return "REL"
    if text in words.TIMES:
        return "TIMES"
    if text in words.BIG:
        return "BIG"
    if text in words.OPENING:
        return "OPEN"
    if text in words.CLOSING:
        return "CLOSE"
    if text in words.DOTS:
        return "DOTS"
    if text[1:] in words.FUNCTIONS and text != "\\sqrt":
        return "FUNC"
    if text[1:] in words.GREEK:
        return "NAME"
    special = {
        "\\frac": "FRAC", "\\dfrac": "FRAC", "\\tfrac": "FRAC", "\\cfrac": "FRAC",
        "\\sqrt": "SQRT", "\\over": "OVER", "\\choose": "OVER", "\\binom": "FRAC", "\\mid": "MID",
        "\\vert": "BAR", "\\Vert": "BAR", "\\|": "BAR", "\\div": "SLASH", "\\pm": "PM",
        "\\land": "SEP", "\\forall": "TEXT", "\\wedge": "SEP", "\\colon": "SEP",
    }  # fmt: skip
    return special.get(text, "")


def _mark(group: str, text: str) -> str:
    """Return the kind of a token that is no letter, number or environment."""
    if group == "rowsep":
        return "ROWSEP"
    if text.startswith("\\") and text[1:].isalpha():
        return "command"
    if group == "assign" or text in words.RELATIONS:
        return "REL"
    kind = _command_kind(text)
    if kind:
        return kind
    if group == "number":
        return "NUMBER"
    if group == "prime" or text == "'":
        return "PRIME"
    marks = {
        "^": "SUP", "_": "SUB", "{": "LBRACE", "}": "RBRACE", "+": "SIGN", "-": "SIGN",
        "/": "SLASH", ",": "SEP", ";": "SEP", ":": "SEP", "|": "BAR", "&": "AMP", "!": "BANG",
        ".": "POINT",
    }  # fmt: skip
    return marks.get(text, "")
