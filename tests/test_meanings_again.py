"""What a second hostile review got wrong verdicts from; beside each a step that is still judged."""

import tomllib

import pytest
from derivations import judged, verdicts

from verify.derivation.suggest import suggestion
from verify.formula.document import read_document
from verify.formula.source import FormulaError
from verify.formula.symbols import parse_declarations

H, F, U = "holds", "fails", "unjudged"
DECLARED = r"""
[indices]
i = "n"
j = "n"
k = "n"
a = "k"
[symbols]
'w_a' = "real"
'x_i' = "real"
't_i' = "real"
'm_{ij}' = "real"
's_j' = "real"
'y' = "label n"
'z' = "real"
'c' = "real"
'C' = "real"
'h' = "real (n)"
'g' = "real (n)"
'A' = "real (n, n)"
'X' = "real (n, n)"
"""


def found(text, declared=DECLARED):
    """Verdicts of all steps that are no definition."""
    return [verdict for _, _, verdict in verdicts(judged(text, declared))]


HIDDEN = r"Hidden state $h' = A h$, loss $L = \frac12\|h' - g\|^2$. "
SLOPE = r"\frac{\partial\operatorname{tr}(AX)}{\partial X}"
SVM = r"Let $L = \sum_{j\ne y}\max(0, s_j-s_y+1)$. "
MEAN = r"Let $\mu = \frac1n\sum_i x_i$ and $v = \frac1n\sum_i (x_i-\mu)^2$. "
SIGMOID = r"\frac{1}{1+e^{-z}}"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            r"$$ \log(2-a) = a-1 $$ $$ w_a\sqrt{1-a} = 0 $$ $$ \log(2a) = \log 2 + \log a $$",
            [U, U, H],
        ),
        (r"$$ x_{i+1} = x_{i+1} + x_i - x_i $$ $$ 2x_i = x_i + x_i $$", [U, H]),
        (HIDDEN + r"$$ \frac{\partial L}{\partial h} = h-g $$", [U]),
        (HIDDEN + r"$$ \frac{\partial L}{\partial h} = A^T(h'-g) $$", [U]),
        (r"$$ A' = A^T $$ $$ h'Ah = h^TAh $$ $$ h'Ah = 2h^TAh $$", [H, H, F]),
        (rf"$$ {SLOPE} = A $$", [U]),
        (rf"$$ {SLOPE} = A $$ $$ \frac{{\partial h^TXg}}{{\partial X}} = hg^T $$", [F, H]),
        (rf"$$ {SLOPE} = A^T $$ $$ {SLOPE} = 2A^T $$", [H, F]),
        (r"Let $p_i = m_{ij}x_j$. $$ \frac{\partial p_i}{\partial x_k} = m_{ik} $$", [U]),
        (r"Let $p_i = \sum_j m_{ij}x_j$. $$ \frac{\partial p_i}{\partial x_k} = 2m_{ik} $$", [F]),
        (rf"$$ z(t) = {SIGMOID} $$ $$ z(c) = {SIGMOID} $$ $$ z + z = 2z $$", [U, U, U]),
        (rf"$$ c(z) = {SIGMOID} $$ $$ \frac{{d c(z)}}{{d z}} = c $$", [U, U]),
        (r"$$ c(z) = cz $$ $$ cz = 2cz $$", [H, F]),
        (MEAN + r"$$ \frac{\partial v}{\partial\mu} = 5\sum_i(x_i-\mu) $$", [U]),
        (MEAN + r"$$ \frac{\partial v}{\partial\mu} = -\frac2n\sum_i(x_i-\mu) $$", [H]),
        (SVM + r"$$ \frac{\partial L}{\partial s_j} = \mathbb 1(s_j-s_y+1>0) $$", [U]),
        (SVM + r"$$ \frac{\partial L}{\partial s_j} = 2\,\mathbb 1(s_j-s_y+1>0) $$", [F]),
        (r"$$ \log(2e^{z}) = z + C $$", [U]),
        (r"$$ \log(2e^{z}) = z + C $$ $$ Cz = zC $$ $$ \log(2e^{z}) = 2z $$", [F, H, F]),
    ],
)
def test_a_page_of_the_second_review(page, expected):
    assert found(page) == expected


def test_a_solution_does_not_hold_by_definition():
    loss = r"Let $L = \sum_i (z x_i - t_i)^2$. $$ \frac{\partial L}{\partial z} = 0 $$"
    page = (
        loss + r" $$ \hat z = \frac{\sum_i t_i}{\sum_i x_i} $$ $$ \implies q = c^2 $$ $$ r = z^2 $$"
    )
    steps = judged(page, DECLARED).steps
    assert [step.verdict.value for step in steps[-3:]] == [U, U, H]


@pytest.mark.parametrize(
    "lines",
    [
        "'x' = \"real\"\n'x^3' = \"real\"", "'\\partial_{x}' = \"real\"", "'x^T' = \"real\"",
        "'x_i' = \"real\"\n\"x'_i\" = \"real\"", "'\\mathbf 1' = \"constant 1 (N)\"",
    ],
)  # fmt: skip
def test_notation_that_is_no_symbol_is_not_declared(lines):
    with pytest.raises(FormulaError, match="symbol"):
        parse_declarations(f'[indices]\ni = "n"\n[symbols]\n{lines}\n', "here")


def test_other_names_with_scripts_are_declared():
    lines = '\'x\' = "real"\n"x\'" = "real"\n\'\\sigma^2\' = "positive"\n\'W^{[1]}\' = "real"'
    assert len(parse_declarations(f"[symbols]\n{lines}\n", "here").symbols) == 4


def test_the_advice_names_no_operator_as_a_symbol():
    message = judged(r"$$ \partial_z (z^2) = 2z $$", DECLARED).steps[-1].message
    assert "operator" in message
    assert '"real"' not in message


def test_a_suggestion_is_toml_without_powers():
    page = r"$$ \psi'' u^3 = b^T b - \mathbb{E}(u) $$"
    symbols = tomllib.loads(suggestion(read_document(page, "page.md")))["symbols"]
    assert {"u", "b"} <= symbols.keys()
    assert not {"u^{3}", "b^{T}", "\\mathbb{E}"} & symbols.keys()
