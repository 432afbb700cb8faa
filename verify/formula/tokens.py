"""Source text of one display → tokens with spans: words told apart, brackets and bars paired.

Layout only: whether `y(…)` is a product or an application is decided later, from declarations.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from verify.formula import words
from verify.formula.source import FormulaError, Span

MAX_CHARACTERS = 20_000  # of one display; published formulas stay below 2,000
MAX_DEPTH = (
    35  # nesting of brackets; below Python's recursion limit in every later pass, == included
)
TRANSPARENT = frozenset(
    ["aligned", "align", "gathered", "split", "equation", "eqnarray", "gather", "multline"]
)


@dataclass(frozen=True)
class Token:
    """One token: its kind (a terminal of layout.lark), its text, and where it stands."""

    kind: str
    text: str
    span: Span = field(compare=False)


OPERAND = frozenset(
    [
        "NUMBER",
        "NAME",
        "FUNC",
        "TEXT",
        "CLOSE",
        "RBRACE",
        "BAR_CLOSE",
        "PRIME",
        "DOTS",
        "BANG",
        "CASES_END",
    ]
)
SCRIPTS = frozenset({"SUB", "SUP"})


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
    tokens = _angled(list(_Scanner(text, start, end, names).tokens()))
    return _trailing(_listed(_dotted(_barred(_bracketed(tokens)))))


@dataclass
class _Scanner:
    """Walks the source once; `at` is the place of the next character."""

    text: str
    at: int
    end: int
    names: frozenset[str]
    single: bool = False  # an argument without braces is one character: \frac12, x^2y

    def tokens(self) -> Iterator[Token]:
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
        "\\land": "SEP", "\\wedge": "SEP", "\\colon": "SEP",
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


def _angled(tokens: list[Token]) -> list[Token]:
    """`<a, b>` without a bracket or sum between is an inner product, as pages type it."""
    found = list(tokens)
    levels: list[list[int]] = [[]]  # per level of brackets: place of an open <, and of its comma
    for place, token in enumerate(tokens):
        here = levels[-1]
        if token.kind in ("OPEN", "LBRACE", "CASES_BEGIN"):
            levels.append([])
        elif token.kind in ("CLOSE", "RBRACE", "CASES_END"):
            levels[-1:] = [] if len(levels) > 1 else [[]]
        elif token.text == "<":
            here[:] = [place]
        elif token.text == ">" and len(here) == 2:
            found[here[0]] = replace(found[here[0]], kind="OPEN", text="\\langle")
            found[place] = replace(token, kind="CLOSE", text="\\rangle")
            here.clear()
        elif token.kind == "SEP" and len(here) == 1:
            here.append(place)
        elif token.kind in ("SIGN", "ROWSEP", "WIDE", "REL"):
            here.clear()
    return found


def _bracketed(tokens: list[Token]) -> list[Token]:
    """Pair brackets: a closing one without its partner becomes STRAY, an open one is refused."""
    found: list[Token] = []
    stack: list[Token] = []
    accents = 0
    for token in tokens:
        accents = accents + 1 if token.kind in ("ACCENT", "FRAC", "SQRT") else 0
        if token.kind in ("OPEN", "LBRACE", "CASES_BEGIN") or accents > MAX_DEPTH:
            stack.append(token)
            if len(stack) > MAX_DEPTH or accents > MAX_DEPTH:
                raise FormulaError(
                    f"brackets are nested deeper than {MAX_DEPTH}", token.span, "deep nesting"
                )
        elif token.kind in ("RBRACE", "CASES_END"):
            _close(stack, token)
        elif token.kind == "CLOSE":
            if stack and stack[-1].kind == "OPEN":
                stack.pop()
            else:
                token = replace(token, kind="STRAY")
        found.append(token)
    if stack:
        raise FormulaError(
            f"this {stack[-1].text} is never closed", stack[-1].span, "unbalanced brackets"
        )
    return found


def _close(stack: list[Token], token: Token) -> None:
    partner = {"RBRACE": "LBRACE", "CASES_END": "CASES_BEGIN"}[token.kind]
    if not stack:
        raise FormulaError(
            f"this {token.text} closes nothing that is open", token.span, "unbalanced brackets"
        )
    opened = stack.pop()
    if opened.kind != partner:
        raise FormulaError(
            f"this {opened.text} is not closed before {token.text}",
            opened.span,
            "unbalanced brackets",
        )


def _barred(tokens: list[Token]) -> list[Token]:
    """Tell | that opens, | that closes and | for "given" apart, one level of brackets at a time.

    An even number of bars on one level are pairs in order; of an odd number, one after an operand
    means "given" and the others are pairs.
    """
    found = list(tokens)
    for bars in _levels(tokens):
        opened = False
        odd = len(bars) % 2
        for place in bars:
            after_operand = place > 0 and found[place - 1].kind in OPERAND
            if odd and not opened and after_operand:
                kind, odd = "MID", 0
            else:
                kind, opened = ("BAR_CLOSE", False) if opened else ("BAR_OPEN", True)
            found[place] = replace(found[place], kind=kind)
        if opened:
            raise FormulaError(
                "this | is never closed", found[bars[-1]].span, "unbalanced brackets"
            )
    return found


def _levels(tokens: list[Token]) -> list[list[int]]:
    """Return the places of the bars, those between the same brackets together."""
    done: list[list[int]] = []
    levels: list[list[int]] = [[]]
    for place, token in enumerate(tokens):
        if token.kind in ("OPEN", "LBRACE", "CASES_BEGIN"):
            levels.append([])
        elif token.kind in ("CLOSE", "RBRACE", "CASES_END"):
            done.append(levels.pop())
        elif token.kind in ("ROWSEP", "AMP", "WIDE") or token.text == "=":
            done.append(levels.pop())
            levels.append([])
        elif token.kind == "BAR":
            levels[-1].append(place)
    return [bars for bars in done + levels if bars]


def _dotted(tokens: list[Token]) -> list[Token]:
    """A point between two operands is a product (read as, noted later); others end a sentence."""
    found = []
    for place, token in enumerate(tokens):
        if token.kind == "POINT":
            before = tokens[place - 1].kind if place else ""
            after = tokens[place + 1].kind if place + 1 < len(tokens) else ""
            if before in OPERAND and after in ("NAME", "ACCENT", "LBRACE", "OPEN"):
                found.append(replace(token, kind="TIMES"))
            elif place + 1 < len(tokens) and after not in ("WIDE", "ROWSEP", "AMP", "TEXT"):
                found.append(replace(token, kind="SEP"))
        else:
            found.append(token)
    return found


def _listed(tokens: list[Token]) -> list[Token]:
    """Drop commas and spaces that end a row or a cell, and all but one of several in a run."""
    found: list[Token] = []
    for token in tokens:
        ends = token.kind in ("AMP", "ROWSEP", "CASES_END")
        while ends and found and found[-1].kind in ("SEP", "WIDE"):
            found.pop()
        if token.kind in ("SEP", "WIDE") and found and found[-1].kind in ("SEP", "WIDE", "AMP"):
            if found[-1].kind == "WIDE":
                found[-1] = token
            continue
        found.append(token)
    return found


def _trailing(tokens: list[Token]) -> list[Token]:
    """Drop the comma or full stop that ends the sentence, and spaces around the display."""
    first, last = 0, len(tokens)
    while last and tokens[last - 1].kind in ("SEP", "WIDE", "POINT"):
        last -= 1
    while first < last and tokens[first].kind in ("WIDE", "SEP"):
        first += 1
    return tokens[first:last]
