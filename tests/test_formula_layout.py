"""The grammar of layouts: no conflicts, everything it promises parses, anything else is refused."""

import logging
import random
import time
from importlib.resources import files

import formulas
import pytest
from hypothesis import HealthCheck, given, settings
from lark import Lark

from verify.formula.layout import (
    Accent,
    Frac,
    Group,
    Layout,
    Mark,
    Name,
    Number,
    Row,
    Scripted,
    Text,
    Word,
    walk,
)
from verify.formula.parser import _Given
from verify.formula.source import FormulaError, Span

_FRAGMENTS = r"""
a b x_i y^2 T d e 1 2.5 .5 \theta \alpha \log exp \max \sum \sum_{i=1}^n \prod \frac \frac{a}{b}
\sqrt \sqrt[3]{x} \hat \bar{x} \mathbf \text{if} \mathrm{loss} \over \binom { } ( ) [ ] \{ \}
\left( \right) \left| \right| \left. \right. | \| \mid \langle ' '' ^ _ ^* ^\top & \\
\begin{cases} \end{cases} \begin{aligned} + - = \neq < , ; : . ... \cdot * / ! \pm \quad
\hspace{1in} ~ ∂ α − ‖ ≤ \unknown # $ 漢 \, \right
"""
FRAGMENTS = tuple(_FRAGMENTS.split())
AMBIGUOUS = 'start: value\nvalue: value "+" value | "a"'


def conflicts(grammar: str, caplog, **options) -> list[str]:
    """Messages of lark about conflicts; a reduce/reduce conflict it raises."""
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="lark"):
        Lark(grammar, parser="lalr", debug=True, **options)
    return [r.getMessage() for r in caplog.records if "onflict" in r.getMessage()]


def refusal(text: str) -> Span | None:
    """Where a text is refused, if it is; any other exception is a failure."""
    try:
        formulas.layout(text)
    except FormulaError as error:
        return error.span
    return None


def test_the_grammar_has_no_conflicts(caplog):
    grammar = files("verify.formula").joinpath("layout.lark").read_text("utf-8")
    assert conflicts(grammar, caplog, lexer=_Given) == []


def test_a_conflict_would_be_seen(caplog):
    assert any("Shift/Reduce" in message for message in conflicts(AMBIGUOUS, caplog))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(formulas.sources())
def test_whatever_the_grammar_promises_parses(text):
    inside = [node.span for node in walk(formulas.layout(text))]
    assert all(0 <= span.start < span.end <= len(text) for span in inside)


@pytest.mark.parametrize("text", formulas.PUBLISHED)
def test_published_formulas_parse(text):
    tree = formulas.layout(text)
    for node in walk(tree):
        if isinstance(node, Number):
            assert text[node.span.start : node.span.end] == node.text


def test_every_kind_of_node_is_among_the_published_formulas():
    found = {type(node) for text in formulas.PUBLISHED for node in walk(formulas.layout(text))}
    assert found == set(Layout.__subclasses__())


def test_20_000_random_token_strings_are_read_or_refused():
    draw = random.Random(20_251_125)
    started, parsed = time.perf_counter(), 0
    for _ in range(20_000):
        glue = draw.choice([" ", ""])
        text = glue.join(draw.choices(FRAGMENTS, k=draw.randint(1, 12)))
        span = refusal(text)
        parsed += span is None
        assert span is None or 0 <= span.start <= span.end <= len(text), text
    assert 1_000 < parsed < 19_000
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 100_000, "at most 20,000"),
        ("x + " * 25_000, "at most 20,000"),
        ("{" * 10_000 + "}" * 10_000, "deeper"),
        ("(" * 20_000, "deeper"),
        ("\\frac{" * 3_000, "deeper"),
        ("|" * 19_999, "cannot stand|never closed"),
        ("\\def\\x{y} \\x", "\\\\def"),
        ("\\input{/etc/passwd}", "\\\\input"),
        ("\\write18{rm}", "\\\\write"),
        ("\\href{javascript:alert(1)}{x}", "\\\\href"),
        ("\\begin{verbatim} x \\end{verbatim}", "verbatim"),
        ("x_{i", "never closed"),
        ("x_i}", "closes nothing"),
        ("(a", "never closed"),
        ("\\text{abc", "never closed"),
        ("\\begin{cases} a", "never closed"),
        ("{a)}(", "never closed"),
        ("|a", "never closed"),
        ("x^a^b", "two superscripts"),
        ("a = ", "ends here"),
        ("\\frac{a}", "ends here"),
        ("x\x00", "not supported"),
        ("\ud800", "not supported"),
        ("", "empty"),
        (" , ", "empty"),
    ],
)
def test_hostile_input_is_refused_at_a_place_in_bounded_time(text, reason):
    started = time.perf_counter()
    with pytest.raises(FormulaError, match=reason) as refused:
        formulas.layout(text)
    assert time.perf_counter() - started < 1
    assert 0 <= refused.value.span.start <= refused.value.span.end <= len(text)


def test_a_script_in_text_is_only_text():
    assert formulas.layout("\\text{<script>alert(1)</script>}") == Text("<script>alert(1)</script>")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("\\frac12", Frac(Number("1"), Number("2"))),
        ("x^10", Row((Scripted(Name("x"), sup=Number("1")), Number("0")))),
        ("x^{10}", Scripted(Name("x"), sup=Number("10"))),
        ("x_i'^2", Scripted(Name("x"), Name("i"), Number("2"), 1)),
        ("x^\\prime", Scripted(Name("x"), primes=1)),
        ("exp x", Row((Word("exp"), Name("x")))),
        ("\\hat x_i", Scripted(Accent("\\hat", Name("x")), Name("i"))),
        ("|x|", Group("|", Name("x"), "|")),
        ("xα∂", Row((Name("x"), Name("\\alpha"), Name("\\partial")))),
        ("(a))", Row((Group("(", Name("a"), ")"), Mark(")", "stray")))),
        ("{a b} c", Row((Row((Name("a"), Name("b"))), Name("c")))),
    ],
)
def test_layouts_by_hand(text, tree):
    assert formulas.layout(text) == tree


def test_unicode_letters_have_their_own_place():
    spans = [node.span for node in walk(formulas.layout("xα∂"))]
    assert [(span.start, span.end) for span in spans] == [(0, 3), (0, 1), (1, 2), (2, 3)]
