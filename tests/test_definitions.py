"""What a page may define: new names, and what follows where it defines a name again."""

import pytest
from test_meanings import F, H, U, found, message


def test_a_word_on_the_left_is_a_name_on_the_whole_page():
    page = r"$$ \text{MSE} = x^2 $$ $$ \frac{d\,\text{MSE}}{dx} = 2x $$"
    assert found(page) == [H]
    assert found(page.replace("= 2x", "= x")) == [F]
    assert found(r"$$ \text{Soft}(x) = \log(1 + e^x) $$ $$ \text{Soft}(a) = a $$")[-1] != H


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (r"$$ e^{x+a} = e^x + e^a $$ $$ e^{x+a} = e^x e^a $$", [F, H]),
        (r"Let $e = x - a$. $$ \frac{d}{dx} e^2 = 2e $$ $$ e^x e^x = e^{2x} $$", [U, U]),
        (r"Let $\pi = \sigma(x)$. $$ \frac{d}{dx} \pi x = \pi $$", [U]),
        (r"$$ \frac{d}{dx} \pi x = \pi $$", [H]),
        (r"$$ \delta_{ij} = z_j $$ $$ \frac{\partial z_i}{\partial z_j} = \delta_{ij} $$", [U, U]),
        (
            r"Let $\delta_{ij} = 1$ for $i = j$. $$ \frac{\partial z_i}{\partial "
            r"z_j} = \delta_{ij} $$",
            [H],
        ),
        (r"$$ \operatorname{Var}(x) = 2 $$ $$ \mathbb{E}[x] = 3 $$ $$ E[x] = 3 $$", [U, U, U]),
        (r"$$ E = x^2 $$ $$ \frac{dE}{dx} = 2x $$", [H]),
        (
            r"Let $u = x^3$. $$ u' = 2x^2 $$ $$ u'' = 5x $$ $$ u_x = 2x^2 $$ $$ u' "
            r"= 3x^2 $$",
            [U] * 4,
        ),
        (r"$$ u' = 2x^2 $$ Let $u = x^3$.", [U]),
        (
            r"Let $h(x) = x^3$. $$ h'(x) = 2x^2 $$ $$ h'(x) = 3x^2 $$ $$ h^{(2)}(x) "
            r"= 6x $$",
            [F, H, U],
        ),
        (r"Let $f(x, a) = x^2 a$. $$ f_x(x, a) = x a $$ $$ f_a = a $$ $$ f_{xx} = 2x $$", [U] * 3),
        (r"Let $f(x, a) = x^2 a$. $$ \frac{\partial f}{\partial x} = 2xa $$", [H]),
        (r"$$ w' = w - a w $$ $$ w_{new} = w - a w $$ $$ w^T w = w' w $$", [U, U]),
        (r"$$ w_{new} = w - a w $$ $$ w^T w = w' w $$", [H]),
        (
            r"Let $\pi_i = e^{z_i}$. $$ \frac{\partial\pi_i}{\partial z_j} = "
            r"\pi_i\delta_{ij} $$",
            [H],
        ),
    ],
)
def test_only_new_names_are_defined(page, expected):
    assert found(page) == expected


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (r"Later $q = x^3$.", [U, U, F]),
        (r"$$ q = x^3 $$", [U, U, U, F]),
        (r"$$ q = x \cdot x $$", [H, H, F, F]),
        (r"Add a penalty, $q = q + a x^2$.", [U, U, U]),
        (r"If $q = 1$ all is well.", [H, F, F]),
    ],
)
def test_a_name_that_is_defined_again_has_two_meanings(again, expected):
    steps = r"$$ \frac{dq}{dx} = 2x $$ $$ \frac{dq}{dx} = 3x^2 $$ $$ \frac{dq}{dx} = x + 1 $$"
    assert found(f"Let $q = x^2$. {again} {steps}") == expected


def test_a_function_that_is_defined_again_has_two_meanings():
    page = r"Let $h(x) = x^2$ and $L = h(a)$. {} $$ \frac{{dL}}{{da}} = 2a $$ $$ h'(x) = 2x $$"
    assert found(page.format("Instead $h(x) = x^3$.")) == [U, U]
    assert found(page.format(r"That is, $h(x) = x \cdot x$.")) == [H, H]


def test_many_definitions_given_twice_leave_all_that_rests_on_them_unjudged():
    names = "cfgh"
    twice = " ".join(f"$$ {n} := {m} x $$" for m in (2, 3) for n in names)
    page = twice + r" $$ c f g h = 16 x^4 $$ $$ \frac{d}{dx} x c = 7 x $$ $$ x + x = 2x $$"
    assert found(page)[-3:] == [U, U, H]


def test_an_index_over_another_range_makes_another_name():
    declared = r"""
[indices]
i = "I"
j = "J"
k = "M"
[symbols]
'w_{kj}' = "real"
'h_j' = "real"
't_k' = "real"
"""
    page = (
        r"$$ \delta_k = \sum_j w_{kj} h_j - t_k $$ $$ \delta_j = \sum_k w_{kj} \delta_k $$"
        r"$$ \frac{\partial}{\partial h_j} \frac{1}{2} \sum_k \delta_k^2 = \delta_j $$"
        r"$$ \frac{\partial}{\partial h_j} \sum_k \delta_k^2 = \delta_j $$"
    )
    assert found(page, declared) == [H, F]


def test_a_definition_in_the_prose_may_use_a_later_one():
    page = r"Let $L = q^2$ with $q = a x$. $$ \frac{dL}{dx} = 2 a q $$"
    assert found(page) == [H]
    assert found(page.replace("2 a q $", "a q $")) == [F]


def test_a_word_above_a_symbol_is_said_to_be_part_of_a_name():
    assert r"as in \theta^{new}" in message(r"$$ w^{new} = w - a w $$")


def test_what_rests_on_an_ambiguous_definition_is_not_called_wrong():
    page = r"$$ u := \sin 2 x $$ $$ \frac{du}{dx} = 2\cos 2x $$ $$ \frac{du}{dx} = \sin 2 $$"
    assert F not in found(page)
    assert H in found(page)
