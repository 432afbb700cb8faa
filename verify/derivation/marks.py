"""Notation that a page gives a meaning of its own: X' that is no transpose, a number applied.

The equation that says so is no definition, as the name is known; but no verdict rests on the name.
"""

from collections.abc import Callable, Sequence

from verify.derivation.again import named
from verify.derivation.chains import Chain
from verify.derivation.definable import application_of
from verify.derivation.sides import outcome, read_chain
from verify.derivation.worlds import World
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import Accent, Layout, Listing, Name, Scripted
from verify.formula.names import resolve
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical


def doubt_marks(
    context: Context, chains: Sequence[Chain], worlds: Callable[[Context], Sequence[World]]
) -> bool:
    """Mark what chains equate with something else than it is read as; return whether any is.

    `chains` are those that define nothing.
    """
    before = len(context.doubtful)
    for chain in chains:
        left = chain.sides[0].layout
        found = left and (_transposed(context, left) or _applied(context, left))
        if not found or found[0] in context.doubtful:
            continue
        if not _holds(context, chain, worlds(context)):
            context.doubtful[found[0]] = found[1]
    return len(context.doubtful) > before


def _holds(context: Context, chain: Chain, worlds: Sequence[World]) -> bool:
    one, other = read_chain(context, chain, by_definition=False).sides[:2]
    if not isinstance(one, Typed) or not isinstance(other, Typed):
        return False
    return all(outcome(at, one, other, None).equal for at in worlds)


def _transposed(context: Context, left: Layout) -> tuple[str, str] | None:
    """Return the name X' where it would be read as the transpose of X, and why it is doubtful."""
    if not isinstance(left, Scripted) or not left.primes or left.sub or left.sup:
        return None
    if not isinstance(left.base, Name | Accent | Scripted):
        return None
    key, base = canonical(left), canonical(left.base)
    if base in context.functions or base in context.kinds:
        return None
    try:
        if resolve(context, left, Scope()) is not None:
            return None
        scalar = context.read(context, left.base, Scope()).scalar
    except FormulaError:
        return None
    why = f"the page says {key} = …, so {key} may be a name of its own and no transpose of {base}"
    return None if scalar else (key, why)


def _applied(context: Context, left: Layout) -> tuple[str, str] | None:
    """Return the declared symbol that a left side f(x) seems to apply, and why it is doubtful."""
    applied = application_of(left)
    if applied is None or applied[1].opening != "(" or not _bare(applied[1].body):
        return None
    found = named(context, applied[0])
    if found is None or found.entry.symbol in context.definitions:
        return None
    key = found.entry.symbol
    return key, (
        f"{key} is declared as a value, but the page says {canonical(left)} = …, so it may be "
        "a function"
    )


def _bare(body: Layout | None) -> bool:
    items = body.items if isinstance(body, Listing) else (body,)
    return all(isinstance(item, Name | Accent | Scripted) for item in items)
