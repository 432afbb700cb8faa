"""Conditions beside chains and in the prose: what they restrict, and what they leave alone."""

import pytest
from test_meanings import OFF, ON, SLOPE, SOFTMAX, F, H, U, found


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (rf"\text{{If }} i = j: \quad {SLOPE} = {ON}", [H]),
        (rf"i = j: \quad {SLOPE} = {ON}", [H]),
        (rf"i = j: \quad {SLOPE} = {OFF}", [F]),
        (rf"\text{{When }} i = j, {SLOPE} = {ON}", [H]),
        (rf"\text{{Case }} i \neq j\text{{:}}\quad {SLOPE} = {OFF}", [H]),
        (rf"{SLOPE} = {OFF}, \; i \neq j", [H]),
        (rf"{SLOPE} = {OFF} \text{{ when }} i \neq j", [H]),
        (rf"{SLOPE} = {OFF} \qquad \forall i \neq j", [H]),
        (rf"{SLOPE} = {OFF} \qquad \forall i, j", [F]),
        (rf"i = j \implies {SLOPE} = {ON}", [H]),
        (rf"{SLOPE} = {OFF} \quad \text{{unless }} i = j", [U]),
        (
            rf"{SLOPE} = {ON} \quad \text{{if }} i = j, \qquad {SLOPE} = {OFF} \quad "
            rf"\text{{else}}",
            [H, U],
        ),
        (r"\Rightarrow \frac{d}{dx} x^2 = 2x", [H]),
        (r"\implies \frac{d}{dx} x^2 = 3x", [F]),
    ],
)
def test_a_condition_may_stand_on_either_side_of_its_chain(formula, expected):
    assert found(f"{SOFTMAX} $$ {formula} $$") == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (rf"{SLOPE} &= {ON} & i = j \\ &= {OFF} & i \neq j", [H, H]),
        (
            rf"{SLOPE} &= {ON} && \text{{if }} i = j \\ &= 2{OFF[1:]} && \text{{if "
            rf"}} i \neq j",
            [H, F],
        ),
        (rf"& (i = j) & {SLOPE} &= {ON} \\ & (i \neq j) & {SLOPE} &= {OFF}", [H, H]),
        (rf"i = j &: {SLOPE} = {ON} \\ i \neq j &: {SLOPE} = {OFF}", [H, H]),
        (
            rf"\text{{Case }} i = j: \\ {SLOPE} &= {ON} \\ \text{{Case }} i \neq j: "
            rf"\\ {SLOPE} &= {OFF}",
            [H, H],
        ),
        (rf"{SLOPE} &= {ON} \\ &= p_i - p_i^2 && \text{{if }} i = j", [U, H]),
        (r"x + x &= 2x & a + a &= 3a \\ x &= x & b &= 2b", [H, F, H, U]),
    ],
)
def test_each_row_has_its_own_condition(rows, expected):
    assert found(rf"{SOFTMAX} \begin{{align}} {rows} \end{{align}}") == expected


@pytest.mark.parametrize(
    ("prose", "expected"),
    [
        ("If $i = j$ then", U),
        ("On the diagonal", U),
        ("If $i \\neq j$ then", U),
        ("We find", F),
    ],
)
def test_a_case_of_the_prose_is_thought_of_before_a_step_is_called_wrong(prose, expected):
    assert found(f"{SOFTMAX} {prose} $$ {SLOPE} = p_i - p_j^2 $$") == [expected]


def test_a_condition_on_indices_defines_nothing():
    page = rf"$$ i = j $$ $$ \text{{If }} i = j: \quad {SLOPE} = {ON} $$"
    assert found(SOFTMAX + page + rf"$$ {SLOPE} = p_i(\delta_{{ij}} - p_j) $$") == [H, H]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (r"$$ z_i + a = z_i, \quad i = 1, \dots, K $$", F),
        (r"$$ z_i + a = z_i, \quad i = 1, \dots, K-1 $$", U),
        (r"$$ z_i z_j = z_j z_i, \quad i = 1, \dots, K-1 $$", H),
        (r"For positive $x$ $$ \frac{d}{dx} \max(0, x) = 1 $$", U),
        (r"For positive $x$ $$ \frac{d}{dx} \max(0, x) = 2 $$", F),
        (r"If $y = 1$ then $$ \frac{d}{dx}(y\log\sigma(x)) = 1 - \sigma(x) $$", U),
        (r"If $y = 1$ then $$ \frac{d}{dx}(y\log\sigma(x)) = \sigma(x) $$", F),
        (r"Let $q = x^2$ if $x > 0$ and $q = 0$ otherwise. $$ \frac{dq}{dx} = 2x $$", U),
        (r"Let $q = x^2$. If $q = 0$, then $x = 0$. $$ \frac{dq}{dx} = 2x $$", H),
    ],
)
def test_what_holds_in_some_cases_is_neither_right_nor_wrong_in_all(page, expected):
    assert found(page) == [expected]


def test_a_one_hot_target_may_be_said_to_be_one():
    declared = """
[indices]
i = "K"
k = "K"
[symbols]
'z_i' = "real"
't_i' = "onehot i"
"""
    page = rf"{SOFTMAX} Let $L = -\sum_i t_i \log p_i$. If $t_i = 1$ then "
    slope = r"\frac{\partial L}{\partial z_i}"
    assert found(rf"{page} $$ {slope} = p_i - 1 $$ $$ {slope} = p_i - t_i $$", declared) == [U, H]
    assert found(rf"{page} $$ {slope} = p_i $$", declared) == [F]


def test_wide_space_around_an_equality_is_only_space():
    assert found(r"$$ x + x \quad = \quad 2x $$ $$ x + x \quad = \quad x $$") == [H, F]
