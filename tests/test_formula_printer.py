"""Printing a layout as LaTeX: what is printed reads back as the same tree."""

import random

import formulas
import pytest
from hypothesis import HealthCheck, given, settings
from test_formula_layout import FRAGMENTS

from verify.formula.layout import Layout, Relation, Terms
from verify.formula.parser import parse
from verify.formula.printer import latex
from verify.formula.source import FormulaError
from verify.formula.tokens import tokenize


@pytest.mark.parametrize("text", formulas.PUBLISHED)
def test_published_formulas_come_back(text):
    tree = formulas.layout(text)
    printed = latex(tree)
    assert formulas.layout(printed) == tree
    assert latex(formulas.layout(printed)) == printed


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(formulas.sources())
def test_formulas_of_the_grammar_come_back(text):
    tree = formulas.layout(text)
    assert formulas.layout(latex(tree)) == tree


def test_whatever_parses_of_20_000_random_token_strings_comes_back():
    draw, parsed = random.Random(7), 0
    for _ in range(20_000):
        text = draw.choice([" ", ""]).join(draw.choices(FRAGMENTS, k=draw.randint(1, 9)))
        try:
            tree = formulas.layout(text)
        except FormulaError:
            continue
        parsed += 1
        assert formulas.layout(latex(tree)) == tree, text
    assert parsed > 1_000


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (r"\frac ab", r"\frac{a}{b}"),
        ("x^n_i", "x_{i}^{n}"),
        (r"\sigma\left(a_j)\right)", r"\sigma(a_{j}))"),
        (r"\left(\frac12\right)^2", r"\left( \frac{1}{2} \right)^{2}"),
        ("--x - -y", "x + y"),
        ("{a-b}c", "{a - b} c"),
        ("{x_1}_2", "{x_{1}}_{2}"),
        ("W^*", "W^*"),
        (r"({)}a)", r"({)} a)"),
        (r"|{|a|}|", r"|{|a|}|"),
        (r"\mathrm{loss} exp(x)", r"\mathrm{loss} \operatorname{exp}(x)"),
        (r"x_\max", r"x_{\max}"),
        (r"\sqrt[3]{x}", r"\sqrt[3]{x}"),
        (r"p(x | y)", r"p(x | y)"),
        (r"{\|a\|} | b", r"{\|a\|} | b"),
        (r"\begin{cases}a&i=j\\{[b]}\end{cases}", r"\begin{cases} a & i = j \\ {[b]} \end{cases}"),
        (r"\text{ a  b }", r"\text{a  b}"),
        ("x_{}", "x_{}"),
    ],
)
def test_printed_by_hand(text, printed):
    tree = formulas.layout(text)
    assert latex(tree) == printed
    assert formulas.layout(printed) == tree


@pytest.mark.parametrize(("code", "printed"), [("!=", r"\neq"), ("<=", r"\leq"), ("in", r"\in")])
def test_relations_by_the_code_they_are_read_as(code, printed):
    sides = (formulas.layout("i"), formulas.layout("j"))
    assert latex(Relation(sides, (code,))) == f"i {printed} j"


def test_names_that_were_declared_come_back_with_the_same_names():
    names = frozenset({"loss", "max", "W1"})
    text = r"loss + \operatorname{W1} max"
    tree = parse(tokenize(text, 0, len(text), names))
    printed = latex(tree)
    assert parse(tokenize(printed, 0, len(printed), names)) == tree


def test_a_node_of_an_unknown_kind_is_an_error():
    with pytest.raises(TypeError, match="Layout"):
        latex(Terms(((1, Layout()), (-1, Layout()))))
