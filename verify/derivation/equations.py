"""Equations that claim nothing for all values: updates, constraints, equations to be solved."""

from collections.abc import Sequence

from verify.derivation.again import named
from verify.derivation.charity import is_zero
from verify.derivation.sides import Question
from verify.derivation.steps import Read
from verify.formula.context import Typed
from verify.formula.layout import Scripted
from verify.formula.symbols import canonical
from verify.formula.tree import Add, Derivative, Entry, Num, Tree
from verify.formula.walk import walk

ANY = frozenset({"C", "const"})  # names that pages have for any constant
ONE_SIDED = frozenset({"spd", "symmetric", "antisymmetric", "lower"})  # entries that move together


def meant(question: Question) -> str:
    """Say what a step that does not hold may be, if not a claim; empty if it claims something."""
    return _assigned(question) or _in_some_cases(question) or _by_matrix(question)


def constrains(question: Question) -> str:
    """Say so if a step that does not hold may be an equation that is to hold; else empty."""
    chain, start = question.read.chain, question.pair[0]
    left, right = question.sides
    if is_zero(left) or is_zero(right):
        return "not true for all values: an equation to be solved?"
    if start == 0 and _declared(question) is not None:
        return f"not true for all values: an equation for {_declared(question)}?"
    if chain.follows:
        return "not true for all values: it may follow from the equation before it"
    if derives(left) or derives(right):
        return ""
    if len(chain.sides) == 2 and (isinstance(left.tree, Num) or isinstance(right.tree, Num)):
        return "not true for all values: a constraint?"
    at = question.worlds[0]
    for one, other in ((left, right), (right, left)):
        name = one.tree.symbol if isinstance(one.tree, Entry) else ""
        free = name and name not in at.registry.definitions
        if free and not at.registry.tree_moves(other.tree, name):
            return f"not true for all values: a constraint on {name}?"
    return ""


def derives(side: Typed) -> bool:
    """Whether there is a derivative in a side."""
    return any(isinstance(node, Derivative) for node in walk(side.tree))


def _declared(question: Question) -> str | None:
    """Return the declared symbol that the first side is, at indices of its own."""
    found = named(question.context, question.read.chain.sides[0].layout)
    if found is None or found.entry.symbol in question.context.definitions:
        return None
    return found.entry.symbol


def _assigned(question: Question) -> str:
    chain, (start, end) = question.read.chain, question.pair
    if any(chain.defining[start:end]):
        return "an assignment, not a claim"
    left = chain.sides[0].layout
    if start == 0 and isinstance(left, Scripted) and left.primes and not left.sup:
        return f"{canonical(left)} may be a name of its own: it is not declared"
    found = named(question.context, left) if start == 0 else None
    if found is None:
        return ""
    again = question.worlds[0].registry.tree_moves(question.right.tree, found.entry.symbol)
    return "an update, not a claim: the name is on both sides" if again else ""


def _in_some_cases(question: Question) -> str:
    said = question.read.chain.remarks
    return f"what stands beside it may say when it holds: {said[0]}" if said else ""


def _by_matrix(question: Question) -> str:
    """Say so if something is differentiated by a symmetric matrix, where conventions differ."""
    kinds = {symbol.key: symbol.kind for symbol in question.context.symbols}
    for side in question.sides:
        for node in walk(side.tree):
            if isinstance(node, Derivative) and kinds.get(node.wrt.symbol) in ONE_SIDED:
                kind = kinds[node.wrt.symbol]
                return (
                    f"derivatives by a matrix that is {kind} are defined in several ways: "
                    f"{node.wrt.symbol} with all entries free, or those that move together"
                )
    return ""


def constant(question: Question, reads: Sequence[Read]) -> str:
    """Say so if a declared number that is only ever added to a side may be any constant."""
    sides = [side for read in reads for side in read.sides if isinstance(side, Typed)]
    for side in question.sides:
        for term in _terms(side.tree):
            if (
                not isinstance(term, Entry)
                or term.symbol not in ANY
                or not _is_free(question, term.symbol)
            ):
                continue
            if all(_only_added(other.tree, term.symbol) for other in sides):
                return f"{term.symbol} is only ever added: equal up to a constant?"
    return ""


def _is_free(question: Question, key: str) -> bool:
    at = question.worlds[0]
    moved = (name for name in question.context.definitions if at.registry.moves(name, key))
    return key not in question.context.definitions and not any(moved)


def _terms(tree: Tree) -> tuple[Tree, ...]:
    return tree.terms if isinstance(tree, Add) else ()


def _only_added(tree: Tree, key: str) -> bool:
    """Whether a symbol stands in a tree at most as a term of the whole."""
    others = [term for term in _terms(tree) or (tree,) if term != Entry(key)]
    return not any(isinstance(n, Entry) and n.symbol == key for o in others for n in walk(o))
