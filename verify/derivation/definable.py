"""What an equation may define: new names only, and none that has a meaning already."""

from verify.formula.calls import function_key
from verify.formula.context import Context, Scope
from verify.formula.differentiate import Registry
from verify.formula.layout import Accent, Group, Layout, Name, Row, Scripted, Word
from verify.formula.names import resolve
from verify.formula.source import FormulaError, ShapeError
from verify.formula.symbols import canonical, named_parts, script_items
from verify.formula.tree import Entry
from verify.formula.words import FUNCTIONS

OPERATORS = frozenset(
    {"nabla", "partial", "bigtriangledown", "triangledown", "d", "\\mathbb{E}", "\\mathbb{P}",
     "\\mathbb{V}", "Var", "var", "Cov", "cov", "Corr", "corr", "rank", "adj", "argmax", "argmin",
     "arg", "sup", "inf", "lim", "Pr", "Im", "Re", "ker", "dim", "span", "sgn", "card"}
)  # fmt: skip
BRACKETED = frozenset({"E", "P", "V"})  # operators only with square brackets
INDICATORS = frozenset({"\\mathbb{1}", "\\mathbf{1}", "\\mathds{1}"})


def inner_of(left: Layout) -> Layout | None:
    """Return X of a left side `\\log X`."""
    if (
        isinstance(left, Row)
        and len(left.items) >= 2
        and isinstance(left.items[0], Word)
        and left.items[0].text in ("log", "\\log", "ln", "\\ln")
    ):
        rest = left.items[1:]
        return rest[0] if len(rest) == 1 else Row(rest, span=left.span)
    return None


def application_of(left: Layout) -> tuple[Layout, Group] | None:
    """Return name and brackets of a left side `f(x)`."""
    if not isinstance(left, Row) or len(left.items) != 2:
        return None
    name, group = left.items
    if isinstance(group, Group) and group.opening in ("(", "[") and function_key(name):
        return name, group
    return None


def is_name(left: Layout | None) -> bool:
    """Whether a left side is written as a name or an application, which could be defined."""
    if left is None:
        return False
    inner = inner_of(left)
    if inner is not None:
        return is_name(inner)
    applied = application_of(left)
    if applied is not None:
        usual = applied[1].opening == "[" and canonical(applied[0]) in BRACKETED
        return not usual and not _operator(applied[0]) and usual_base(applied[0]) is None
    if not isinstance(left, Name | Accent | Scripted) or _operator(left):
        return False
    return named_parts(left)[0] is not None and usual_base(left) is None


def is_new(context: Context, left: Layout) -> bool:
    """Whether a left side is a name that is not declared, not defined and not derived from one."""
    inner = inner_of(left)
    if inner is not None:
        return is_new(context, inner)
    if not is_name(left) or canonical(left) in context.indices or _derived(context, left):
        return False
    applied = application_of(left)
    if applied is None:
        return not _resolved(context, left)
    key = function_key(applied[0])
    known = key in context.functions or key in context.kinds
    return not known and not _resolved(context, applied[0])


def is_marked(context: Context, left: Layout) -> bool:
    """Whether a name has primes or labels, so that it may belong to a name that comes later."""
    applied = application_of(left)
    name = applied[0] if applied else left
    if not isinstance(name, Scripted):
        return False
    items = [canonical(item) for item in script_items(name.sub)]
    return name.primes > 0 or any(item not in context.indices for item in items)


def usual_base(left: Layout) -> str | None:
    r"""Return e, \pi, \delta or 1 where a name means what it does everywhere.

    >>> usual_base(Name("e")), usual_base(Scripted(Name("e"), Name("i")))
    ('e', None)
    """
    base, sub, sup = named_parts(left)
    items = script_items(sub)
    if base in ("e", "\\pi") and not items and (base == "e" or sup is None):
        return base
    if base == "\\delta" and len(items) == 2 and sup is None:
        return base
    return base if base in INDICATORS else None


def _operator(name: Layout) -> bool:
    """Whether a name is a known function, ∇, ∂ or a dot: what it gives cannot be defined."""
    base = name.base if isinstance(name, Scripted) else name
    if isinstance(base, Accent) and base.command in ("\\dot", "\\ddot"):
        return True
    key = canonical(base)
    return (
        isinstance(base, Word)
        or not OPERATORS.isdisjoint({key, key.lstrip("\\")})
        or (key.lstrip("\\") in FUNCTIONS)
    )


def _resolved(context: Context, layout: Layout) -> bool:
    """Whether a name is known, as a whole or as one that other indices are expected at."""
    if canonical(layout) in context.axis_names() and isinstance(layout, Name):
        return True
    try:
        return resolve(context, layout, Scope()) is not None
    except ShapeError:
        # \delta_j beside a \delta_k that the page defines over another range is a name of its own.
        base = named_parts(layout)[0]
        return any(s.base == base and s.kind != "defined" for s in context.symbols)
    except FormulaError:
        return True


def _derived(context: Context, left: Layout) -> bool:
    """Whether a name is a known one with primes, an order, or what it is differentiated by."""
    applied = application_of(left)
    name = applied[0] if applied else left
    if not isinstance(name, Scripted):
        return False
    key = canonical(name.base)
    function = key in context.functions or key in context.kinds
    if name.primes:
        return function or _known_symbol(context, key)
    if function and applied and name.sup is not None:
        return True
    return name.sub is not None and _by_subscript(context, key, name.sub)


def _known_symbol(context: Context, base: str) -> bool:
    return any(symbol.base == base for symbol in context.symbols)


def _by_subscript(context: Context, base: str, sub: Layout) -> bool:
    """Whether all subscripts are what a known function or defined symbol depends on: f_{xy}."""
    items = script_items(sub)
    keys = []
    for item in items:
        if canonical(item) in context.indices:
            return False
        found = _symbol_of(context, item)
        formals = {canonical(f) for d in context.functions.get(base, []) for f in d.formals}
        if found is None and canonical(item) not in formals:
            return False
        keys.append(found)
    if base in context.functions:
        return True
    own = {symbol.key for symbol in context.symbols if symbol.base == base}
    registry = Registry({k: found[-1] for k, found in context.definitions.items()})
    return any(
        all(key is not None and registry.moves(name, key) for key in keys)
        for name in own & context.definitions.keys()
    )


def _symbol_of(context: Context, item: Layout) -> str | None:
    try:
        found = resolve(context, item, Scope())
    except FormulaError:
        return None
    return found[0].tree.symbol if found and isinstance(found[0].tree, Entry) else None
