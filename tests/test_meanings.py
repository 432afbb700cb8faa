"""What an equation means: definitions, values, conditions, constraints and updates are no claims.

Each page got a wrong verdict once; beside it stands one whose verdict must still be given.
"""

import json

import pytest
from derivations import judged, verdicts

from verify.derivation.steps import StepVerdict

H, F, U = "holds", "fails", "unjudged"
DECLARED = r"""
[indices]
i = "K"
j = "K"
k = "K"
n = "N"
[symbols]
'x' = "real"
'a' = "real"
'b' = "real"
'y' = "bit"
'z_i' = "real"
'w' = "real (D)"
'v' = "real (N)"
'X' = "real (N, D)"
'S' = "spd (D, D)"
'\sigma' = "logistic"
"""
SOFTMAX = r"Let $p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$. "
SLOPE = r"\frac{\partial p_i}{\partial z_j}"
ON, OFF = "p_i(1-p_j)", "-p_i p_j"


def found(text, declared=DECLARED):
    """Verdicts of all steps that are no definition."""
    return [verdict for _, _, verdict in verdicts(judged(text, declared))]


def message(text, declared=DECLARED):
    return judged(text, declared).steps[-1].message


@pytest.mark.parametrize(
    ("said", "formula", "expected"),
    [
        ("At $x = 0$ it vanishes.", r"\frac{d}{dx} x^2 = x", U),
        ("At $x = 0$ it vanishes.", r"\frac{d}{dx} x^2 = 2x", H),
        ("At $x = 0$ it vanishes.", r"\frac{d}{dx} x^2 = 3x + 1", F),
        ("At $x = a$ it is", r"\frac{d}{dx} x^2 = 2a", U),
        ("Set $a = 1$.", r"\frac{d}{dx} a x^2 = 2x", U),
        ("Set $q = 1$.", r"\frac{d}{dx} q x^2 = 2x", U),
        ("Set $q = 1$.", r"\frac{d}{dx} q x^2 = 2qx", H),
        ("At $t = 0$,", r"\frac{d}{dt} t^2 = t", U),
        ("Let $q := 0.5$.", r"\frac{d}{dx} q x = 0.5", H),
        ("First $y = 1$, then $y = 0$.", r"y x + (1 - y) a = x", U),
        ("First $y = 1$, then $y = 0$.", r"y x + (1 - y) a = b", U),
        ("For $x > 0$,", r"\frac{d}{dx} \max(0, x) = 1", U),
        ("For $x > 0$,", r"\frac{d}{dx} \max(0, x) = -1", F),
        ("If $K = 2$,", r"\sum_i z_i x = z_1 x + z_2 x", U),
        ("", r"\frac{d}{dx} x^2 = x", F),
    ],
)
def test_a_value_in_the_prose_is_not_taken_for_the_whole_page(said, formula, expected):
    assert found(f"{said} $$ {formula} $$")[-1] == expected


def test_a_value_in_a_display_is_a_constraint_there_and_nowhere_else():
    assert found(r"$$ x = 0 $$ $$ \frac{d}{dx} x^2 = x $$") == [U, U]
    assert found(r"$$ a = 1, x = 0 $$ $$ \frac{d}{dx} a x^2 = 2 a x $$") == [U, H]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\text{Var}(x) = x", U),
        (r"\text{rank}(S) = S", U),
        (r"\text{trace of } S = S", U),
        (r"x = x \text{Var}", U),
        (r"x + x = 2x \text{ squared}", U),
        (r"x + x = 2x + \text{const.}", U),
        (r"\text{arg max}(x) = x", U),
        (r"x + x = 2x \quad a", U),
        (r"\text{Hence } x + x = 3x", F),
        (r"\text{Softmax:}\quad x + x = 2x", H),
        (r"x + x = 2x \text{ by symmetry}", H),
        (r"x + x = 2x \quad \text{(chain rule)}", H),
        (r"x + x = 2x \quad (1)", H),
        (r"x + x = 3x \quad \text{in the linear case}", U),
    ],
)
def test_text_is_left_out_only_where_it_is_prose(formula, expected):
    assert found(f"$$ {formula} $$") == [expected]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (r"$$ \frac{d}{dx}(x - a)^2 = 2(x - a) = 0 $$", [H, U]),
        (r"$$ \frac{d}{dx}(x - a)^2 = 3(x - a) = 0 $$", [F, U]),
        (r"$$ x + a - a - x = 0 $$", [H]),
        (r"$$ w^T w = 1 $$ $$ 2x = 4 $$", [U, U]),
        (r"$$ w = w - a\frac{\partial w^T w}{\partial w} $$", [U]),
        (r"$$ w := w - a\frac{\partial w^T w}{\partial w} $$ $$ w^T w = w^T w $$", [U, H]),
        (r"$$ X^T X w - X^T v = 0 $$ $$ X^T X w = X^T v $$", [U, U]),
        (r"Setting it to zero gives $$ X^T X w = X^T v $$", [U]),
        (r"$$ 2x + 4 = 0 \implies x + 2 = 0 \implies x = -2 $$", [U, U, U]),
        (r"$$ w^T w = 1 $$ $$ (a + b)^2 = a^2 + b^2 $$", [U, F]),
        (r"$$ (a + b)^2 = a^2 + b^2 $$ $$ 2a = a $$ $$ \frac{d}{dx} x^2 = a $$", [F, F, F]),
    ],
)
def test_equations_that_are_to_hold_are_no_claims(page, expected):
    assert found(page) == expected


def test_a_step_that_needs_a_constraint_of_the_page_is_not_wrong():
    step = r"$$ \frac{\partial}{\partial z_j}\sum_i z_i^2 = 2 z_j \sum_i z_i $$"
    assert found(r"$$ \sum_i z_i = 1 $$" + step) == [U, U]
    assert found(step) == [F]
    assert message(step) == "right only where z sums to 1 over i"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\frac{\partial u}{\partial w} = X", H),
        (r"\frac{\partial u}{\partial w} = X^T", U),
        (r"\frac{\partial u}{\partial w} = 2X^T", F),
        (r"\nabla_w (X w) = X^T", U),
        (
            r"\frac{\partial L}{\partial w} = \frac{\partial u}{\partial "
            r"w}\frac{\partial L}{\partial u}",
            U,
        ),
        (r"\frac{\partial L}{\partial w} = \left(\frac{\partial u}{\partial w}\right)^T u", H),
        (r"\frac{\partial L}{\partial w} = 2 X^T u", F),
    ],
)
def test_either_layout_of_a_jacobian_is_usual(formula, expected):
    assert found(rf"Let $u = X w$ and $L = \frac{{1}}{{2}} u^T u$. $$ {formula} $$") == [expected]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\frac{\partial\log|S|}{\partial S} = S^{-1}", H),
        (r"\frac{\partial\log|S|}{\partial S} = 2S^{-1} - S^{-1}\circ S^{-1}S", U),
        (r"\frac{\partial w^T S w}{\partial w} = S w", F),
    ],
)
def test_a_derivative_by_a_symmetric_matrix_is_not_called_wrong(formula, expected):
    assert found(f"$$ {formula} $$") == [expected]


def test_a_witness_with_entries_of_the_page_can_be_written_down():
    step = judged(r"$$ z_1 + a = a \quad z_1 = 0.1 $$", DECLARED).steps[-1]
    assert step.verdict is StepVerdict.FAILS
    assert json.loads(json.dumps(step.witness.values))["z_{i}"][0] == 0.1


ANONYMOUS = '[indices]\ni = "N"\n[symbols]\n\'A\' = "real (N, D)"\n\'c\' = "real (D)"\n'


def test_an_undeclared_second_index_runs_over_the_axis_that_is_left():
    page = (
        r"$$ \sum_j A_{ij} c_j = (A c)_i $$ $$ \frac{\partial}{\partial c_j} c_j A_{ij} = A_{ij} $$"
    )
    result = judged(page, ANONYMOUS)
    assert F not in [verdict for _, _, verdict in verdicts(result)]
    assert found(r"$$ \frac{\partial}{\partial A_{ij}} A_{ij}^2 = 2 A_{ij} $$", ANONYMOUS) == [H]
    assert found(r"$$ \frac{\partial}{\partial A_{ij}} A_{ij}^2 = A_{ij} $$", ANONYMOUS) == [F]


def test_an_index_in_brackets_may_have_a_transpose_behind_it():
    declared = '[indices]\nk = "K"\n[symbols]\n\'w\' = "real (D)"\n\'x^{(k)}\' = "real (D)"\n'
    page = r"$$ w^T x^{(k)} = x^{(k)\top} w $$ $$ x^{(k)\top} w = 2 w^T x^{(k)} $$"
    assert found(page, declared) == [H, F]
