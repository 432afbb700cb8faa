"""Words beside formulas: which are prose that can be left out, and which make a condition.

A word is left out only where it is known to be prose or stands apart; any other is part of the
formula, as `\\text{Var}(x)`, and is refused where it is no name.
"""

import re

from verify.derivation.definable import OPERATORS
from verify.formula.scanner import Token
from verify.formula.words import FUNCTIONS

CONDITIONAL = frozenset(
    ["if", "when", "whenever", "for", "unless", "case", "at", "given", "assuming", "assume",
     "provided", "otherwise", "else", "elsewhere", "only", "on", "off", "under", "within",
     "outside", "except", "suppose", "supposing"]
)  # fmt: skip
CONNECTIVES = frozenset(
    ["and", "or", "so", "but", "hence", "thus", "then", "therefore", "thereby", "now", "also",
     "again", "here", "since", "because", "by", "from", "using", "via", "with", "where", "which",
     "we", "i.e", "e.g", "as", "to", "in", "let", "recall", "note", "see", "similarly",
     "likewise", "finally", "first", "second", "next", "further", "furthermore", "moreover",
     "consequently", "equivalently", "respectively", "yields", "gives", "giving", "get",
     "implies", "implying", "after", "before", "substituting", "applying", "setting", "letting",
     "noting", "differentiating", "taking", "proof", "qed", "that", "is", "subject", "s.t", "st",
     "such"]
)  # fmt: skip
UNIVERSAL = frozenset({"for all", "for each", "for every", "for any", "\\forall", "forall"})


TEXT_NAME = re.compile(
    r"\\(?:text(?:rm|it|bf|normal)?|mbox)\s*\{\s*([A-Za-z]{3,})\s*\}\s*(?:\([^()=]*\))?\s*&?\s*:?="
)


def names_in(text: str) -> frozenset[str]:
    r"""Return the words that a page puts on the left of an equation, as `\text{MSE} = …`.

    >>> names_in(r"\text{MSE} = x^2, \text{Var}(x) = 1")
    frozenset({'MSE'})
    """
    found = {word for word in TEXT_NAME.findall(text) if word.lower() not in CONNECTIVES}
    return frozenset(found - CONDITIONAL - OPERATORS - FUNCTIONS.keys())


def first_word(text: str) -> str:
    """Return the first word of a text in small letters."""
    words = text.strip().strip("()").split()
    return words[0].strip(",.:;").lower() if words else ""


def connects(token: Token) -> bool:
    """Whether a token is text that begins with a word that joins formulas."""
    if token.kind != "TEXT":
        return False
    word = first_word(token.text)
    return word in CONDITIONAL or word in CONNECTIVES or universal(token.text)


def is_prose(token: Token, follower: Token | None = None) -> bool:
    """Whether a text that stands beside a formula is no part of it."""
    if token.kind != "TEXT":
        return False
    if connects(token) or token.text[:1] == "(" or token.text.rstrip()[-1:] in (*",:;.", ""):
        return True
    return follower is not None and follower.kind == "SEP"


def conditional(text: str) -> bool:
    """Whether words make what they stand beside hold only in some cases."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    return bool(words & (CONDITIONAL | {"diagonal"})) and not universal(text)


def negates(text: str) -> bool:
    """Whether words turn the condition behind them around."""
    return bool({"unless", "except", "not"} & set(re.findall(r"[a-z]+", text.lower())))


def opens(text: str) -> bool:
    """Whether words begin a case that is worked out behind them: `Case`, `If`."""
    return first_word(text) == "case" or text.strip()[:2] == "If"


def only_joins(text: str) -> bool:
    """Whether all words of a text join formulas: `and if`, not `for the first layer`."""
    return all(w in CONDITIONAL | CONNECTIVES for w in re.findall(r"[a-z]+", text.lower()))


def universal(text: str) -> bool:
    """Whether words say that something holds for all values of what follows."""
    return text.strip().lower() in UNIVERSAL
