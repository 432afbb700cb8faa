"""Products, sums and transposes of scalars, columns, rows and matrices, in entries."""

from collections.abc import Callable
from dataclasses import replace

from verify.formula import build
from verify.formula.context import Context, Typed, renamed
from verify.formula.source import ShapeError, Span
from verify.formula.tree import Add, Call, Const, Entry, Extent, Fold, Index, Mul, Num, Tree

COMPOSED = (Add, Call, Fold)
Combine = Callable[[Tree, Tree], Tree]


def product(context: Context, left: Typed, right: Typed, mark: str, span: Span) -> Typed:
    """Return the product by the rules of matrices; `\\odot` goes entry by entry.

    Raises `ShapeError` where the inner axes differ.
    """
    if left.scalar or right.scalar:
        array = right if left.scalar else left
        return Typed(build.mul(left.tree, right.tree, span=span), array.row, array.column)
    if mark in ("\\odot", "\\circ"):
        return elementwise(left, right, lambda a, b: build.mul(a, b, span=span), span)
    if left.column is None and right.row is None:
        return Typed(build.mul(left.tree, right.tree, span=span), left.row, right.column)
    if left.column is not None and right.row is not None:
        return _contracted(left, right, left.column, right.row, span)
    return _without_transposition(context, left, right, mark, span)


def _contracted(left: Typed, right: Typed, inner: Index, other: Index, span: Span) -> Typed:
    if inner.axis != other.axis:
        raise _unfit(left, right, "product", span, certain=inner.axis.base != other.axis.base)
    moved = renamed(right, inner, right.column)
    body = build.mul(left.tree, moved.tree, span=span)
    return Typed(build.total(inner, body, span=span), left.row, right.column)


def _without_transposition(
    context: Context, left: Typed, right: Typed, mark: str, span: Span
) -> Typed:
    """A column or row beside another one, or before a matrix."""
    one = left.row if left.column is None else left.column
    other = right.row if right.column is None else right.column
    if left.rank == right.rank == 1 and one and other and one.axis == other.axis:
        if mark != "\\cdot":
            way = ["the inner product of two vectors", "the product entry by entry"]
            # θ x is how some pages write an inner product; nobody means one by X^Ty b or a(1-a).
            if isinstance(left.tree, COMPOSED) or isinstance(right.tree, COMPOSED):
                context.unsure.append("two vectors stand side by side without a transpose")
            everywhere = context.choose(way, span, "all vectors", once=True)
            if everywhere or context.choose(way, span, "vectors"):
                return elementwise(left, right, lambda a, b: build.mul(a, b, span=span), span)
        upright = Typed(right.tree, other, None)
        return _contracted(Typed(left.tree, None, one), upright, one, other, span)
    if (
        left.rank == 1
        and right.rank == 2
        and left.row
        and right.row
        and left.row.axis == right.row.axis
    ):
        context.note("a vector before a matrix is read as a row", span, ambiguous=True)
        raise _unfit(left, right, "product", span, certain=False)
    explicit = right.rank == 1 and right.column is not None
    raise _unfit(left, right, "product", span, certain=explicit)


def _unfit(left: Typed, right: Typed, what: str, span: Span, *, certain: bool) -> ShapeError:
    return ShapeError(
        f"the shapes do not fit in this {what}: {left.shape()} and {right.shape()}",
        span,
        certain=certain,
    )


def elementwise(left: Typed, right: Typed, combine: Combine, span: Span) -> Typed:
    """Return the combination entry by entry of two arrays of one shape."""
    if _axes(left) != _axes(right):
        if left.rank == right.rank == 1 and _flat(left) == _flat(right):
            right = Typed(right.tree, right.column, right.row)
        else:
            raise _unfit(left, right, "sum", span, certain=False)
    moved = renamed(right, left.row, left.column)
    return Typed(combine(left.tree, moved.tree), left.row, left.column)


def _axes(typed: Typed) -> tuple[object, object]:
    return typed.row and typed.row.axis, typed.column and typed.column.axis


def _flat(typed: Typed) -> object:
    index = typed.row or typed.column
    return index and index.axis


def summed(context: Context, terms: list[tuple[int, Typed]], span: Span) -> Typed:
    """Return the sum of signed terms of one shape, raises `ShapeError` otherwise.

    A number is added to each entry of a vector; to a matrix it may mean a multiple of 1, as well.
    """
    found: Typed | None = None
    for sign, term in terms:
        signed = term if sign > 0 else Typed(build.negative(term.tree), term.row, term.column)
        if found is None:
            found = signed
        elif found.scalar != term.scalar:
            number, vector = (found, signed) if found.scalar else (signed, found)
            if vector.rank != 1 or not _plain(number.tree):
                raise _unfit(found, term, "sum", span, certain=False)
            context.note("a number and a vector are added entry by entry", span)
            tree = build.add(found.tree, signed.tree, span=span)
            found = Typed(tree, vector.row, vector.column)
        else:
            found = elementwise(found, signed, lambda a, b: build.add(a, b, span=span), span)
    assert found is not None
    return Typed(_spanned(found.tree, span), found.row, found.column)


def _plain(tree: Tree) -> bool:
    """Whether a scalar is a number or the name of one, not the product of two vectors."""
    if isinstance(tree, Mul):
        return all(map(_plain, tree.factors))
    return isinstance(tree, Num | Const | Extent) or (isinstance(tree, Entry) and not tree.at)


def _spanned(tree: Tree, span: Span) -> Tree:
    return replace(tree, span=span)


def transposed(typed: Typed) -> Typed:
    """Return the transpose; of a scalar, itself."""
    return Typed(typed.tree, typed.column, typed.row)
