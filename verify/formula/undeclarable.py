"""Notation that stands for no array of its own: a declaration of it would make wrong verdicts."""

import re
from collections.abc import Collection

OPERATORS = frozenset(
    {"\\partial", "\\nabla", "\\bigtriangledown", "\\triangledown", "\\mathbb{E}", "\\mathbb{P}",
     "\\mathbb{V}", "Var", "Cov", "Corr", "argmax", "argmin"}
)  # fmt: skip
ONES = re.compile(r"\\(?:mathbb|mathbf|mathds|boldsymbol|bm|bf|vec|mathrm)\{1\}")
TRANSPOSED = re.compile(r"(?:.*[\])])?-?(?:\\top|\\intercal|\\prime|T|-1)")
POWER = re.compile(r"[+-]?\d+(?:\.\d+)?|\d*/\d+")


def undeclarable(base: str, sub: bool, sup: str, known: Collection[str]) -> str:
    """Say why a name stands for no array of its own, and what to do; empty if it may be declared.

    `base` with its primes, whether there are subscripts, the superscript if it is no index, and the
    base names that are declared.
    """
    plain = base.rstrip("'")
    if plain in OPERATORS:
        return (
            f"{plain} is an operator, which is not read in this notation: derivatives are written "
            "\\frac{\\partial f}{\\partial x} or \\nabla_x f"
        )
    if ONES.fullmatch(plain):
        return "a vector of ones or an indicator is no symbol; what uses it stays unjudged"
    if TRANSPOSED.fullmatch(sup):
        return f"this is a transpose or an inverse: declare {plain} without it"
    if POWER.fullmatch(sup) and base in known:
        return f"this is a power of {base}, which is declared: declare only {base}"
    if plain != base and sub and plain in known:
        return (
            f"this is {plain} with a prime, and {plain} is declared: write ^T for a transpose, "
            "another letter for another symbol"
        )
    return ""
