"""The flagship is shown and refuted formally, and the chance of a false acceptance is bounded."""

import time

import pytest
from formal import PAGE, SYSTEMS, Page, axes_of

from verify.formula.degrees import degree_bound, false_accept
from verify.formula.formal import P, Polynomials, identical

FLAGSHIP = Page(
    r"""
    [indices]
    n = "N"
    i = "D"
    j = "K"
    k = "K"
    [symbols]
    'x_i^n' = "real"
    't_k^n' = "simplex k"
    '\theta_{ij}' = "real"
    """,
    [
        (r"a_j^n", r"\sum_{i=1}^D \theta_{ij}x_i^n"),
        (r"z_j^n", r"\frac{1}{1+e^{-a_j^n}}"),
        (r"y_k^n", r"\frac{e^{z_k^n}}{\sum_{j=1}^K e^{z_j^n}}"),
        ("E", r"-\sum_{n=1}^N\sum_{k=1}^K t_k^n\log y_k^n"),
    ],
)
TRUE = r"\frac{\partial E}{\partial \theta_{ij}}"
CLAIMED = (
    r"-\sum_{n=1}^N \sum_{k=1}^{K} t_k^n(\delta_{jk} - y_j^n)"
    r"\frac{e^{SIGNa_j^n}}{(1+e^{-a_j^n})^2}x_i^n"
)
REPAIRED, PUBLISHED = CLAIMED.replace("SIGN", "-"), CLAIMED.replace("SIGN", "")
SHORT = r"\sum_{n=1}^N (y_j^n-t_j^n) z_j^n(1-z_j^n)x_i^n"
LAST_LEFT_OUT = REPAIRED.replace("{K} t_k", "{K-1} t_k")


def small():
    return [({"N": 4, "D": 3, "K": 3}, SYSTEMS[0]), ({"N": 2, "D": 2, "K": 3}, Polynomials)]


@pytest.mark.parametrize(("extents", "system"), small())
def test_the_flagship(extents, system):
    assert FLAGSHIP.same(TRUE, REPAIRED, system(), extents)
    assert FLAGSHIP.same(TRUE, SHORT, system(), extents)
    assert not FLAGSHIP.same(TRUE, PUBLISHED, system(), extents)
    assert not FLAGSHIP.same(TRUE, LAST_LEFT_OUT, system(), extents)
    assert not FLAGSHIP.same(TRUE, SHORT.replace("t_j", "2t_j"), system(), extents)


def test_the_flagship_is_fast():
    sides = FLAGSHIP.tree(TRUE), FLAGSHIP.tree(REPAIRED)
    for (extents, system), limit in zip(small(), (0.1, 0.5), strict=True):
        spent = []
        for _ in range(3):
            start = time.perf_counter()
            assert identical(*sides, axes_of(*sides), FLAGSHIP.at(extents, system()))
            spent.append(time.perf_counter() - start)
        assert min(spent) < limit


@pytest.mark.parametrize(
    ("page", "left", "right", "extents"),
    [
        (FLAGSHIP, TRUE, PUBLISHED, {"N": 1, "D": 1, "K": 2}),
        (PAGE, r"\frac{e^{x_i+2u}}{\sum_j e^{x_j}}", r"\frac{1}{1+e^{-x_i/3}}", {"D": 3}),
        (PAGE, r"\log(s^2 u)s^{5/2}", r"\tanh(v)\sqrt{s}", {"D": 3}),
        (PAGE, r"b^\top A^{-1}b", r"\det A", {"D": 3}),
        (PAGE, r"\frac{(u+v)^3}{\sum_i\frac{1}{w_i}}", "v", {"D": 3}),
    ],
)
def test_degrees_are_bounded(page, left, right, extents):
    sides = page.tree(left), page.tree(right)
    axes = axes_of(*sides)
    at = page.at(extents, Polynomials())
    bound = degree_bound(*sides, axes, at)
    first, second = (at.array(side, axes) for side in sides)
    for x, y in zip(first.flat, second.flat, strict=True):
        found = x + -y
        for part in getattr(found, "terms", {0: found}).values():
            assert part.numerator.total_degree() <= bound
    assert 0 < false_accept(bound) < 1e-9
    assert false_accept(bound, 2) == false_accept(bound) ** 2
    assert false_accept(P) == 1
