"""What a slash divides by: the factor behind it, or all factors that stand beside that one.

x²/2σ² is x²/(2σ²) on most pages and 1/2 x half of x; of a/b c, both readings are as usual.
"""

from collections.abc import Sequence
from contextlib import suppress

from verify.formula.application import argument_length, is_function
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import Accent, Group, Layout, Name, Number, Root, Scripted, Word
from verify.formula.names import row_of
from verify.formula.source import FormulaError
from verify.formula.tree import Num, Pow

SLASHES = frozenset({"/", "\\div"})
ONE = "a quotient by the factor behind the slash only"
ALL = "a quotient by all factors that stand behind the slash"
BRACKETS = "a quotient by the factors behind the slash and the brackets after them"


def divisor_length(
    context: Context, items: Sequence[Layout], place: int, scope: Scope, above: Typed
) -> int:
    """Return how many items from `place` on a slash divides by; 0: the one factor there."""
    halved = isinstance(above.tree, Num)
    ends = _ends(context, items, place, scope, halved=halved)
    first = _read(context, items[place : ends[0]], scope)
    while len(ends) > 1:
        whole = _read(context, items[place : ends[-1]], scope)
        if whole is not None and whole.scalar:
            break
        ends.pop()
    if first is not None and not first.scalar:
        return ends[-1] - place if len(ends) > 1 else 0  # x^T A x / x^T x
    numbered = isinstance(items[place], Number)
    # x²/2σ² has one usual reading; x/2 y and x²/2 log y have two.
    plain = all(isinstance(_base(item), Name) for item in items[place + 1 : ends[-1]])
    firm = numbered and not halved and plain and isinstance(above.tree, Pow)
    wide = len(ends) > 1 and _chosen(context, items[place], numbered and not halved, firm, scope)
    length = ends[-1] - place if wide else 0
    if numbered and not halved and (length or len(ends) == 1):
        length = _with_brackets(context, items, place, length or 1, scope)
    return length


def _chosen(context: Context, item: Layout, wide: bool, firm: bool, scope: Scope) -> bool:
    """Whether all factors divide; one choice for a formula, not for each of its slashes."""
    even = not firm and not scope.applied
    if wide:
        return context.choose([ALL, ONE], item.span, "slash", once=True, even=even) == 0
    return context.choose([ONE, ALL], item.span, "slash of names", once=True, even=even) == 1


def _with_brackets(
    context: Context, items: Sequence[Layout], place: int, length: int, scope: Scope
) -> int:
    """x²/2(σ² + τ²): the brackets may divide, too."""
    after = place + length
    follower = items[after] if after < len(items) else None
    group = _base(follower) if follower is not None else None
    if not isinstance(group, Group) or group.opening not in ("(", "["):
        return length
    if (found := _read(context, [*items[place : after + 1]], scope)) is None or not found.scalar:
        return length
    even = not scope.applied
    way = context.choose([ALL, BRACKETS], items[place].span, "slash brackets", once=True, even=even)
    return length + 1 if way else length


def _read(context: Context, items: Sequence[Layout], scope: Scope) -> Typed | None:
    with suppress(FormulaError):
        return context.read(context, row_of(items), scope)
    return None


def _ends(
    context: Context, items: Sequence[Layout], place: int, scope: Scope, *, halved: bool
) -> list[int]:
    """Return where the divisor may end: behind its first factor, and behind each beside it."""
    ends = [place + argument_length(context, items[place:], scope)]
    bracketed = isinstance(items[place], Group)
    while not bracketed and ends[-1] < len(items):
        applies = is_function(context, items, ends[-1], scope)
        if not _stands_beside(items[ends[-1]]) or (halved and applies):
            break
        ends.append(ends[-1] + argument_length(context, items[ends[-1] :], scope))
    return ends


def _base(item: Layout) -> Layout:
    return item.base if isinstance(item, Scripted) else item


def _stands_beside(item: Layout) -> bool:
    base = _base(item)
    if isinstance(base, Name):
        return base.text not in ("\\nabla", "\\partial", "d")
    return isinstance(base, Accent | Number | Root | Word)
