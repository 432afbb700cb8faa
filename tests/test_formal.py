"""Identities that formal systems show, near misses that they do not, and what they refuse."""

import time

import pytest
from formal import PAGE, Page, systems

from verify.formula import build
from verify.formula.exponents import monomials
from verify.formula.fields import UNDEFINED
from verify.formula.formal import P, Polynomials, Redraw, Residues, identical
from verify.formula.source import FormulaError
from verify.formula.tree import Add, Axis, Call, Compare, Entry, Fold, Index, Num, Pow, Truth

EQUAL = [
    (r"\frac{d}{du}\sigma(u)", r"\sigma(u)(1-\sigma(u))"),
    (r"\frac{d}{du}\sigma(u)", r"\frac{e^{-u}}{(1+e^{-u})^2}"),
    (r"\frac{d}{du}\tanh u", r"1-\tanh^2 u"),
    (r"\frac{d}{du}\tanh u", r"\frac{1}{\cosh^2 u}"),
    (r"\cosh^2 u-\sinh^2 u", "1"),
    (r"e^{2u}", r"(e^u)^2"),
    (r"e^{u/2}e^{u/3}", r"e^{5u/6}"),
    (r"e^{(u+v)^2}", r"e^{u^2}e^{v^2}(e^{uv})^2"),
    (r"e", r"e^{1/2}e^{1/2}"),
    (r"e^{-y\sum_i w_i x_i}", r"\frac{1}{e^{y c}}"),
    (r"e^{-y c}", r"\prod_i e^{-y w_i x_i}"),
    (r"e^{(m-1) u}", r"(e^u)^m e^{-u}"),
    (r"e^{\sum_i h_i x_i}", r"\sum_i h_i e^{x_i}"),
    (r"\frac{d}{du}\log(1+e^{-yu})", r"-y\sigma(-yu)"),
    (r"\frac{\partial r_i}{\partial x_j}", r"r_i(\delta_{ij}-r_j)"),
    (r"\frac{\partial}{\partial x_j}\log\sum_i e^{x_i}", r"r_j"),
    (r"\log r_i", r"x_i-\log\sum_k e^{x_k}"),
    (r"\frac{\partial}{\partial x_j}\log r_i", r"\delta_{ij}-\frac{e^{x_j}}{\sum_k e^{x_k}}"),
    (r"\log(s^2)", r"2\log s"),
    (r"\log\frac{1}{u}", r"-\log u"),
    (r"\log(12)", r"2\log 2+\log 3"),
    (r"\log\prod_i p_i", r"\sum_i\log p_i"),
    (r"\log\sqrt{2\pi s^2}", r"\log s+\frac12\log(2\pi)"),
    (r"\log(1-\sigma(u))", r"-\log(1+e^u)"),
    (r"\log\sigma(u)", r"u-\log(1+e^u)"),
    (r"s^u s^v", r"s^{u+v}"),
    (r"e^{u\log s}", r"s^u"),
    (r"\frac{d}{ds}s^u", r"u s^{u-1}"),
    (r"\frac{d}{du}s^u", r"s^u\log s"),
    (r"\sqrt{u^2+v^2}\sqrt{u^2+v^2}", r"u^2+v^2"),
    (r"\frac{\partial}{\partial u}\sqrt{u^2+v^2}", r"\frac{u}{\sqrt{u^2+v^2}}"),
    (r"\frac{1}{1+\sqrt{u}}", r"\frac{1-\sqrt{u}}{1-u}"),
    (r"\frac{1}{\sqrt{u}+\sqrt{v}}", r"\frac{\sqrt{u}-\sqrt{v}}{u-v}"),
    (r"\sin^2 u+\cos^2 u", "1"),
    (r"\frac{d}{du}\tan u", r"1+\tan^2 u"),
    (r"\frac{d}{ds}\Gamma(s)", r"\Gamma(s)\psi(s)"),
    (r"\frac{d}{du}f(u^2)", r"2u f'(u^2)"),
    (
        r"\frac{d}{du} e^{-\frac{(u-v)^2}{2s^2}}",
        r"-\frac{u-v}{s^2}e^{-\frac{u^2-2uv+v^2}{2s^2}}",
    ),
    (r"e^{\frac{1}{u-v}}e^{\frac{1}{v-u}}", "1"),
    (r"\mathrm{erf}(u-v)+\mathrm{erf}(v-u)", "0"),
    (r"\sum_i q_i", "1"),
    (r"b^\top S b", r"\sum_i\sum_j b_j S_{ij} b_i"),
    (r"b^\top R b", "0"),
    (r"b^\top A^{-1} A b", r"b^\top b"),
    (r"\log\det A", r"\log\det(A^{\top})"),
    (r"\det L", r"\prod_i L_{ii}"),
]
DIFFERENT = [
    (r"e^{-u}", r"e^{u}"),
    (r"e^{\frac{1}{u-v}}", r"e^{\frac{1}{v-u}}"),
    (r"e^{u^2}", r"e^{2u}"),
    (r"e^{uv}", r"e^{u}e^{v}"),
    (r"e^{x_i}", r"e^{x_j}"),
    (r"\frac{d}{du}\sigma(u)", r"\frac{e^{u}}{(1+e^{-u})^2}"),
    (r"\frac{\partial r_i}{\partial x_j}", r"2 r_i(\delta_{ij}-r_j)"),
    (r"\frac{\partial r_i}{\partial x_j}", r"r_i(1-r_j)"),
    (r"\sum_{i=1}^{D-1}x_i", r"\sum_{i}x_i"),
    (r"x_i w_j", r"x_j w_i"),
    (r"\frac{1}{D+1}\sum_i x_i", r"\frac{1}{D}\sum_i x_i"),
    (r"\sqrt{u^2}", "u"),
    (r"\sqrt{u^2}", "-u"),
    (r"\sqrt{u^2 s}", r"u\sqrt{s}"),
    (r"\sqrt{u^2+2uv+v^2}", "u+v"),
    (r"\sqrt{u}", r"-\sqrt{u}"),
    (r"e^{\frac12\log(u^2)}", "u"),
    (r"\log(u^2)", r"2\log u"),
    (r"\log\frac{u}{v}", r"\log u-\log v"),
    (r"\log(u+v)", r"\log u+\log v"),
    (r"\tanh u", r"\tanh(2u)"),
    (r"\sin u", r"\cos u"),
    (r"f(u)", r"f'(u)"),
    (r"f(u)", r"f(-u)"),
    (r"f(u)", r"-f(-u)"),
    (r"\psi(s)", r"\log s"),
    (r"b^\top S b", r"b^\top A b"),
    (r"A_{ij}", r"S_{ij}"),
    (r"L_{ij}", r"L_{ji}"),
    (r"\sum_i q_i", "2"),
    (r"q_i", r"\frac13"),
]


@systems
@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_identities_are_shown(left, right, system):
    assert PAGE.same(left, right, system(), {"D": 3})


@systems
@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_near_misses_are_not(left, right, system):
    for seed in range(3):
        assert not PAGE.same(left, right, system(), {"D": 3}, seed)


def test_one_third_is_not_one_over_the_size_at_other_sizes():
    assert PAGE.same(r"\frac13 u", r"\frac1D u", Residues(), {"D": 3})
    assert not PAGE.same(r"\frac13 u", r"\frac1D u", Residues(), {"D": 4})


@systems
@pytest.mark.parametrize("text", [r"|u|", r"\mathbb{1}[u>v]u", r"\mathrm{relu}(u)"])
def test_what_has_no_formal_value_is_refused(text, system):
    with pytest.raises(FormulaError):
        PAGE.same(text, text, system(), {"D": 3})


def test_a_comparison_in_a_definition_is_refused():
    page = Page('[symbols]\n"u"="real"\n', [("g", r"\mathbb{1}[u>0]u"), ("h", "2g")])
    with pytest.raises(FormulaError, match="not compared"):
        page.same("h", "h", Residues(), {})


def test_division_by_zero():
    with pytest.raises(Redraw):
        PAGE.same(r"\frac{u}{v-v}", "1", Residues(), {"D": 3})
    with pytest.raises(FormulaError, match="zero"):
        PAGE.same(r"\frac{u}{v-v}", "1", Polynomials(), {"D": 3})


def test_zero_that_is_one_only_in_some_way_of_taking_roots():
    with pytest.raises(Redraw):
        PAGE.same(r"\frac{1}{\sqrt{u^2}-u}", "1", Residues(), {"D": 3})


def test_large_numbers_and_powers_are_refused():
    for text in (f"u+{P}", f"u+{2**60}", "u^{99999}"):
        with pytest.raises(FormulaError):
            PAGE.same(text, "u", Residues(), {"D": 3})


def test_polynomials_are_bounded():
    start = time.perf_counter()
    for text, size in ((r"\det A", 7), (r"\sum_i\frac{1}{\sum_j e^{x_j w_i}}", 8)):
        with pytest.raises(FormulaError, match="large"):
            PAGE.same(text, text, Polynomials(), {"D": size})
    with pytest.raises(FormulaError, match="generators"):
        PAGE.same("A_{ij}", "A_{ij}", Polynomials(), {"D": 10})
    assert time.perf_counter() - start < 10


@systems
def test_what_lies_outside_of_an_array_equals_nothing(system):
    i = Index("i", Axis("D"))
    before = Entry("x_{i}", (Add((i, Num(-build.ONE.value))),))
    at = PAGE.at({"D": 3}, system())
    for tree in (before, Call("exp", before), Call("log", before), Pow(before, build.number(-1))):
        values = at.array(tree, [i])
        assert values[0] is UNDEFINED
        assert values[1] is not UNDEFINED
        assert not identical(tree, tree, [i], at)
    inside = Truth(Compare(">", i, Num(build.ONE.value)))
    masked = Fold("sum", i, before, inside.condition)
    assert identical(masked, masked, [], at)


def test_the_same_key_has_the_same_values_in_one_system():
    system = Residues(seed=3)
    i = Index("i", Axis("D"))
    values = [PAGE.at({"D": 3}, system, seed).array(Entry("x_{i}", (i,)), [i]) for seed in (0, 1)]
    assert list(values[0]) == list(values[1])
    other = PAGE.at({"D": 3}, Residues(seed=4)).array(Entry("x_{i}", (i,)), [i])
    assert list(values[0]) != list(other)


def test_sums_in_exponents_have_indices_of_their_own():
    at = PAGE.at({"D": 3}, Residues())
    (term,) = monomials(PAGE.tree("c^2"), at)
    assert len({index for index, _ in term.binders}) == 2
    assert PAGE.same("e^{c^2}", r"\prod_i\prod_j e^{w_i x_i w_j x_j}", Residues(), {"D": 3})
