"""What a page says beside its chains: values, conditions and constraints that a step may rest on.

None of it is taken for the whole page. A step is called wrong only if it is wrong under each.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from verify.derivation.chains import Chain
from verify.derivation.conditions import Under, conditioned, masked, unwrapped, with_entries
from verify.derivation.equations import constrains, derives
from verify.derivation.sides import Question
from verify.derivation.steps import Read
from verify.derivation.worlds import World
from verify.formula import build
from verify.formula.context import Context, Scope, Typed
from verify.formula.layout import Layout, Relation
from verify.formula.layout import walk as walk_layout
from verify.formula.source import FormulaError, Span
from verify.formula.symbols import canonical
from verify.formula.tree import Axis, Compare, Entry, Tree
from verify.formula.walk import free, walk

MAX_SAID = 12  # conditions of a page that a step is tried under, the nearest ones
BEFORE = 600  # characters of prose before a chain that may say which case it is about
CASES = re.compile(
    r"\b(cases?|diagonal|equal|unequal|same|different|distinct|otherwise|coincide)\b|\\neq?\b|≠",
    re.IGNORECASE,
)

SIGNS = re.compile(r"\b(non-?)?(positive|negative)\b|\b(greater|larger|less|smaller)\b", re.I)
SOLVING = re.compile(
    r"\bset(ting)?\b.{0,60}(\bzero\b|\b0\b|\bequal)|\bsolv(e|es|ing)\b|\bsubject to\b"
    r"|\bconstrain|\bnormal equations?\b|\bstationary\b|\boptimality\b|\bvanish"
    r"|\bat (the|a) (opti|mini|maxi)mum",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Constraint:
    """An equation that does not hold for all values, with the declared symbols it is about."""

    span: Span
    symbols: frozenset[str]


@dataclass(frozen=True)
class Said:
    """A condition that the page names: everywhere, or `within` the display that it stands in."""

    layout: Layout
    within: Span | None = None


@dataclass
class Page:
    """What judging one page carries along: its text, and what it says where."""

    context: Context
    text: str
    said: Sequence[Said] = ()
    several: frozenset[str] = frozenset()  # names with more definitions than are tried
    constraints: list[Constraint] = field(default_factory=list)
    reads: Sequence[Read] = ()

    def doubt(self, question: Question) -> str:
        """Say on which doubtful name a step rests; empty if on none."""
        registry = question.worlds[0].registry
        reasons = {**dict.fromkeys(self.several, SEVERAL), **self.context.doubtful}
        for key, reason in reasons.items():
            if any(registry.tree_moves(side.tree, key) for side in question.sides):
                return reason
        return ""

    def doubted(self, at: World, sides: Sequence[Layout | None]) -> str:
        """Say which doubtful name sides use that are not read, so that no tree tells it."""
        for key, reason in self.context.doubtful.items():
            moved = {s.base for s in self.context.symbols if at.registry.moves(s.key, key)} | {key}
            names = (node for side in sides if side is not None for node in walk_layout(side))
            if any(canonical(node) in moved for node in names):
                return reason
        return ""

    def constrained(self, question: Question) -> bool:
        """Whether an equation before a step that is to hold is about the same symbols."""
        registry = question.worlds[0].registry
        start = question.read.chain.span.start
        return any(
            registry.tree_moves(side.tree, key)
            for constraint in self.constraints
            if constraint.span.start <= start
            for side in question.sides
            for key in constraint.symbols
        )

    def constrain(self, question: Question) -> None:
        """Keep a step that is an equation to hold, for the steps behind it."""
        registry = question.worlds[0].registry
        reached = frozenset(
            symbol.key
            for symbol in self.context.symbols
            if any(registry.tree_moves(side.tree, symbol.key) for side in question.sides)
        )
        self.constraints.append(Constraint(question.read.chain.span, reached))


SEVERAL = "the page gives more combinations of definitions than are tried"


def elsewhere(page: Page, question: Question) -> str:
    """Say what on the page may make a step right that does not hold for all values."""
    reason = constrains(question)
    if reason:
        page.constrain(question)
        return reason
    return (
        _after(page, question)
        or _under(page, question)
        or _case(page, question)
        or _signs(page, question)
    )


def is_case(layout: Layout, indices: Mapping[str, Axis]) -> bool:
    """Whether a condition compares indices: such a case often goes on in the next display."""
    layout = unwrapped(layout)
    return isinstance(layout, Relation) and all(canonical(x) in indices for x in layout.sides)


def values_of(context: Context, chains: Sequence[Chain]) -> Iterator[Said]:
    """Yield what chains say of declared symbols and sizes: `x_1 = 0`, `K = 2`, `x = y = 0`."""
    for chain in chains:
        *names, value = [side.layout for side in chain.sides]
        for name in names:
            if name is None or value is None:
                continue
            if canonical(name) in context.axis_names() or _is_entry(context, name):
                yield Said(Relation((name, value), ("=",), span=chain.span))


def _is_entry(context: Context, left: Layout) -> bool:
    try:
        found = context.read(context, left, Scope()).tree
    except FormulaError:
        return False
    return isinstance(found, Entry) and found.symbol not in context.definitions


def _after(page: Page, question: Question) -> str:
    """Say so if a constraint before a step is about the same symbols."""
    if any(derives(side) for side in question.sides):
        return ""
    if SOLVING.search(_before(page, question)):
        return "not true for all values: an equation to be solved, by the words before it?"
    if page.constrained(question):
        return "not true for all values: it may follow from an equation before it"
    return ""


def _under(page: Page, question: Question) -> str:
    """Say under which condition of the page a step holds."""
    start = question.read.chain.span.start
    about = (s.layout for s in page.said if not s.within or s.within.start <= start < s.within.end)
    nearest = sorted(dict.fromkeys(about), key=lambda layout: abs(layout.span.start - start))
    said = sorted(nearest[:MAX_SAID], key=lambda layout: layout.span.start)
    groups: list[tuple[Layout, ...]] = [(one,) for one in said]
    groups += [*itertools.pairwise(said), tuple(said)] if len(said) > 1 else []
    for group in groups:
        if _holds_under(question, group):
            words = ", ".join(_written(page, layout) for layout in group)
            return (
                f"it holds where {words}, as the page says: what holds for one chain is declared "
                "under [given]"
            )
    return ""


def _before(page: Page, question: Question) -> str:
    start = question.read.chain.span.start
    return page.text[max(0, start - BEFORE) : start]


def _written(page: Page, layout: Layout) -> str:
    return " ".join(page.text[layout.span.start : layout.span.end].split())


def _holds_under(question: Question, group: Sequence[Layout]) -> bool:
    """Whether a step holds under conditions: at the entries they name, at all, or only there."""
    context, worlds = question.context, question.worlds
    ways: tuple[Callable[[], Under], ...] = (
        lambda: conditioned(context, worlds, group),
        lambda: conditioned(context, worlds, group, everywhere=True),
        lambda: masked(context, worlds, group),
    )
    for way in ways:
        with suppress(FormulaError):
            under = way()
            sides = [with_entries(under.worlds[0], side, under.entries) for side in question.sides]
            if _asked(question, under, sides).holds():
                return True
    return False


def _asked(question: Question, under: Under, sides: Sequence[Typed]) -> Question:
    condition = question.condition if under.condition is None else under.condition
    return replace(
        question, worlds=under.worlds, left=sides[0], right=sides[1], condition=condition
    )


def _signs(page: Page, question: Question) -> str:
    """Say so if a step holds for one sign of a symbol, and the prose speaks of signs."""
    if not SIGNS.search(_before(page, question)):
        return ""
    nodes = {n for side in question.sides for n in walk(side.tree) if isinstance(n, Entry)}
    own = [n for n in sorted(nodes, key=repr) if n.symbol not in page.context.definitions]
    for entry, operator in itertools.product(own[:MAX_SAID], (">", "<")):
        if replace(question, condition=Compare(operator, entry, build.number(0))).holds():
            return f"it holds where {entry.symbol} {operator} 0, as may be meant here"
    return ""


def _case(page: Page, question: Question) -> str:
    """Say so if a step holds for equal indices, or for unequal ones, and the prose tells cases."""
    own = page.text[question.read.chain.span.start : question.read.chain.span.end]
    if not CASES.search(_before(page, question) + own):
        return ""
    letters = sorted(set().union(*(free(side.tree) for side in question.sides)), key=repr)
    for one, other in itertools.combinations([i for i in letters if i.mark == 0], 2):
        for operator in ("=", "!=") if one.axis == other.axis else ():
            condition: Tree = Compare(operator, one, other)
            if replace(question, condition=condition).holds():
                sign = "≠" if operator == "!=" else "="
                return f"it holds where {one.letter} {sign} {other.letter}, as may be meant here"
    return ""
