"""A function with its arguments, as it stands in a row: name, primes, powers, brackets."""

from dataclasses import dataclass

from verify.formula.layout import (
    Accent,
    Layout,
    Name,
    Scripted,
    Word,
)
from verify.formula.source import Span
from verify.formula.symbols import canonical

DOT = "\\dot{"


@dataclass(frozen=True)
class Application:
    """A function by name with its arguments, primes, and the scripts around it."""

    name: str
    arguments: tuple[Layout, ...]
    primes: int
    sub: Layout | None
    power: Layout | None
    component: Layout | None
    bracketed: bool
    span: Span
    inverse: bool = False  # the power is −1 and stands on the name: f^{-1}(x)


def function_key(item: Layout) -> str | None:
    """Return the name of a function without primes and powers; None if it can be none."""
    if isinstance(item, Word):
        return item.text.lstrip("\\")
    if isinstance(item, Scripted) and isinstance(item.base, Word):
        return item.base.text.lstrip("\\")
    if isinstance(item, Name | Accent):
        return canonical(item)
    if isinstance(item, Scripted) and isinstance(item.base, Name | Accent):
        return canonical(Scripted(item.base, item.sub)) if item.sub else canonical(item.base)
    return None
