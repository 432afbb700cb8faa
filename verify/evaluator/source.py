"""The source of a variant as its author wrote it, with where it stands."""

import ast
import inspect
import textwrap
from dataclasses import dataclass

from verify.problems import Variant

# A longer function is not shown as evidence.
MOST_LINES = 60


@dataclass(frozen=True)
class Source:
    """The text of a function without its decorators, and the line of its file it starts at."""

    text: str
    line: int


def source_of(variant: Variant) -> Source | None:
    """Return the source of a variant; None where there is none (a formula, a callable object)."""
    try:
        lines, first = inspect.getsourcelines(variant.function)
        text = textwrap.dedent("".join(lines))
        node = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError, ValueError, IndexError):
        return None
    if not isinstance(node, ast.FunctionDef):
        return None
    shown = text.splitlines()[node.lineno - 1 : node.end_lineno]
    if len(shown) > MOST_LINES:
        return None
    return Source("\n".join(shown), first + node.lineno - 1)
