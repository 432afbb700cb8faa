"""Sums that need less memory: deltas eliminated, constants moved out, brackets with deltas opened.

Used where executing a sum literally would need a large array. The rewritten tree is equal for all
values; the tests hold it against the literal one in integers mod p.
"""

from verify.formula import build
from verify.formula.tree import Add, Compare, Fold, Index, Mul, Tree, Truth
from verify.formula.walk import free, substituted, walk


def lean(tree: Tree) -> Tree:
    """Return an equal tree in which sums over a Kronecker delta are gone.

    Σ_k t_k (δ_jk − y_j) S x becomes S x (t_j − y_j Σ_k t_k): with N = 2048 and K = 1000 the array
    over n, j and k would have 2·10⁹ entries.
    """
    if not isinstance(tree, Fold) or tree.kind != "sum" or tree.condition is not None:
        return tree
    body = lean(tree.body)
    index = tree.index
    factors = list(body.factors) if isinstance(body, Mul) else [body]
    outer = [factor for factor in factors if index not in free(factor)]
    inner = [factor for factor in factors if index in free(factor)]
    if not inner:
        return Fold("sum", index, body, span=tree.span)
    return build.mul(*outer, _summed(index, inner, tree))


def _summed(index: Index, factors: list[Tree], tree: Fold) -> Tree:
    for place, factor in enumerate(factors):
        rest = factors[:place] + factors[place + 1 :]
        other = _partner(index, factor)
        if other is not None:
            return substituted(build.mul(*rest), {index: other})
        if isinstance(factor, Add) and any(_has_delta(index, term) for term in factor.terms):
            terms = [lean(Fold("sum", index, build.mul(term, *rest))) for term in factor.terms]
            return build.add(*terms)
    return Fold("sum", index, build.mul(*factors), span=tree.span)


def _partner(index: Index, factor: Tree) -> Index | None:
    """Return j for a factor δ_{ij} whose other index has the same range."""
    if not (isinstance(factor, Truth) and isinstance(factor.condition, Compare)):
        return None
    condition = factor.condition
    if condition.operator != "=":
        return None
    for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
        if one == index and isinstance(other, Index) and other.axis == index.axis:
            return other
    return None


def _has_delta(index: Index, term: Tree) -> bool:
    return any(_partner(index, node) is not None for node in walk(term))
