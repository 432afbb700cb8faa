"""Single edits of a formula: each a new tree, and the source text that would be printed for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from verify.formula import build
from verify.formula.source import Span
from verify.formula.symbols import Symbol
from verify.formula.tree import (
    Add,
    Axis,
    Call,
    Compare,
    Derivative,
    Entry,
    Extent,
    Fold,
    Index,
    Mul,
    Num,
    Pow,
    Tree,
)
from verify.formula.walk import binds, free, parts, rebuilt


@dataclass(frozen=True)
class Edit:
    """Replace the source at `span` by `text`; `tree` is the formula after it."""

    span: Span
    text: str
    what: str
    tree: Tree


Place = Callable[[Tree], Tree]  # puts a node back where it was found


def edits(
    tree: Tree, source: str, symbols: Sequence[Symbol], sizes: Sequence[str]
) -> Iterator[Edit]:
    """Yield every single edit that is tried, the likeliest slips first.

    Signs, exponents, indices, bounds of sums, lost or added factors, swapped symbols of one shape;
    then factors −1, 2, 1/2, N and 1/N in front of the whole.
    """
    for node, scope, put in _nodes(tree, tuple(sorted(free(tree), key=repr)), lambda new: new):
        if node.span.end > node.span.start:
            for found in _of_node(node, scope, source, symbols):
                yield replace(found, tree=put(found.tree))
    yield from _of_whole(tree, source, sizes)


def _nodes(
    tree: Tree, scope: tuple[Index, ...], put: Place
) -> Iterator[tuple[Tree, tuple[Index, ...], Place]]:
    """Yield each node with the indices in scope there, and how to put another in its place."""
    yield tree, scope, put
    inner = (*scope, *binds(tree))
    for place, part in enumerate(parts(tree)):
        if isinstance(tree, Derivative) and place == 1:
            continue  # what a derivative is by

        def put_part(new: Tree, place: int = place, tree: Tree = tree) -> Tree:
            counter = iter(range(len(parts(tree))))
            return put(rebuilt(tree, lambda old: new if next(counter) == place else old))

        yield from _nodes(part, inner, put_part)


def _of_node(
    node: Tree, scope: tuple[Index, ...], source: str, symbols: Sequence[Symbol]
) -> Iterator[Edit]:
    written = source[node.span.start : node.span.end]
    match node:
        case Call("exp", argument) if argument.span.end > argument.span.start:
            yield _negated(argument, source, "the sign of the exponent", node)
        case Add():
            yield from _signs(node, source)
        case Pow(base, Num(value)) if base.span.end > base.span.start:
            yield from _powers(node, base, value, source)
        case Mul(factors):
            yield from _factors(node, factors, source)
        case Fold(condition=Tree() as condition):
            yield from _bounds(node, condition)
        case Index():
            yield from _letters(node, scope, written)
        case Entry():
            yield from _names(node, scope, symbols, written)
            if any(s.key == node.symbol and s.labels is not None for s in symbols):
                return
            one_less = build.add(build.number(1), build.negative(node))
            yield Edit(node.span, f"(1 - {written})", "1 minus a factor", one_less)
            square = build.power(node, build.number(2))
            yield Edit(node.span, f"{{{written}}}^2", "a lost square", square)


def _negated(argument: Tree, source: str, what: str, call: Call) -> Edit:
    written = source[argument.span.start : argument.span.end]
    bare = written.lstrip()
    if bare.startswith("-"):
        text = bare[1:].lstrip()
    else:
        text = f"-({written})" if isinstance(argument, Add) else f"-{written}"
    new = replace(call, argument=build.negative(argument))
    return Edit(argument.span, text, what, new)


def _signs(node: Add, source: str) -> Iterator[Edit]:
    """The sign of one term, where it stands in the source before the term."""
    for place, term in enumerate(node.terms):
        start = _start(term)
        if start is None:
            continue
        before = start - 1
        while before > node.span.start and source[before] in " \n\t&({[":
            before -= 1
        terms = list(node.terms)
        terms[place] = build.negative(term)
        new = Add(tuple(terms), span=node.span)
        if source[before] in "+-" and before >= node.span.start:
            other = "-" if source[before] == "+" else "+"
            yield Edit(Span(before, before + 1), other, "the sign of a term", new)
        elif place == 0:
            yield Edit(Span(start, start), "-", "the sign of a term", new)


def _start(tree: Tree) -> int | None:
    starts = [part.span.start for part in (tree, *parts(tree)) if part.span.end > part.span.start]
    return min(starts) if starts else None


def _powers(node: Pow, base: Tree, value: Fraction, source: str) -> Iterator[Edit]:
    written = source[base.span.start : base.span.end]
    if value == -1:
        # A denominator: squared, or with its square lost
        square = replace(node, exponent=build.number(-2))
        yield Edit(base.span, f"({written})^2", "a square in the denominator", square)
        return
    if node.span.end <= node.span.start:
        return
    for other in (-value, Fraction(1), value + 1, value - 1):
        if other not in (value, 0):
            text = written if other == 1 else f"{{{written}}}^{{{other}}}"
            yield Edit(node.span, text, "the power", build.power(base, build.number(other)))


def _factors(node: Mul, factors: Sequence[Tree], source: str) -> Iterator[Edit]:
    for place, factor in enumerate(factors):
        rest = [*factors[:place], *factors[place + 1 :]]
        if factor.span.end > factor.span.start and rest:
            whole = (
                source[factor.span.start - 1 :][:1] == "{" and source[factor.span.end :][:1] == "}"
            )
            text = "1" if whole else ""  # \\frac{r}{s} without r is \\frac{1}{s}
            yield Edit(factor.span, text, "one factor too many", build.mul(*rest, span=node.span))
        if isinstance(factor, Num) and factor.span.end > factor.span.start:
            for other in (1, 2, 3, Fraction(1, 2)):
                if other != factor.value:
                    new = build.mul(build.number(other), *rest, span=node.span)
                    yield Edit(factor.span, str(other), "a constant", new)
        if isinstance(factor, Pow) and isinstance(factor.exponent, Num):
            inner = factor.base
            if factor.exponent.value == -1 and isinstance(inner, Pow) and inner.span.end:
                inside = source[inner.base.span.start : inner.base.span.end]
                new = build.mul(*rest, build.power(inner.base, build.number(-1)), span=node.span)
                if inside:
                    yield Edit(inner.span, inside, "a square too many", new)


def _bounds(node: Fold, condition: Tree) -> Iterator[Edit]:
    """An upper bound that is an index, read as the size of its axis."""
    if isinstance(condition, Compare) and isinstance(condition.right, Index):
        span = condition.span if condition.span.end else condition.right.span
        new = replace(node, condition=None)
        yield Edit(span, str(node.index.axis), "the upper bound of the sum", new)


def _letters(node: Index, scope: Sequence[Index], written: str) -> Iterator[Edit]:
    for other in dict.fromkeys(scope):
        if other.axis.base == node.axis.base and other.letter != node.letter:
            new = replace(other, span=node.span)
            yield Edit(node.span, other.letter, f"index {node.letter}", new)


def _names(
    node: Entry, scope: Sequence[Index], symbols: Sequence[Symbol], written: str
) -> Iterator[Edit]:
    own = next((symbol for symbol in symbols if symbol.key == node.symbol), None)
    if own is None:
        return
    if own.labels is not None:
        for other in dict.fromkeys(scope):
            if other.axis.base == own.labels.base:
                new = replace(other, span=node.span)
                yield Edit(node.span, other.letter, "the index", new)
        return
    if len(node.at) == 2 and own.axes[0] == own.axes[1] and node.at[0] != node.at[1]:
        swapped = replace(node, at=(node.at[1], node.at[0]))
        yield Edit(node.span, f"{{{written}}}^T", "the order of the indices", swapped)
    for symbol in symbols:
        at = _reordered(node.at, own.axes, symbol.axes)
        if symbol.key == own.key or at is None or symbol.labels is not None:
            continue
        text = written.replace(own.base, symbol.base, 1)
        if text != written:
            yield Edit(node.span, text, "the symbol", replace(node, symbol=symbol.key, at=at))


def _reordered(
    at: tuple[Tree, ...], own: tuple[Axis, ...], other: tuple[Axis, ...]
) -> tuple[Tree, ...] | None:
    """Return the indices in the order of another symbol's axes; None if it has other axes."""
    if own == other:
        return at
    if len(set(own)) < len(own) or set(own) != set(other) or len(own) != len(other):
        return None
    return tuple(at[own.index(axis)] for axis in other)


def _of_whole(tree: Tree, source: str, sizes: Sequence[str]) -> Iterator[Edit]:
    """Factors in front of the whole; a sum gets brackets."""
    written = source[tree.span.start : tree.span.end]
    factors: list[tuple[Tree, str, str]] = [
        (build.number(-1), "-", "the sign of the whole"),
        (build.number(2), "2", "a factor 2"),
        (build.number(Fraction(1, 2)), r"\frac{1}{2}", "a factor 1/2"),
    ]
    for size in sizes:
        extent = Extent(Axis(size))
        factors.append((extent, size, f"a factor {size}"))
        share = build.power(extent, build.number(-1))
        factors.append((share, rf"\frac{{1}}{{{size}}}", f"a factor 1/{size}"))
    for factor, text, what in factors:
        new = build.mul(factor, tree)
        if isinstance(tree, Add) or written.lstrip().startswith("-"):
            yield Edit(tree.span, f"{text}({written})", what, new)
        else:
            joint = " " if text[-1:].isalpha() else ""
            yield Edit(Span(tree.span.start, tree.span.start), text + joint, what, new)
