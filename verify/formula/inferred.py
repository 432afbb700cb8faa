"""What a sum runs over where its index is not declared: by what the index stands at."""

from collections.abc import Sequence

from verify.formula.context import Context
from verify.formula.layout import Layout, Name, Scripted, walk
from verify.formula.names import row_of
from verify.formula.reach import letters_in
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical, script_items
from verify.formula.tree import Axis


def inferred(context: Context, letter: str, rest: Sequence[Layout]) -> Axis | None:
    """Return the axis of an undeclared letter by where it stands: θ_b beside a declared θ_a."""
    if letter in context.axis_names() or any(s.base == letter for s in context.symbols):
        return None
    found: set[Axis] = set()
    for node in walk(row_of(rest)):
        if not isinstance(node, Scripted):
            continue
        base = canonical(node.base)
        for place, item in enumerate(script_items(node.sub)):
            if canonical(item) == letter:
                found |= {
                    symbol.axes[place]
                    for symbol in context.symbols
                    if symbol.base == base and place < len(symbol.axes)
                }
    return found.pop() if len(found) == 1 else None


def by_range(context: Context, part: Name, rest: Sequence[Layout]) -> tuple[str, Axis]:
    """`\\sum_N` names its range: the index is the one of that range that the body uses."""
    used = letters_in(row_of(rest))
    fitting = [
        letter
        for letter, axis in context.indices.items()
        if axis.base == part.text and letter in used
    ]
    if len(fitting) != 1:
        raise FormulaError(
            f"the sum over {part.text} names a range, not an index", part.span, "sum over a range"
        )
    context.note(f"the sum over {part.text} is read as over {fitting[0]}", part.span)
    return fitting[0], context.indices[fitting[0]]
