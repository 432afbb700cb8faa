"""Random trees, rewritten by right and wrong rules: what balls tell apart is never accepted."""

import random

import pytest
from formal import PAGE, SYSTEMS

from verify.formula import build
from verify.formula.balls import BALLS
from verify.formula.formal import identical
from verify.formula.source import FormulaError
from verify.formula.tree import Add, Axis, Call, Entry, Index, Mul, Pow
from verify.formula.walk import parts, rebuilt, walk

HALF = build.number(build.ONE.value / 2)
TWO = build.number(2)


def pieces(tree):
    return parts(tree) if isinstance(tree, Add | Mul) else (tree,)


def root(tree):
    return Pow(tree, HALF)


def inverse(tree):
    return build.power(tree, build.number(-1))


# Rules as a person applies them: some always hold, some where something is positive, some nowhere.
RULES = {
    "exp": [
        lambda a: Call("exp", build.negative(a)),
        lambda a: inverse(Call("exp", build.negative(a))),
        lambda a: build.mul(*(Call("exp", piece) for piece in pieces(a))),
        lambda a: build.power(Call("exp", build.mul(HALF, a)), TWO),
    ],
    "log": [
        lambda a: build.add(*(Call("log", piece) for piece in pieces(a))),
        lambda a: build.negative(Call("log", inverse(a))),
        lambda a: build.mul(HALF, Call("log", build.mul(a, a))),
    ],
    "tanh": [
        lambda a: build.add(build.mul(TWO, Call("logistic", build.mul(TWO, a))), build.number(-1)),
        lambda a: build.over(Call("sinh", a), Call("cosh", a)),
        lambda a: build.negative(Call("tanh", a)),
    ],
    "sin": [
        lambda a: root(build.add(build.ONE, build.negative(build.power(Call("cos", a), TWO)))),
        lambda a: build.mul(Call("cos", a), Call("tan", a)),
    ],
    "root": [
        lambda a: build.mul(*map(root, pieces(a))),
        lambda a: build.add(*map(root, pieces(a))),
        lambda a: build.negative(root(a)),
        lambda a: Call("exp", build.mul(HALF, Call("log", a))),
        lambda a: build.mul(a, inverse(root(a))),
        lambda a: inverse(root(inverse(a))),
    ],
    "any": [
        lambda a: root(build.mul(a, a)),
        lambda a: build.power(root(a), TWO),
        lambda a: Call("exp", Call("log", a)),
        lambda a: Call("log", Call("exp", a)),
        lambda a: build.negative(a),
        lambda a: build.add(a, a, build.negative(a)),
        lambda a: Call("exp", build.mul(HALF, Call("log", build.power(a, TWO)))),
    ],
}
FREE = Index("i", Axis("D"))


def leaf(dice):
    scalar = dice.choice([Entry("u"), Entry("s"), TWO, build.number(-1), Entry("c")])
    name = dice.choice(["x_{i}", "w_{i}", "p_{i}", "r_{i}"])
    return dice.choice([scalar, Entry(name, (FREE,))])


def grown(dice, depth):
    """A random tree over D."""
    if depth == 0:
        return leaf(dice)
    kind = dice.choice(["add", "mul", "mul", "exp", "log", "tanh", "sin", "root", "inverse", "sum"])
    first = grown(dice, depth - 1)
    if kind in ("add", "mul"):
        return getattr(build, kind)(first, grown(dice, dice.randrange(depth)))
    if kind == "sum":
        bound = Index("j", Axis("D"), dice.randrange(1, 10**9))
        return build.total(bound, rebound(first, bound))
    return {"root": root, "inverse": inverse}.get(kind, lambda a: Call(kind, a))(first)


def rebound(tree, index):
    if tree == FREE:
        return index
    return rebuilt(tree, lambda part: rebound(part, index))


def rewritten(tree, place, dice):
    """The tree with one rule applied to the node at a place, in the order of `walk`."""
    nodes = [node for node in walk(tree) if not isinstance(node, Index)]
    chosen = nodes[place % len(nodes)]
    kind, inside = "any", chosen
    if isinstance(chosen, Call) and chosen.function in RULES and dice.random() < 0.8:
        kind, inside = chosen.function, chosen.argument
    elif isinstance(chosen, Pow) and chosen.exponent == HALF and dice.random() < 0.8:
        kind, inside = "root", chosen.base
    changed = dice.choice(RULES[kind])(inside)

    def change(node):
        return changed if node is chosen else rebuilt(node, change)

    return change(tree)


def proved_different(left, right):
    """Whether disjoint balls at some point show that two trees differ."""
    for seed in range(4):
        at = PAGE.at({"D": 3}, BALLS, seed)
        for x, y in zip(at.array(left, [FREE]).flat, at.array(right, [FREE]).flat, strict=True):
            difference = x - y
            if difference.is_finite() and not difference.contains(0):
                return True
    return False


def accepted(left, right, system):
    try:
        return identical(left, right, [FREE], PAGE.at({"D": 3}, system))
    except FormulaError:
        return False


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_random_trees_that_differ_are_never_accepted(first):
    shown = differing = 0
    for seed in range(first, first + 100):
        dice = random.Random(seed)
        tree = grown(dice, dice.randrange(1, 5))
        other = rewritten(tree, dice.randrange(100), dice)
        same = [accepted(tree, other, system()) for system in SYSTEMS]
        different = proved_different(tree, other)
        assert not (different and any(same)), (seed, tree, other)
        shown += any(same)
        differing += different
    assert shown > 15
    assert differing > 15
