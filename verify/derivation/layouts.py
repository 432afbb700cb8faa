"""A scalar differentiated by a matrix: both layouts are usual, and a page may settle which it uses.

The layout read is that of the matrix; a step in the other one is equal up to a transpose.
"""

from collections.abc import Sequence
from dataclasses import replace

from verify.derivation.sides import Question
from verify.derivation.steps import Read
from verify.derivation.worlds import World
from verify.formula import shapes
from verify.formula.context import Context, Typed
from verify.formula.tree import Derivative, Index, Tree
from verify.formula.walk import rebuilt, walk


def other_layout(question: Question, reads: Sequence[Read]) -> str:
    """Say so if a step that does not hold would in the other layout, and none is settled."""
    if not _transposes(question) or _settled(question.context, question.worlds, reads):
        return ""
    return "equal up to a transpose: in the other layout of a derivative by a matrix it holds"


def _transposes(question: Question) -> bool:
    """Whether a step holds with its derivatives by matrices transposed."""
    left, right = question.sides
    if not any(_by_matrix(node) for side in (left, right) for node in walk(side.tree)):
        return False
    swapped = [replace(side, tree=_swapped(side.tree)) for side in (left, right)]
    if swapped != [left, right] and replace(question, left=swapped[0], right=swapped[1]).holds():
        return True
    both = left.rank == right.rank == 2
    return both and replace(question, right=shapes.transposed(right)).holds()


def _settled(context: Context, worlds: Sequence[World], reads: Sequence[Read]) -> bool:
    """Whether a page has steps in the layout that is read, and at most one in the other."""
    own = other = 0
    for read in reads:
        for start, (left, right) in enumerate(zip(read.sides, read.sides[1:], strict=False)):
            if not isinstance(left, Typed) or not isinstance(right, Typed):
                continue
            asked = Question(context, worlds, read, (start, start + 1), left, right, None)
            holds, transposes = asked.holds(), _transposes(asked)
            own += holds and not transposes and _derives(asked)
            other += transposes and not holds
    return own > 0 and other < 2


def _derives(question: Question) -> bool:
    """Whether a scalar is differentiated by a whole matrix in a step."""
    return any(_by_matrix(node) for side in question.sides for node in walk(side.tree))


def _by_matrix(node: Tree) -> bool:
    at = node.wrt.at if isinstance(node, Derivative) else ()
    return len(at) == 2 and all(isinstance(index, Index) and index.mark for index in at)


def _swapped(tree: Tree) -> Tree:
    """Return a tree with its derivatives by square matrices transposed."""
    found = rebuilt(tree, _swapped)
    if not isinstance(found, Derivative) or not _by_matrix(found):
        return found
    one, other = found.wrt.at
    assert isinstance(one, Index)
    assert isinstance(other, Index)
    square = one.axis == other.axis
    return replace(found, wrt=replace(found.wrt, at=(other, one))) if square else found
