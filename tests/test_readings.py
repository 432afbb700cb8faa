r"""Notation with two usual readings: no verdict rests on the wrong one, plain steps keep theirs.

Each item is a tiny page on which the wrong reading gives a wrong verdict; beside it stand controls,
which must still be judged.
"""

import re

import numpy as np
import pytest
from derivations import judged

from verify.derivation.steps import StepVerdict
from verify.formula import floats
from verify.formula.parser import parse
from verify.formula.symbols import canonical
from verify.formula.tokens import tokenize

H, F, U = StepVerdict.HOLDS, StepVerdict.FAILS, StepVerdict.UNJUDGED

PAGE = r"""
[indices]
i = "n"
j = "n"
k = "K"
[symbols]
'x_i' = "positive"
'u_i' = "real"
'y_i' = "sign"
'v_k' = "real"
'x' = "real"
'y' = "real"
'a' = "positive"
'p' = "unit"
's' = "positive"
't' = "positive"
'g' = "real (m)"
'h' = "real (m)"
'w' = "real (m)"
'A' = "real (m, m)"
'B' = "real (m, m)"
'W' = "real (m, T)"
'z' = "real (T)"
'X' = "real (n, K)"
'b' = "real (K)"
'\sigma' = "logistic"
'F' = "smooth"
"""


def verdict(page, *, declarations=PAGE):
    """The verdict of the last step of a page whose last display is the step in question."""
    text = page if "$$" in page else f"$$ {page} $$"
    return judged(text, declarations).steps[-1].verdict


def said(page, *, declarations=PAGE):
    return judged(f"$$ {page} $$", declarations).steps[-1].message


SUMS = [
    (r"\sum_i x_i u_i = \sum_{i: y_i = 1} x_i u_i", F),
    (r"\sum_i x_i u_i = \sum_{i, u_i > 0} x_i u_i", F),
    (r"\sum_i x_i u_i = \sum_{i \mid u_i > 0} x_i u_i", F),
    (r"\sum_i x_i u_i = \sum_{i=1, u_i > 0}^n x_i u_i", F),
    (r"\sum_i x_i u_i = \sum_{i=1, i \neq 2}^n x_i u_i", F),
    (r"\sum_{i: u_i > 0} u_i = \sum_i \max(u_i, 0)", H),
    (r"\sum_{i: y_i = 1} x_i = \sum_i x_i \mathbb{1}[y_i = 1]", H),
    (r"\sum_{i,j=1}^n x_i u_j = \sum_i x_i \sum_j u_j", H),
    (r"\sum_{i=1,j=1}^n x_i u_j = \sum_i x_i \sum_j u_j", H),
    (r"\sum_{i=1,\dots,n} x_i = \sum_i x_i", H),
    (r"\sum_{i \in \{1, 2, \dots, n\}} x_i = \sum_i x_i", H),
    (r"\sum_{i \in \{2, \dots, n\}} x_i = \sum_i x_i", U),
    (r"\sum_i x_i = \sum_{i \text{ even}} x_i", U),
    (r"\sum_i x_i = \sum_{i, 3} x_i", U),
    (r"u_j = \sum_{i \neq j, k} u_i v_k", U),
    (r"\frac{\partial}{\partial x_i} \sum_{j \neq i} x_i x_j = \sum_{j \neq i} x_j", H),
    (r"x_i \sum_{j \neq i} x_j = x_i \sum_j x_j - x_i^2", H),
    (r"\sum_{i \neq j} x_i x_j = (\sum_i x_i)^2 - \sum_i x_i^2", H),
]
PRODUCTS = [
    (r"\prod_i x_i \cdot e^{-a} = e^{-a} \prod_i x_i", U),
    (r"\prod_i x_i \cdot e^{-a} = e^{-na} \prod_i x_i", U),
    (r"\prod_i x_i \cdot e^{-a} = e^{-2a} \prod_i x_i", F),
    (r"a \prod_i x_i = \prod_i x_i \, a", U),
    (r"\prod_i a x_i = a^n \prod_i x_i", H),
    (r"\prod_i a e^{-x_i} = a^n e^{-\sum_i x_i}", H),
]
SLASHES = [
    (r"\frac{d}{dx} x^2/2s^2 = x/s^2", H),
    (r"\frac{d}{dx} x^2/2s^2 = x s^2", U),
    (r"\frac{d}{dx} x^2/2s^2 = 2x/s^2", F),
    (r"\frac{d}{dx} e^{-x^2/2s^2} = -\frac{x}{s^2} e^{-x^2/2s^2}", H),
    (r"\frac{d}{dx} x^2/2(s^2 + t^2) = \frac{x}{s^2 + t^2}", U),
    (r"1/2a = \frac{1}{2a}", U),
    (r"1/2a = \frac{a}{2}", U),
    (r"1/2 \cdot a = \frac{a}{2}", H),
    (r"x/a s = \frac{x s}{a}", U),
    (r"x/2a = \frac{x}{2a}", U),
    (r"\frac{d}{dx} x^2/2 \log a = \frac{x}{\log a}", U),
    (r"x/a s = \frac{x}{a s}", U),
    (r"x/(a s) = \frac{x}{a s}", H),
    (r"\frac{d}{dx} 1/2 (x - y)^2 = x - y", H),
    (r"w^TAw/w^Tw = \frac{w^TAw}{w^Tw}", H),
]
FUNCTIONS = [
    (r"\sigma^{-1}(p) = \log\frac{p}{1-p}", H),
    (r"\sigma^{-1}(x) = 1 + e^{-x}", U),
    (r"\frac{d}{dx} \tan^{-1} x = \frac{1}{1+x^2}", H),
    (r"\frac{d}{dx} \tan^{-1} x = \frac{2}{1+x^2}", F),
    (r"\sinh^{-1} x = \log(x + \sqrt{x^2 + 1})", H),
    (r"F^{-1}(x) = \frac{1}{F(x)}", U),
    (r"\cosh^{-2} x = 1 - \tanh^2 x", H),
    (r"\log(1-p)^{1-y} = (1-y)\log(1-p)", U),
    (r"\log(1+a)^2 = \log(1+a) \cdot \log(1+a)", H),
    (r"\log(1+a)^2 = 3\log(1+a)", F),
    (r"\log(s)(t) = \log s + \log t", U),
    (r"\log(1+s)/(1+t) = \log(1+s) - \log(1+t)", U),
    (r"\ln(a+1)! = \ln(a+1) + \ln(a!)", H),
    (r"\log a! = \log(a!)", H),
    (r"\exp(x)/(1+\exp(x)) = \sigma(x)", H),
    (r"\sqrt x_1 = x_1^{1/2}", H),
]
VECTORS = [
    (r"\frac{\partial}{\partial h} \tfrac12\|\tanh(h)\|^2 = \tanh(h) \odot (1 - \tanh(h)^2)", U),
    (r"h \odot (1 - g \odot g) = h - h \odot g \odot g", H),
    (r"h \odot (1 - g) = h - 2 h \odot g", F),
    (r"g^2 = g^Tg", H),
    (r"\|A\|_2 = \sqrt{\mathrm{tr}(A^\top A)}", U),
    (r"\|A\| = \sqrt{\mathrm{tr}(A^\top A)}", U),
    (r"\|A\|_1 = \sqrt{\mathrm{tr}(A^\top A)}", U),
    (r"\|A\|_F^2 = \mathrm{tr}(A^\top A)", H),
    (r"\|g\|_2^2 = g^Tg", H),
    (r"\|g\|_\infty^2 = g^Tg", U),
    (r"2 A^\top g h = 2 g^\top A h", U),
    (r"(A w)_k = (A w)_k", U),
]
ARRAYS = [
    (r"\sum_i X_{ik} u_i = \sum_i X_{ki} u_i", U),
    (r"(X b)_i = \sum_k X_{ki} b_k", U),
    (r"(X b)_i = \sum_k X_{ik} b_k", H),
    (r"(X^T)_{ki} = X_{ik}", H),
    (r"[X^T X]_{kk} = \sum_i X_{ik}^2", H),
    (r"(X b)_i = 2\sum_k X_{ik} b_k", F),
    (r"(W z)^T = z^T W^T", H),
    (r"(W z)^{\mathsf T} = z^{\mathbf T} W^\top", H),
    (r"(A B)^T = A^T B^T", U),
    (r"(A B)^\top = A^\top B^\top", F),
    (r"(X^TX)^{-1} X^TX b = b", H),
    (r"(X^TX)^{-1} X^TX b = 2b", F),
]
DERIVATIVES = [
    (r"$f(x) = x^3$. $$ \frac{df}{dx}(x) = 3x^2 $$", H),
    (r"$f(x) = x^3$. $$ \frac{df}{dx}(x) = 2x^2 $$", F),
    (r"$f(x) = x^3$. $$ \frac{df}{dx}(2) = 12 $$", H),
    (r"$f(x) = x^3$. $$ \frac{df}{dx}(x)^2 = 9x^4 $$", H),
    (r"$f(x) = x^3$. $$ \frac{df}{dx}(2) = 6x^2 $$", U),
    (r"$f(x) = x^3$. $$ \frac{df}{dx}(x - 1) = 3x^2(x-1) $$", U),
    (r"$q = x^3$. $$ \frac{dq}{dx}(2) = 12 $$", U),
    (r"$q = x^3$. $$ \frac{dq}{dx}(y - x) = 3x^2(y-x) $$", H),
    (r"$f(x) = x^2$. $$ (f \circ f)'(x) = 4x^3 $$", U),
    (r"$f(x) = x^2$. $$ f \circ f(x) = x^3 $$", U),
    (r"$f(x) = x^2$. $$ (f)'(x) = 2x $$", U),
    (r"$q = x^3$. $$ dq = 3x^2\,dx $$", U),
    (r"$q = g^TAg$. $$ dq = dg^TAg + g^TAdg $$", U),
    (r"$q = x^3$. $$ \partial q/\partial x = 3x^2 $$", H),
    (r"$q = x^3$. $$ dq/dx = 2x^2 $$", F),
    (r"$q = x^3$. $$ \partial^2 q/\partial x^2 = 6x $$", H),
    (r"$q = g^TAg$. $$ \nabla^2_g q = A + A^T $$", U),
    (r"$J(w) = \tfrac12 w^Tw$. $$ \nabla J(w)^T w = w^Tw $$", H),
]


NAMES = [
    # x is the number that is declared, not all of the x_i
    (r"\frac{d}{dx} x^2 = 2x", H),
    # δ over another range than the δ of the page is a symbol of its own
    (
        r"$\delta_k = v_k^2$, $\delta_i = 2u_i$. $$ \sum_i \delta_i + \sum_k \delta_k = "
        r"2\sum_i u_i + \sum_k v_k^2 $$",
        H,
    ),
    (r"$\delta_k = v_k^2$, $\delta_i = 2u_i$. $$ \sum_i \delta_i = \sum_i u_i^2 $$", F),
    (r"$\delta_k = v_k^2$, $\delta_i = 2u_i$. $$ \delta_1 = v_1^2 $$", U),
    (r"$q_k = v_k^2$. $$ \sum_i q_i = \sum_k v_k^2 $$", U),
]


def ids(items):
    return [re.sub(r"\s+", "", item[0]) for item in items]


ALL = [*SUMS, *PRODUCTS, *SLASHES, *FUNCTIONS, *VECTORS, *ARRAYS, *DERIVATIVES, *NAMES]


@pytest.mark.parametrize(("page", "expected"), ALL, ids=ids(ALL))
def test_a_verdict_rests_on_no_unusual_reading(page, expected):
    assert verdict(page) is expected


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (r"\sum_i x_i = \sum_{i \text{ even}} x_i", "the sum over ieven is not supported"),
        (r"x = \|A\|_2", "the norm with the index 2 is not supported of a matrix"),
        (r"x = F^{-1}(x)", "the inverse function of F is not supported"),
        (r"x = \sum_i X_{ki}", "do not stand in the order of the axes"),
        (r"x = 2x\,dx", "differentials are not read"),
        (r"x = (A)_j", "takes 2 indices"),
    ],
)
def test_what_is_refused_says_why_and_where(formula, message):
    found = judged(f"$$ {formula} $$", PAGE)
    assert message in said(formula)
    assert any(message in error.message for error in found.refusals) or "order" in message
    right = f"$$ {formula} $$".index("=")
    assert all(error.span.start > right for error in found.refusals)


def test_other_readings_are_those_of_the_whole_formula():
    """One slash read one way and the next one the other way is no reading of a formula."""
    assert verdict(r"x/2a + y/2a = \frac{x}{2a} + \frac{ya}{2}") is F


def test_a_matrix_without_an_inverse_has_no_value_and_stops_nothing():
    regular, singular = np.diag([2.0, 4.0]), np.ones((2, 2))
    nearly = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-15]])
    found = floats.REALS.matrix("inverse", np.stack([regular, singular, nearly]))
    assert found[0] == pytest.approx(np.diag([0.5, 0.25]))
    assert np.isnan(found[1:]).all()


def test_a_page_on_least_squares_with_more_columns_than_rows_is_read():
    page = PAGE.replace("(n, K)", "(K, n)").replace('"real (K)"', '"real (n)"')
    assert verdict(r"(X^TX)^{-1} X^TX b = 2b", declarations=page) is not H
    assert verdict(r"(X^TX)^{-1} X^TX b = b", declarations=page) is not F


def test_a_pole_of_the_gamma_function_has_no_value():
    found = floats.FUNCTIONS["gamma"](np.array([0.0, -1.0, 4.0]))
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(6)


def test_names_that_differ_in_a_sign_are_different():
    names = [canonical(parse(tokenize(t, 0, len(t)))) for t in ("h_{t-1}", "h_{t+1}", "h_{-t+1}")]
    assert names == ["h_{t-1}", "h_{t+1}", "h_{-t+1}"]
