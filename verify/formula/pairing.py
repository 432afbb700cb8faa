"""Tokens with brackets and bars paired, and points, commas and spaces told apart."""

from dataclasses import replace

from verify.formula.scanner import Token
from verify.formula.source import FormulaError

# Nesting of brackets; below Python's recursion limit in every later pass, == included.
MAX_DEPTH = 35
OPERAND = frozenset({
    "NUMBER", "NAME", "FUNC", "TEXT", "CLOSE", "RBRACE", "BAR_CLOSE", "PRIME", "DOTS", "BANG",
    "CASES_END",
})  # fmt: skip


def paired(tokens: list[Token]) -> list[Token]:
    """Return the tokens as the grammar takes them; refuse brackets that are not balanced."""
    return _trailing(_listed(_dotted(_barred(_bracketed(_angled(tokens))))))


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
