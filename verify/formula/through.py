"""What a page defines from a formal, filled in: f(a) and f'(a) reach through u = 3b to b.

A function is read with placeholders for its formals. A symbol of the page that depends on one of
them is filled in as it is defined, so that it moves with the argument as well.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from verify.formula.context import Context, Scope, Typed
from verify.formula.differentiate import Registry, expanded
from verify.formula.layout import Layout
from verify.formula.names import resolve
from verify.formula.source import FormulaError, Span
from verify.formula.tree import Derivative, Entry, Index, Tree
from verify.formula.walk import rebuilt, substituted, walk

MAX_FILLED = 20_000  # nodes of one body with the definitions in it
WAYS = ["a function of all that is defined from its argument", "a function of its argument alone"]


@dataclass(frozen=True)
class Formal:
    """A symbol of the page that is an argument: how it is written, what stands for it."""

    own: Entry
    whole: bool
    place: Entry


def formal_of(context: Context, layout: Layout, actual: Typed) -> Formal | None:
    """Return a formal with a placeholder in the shape of its argument; None if it is no symbol."""
    with suppress(FormulaError):
        found = resolve(context, layout, Scope())
        if found is None or found[1] is not None or not isinstance(found[0].tree, Entry):
            return None
        axes = tuple(index for index in (actual.row, actual.column) if index)
        ends = {index for index in (found[0].row, found[0].column) if index}
        whole = set(found[0].tree.at) == ends and len(axes) == len(ends)
        context.serial += 1
        place = Entry(f"formal {found[0].tree.symbol} {context.serial}", axes)
        return Formal(found[0].tree, whole, place)
    return None


def moving(context: Context, symbol: str) -> bool:
    """Whether the page defines anything from a symbol."""
    registry = registry_of(context)
    return any(registry.moves(key, symbol) for key in context.definitions if key != symbol)


def registry_of(context: Context) -> Registry:
    """Return the definitions of the page, the last one of each name."""
    return Registry({key: found[-1] for key, found in context.definitions.items()})


def filled(
    context: Context, tree: Tree, formals: Mapping[str, Formal], span: Span, *, choice: bool = True
) -> Tree:
    """Return a body with all that is defined from its formals filled in, in their placeholders."""
    fill = _Fill(context, registry_of(context), formals)
    fill.all = any(isinstance(node, Derivative) for node in walk(tree))
    found = fill.tree(tree)
    if not fill.moved:
        return found if fill.all else tree
    if choice and context.choose(WAYS, span, "function through", once=True):
        return tree
    return found


@dataclass
class _Fill:
    context: Context
    registry: Registry
    formals: Mapping[str, Formal]
    all: bool = False  # a derivative is worked out at once, so that nothing may be left in it
    moved: bool = False
    nodes: int = 0

    def tree(self, tree: Tree) -> Tree:
        self.nodes += 1
        if self.nodes > MAX_FILLED:
            raise FormulaError("this function grows too large when read", tree.span, "too large")
        if isinstance(tree, Derivative) and tree.wrt.symbol in self.registry.definitions:
            raise FormulaError(
                f"a derivative by {tree.wrt.symbol} is not worked out inside a function",
                tree.span,
                "derivative inside a function",
            )
        if not isinstance(tree, Entry):
            return rebuilt(tree, self.tree)
        if tree.symbol in self.formals:
            return self._formal(tree, self.formals[tree.symbol])
        moves = any(self.registry.moves(tree.symbol, key) for key in self.formals)
        if tree.symbol not in self.registry.definitions or not (moves or self.all):
            return rebuilt(tree, self.tree)
        self.moved |= moves
        known = self.context.definitions[tree.symbol]
        if len(known) > 1:
            self.context.unsure.append(f"{tree.symbol} is defined more than once")
        indices = dict(zip(known[-1].indices, map(self.tree, tree.at), strict=True))
        return substituted(self.tree(known[-1].tree), indices)

    def _formal(self, tree: Entry, formal: Formal) -> Tree:
        if formal.whole:
            return Entry(formal.place.symbol, tuple(map(self.tree, tree.at)), span=tree.span)
        if tree.at == formal.own.at:
            return formal.place
        raise FormulaError(
            f"{tree.symbol} stands in the definitions at other indices than the argument has",
            tree.span,
            "argument that is an entry",
        )


def put_in(tree: Tree, formals: Mapping[str, Formal], actuals: Mapping[str, Tree]) -> Tree:
    """Work out the derivatives in a body, then put the arguments in place of its placeholders."""
    places = {formal.place.symbol: (formal.place, actuals[key]) for key, formal in formals.items()}

    def put(part: Tree) -> Tree:
        if not isinstance(part, Entry) or part.symbol not in places:
            return rebuilt(part, put)
        formal, actual = places[part.symbol]
        indices = [index for index in formal.at if isinstance(index, Index)]
        return substituted(actual, dict(zip(indices, map(put, part.at), strict=True)))

    return put(expanded(tree, {}) if any(isinstance(n, Derivative) for n in walk(tree)) else tree)
