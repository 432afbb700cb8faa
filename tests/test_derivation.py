"""A derivation on a page: a verdict for every `=`, and what is said about the wrong ones."""

import pytest
from derivations import (
    DECLARATIONS,
    LOSS,
    PAGE,
    RESULT,
    SIGMOID_CHAIN,
    SOFTMAX,
    SOFTMAX_CHAIN,
    applied,
    corrected,
    displayed,
    failing,
    judged,
    judged_formula,
    step_of,
    verdicts,
)

from verify.derivation.steps import StepVerdict

H, F, U = "holds", "fails", "unjudged"
DEFINED = rf"$a^n = \theta^Tx^n$, $z^n = \sigma(a^n)$, ${SOFTMAX}$, ${LOSS}$: "
SMALL = r"""
[indices]
i = "D"
j = "D"
k = "D"
[symbols]
'x_i' = "real"
'w_i' = "real"
'c' = "real"
'b' = "positive"
'\sigma' = "logistic"
"""


@pytest.fixture(scope="module")
def page():
    return judged(PAGE)


@pytest.fixture(scope="module")
def right_page():
    return judged(corrected(PAGE))


def test_every_step_of_the_page_has_its_verdict(page):
    assert len(page.steps) == 22
    assert verdicts(page) == [
        ("1", 1, H),
        ("2", 1, H),
        ("3", 1, F), ("3", 2, H), ("3", 3, F), ("3", 4, H),
        ("4", 1, H), ("4", 2, H), ("4", 3, F),
        ("5", 1, H),
        ("6", 1, F),
        ("7", 1, F),
        ("8", 1, H), ("8", 2, H), ("8", 3, F), ("8", 4, H), ("8", 5, F), ("8", 6, H),
    ]  # fmt: skip
    assert not page.refusals
    assert not page.as_expected


def test_what_the_prose_introduces_is_a_definition(page):
    defined = [step for step in page.steps if step.defines]
    assert [step.verdict.value for step in defined] == [H] * 4
    assert {step.message for step in defined} == {"by definition"}


def test_the_right_derivation_has_no_failing_step(right_page):
    assert len(right_page.steps) == 22
    assert failing(right_page) == []
    assert right_page.as_expected


def test_each_failing_step_is_certified_by_balls_that_do_not_overlap(page):
    wrong = [step for step in page.steps if step.verdict is StepVerdict.FAILS]
    assert len(wrong) == 7
    for step in wrong:
        assert "certified" in step.evidence
        assert step.witness.balls is not None
        assert step.witness.left != pytest.approx(step.witness.right, rel=1e-6)


def test_no_step_that_holds_claims_a_witness(page):
    held = [step for step in page.steps if step.verdict is StepVerdict.HOLDS]
    assert len(held) == 15
    assert all(step.witness is None and not step.repairs for step in held)


def test_a_witness_names_an_entry_within_its_sizes(page):
    found = step_of(page, "6", 1).witness
    assert found.entry.keys() == {"i", "j"}
    assert 1 <= found.entry["i"] <= found.extents["D"]
    assert 1 <= found.entry["j"] <= found.extents["K"]


def test_the_first_wrong_step_and_the_one_that_undoes_it_are_named(page):
    assert step_of(page, "8", 3).message.startswith("the first wrong step of its chain")
    assert step_of(page, "8", 5).message.startswith("silently undoes the error of step 3")
    assert not step_of(page, "8", 5).repairs
    assert "first wrong" not in step_of(page, "4", 3).message


def test_a_bound_that_is_an_index_is_read_literally_and_its_repair_mends_the_chain(page):
    assert any("is an index: executed literally" in note.message for note in page.notes)
    repairs = [step_of(page, "3", end).repairs for end in (1, 3)]
    assert [[(r.text, r.definition) for r in found] for found in repairs] == [[("K", True)]] * 2
    mended = judged(applied(PAGE, repairs[0][0]))
    assert [end for chain, end in failing(mended) if chain == "3"] == []
    assert ("4", 3) in failing(mended)


def test_the_wrong_exponent_is_repaired_in_either_of_two_places(page):
    found = step_of(page, "4", 3).repairs
    assert [(PAGE[r.span.start : r.span.end], r.text) for r in found] == [
        ("a_j", "-a_j"),
        ("-a_j", "a_j"),
    ]


def test_a_dropped_superscript_is_noted_once_per_symbol(page):
    messages = [note.message for note in page.notes]
    assert len(messages) == len(set(messages))
    assert sum("y_{k} has no n" in message for message in messages) == 1


@pytest.mark.parametrize("environment", ["eqnarray", "eqnarray*", "align", "align*", "gather"])
def test_a_chain_is_judged_alike_in_every_environment(environment):
    signs = SOFTMAX_CHAIN if environment.startswith("eqn") else SOFTMAX_CHAIN.replace("&=&", "&=")
    found = judged(DEFINED + displayed(signs, environment))
    assert [verdict for _, _, verdict in verdicts(found)] == [F, H, F, H]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\begin{align} c + c &= 2c \\ c c &= c^2 \\ c - b &= b - c \end{align}", [H, H, F]),
        (r"\begin{align} c + c &= 2c \\ &= 3c - c \\ &= 3c \end{align}", [H, H, F]),
        ("\\[\n(c + b)^2\n= c^2 + 2cb + b^2\n\\]\n\\[ c(c + b) \\]\n", [H]),
        (r"$$ c + c = 2c, \quad c - b = b - c $$", [H, F]),
        (r"$$ 1 + \log b^2 \\ = 1 + 2 \log b \\ = 2 \log b $$", [H, F]),
        ("c + c = 2 c\n  = 3 c\n", [H, F]),
        (r"$$ c + b \neq c $$", []),
    ],
)
def test_rows_and_sides_become_chains(text, expected):
    assert [verdict for _, _, verdict in verdicts(judged(text, SMALL))] == expected


KRONECKER = r"\frac{\partial}{\partial x_j} x_i^2"


@pytest.mark.parametrize(
    ("condition", "right", "expected"),
    [
        (r"\quad i \neq j", "0", H),
        (r"\quad \text{if } i \neq j", "0", H),
        (r"\quad i \leq D, i \neq j", "0", H),
        (r"\quad i < j", "0", H),
        (r"\quad i \leq j", "x_i", F),
        (r"\quad i \neq j", "2 x_i", F),
        ("", "x_i", F),
        (r"\quad c \to 0", "0", U),
        (r"\quad (i \neq j)", "0", H),
        (r"\quad i = j", "2 x_i", H),
        (r"\quad \text{if } i = j", "2 x_i", H),
    ],
)
def test_a_condition_beside_a_chain_restricts_its_entries(condition, right, expected):
    found = judged_formula(f"{KRONECKER} = {right} {condition}", SMALL)
    assert [verdict for _, _, verdict in verdicts(found)] == [expected]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("i = j", H), ("i \\\\neq j", F), ("c = 0", F), ("x_i = 0", U)],
)
def test_a_condition_can_be_given_with_the_declarations(given, expected):
    declared = SMALL + f'[given]\n1 = "{given}"\n'
    found = judged_formula(rf"{KRONECKER} = 2 x_i", declared)
    assert [verdict for _, _, verdict in verdicts(found)] == [expected]


def test_a_symbol_can_be_fixed_for_one_chain():
    declared = SMALL + '[given]\n1 = "c = 0"\n'
    text = "$$ c + b = b $$ and $$ c + b = b $$"
    assert [verdict for _, _, verdict in verdicts(judged(text, declared))] == [H, F]


def test_definitions_given_twice_must_agree_on_a_step():
    twice = r"$$ L := \sum_i x_i^2 $$ $$ L := \frac{1}{2} \sum_i x_i^2 $$"
    slope = r"$$ \frac{\partial L}{\partial x_i} = 2 x_i $$"
    assert verdicts(judged(twice + slope, SMALL))[-1][2] == U
    once = twice.split("$$ $$")[0] + "$$ "
    assert verdicts(judged(once + slope, SMALL))[-1][2] == H
    assert verdicts(judged(twice + slope.replace("= 2", "= -2"), SMALL))[-1][2] == F


def test_a_definition_may_come_after_its_use():
    text = r"$$ \frac{\partial L}{\partial x_i} = 2 x_i $$ where $$ L = \sum_k x_k^2 $$"
    assert verdicts(judged(text, SMALL)) == [("1", 1, H)]
    assert failing(judged(text.replace("= 2", "= 3"), SMALL)) == [("1", 1)]


def test_a_symbol_defined_by_itself_is_not_executed():
    found = judged(r"$$ L = L + 1 $$ $$ \frac{\partial L}{\partial c} = 0 $$", SMALL)
    assert StepVerdict.HOLDS not in {step.verdict for step in found.steps}


@pytest.mark.parametrize(
    ("expect", "as_expected"), [('6 = "fails"\n', True), ('"6.1" = "fails"\n', True), ("", False)]
)
def test_a_step_that_is_declared_to_fail_is_as_expected(expect, as_expected):
    page = corrected(PAGE).split("A reader")[0]
    wrong = page.replace(corrected(RESULT), RESULT)
    assert failing(judged(wrong)) == [("6", 1)]
    assert judged(wrong, f"{DECLARATIONS}[expect]\n{expect}").as_expected is as_expected


def test_a_right_step_that_is_declared_to_fail_is_not_as_expected():
    declared = SMALL + '[expect]\n1 = "fails"\n'
    assert not judged_formula("c + c = 2c", declared).as_expected
    assert judged_formula("c + c = 3c", declared).as_expected


def test_an_expectation_of_a_chain_does_not_reach_the_definitions_before_it():
    declared = SMALL + '[expect]\n1 = "fails"\n'
    found = judged(r"Let $L = \sum_i x_i^2$. $$ \frac{\partial L}{\partial x_i} = x_i $$", declared)
    assert failing(found) == [("1", 1)]
    assert found.as_expected


def test_a_refused_side_does_not_take_the_others_down():
    found = judged_formula(r"c + c = 2c = \int c = 3c = 2c + c = 4c", SMALL)
    assert [verdict for _, _, verdict in verdicts(found)] == [H, U, U, H, F]
    assert len(found.refusals) == 1
    assert found.text[found.refusals[0].span.start :].startswith(r"\int")


def test_a_refused_chain_does_not_take_the_others_down():
    found = judged(r"$$ c + ( c = 2 $$ $$ c + c = 2c $$ $$ \unknown c = 1 $$", SMALL)
    assert found.refusals
    assert not failing(found)
    assert H in [verdict for _, _, verdict in verdicts(found)]


@pytest.mark.parametrize("text", ["", "No formula at all.", "$c$ and $x_i$", "$$ c $$"])
def test_a_page_without_equations_has_no_steps(text):
    found = judged(text, SMALL)
    assert found.steps == ()
    assert found.as_expected


def test_ill_typed_sides_fail_without_numbers_where_the_ranges_differ():
    found = judged(DEFINED + r"$$ \frac{\partial E}{\partial \theta_{ji}} = x_i $$")
    assert failing(found) == [("1", 1)]
    assert "runs over" in step_of(found, "1", 1).message


def test_the_sigmoid_chain_alone_has_its_one_error():
    alone = rf"$z_j = \sigma(a_j)$ {displayed(SIGMOID_CHAIN)}"
    declared = DECLARATIONS + "'a_j' = \"real\"\n"
    assert failing(judged(alone, declared)) == [("1", 3)]
    assert failing(judged(corrected(alone), declared)) == []


@pytest.mark.parametrize("formula", ["c^2 = -c^2", "x_i^2 = x_i", r"\log b^2 = 3 \log b"])
def test_an_equation_does_not_define_a_power_of_a_declared_symbol(formula):
    assert failing(judged_formula(formula, SMALL)) == [("1", 1)]


@pytest.mark.parametrize("formula", ["2c = c", "-x_i = x_i", r"c + b^2 = b^2"])
def test_an_equation_defines_nothing_that_is_declared(formula):
    assert failing(judged_formula(formula, SMALL)) == [("1", 1)]


def test_a_numerator_without_its_partial_gets_no_verdict():
    text = r"$$ b = c x_i^2 $$".replace("b =", "L =") + r" $$ \frac{L}{\partial c} = x_i^2 $$"
    found = judged(text, SMALL)
    assert verdicts(found)[-1][2] == U
    assert "a numerator has no" in found.steps[-1].message


def test_an_operator_is_not_defined_by_an_equation():
    found = judged(r"$$ \nabla_c (c b) = 7 b $$ $$ \exp(c) = c $$", SMALL)
    assert [verdict for _, _, verdict in verdicts(found)] == [F, F]


def test_a_derivative_of_what_does_not_depend_on_it_proves_nothing():
    found = judged(r"$$ \frac{\partial b}{\partial c} = 5 \frac{\partial b}{\partial c} $$", SMALL)
    assert verdicts(found)[-1][2] == U


def test_formals_of_one_name_are_told_apart_in_nested_functions():
    nested = r"$$ s(u) = \frac{1}{1 + e^{-u}} $$ $$ g(u) = u s(u) $$"
    right = r"$$ g'(u) = g(u) + s(u)(1 - g(u)) $$ $$ g(2u) = \frac{2u}{1 + e^{-2u}} $$"
    wrong = r"$$ g'(u) = s(u) $$ $$ g(2u) = \frac{2u}{1 + e^{-u}} $$"
    found = judged(nested + right + wrong, '[symbols]\n"u" = "real"\n')
    assert [verdict for _, _, verdict in verdicts(found)][-4:] == [H, H, F, F]


def test_an_undeclared_index_of_a_sum_runs_where_it_stands():
    text = (
        r"$$ \frac{\partial}{\partial x_i} \log \sum_q e^{x_q} = \frac{e^{x_i}}{\sum_q e^{x_q}} $$"
    )
    found = judged(text, SMALL)
    assert verdicts(found)[-1][2] == H
    assert any("the index q is not declared" in note.message for note in found.notes)


def test_nabla_finds_its_variable_in_the_one_argument():
    declared = "[symbols]\n'\\mathbf{w}' = \"real (M)\"\n"
    text = r"$$ Q(\mathbf{w}) = \mathbf{w}^T \mathbf{w} $$"
    right = r"$$ \nabla Q(\mathbf{w}) = 2 \mathbf{w} $$ $$ \nabla Q = 2 \mathbf{w} $$"
    found = judged(text + right + r"$$ \nabla Q(\mathbf{w}) = \mathbf{w} $$", declared)
    assert [verdict for _, _, verdict in verdicts(found)][-3:] == [H, H, F]


@pytest.mark.parametrize(
    "formula",
    [
        r"\sum_{i \in \{1,2\}} x_i = x_1 + x_2",
        r"\sum_{i=1}^2 x_i = x_1 + x_2",
        r"\sum_{i=1}^3 x_i = x_1 + x_2 + x_3",
        "x_3 + c = c + x_3",
    ],
)
def test_a_short_sum_is_the_sum_of_its_terms(formula):
    found = judged_formula(formula, SMALL)
    assert [verdict for _, _, verdict in verdicts(found)] == [H]


@pytest.mark.parametrize("right", ["x_1 + x_2", "x_1 + x_2 + 2 x_3"])
def test_a_short_sum_is_no_other_sum(right):
    assert failing(judged_formula(rf"\sum_{{i=1}}^3 x_i = {right}", SMALL)) == [("1", 1)]


def test_a_condition_beside_one_chain_does_not_act_on_others():
    found = judged(r"$$ c + b = b \quad c = 0 $$ and $$ c + b = b $$", SMALL)
    assert [verdict for _, _, verdict in verdicts(found)] == [H, F]
