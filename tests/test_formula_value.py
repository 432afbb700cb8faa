"""`Formula` and `.gradient(latex=…)`: values against NumPy by hand, and what is refused."""

import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import mpmath
import numpy as np
import pytest
from test_flagship import literal

from verify import (
    CONSISTENT,
    REFUTED,
    UNSTABLE,
    Formula,
    GradverifyError,
    onehot,
    positive,
    problem,
    reals,
)
from verify.campaign import run
from verify.errors import DeclarationError, UsageError
from verify.formula.source import FormulaError
from verify.studies import network
from verify.wide import widen

LETTERS = {"n": "N", "i": "D", "j": "K", "k": "K", "l": "K"}
SYMBOLS = {
    "x_i^n": "real",
    "t_k^n": "onehot k",
    r"\theta_{ij}": "real",
    r"\sigma": "logistic",
}
NETWORK = (
    r"a_j^n = \sum_i \theta_{ij} x_i^n",
    r"z_j^n = \sigma(a_j^n)",
    r"y_k^n = \frac{e^{z_k^n}}{\sum_l e^{z_l^n}}",
)
LOSS = r"-\sum_{n=1}^N \sum_{k=1}^K t_k^n \log y_k^n"
SLOPE = r"\frac{e^{a_j^n}}{(1+e^{-a_j^n})^2}"
PUBLISHED = rf"-\sum_{{n=1}}^N \sum_{{k=1}}^{{K}} t_k^n(\delta_{{jk}} - y_j^n){SLOPE}x_i^n"
RIGHT = PUBLISHED.replace("e^{a_j^n}", "e^{-a_j^n}")
ROWS = {"x": "n i", "t": "n k"}
MEANINGS = {"where": NETWORK, "indices": LETTERS, "symbols": SYMBOLS}


def loss(**options):
    return Formula(LOSS, **{**MEANINGS, **options})


def data(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(3, 2)),
        "theta": rng.normal(size=(2, 4)),
        "t": np.eye(4)[rng.integers(0, 4, 3)],
    }


def by_hand(x, theta, t):
    return network.cross_entropy(network.outputs(x, theta)[2], t)


def gradient_by_hand(x, theta, t):
    _, z, y = network.outputs(x, theta)
    return network.matrix_form(x, y, t, z * (1 - z))


def by_complex_step(formula, name, arrays):
    found = np.zeros(arrays[name].shape)
    for place in np.ndindex(found.shape):
        moved = arrays[name].astype(complex)
        moved[place] += 1e-30j
        found[place] = np.imag(formula(**{**arrays, name: moved})) / 1e-30
    return found


def test_value_is_that_of_numpy_by_hand():
    arrays = data()
    np.testing.assert_allclose(loss(axes=ROWS)(**arrays), by_hand(**arrays), rtol=1e-14)


def test_axes_are_those_of_the_name_subscripts_first_unless_told():
    arrays = data()
    turned = {**arrays, "x": arrays["x"].T, "t": arrays["t"].T}
    np.testing.assert_allclose(loss()(**turned), by_hand(**arrays), rtol=1e-14)
    with pytest.raises(UsageError, match="sizes clash"):
        loss()(**arrays)


@pytest.mark.parametrize("name", ["theta", "x"])
def test_gradient_is_the_complex_step_of_the_value(name):
    arrays, formula = data(1), loss(axes=ROWS)
    claimed = formula.gradient(name)(**arrays)
    np.testing.assert_allclose(claimed, by_complex_step(formula, name, arrays), rtol=1e-12)


def test_gradient_has_the_shape_of_the_array_and_another_order_on_request():
    arrays, formula = data(), loss(axes=ROWS)
    slope = formula.gradient("theta")
    assert slope.free == ("i", "j")
    np.testing.assert_allclose(slope(**arrays), gradient_by_hand(**arrays), atol=1e-15)
    turned = formula.gradient("theta", out="j i")
    np.testing.assert_array_equal(turned(**arrays), slope(**arrays).T)


def test_gradient_of_a_gradient_is_symmetric():
    arrays = data()
    second = loss(axes=ROWS).gradient("theta").gradient("theta")
    assert second.free == ("i", "j", "i'", "j'")
    hessian = second(**arrays).reshape(8, 8)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-15)
    assert np.abs(hessian).max() > 0.01


def test_gradient_by_a_defined_symbol_moves_what_is_defined_from_it():
    arrays = data()
    _, _, y = network.outputs(arrays["x"], arrays["theta"])
    slope = loss(axes=ROWS).gradient("z", out="n j")
    np.testing.assert_allclose(slope(**arrays), y - arrays["t"], atol=1e-15)


def test_published_formula_is_evaluated_as_it_stands():
    arrays = data()
    formula = Formula(PUBLISHED, **MEANINGS, axes=ROWS, out="i j")
    a, _, y = network.outputs(arrays["x"], arrays["theta"])
    wrong = network.double_sum(arrays["x"], y, arrays["t"], np.exp(a) / (1 + np.exp(-a)) ** 2)
    np.testing.assert_allclose(formula(**arrays), wrong, rtol=1e-13)


def test_free_letters_come_in_the_order_in_which_they_stand():
    options = {"indices": LETTERS, "symbols": SYMBOLS}
    assert Formula(r"x_i^n \theta_{ij}", **options).free == ("i", "n", "j")
    assert Formula(r"\sum_i \theta_{ij} x_i^n", **options).free == ("j", "n")
    assert Formula(r"\sum_i \theta_{ij} x_i^n", out="n j", **options).free == ("n", "j")
    assert Formula(r"X^T X", symbols={"X": "real (N, D)"}).free == ("d", "d'")


def test_matrices_are_read_without_indices():
    rng = np.random.default_rng(0)
    X, w, y = rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=5)
    ridge = Formula(
        r"\|Xw - y\|^2 + \lambda \|w\|^2",
        symbols={"X": "real (N, D)", "w": "real (D)", "y": "real (N)", r"\lambda": "positive"},
    )
    assert ridge.inputs == ("X", "w", "y", "lambda")
    arrays = {"X": X, "w": w, "y": y, "lambda_": 0.5}
    np.testing.assert_allclose(ridge(**arrays), ((X @ w - y) ** 2).sum() + 0.5 * w @ w)
    slope = 2 * X.T @ (X @ w - y) + w
    np.testing.assert_allclose(ridge.gradient("w")(**arrays), slope)
    np.testing.assert_allclose(ridge.gradient("lambda")(**arrays), w @ w)


def test_labels_count_from_zero_as_numpy_indexes():
    picked = Formula(
        "y_{c_n}", indices={"n": "N", "k": "K"}, symbols={"y_k": "real", "c_n": "label K"}
    )
    y, c = np.array([1.0, 2.0, 5.0]), np.array([2, 0])
    np.testing.assert_array_equal(picked(y=y, c=c), y[c])
    with pytest.raises(UsageError, match="whole numbers from 0, below 3"):
        picked(y=y, c=c + 1)


def test_sizes_that_no_array_has_are_given_by_name():
    mean = Formula(r"\frac{1}{N} \sum_n s", indices={"n": "N"}, symbols={"s": "real"})
    assert mean(s=3.0, N=4) == 3.0
    with pytest.raises(UsageError, match="give N="):
        mean(s=3.0)


def test_longdouble_is_evaluated_in_longdouble():
    third = Formula(r"\frac{s}{3}", symbols={"s": "real"})
    assert third(s=np.longdouble(1)) == np.longdouble(1) / 3


def test_wide_numbers_are_evaluated_in_their_own_arithmetic():
    arrays, formula = data(), loss(axes=ROWS)
    with mpmath.workprec(200):
        wide = {name: widen(array) for name, array in arrays.items()}
        value = formula(**wide)
        due = by_hand(wide["x"], wide["theta"], wide["t"])
        assert abs(value.value - due.value) < mpmath.mpf(2) ** -180
        slope = formula.gradient("theta")(**{**arrays, "theta": wide["theta"]})
        due = gradient_by_hand(wide["x"], wide["theta"], wide["t"])
        assert max(abs(entry.value) for entry in (slope - due).flat) < mpmath.mpf(2) ** -180
        third = Formula(r"\pi \sqrt[3]{s}", symbols={"s": "real"})(s=widen(np.array(8.0)))
        assert abs(third.value - 2 * mpmath.pi) < mpmath.mpf(2) ** -180
        with pytest.raises(FormulaError, match="not executed in these numbers"):
            Formula(r"\operatorname{erf}(s)", symbols={"s": "real"})(s=widen(np.array(8.0)))


REFUSED = [
    (r"\sum_n x_n + q", {}, r"formula:1:14: the symbol q is not declared.*\n.*\n {13}\^"),
    (r"\sum_n x_n +", {}, "formula:1:12: the formula ends here"),
    ("b_1", {"where": ["b = c"]}, r"where\[0\]:1:5: the symbol c is not declared"),
    ("b", {"where": ["b = 1", "b = 2"]}, r"where\[1\]:1:1: b is declared or defined twice"),
    ("x_n", {"where": ["x_n = 1"]}, "declared or defined twice"),
    ("x_n", {"where": ["3"]}, "a definition is written name = value"),
    ("x_n = 3", {}, "this is an equation"),
    ("", {}, "there is no formula"),
]


@pytest.mark.parametrize(("latex", "options", "message"), REFUSED)
def test_refusal_points_at_the_place(latex, options, message):
    with pytest.raises(FormulaError, match=message):
        Formula(latex, indices={"n": "N"}, symbols={"x_n": "real"}, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"symbols": {"x_n": "rael"}}, "symbol 'x_n': 'rael' is not known"),
        ({"symbols": {"x_n": 3}}, "must be declared by a string"),
        ({"indices": {"n": "N?"}}, "index 'n': a range is written"),
        ({"axes": {"x": "i"}}, "should be the axes of x_{n}, 'n'"),
        ({"axes": {"y": "n"}}, "axes has 'y', which is no symbol"),
        ({"indices": ["n"]}, "indices must be a mapping"),
        ({"out": "m"}, "out='m' should have the letters of the value, 'n'"),
        (
            {"symbols": {"x_n": "real", r"\vec x_n": "real", "vec_x": "real"}},
            "both be called vec_x",
        ),
    ],
)
def test_declaration_that_cannot_be_meant_is_refused(options, message):
    with pytest.raises(DeclarationError, match=message):
        Formula("x_n", **{"indices": {"n": "N"}, "symbols": {"x_n": "real"}, **options})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"theta": None}, "the formula needs theta"),
        ({"weights": 1.0}, r"no symbol 'weights'; its symbols are x \(n, i\), t \(n, k\)"),
        ({"x": np.zeros(3)}, r"x has shape \(3,\), but x_{i}\^{n} has 2 axes \(n, i\)"),
        ({"x": np.zeros((5, 3, 2))}, "has 2 axes"),
        ({"x": np.zeros((4, 2))}, "N is 4 by the 4 entries of x along n, and 3 by the 3 entries"),
        ({"x": np.full((3, 2), "a")}, "numbers are needed"),
        ({"N": 2.5}, "N is a size, a whole number"),
        ({"N": 4}, "N is 4 is given, and 3 by|N is 4"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, message):
    arrays = {name: array for name, array in {**data(), **change}.items() if array is not None}
    with pytest.raises(UsageError, match=message):
        loss(axes=ROWS)(**arrays)


def test_formula_is_a_string():
    with pytest.raises(DeclarationError, match="a formula is a string of LaTeX, not 5"):
        Formula(5)


def test_gradient_by_an_unknown_symbol_is_refused():
    with pytest.raises(UsageError, match="no symbol 'w'; the symbols are a, z, y, x, t, theta"):
        loss().gradient("w")


def test_it_shows_itself():
    formula = loss()
    assert str(formula).startswith(r"-\sum_{n=1}^{N} \sum_{k=1}^{K} t_{k}^{n}")
    assert repr(formula) == f"<Formula {LOSS}>"
    assert formula._repr_latex_() == f"$\\displaystyle {LOSS}$"
    slope = formula.gradient("theta")
    assert r"\frac{\partial}{\partial \theta_{i,j}}y_{k}^{n}" in str(slope)
    for shown in (formula, slope, slope.gradient("theta")):
        assert ElementTree.fromstring(shown._repr_mathml_()).tag.endswith("math")
        page = ElementTree.fromstring(shown._repr_html_())
        assert len(page.findall("ul/li")) == len(NETWORK)


def test_what_it_shows_is_escaped():
    formula = Formula(
        r"\begin{cases} x & x < 1 \\ 1 & \text{otherwise} \end{cases}", symbols={"x": "real"}
    )
    assert formula(x=0.5) == 0.5
    shown = formula._repr_html_()
    ElementTree.fromstring(shown)
    assert "x < 1" not in shown
    assert "&lt;" in shown


def declared(**options):
    @problem(
        X=reals("N D"), theta=reals("D K"), T=onehot("N K"), wrt="theta",
        dims={"N": (1, 4), "D": (1, 4), "K": (1, 4)}, where=network.moderate, **options,
    )  # fmt: skip
    def network_loss(X, theta, T):
        return network.cross_entropy(network.outputs(X, theta)[2], T)

    return network_loss


AS_INPUTS = {"axes": ROWS, "inputs": {"x": "X", "t": "T"}}


def test_published_gradient_is_refuted_by_its_smallest_counterexample_the_right_one_holds():
    case = declared()
    formula = case.gradient(latex=RIGHT, name="right", source="the page", **MEANINGS, **AS_INPUTS)
    case.gradient(latex=PUBLISHED, name="paper", expect=REFUTED, **MEANINGS, **AS_INPUTS)
    right, paper = run([case.problem], seed=0).findings
    assert formula.free == ("i", "j")
    assert right.verdict is CONSISTENT
    assert right.tally.holds >= 30
    assert paper.verdict is REFUTED
    assert literal(paper.counterexample.point) == {
        "X": [[1.0]], "theta": [[0.0, 1.0]], "T": [[1.0, 0.0]],
    }  # fmt: skip
    variant = case.problem.variants[0]
    assert variant.derivation.startswith(RIGHT)
    assert "where a_j^n" in variant.derivation
    assert variant.source == "the page"
    assert variant.path == __file__


def test_derived_gradient_of_the_formula_is_a_variant_too():
    case = declared()
    slope = loss(axes=ROWS).gradient("theta")
    case.gradient(name="derived")(lambda X, theta, T: slope(x=X, theta=theta, t=T))
    (finding,) = run([case.problem], seed=0, test_cases=40).findings
    assert finding.verdict is CONSISTENT


def test_formula_that_cancels_is_unstable_not_refuted():
    @problem(x=positive(), wrt="x")
    def small(x):
        return 1e-3 * x

    small.gradient(
        latex=r"\frac{1}{1000} + (x + 10^{13}) - x - 10^{13}",
        symbols={"x": "positive"},
        expect=UNSTABLE,
    )
    (finding,) = run([small.problem], seed=0, test_cases=60).findings
    assert finding.verdict is UNSTABLE, finding.reason


def test_several_inputs_have_a_formula_each():
    @problem(w=reals("D"), b=reals(), x=reals("N D"), wrt=("w", "b"))
    def squares(w, b, x):
        return ((x @ w + b) ** 2).sum() / 2

    common = {
        "indices": {"n": "N", "i": "D"},
        "symbols": {"w_i": "real", "b": "real", "x_i^n": "real"},
        "where": r"r^n = b + \sum_i w_i x_i^n",
        "axes": {"x": "n i"},
    }
    found = squares.gradient(
        latex={"w": r"\sum_n r^n x_i^n", "b": r"\sum_n r^n"}, name="both", **common
    )
    assert found["w"].free == ("i",)
    with pytest.raises(DeclarationError, match="latex should be by input"):
        squares.gradient(latex="b", **common)
    verdicts = {f.verdict for f in run([squares.problem], seed=0, test_cases=40).findings}
    assert verdicts == {CONSISTENT}


WRONG = [
    ({"inputs": {"x": "X"}}, "the formula needs t, and no input is called t"),
    ({"inputs": {"x": "Y", "t": "T"}}, r"inputs=\{'x': 'Y'\} should map a symbol to an input"),
    ({"inputs": {"y": "X", "t": "T"}}, r"inputs=\{'y': 'X'\} should map a symbol to an input"),
    ({"axes": {}}, "sizes clash"),
    ({"latex": r"\sum_n x_p^n a_q^n", "indices": {**LETTERS, "p": "D", "q": "K"}}, "say with out="),
    ({"latex": r"\sum_n x_i^n q"}, "@network_loss.gradient formula:1:14: the symbol q is not"),
    (
        {"symbols": {**SYMBOLS, "b_i^n": "real"}, "inputs": {"b": "theta", "x": "X", "t": "T"}},
        "clash",
    ),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_formula_that_does_not_go_with_the_problem_is_refused_at_once(change, message):
    case = declared()
    with pytest.raises(GradverifyError, match=message):
        case.gradient(**{"latex": RIGHT, **MEANINGS, **AS_INPUTS, **change})
    assert not case.problem.variants


def test_unknown_options_and_taken_names_are_refused():
    case = declared()
    with pytest.raises(TypeError, match="unexpected keyword argument 'letters'"):
        case.gradient(latex=RIGHT, letters={})
    case.gradient(latex=RIGHT, **MEANINGS, **AS_INPUTS)
    with pytest.raises(DeclarationError, match="the name 'formula' is taken"):
        case.gradient(latex=RIGHT, **MEANINGS, **AS_INPUTS)


def test_out_says_which_letter_goes_along_which_axis():
    case = declared()
    options = {**MEANINGS, **AS_INPUTS, "indices": {**LETTERS, "p": "D", "q": "K"}}
    renamed = RIGHT.replace("_j^n", "_q^n").replace("{jk}", "{qk}").replace("x_i", "x_p")
    case.gradient(latex=renamed, out="p q", **options)
    (finding,) = run([case.problem], seed=0, test_cases=30).findings
    assert finding.verdict is CONSISTENT


@pytest.mark.parametrize(
    ("statement", "loads"),
    [
        ("import verify", False),
        ("import verify.studies.flagship", False),
        ("from verify import Formula", True),
    ],
)
def test_reader_is_loaded_where_a_formula_is_written_only(statement, loads):
    code = f"import sys\n{statement}\nprint([m for m in ('lark', 'flint') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ("lark" in done.stdout) is loads
    assert "flint" not in done.stdout
