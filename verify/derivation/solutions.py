"""Names that an equation seems to define, but which solve an equation before it."""

import re

from verify.derivation.said import BEFORE, SOLVING, Page
from verify.derivation.steps import Read
from verify.formula.layout import Accent, Layout, Scripted
from verify.formula.symbols import canonical

NEAR = 40  # characters before an equation in which a sign that it follows may stand
FOLLOWS = re.compile(
    r"(\\implies|\\therefore|\\Rightarrow|\\Longrightarrow|\\iff|\\Leftrightarrow|⇒|∴|⟹)"
    r"(\\[,;:! ]|\\q?quad|[\s&~])*$"
)


def solution(page: Page, read: Read) -> str:
    """Say why a definition may be a claim: it follows from an equation; empty if it does not."""
    start = read.chain.span.start
    if read.chain.follows or FOLLOWS.search(page.text[max(0, start - NEAR) : start]):
        return "it follows from the equation before it: a claim, and none that is judged"
    left = read.chain.sides[0].layout
    if left is None or (name := _plain(left)) == canonical(left):
        return ""
    bases = {symbol.key: symbol.base for symbol in page.context.symbols}
    solved = {bases[key] for c in page.constraints for key in c.symbols if c.span.start < start}
    said = SOLVING.search(page.text[max(0, start - BEFORE) : start])
    if name in solved or (said and name in bases.values()):
        return f"this may be what {name} is by an equation before it: a claim, and not judged"
    return ""


def _plain(left: Layout) -> str:
    r"""Return the name without scripts and accents: \theta of \hat\theta_{MLE}."""
    while isinstance(left, Accent | Scripted):
        left = left.body if isinstance(left, Accent) else left.base
    return canonical(left)
