r"""Notation of the second hostile review: what a factor, a function and an index take with them.

Beside each item stand controls, which must still be judged.
"""

import pytest
from derivations import judged

from verify.derivation.steps import StepVerdict

H, F, U = StepVerdict.HOLDS, StepVerdict.FAILS, StepVerdict.UNJUDGED

PAGE = r"""
[indices]
i = "n"
j = "n"
k = "d"
[symbols]
'n' = "natural"
'b' = "natural"
'w' = "real"
'x' = "real"
'y' = "real"
'x_i' = "real"
'y_i' = "real"
'\beta' = "real"
'\lambda_k' = "real"
'V' = "real (2, 3)"
'c' = "real (3)"
'M' = "real (m, r)"
'\Gamma' = "gamma"
"""


def verdicts(page):
    """The verdicts of the steps that are no definitions."""
    text = page if "$$" in page else f"$$ {page} $$"
    return [
        step.verdict for step in judged(text, PAGE).steps if "by definition" not in step.message
    ]


def last(page):
    return verdicts(page)[-1]


@pytest.mark.parametrize(
    ("step", "due"),
    [
        (r"2 \cdot 3! = 12", H),
        (r"2\,b! = 2\Gamma(b+1)", H),
        (r"b\,b! = \Gamma(b^2+1)", F),
        (r"\log b! = \log b + \log (b-1)!", H),
        (r"2\,b!/b! = 2", H),
        (r"x (b+1)! = x (b+1) b!", H),
        (r"(b+1)(b+2)! = \Gamma((b+1)(b+2)+1)", F),
        (r"3!! = \Gamma(721)", U),
    ],
)
def test_a_factorial_is_of_the_last_factor(step, due):
    assert last(step) is due


@pytest.mark.parametrize(
    ("step", "due"),
    [
        (r"f'(\beta) = 18\beta + 1", H),
        (r"f'(\beta) = 1", U),
        (r"f'(\beta) = 2\beta", F),
        (r"f''(\beta) = 18", H),
        (r"f(2\beta) = 36\beta^2 + 2\beta", H),
        (r"f(x) - f(y) = 9x^2 - 9y^2 + x - y", H),
        (r"f(x) - f(y) = x - y", U),
        (r"f(u) = 81\beta^2 + 3\beta", H),
        (r"\frac{d}{d\beta} f(\beta) = 18\beta + 1", H),
        (r"g'(\beta) = 2\beta", H),
    ],
)
def test_a_function_reaches_through_what_the_page_defines_from_its_argument(step, due):
    page = r"$$ u = 3\beta $$ $$ f(\beta) = u^2 + \beta $$ $$ g(\beta) = \beta^2 + x $$"
    assert last(f"{page} $$ {step} $$") is due


def test_the_score_of_a_partial_likelihood_reaches_the_shares():
    page = r"$$ \ell(\beta) = \sum_i x_i\beta - \log\sum_j\theta_j,\quad \theta_j = e^{x_j\beta} $$"
    score = r"\sum_i x_i - \frac{\sum_j\theta_jx_j}{\sum_j\theta_j}"
    assert last(rf"{page} $$ \ell'(\beta) = {score} $$") is H
    assert last(rf"{page} $$ \ell'(\beta) = 2({score}) $$") is F
    assert last(rf"{page} $$ \ell'(\beta) = \sum_i x_i $$") is U


@pytest.mark.parametrize(
    ("step", "due"),
    [
        (r"\frac{dJ(w)}{dw} = 2x(wx-y)", H),
        (r"\frac{dJ(w)}{dw} = 3x(wx-y)", F),
        (r"\frac{\partial J(w, y)}{\partial y} = -2(wx-y)", H),
        (r"\log J(w) = 2\log|wx-y|", H),
        (r"J(w) = (wx-y)^2", H),
        (r"J(w) = (wx+y)^2", F),
        (r"J(w+1) = (wx+x-y)^2", U),
        (r"J(w+1) = wJ + J", H),
        (r"J(2) = (2x-y)^2", U),
        (r"J(\beta) = (\beta x - y)^2", U),
        (r"J(1-J) = J - J^2", H),
        (r"J(1-J) = J + J^2", F),
        (r"J(1-x) = J - xJ", H),
        (r"J(x+1) + J = 2J", F),
    ],
)
def test_a_defined_name_with_its_variables_in_brackets_is_itself(step, due):
    assert last(f"$$ J = (wx-y)^2 $$ $$ {step} $$") is due


@pytest.mark.parametrize(
    ("step", "due"),
    [
        (r"f'(x) = f(1-f)", H),
        (r"\frac{df}{dx} = f(1-f)", H),
        (r"\frac{df}{dx} = f(1+f)", F),
        (r"f'(x) = f(x)(1-f(x))", H),
        (r"g'(x) = g(-2x)", U),
        (r"g(2x) = e^{-4x^2}", H),
        (r"g(2x) = e^{-2x^2}", F),
        (r"f(-x) = 1 - f(x)", H),
        (r"f(f(y)) = \frac{1}{1+e^{-f(y)}}", H),
    ],
)
def test_a_function_before_brackets_with_itself_is_a_product(step, due):
    page = r"$$ f(x) = \frac{1}{1+e^{-x}} $$ $$ g(x) = e^{-x^2} $$"
    assert last(f"{page} $$ {step} $$") is due


@pytest.mark.parametrize(
    ("step", "due"),
    [
        (r"\sum_{k=1}^d\lambda_k - \sum_{k=1}^m\lambda_k = \sum_{k=m+1}^d\lambda_k", U),
        (r"\sum_{k=1}^d\lambda_k - \sum_{k=1}^d 2\lambda_k = -\sum_k\lambda_k", H),
        (r"\sum_{k=1}^d 2\lambda_k = \sum_k\lambda_k", F),
    ],
)
def test_a_sum_with_limits_of_its_own_is_never_certain_not_to_fit(step, due):
    assert last(step) is due


@pytest.mark.parametrize(
    ("step", "due"),
    [
        (r"\frac{\partial}{\partial V_{12}}(V_{12}c_2) = c_2", H),
        (r"V_{12} = V_{1,2}", H),
        (r"V_{12} + V_{21} = 2V_{12}", F),
        (r"M_{12} - M_{1,2} = 0", H),
        (r"\frac{\partial}{\partial M_{12}}(M_{12}c_2) = c_2", H),
        (r"V_{32} + c_1 = c_1 + V_{3,2}", U),
        (r"c_4 + c_1 = c_1 + c_4", U),
        (r"c_3 + c_1 = c_1 + c_3", H),
    ],
)
def test_as_many_digits_as_axes_are_one_index_each(step, due):
    assert last(step) is due
