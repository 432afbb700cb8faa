"""Which claims are meant: the expression of `-k`, and a claim named by a part of its name."""

import ast
import re
from collections.abc import Callable, Sequence

from verify.errors import UsageError
from verify.load import nearest
from verify.problems import Claim, Problem

TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|[()]|[^\s()]+")
# What an expression may be made of once its words are replaced by names.
PARTS = (ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.Name, ast.Load)


def matcher(expression: str) -> Callable[[Claim], bool]:
    """Read words joined by `and`, `or`, `not`; a word fits a claim whose name contains it.

    >>> from types import SimpleNamespace
    >>> fits = matcher("question and not (bias or 'closed form')")
    >>> fits(SimpleNamespace(name="loss[the_question-theta]"))
    True
    >>> fits(SimpleNamespace(name="loss[the_question-bias]"))
    False

    Upper and lower case are the same; words with spaces stand in quotes.

    Raises `UsageError` if the expression cannot be read.
    """
    words: list[str] = []
    source = []
    for token in TOKEN.findall(expression):
        if token in ("(", ")", "and", "or", "not"):
            source.append(token)
        else:
            source.append(f"w{len(words)}")
            words.append(token.strip("'\"").lower())
    tree = _parse(" ".join(source))
    if tree is None:
        raise UsageError(
            f"-k {expression!r} should be words joined by and, or, not and parentheses, as in "
            "'question and not theta'."
        )
    return lambda claim: _value(tree, [word in claim.name.lower() for word in words])


def _parse(source: str) -> ast.expr | None:
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError:
        return None
    return tree if all(isinstance(node, PARTS) for node in ast.walk(tree)) else None


def _value(node: ast.expr, values: Sequence[bool]) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = (_value(part, values) for part in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.UnaryOp):
        return not _value(node.operand, values)
    assert isinstance(node, ast.Name)
    return values[int(node.id[1:])]


def claims_of(problems: Sequence[Problem]) -> list[Claim]:
    """List the claims of all problems."""
    return [claim for problem in problems for claim in problem.claims]


def selected(problems: Sequence[Problem], expression: str) -> Callable[[Claim], bool]:
    """Read the expression of `-k` and make sure that it selects something."""
    fits = matcher(expression)
    claims = claims_of(problems)
    if not any(fits(claim) for claim in claims):
        raise UsageError(
            f"-k {expression!r} selects none of the {len(claims)} claims; `gradverify list` "
            "shows their names."
        )
    return fits


def named(problems: Sequence[Problem], name: str) -> Claim:
    """Return the one claim of that name, or the only one whose name contains it."""
    claims = {claim.name: claim for claim in claims_of(problems)}
    if name in claims:
        return claims[name]
    part = [known for known in claims if name.lower() in known.lower()]
    if len(part) == 1:
        return claims[part[0]]
    if part:
        shown = "".join(f"\n  {known}" for known in part[:10]) + ("\n  ..." * (len(part) > 10))
        raise UsageError(f"{name!r} is part of the names of {len(part)} claims:{shown}")
    known = [*claims, *dict.fromkeys(claim.variant.name for claim in claims.values())]
    raise UsageError(
        f"no claim is called {name!r}.{nearest(name, known)} `gradverify list` shows all "
        f"{len(claims)}."
    )
