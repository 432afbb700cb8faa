"""Domains: plain data that prints itself, contains what it should, and lists simple values."""

import math

import numpy as np
import pytest

import verify
from verify import (
    booleans,
    choice,
    constant,
    integers,
    labels,
    nonnegative,
    onehot,
    positive,
    reals,
    simplex,
    unit_interval,
)
from verify.errors import DeclarationError

NAMES = {**{name: getattr(verify, name) for name in dir(verify)}, "inf": math.inf, "nan": math.nan}
DOMAINS = [
    reals(),
    reals("N D"),
    reals("N 3 K"),
    reals(4),
    reals("N D", -15, 15),
    reals("N", low=-3),
    reals("N", high=0.1 + 0.2),
    reals("N", -1e-300, 1e300),
    positive("N"),
    positive("N", 0.25),
    positive("N", high=1),
    positive("N", 0.001, 2),
    nonnegative("N"),
    nonnegative("N", 7),
    unit_interval("N K"),
    simplex("N K"),
    onehot("N 5"),
    labels("N", "K"),
    labels("N", 7),
    integers("N"),
    integers("N", -2, 5),
    integers("N", low=1),
    booleans("N"),
    choice([0.5, 3, -7], "N"),
    choice([1 / 3]),
    constant(2.5, "N"),
    constant(-1),
]


@pytest.mark.parametrize("domain", DOMAINS, ids=repr)
def test_domain_prints_itself(domain):
    assert eval(repr(domain), NAMES) == domain


def test_domain_is_plain_data():
    assert reals("N D") == reals("N D") != reals("D N")
    assert len({reals("N"), reals("N"), positive("N")}) == 2
    with pytest.raises(AttributeError):
        reals("N").kind = "positive"


@pytest.mark.parametrize(
    ("domain", "axes", "sizes"),
    [
        (reals(), (), ()),
        (reals("N 3 D"), ("N", "D"), (2, 3, 5)),
        (reals("D D"), ("D",), (5, 5)),
        (reals(4), (), (4,)),
        (labels("N", "D"), ("N", "D"), (2,)),
        (labels("N", 6), ("N",), (2,)),
    ],
    ids=repr,
)
def test_axes_and_sizes(domain, axes, sizes):
    assert domain.axes == axes
    assert domain.sizes({"N": 2, "D": 5}) == sizes


@pytest.mark.parametrize(
    ("domain", "inside", "outside"),
    [
        (reals("n"), [0, -1e300], [np.nan]),
        (reals("n", -1, 2), [-1, 2], [2.0000001]),
        (reals("n", -1, 2), [0, 0], [-1.0000001]),
        (positive("n"), [5e-300, 1], [0]),
        (positive("n", 1, 2), [1, 2], [0.5]),
        (nonnegative("n"), [0, 1], [-1e-300]),
        (nonnegative("n", 3), [0, 3], [4]),
        (unit_interval("n"), [0, 1], [1.1]),
        (simplex("m n"), [[0.25, 0.75], [1, 0]], [[0.5, 0.6]]),
        (simplex("m n"), [[0.1] * 10], [[1.5, -0.5]]),
        (onehot("m n"), [[0, 1], [1, 0]], [[0.5, 0.5]]),
        (onehot("m n"), [[1, 0, 0]], [[1, 1, 0]]),
        (onehot("m n"), [[1]], [[0, 0]]),
        (labels("m", 3), [0, 2], [0.5]),
        (labels("m", 3), [0, 1], [-1]),
        (labels("m", 3), [2], [3]),
        (integers("n", -2, 5), [-2, 5], [6]),
        (integers("n"), [0, -7], [0.5]),
        (booleans("n"), [0, 1], [2]),
        (choice([0.5, 3], "n"), [0.5, 3], [1]),
        (constant(2.5, "n"), [2.5], [2]),
    ],
    ids=lambda value: repr(value),
)
def test_contains(domain, inside, outside):
    assert domain.contains(np.array(inside, dtype=float))
    assert not domain.contains(np.array(outside, dtype=float))


@pytest.mark.parametrize(
    ("domain", "atoms"),
    [
        (reals(), [0, 1, -1, 2, -2]),
        (reals("", -1, 15), [0, 1, -1, 2]),
        (nonnegative(), [0, 1, 2]),
        (positive(), [1, 2]),
        (unit_interval(), [0, 1, 0.5]),
        (onehot("3"), [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        (labels("", 3), [0, 1, 2]),
        (labels("", "K"), [0, 1, 2, 3]),
        (integers("", 0, 1), [0, 1]),
        (booleans(), [0, 1]),
        (choice([7, 0.5]), [7, 0.5]),
        (constant(3), [3]),
    ],
    ids=lambda value: repr(value),
)
def test_simple_values_come_simplest_first(domain, atoms):
    listed = [np.asarray(atom).tolist() for atom in domain.atoms({"K": 4})]
    assert listed[: len(atoms)] == atoms


@pytest.mark.parametrize("domain", DOMAINS, ids=repr)
def test_simple_values_lie_in_the_domain(domain):
    axes = {"N": 2, "D": 3, "K": 4}
    atoms = domain.atoms(axes)
    assert atoms
    for atom in atoms:
        rows = np.broadcast_to(atom, domain.sizes(axes)) if not domain.by_rows else atom[None]
        assert domain.contains(np.asarray(rows, dtype=float))


def test_simplex_lists_vertices_and_midpoints():
    rows = [row.tolist() for row in simplex("2").atoms({})]
    assert rows == [[1, 0], [0, 1], [0.5, 0.5]]


@pytest.mark.parametrize("name", ["onehot", "labels", "integers", "booleans", "constant"])
def test_discrete_kinds_have_no_derivative(name):
    made = {"labels": lambda: labels("N", 2), "constant": lambda: constant(1, "N")}
    domain = made.get(name, lambda: getattr(verify, name)("N"))()
    assert not domain.differentiable


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: reals("N:1"), ["'N:1'", "name or a positive whole number"]),
        (lambda: reals("N 0"), ["'N 0'", "'0'", "positive whole number"]),
        (lambda: reals("2.5"), ["'2.5'"]),
        (lambda: reals(0), ["0", "positive whole number"]),
        (lambda: reals(-3), ["-3", "positive whole number"]),
        (lambda: reals(("N", "D")), ["('N', 'D')", "string of axis names", "'N D'"]),
        (lambda: reals("N", 2, 1), ["reals('N', low=2, high=1)", "low <= high"]),
        (lambda: reals("N", math.nan, 1), ["nan", "low <= high"]),
        (lambda: reals("N", math.inf), ["inf", "low <= high"]),
        (lambda: positive("N", -1), ["positive('N', low=-1", "low <= high"]),
        (lambda: positive("N", 0), ["positive('N', low=0"]),
        (lambda: nonnegative("N", -1), ["nonnegative('N'", "high=-1"]),
        (lambda: onehot(""), ["onehot('')", "at least one axis"]),
        (lambda: simplex(""), ["simplex('')", "at least one axis"]),
        (lambda: choice([]), ["choice([])", "at least one value"]),
        (lambda: labels("N", "K L"), ["'K L'", "classes"]),
        (lambda: labels("N", ""), ["''", "classes"]),
        (lambda: labels("N", 0), ["0"]),
        (lambda: reals("N", "a", 3), ["'a'"]),
        (lambda: integers("N", 0.2, 0.8), ["integers('N'", "0.2", "0.8"]),
    ],
)
def test_mistakes_are_said_at_once(call, words):
    with pytest.raises(DeclarationError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
    assert str(caught.value).endswith(".")
