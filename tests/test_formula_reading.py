"""LaTeX → value: what the reader takes each notation for, against NumPy written by hand."""

import math
from types import SimpleNamespace

import flint
import numpy as np
import pytest
from derivations import read_formula

from verify.formula.source import FormulaError, ShapeError

DECLARED = r"""
[indices]
n = "N"
m = "N"
i = "D"
p = "D"
j = "K"
k = "K"
l = "K"
[symbols]
'x_i^n' = "real"
'y_k^n' = "simplex k"
't_k^n' = "onehot k"
'c_n' = "label K"
'u^{(n)}' = "real"
'a_j' = "real"
'b_j' = "real"
'q_j' = "real"
'\hat{q}_j' = "real"
'\bar{q}_j' = "real"
'w' = "real (D)"
'v' = "real (D)"
'X' = "real (N, D)"
'A' = "real (D, D)"
'S' = "spd (D, D)"
'I' = "identity (D, D)"
'\theta_{ij}' = "real"
's' = "positive"
'r' = "real"
'\lambda' = "positive"
'\sigma' = "logistic"
'\mathrm{loss}' = "real"
"""
DEFINED = (
    r"g(r) = r^3 + \sin r",
    r"h_\omega(w) = \frac{1}{1 + e^{-w^T v}}",
    r"z_j = \sigma(a_j)",
    r"o_k = \frac{e^{z_k}}{\sum_l e^{z_l}}",
)
NAMES = {
    "x": "x_{i}^{n}", "y": "y_{k}^{n}", "t": "t_{k}^{n}", "c": "c_{n}", "u": "u^{(n)}",
    "a": "a_{j}", "b": "b_{j}", "q": "q_{j}", "hat": r"\hat{q}_{j}", "bar": r"\bar{q}_{j}",
    "w": "w", "v": "v", "X": "X", "A": "A", "S": "S", "theta": r"\theta_{ij}",
    "s": "s", "r": "r", "lam": r"\lambda",
}  # fmt: skip
sum_ = np.einsum


def logistic(x):
    return 1 / (1 + np.exp(-x))


def softmax(a):
    return np.exp(a) / np.exp(a).sum()


def slope(function, x):
    """All derivatives of a function by the entries of an array, by the complex step."""
    columns = []
    for place in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[place] += 1e-30j
        columns.append(np.imag(function(moved)) / 1e-30)
    return np.stack(columns, axis=-1).reshape(np.shape(columns[0]) + x.shape)


SUMS = [
    (r"\sum_{n=1}^N x_i^n", "i", lambda v: v.x.sum(1)),
    (r"\sum_n x_i^n", "i", lambda v: v.x.sum(1)),
    (r"-\sum_{n=1}^N \sum_{k=1}^{K} t_k^n \log y_k^n", "", lambda v: -(v.t * np.log(v.y)).sum()),
    (r"\sum_{n,k} t_k^n y_k^n", "", lambda v: sum_("kn,kn->", v.t, v.y)),
    (r"\sum_i x_i^n x_i^m", "nm", lambda v: sum_("in,im->nm", v.x, v.x)),
    (r"\frac{1}{N}\sum_{n=1}^N x_i^n", "i", lambda v: v.x.mean(1)),
    (r"\sum_{j=2}^K a_j", "", lambda v: v.a[1:].sum()),
    (r"\sum_{j=1}^{K-1} a_j", "", lambda v: v.a[:-1].sum()),
    (r"\sum_{j=1}^k a_j", "k", lambda v: v.a.cumsum()),
    (r"\sum_{j=1}^{k-1} a_j", "k", lambda v: v.a.cumsum() - v.a),
    (r"\sum_{j=k}^K a_j", "k", lambda v: v.a[::-1].cumsum()[::-1]),
    (r"\sum_{j \neq k} a_j", "k", lambda v: v.a.sum() - v.a),
    (r"\sum_{j \ne k} a_j b_k", "k", lambda v: (v.a.sum() - v.a) * v.b),
    (r"\sum_{j<k} a_j b_k", "", lambda v: sum_("j,k,jk->", v.a, v.b, np.triu(ones(v), 1))),
    (r"\sum_k -a_k", "", lambda v: -v.a.sum()),
    (r"\sum_j a_j \sum_j b_j", "", lambda v: v.a.sum() * v.b.sum()),
    (r"\prod_{k=1}^K b_k", "", lambda v: v.b.prod()),
    (r"\prod_{j \neq k} b_j", "k", lambda v: v.b.prod() / v.b),
    (r"\delta_{jk} a_k", "jk", lambda v: np.diag(v.a)),
    (r"\sum_k \mathbb{1}(c_n = k) a_k", "n", lambda v: v.a[v.c - 1]),
    (r"1\{c_n = k\}", "nk", lambda v: np.eye(len(v.a))[v.c - 1]),
    (r"[c_n \neq k]", "nk", lambda v: 1 - np.eye(len(v.a))[v.c - 1]),
    (r"\mathbf{1}_{j = k}", "jk", lambda v: ones(v) * np.eye(len(v.a))),
    (r"a_{c_n}", "n", lambda v: v.a[v.c - 1]),
]
SCALARS = [
    (r"(x_i^n)^2", "in", lambda v: v.x**2),
    (r"{x_i^n}^2", "in", lambda v: v.x**2),
    (r"x_i^2", "in", lambda v: v.x**2),
    (r"a_j^2", "j", lambda v: v.a**2),
    (r"a_j^{-1}", "j", lambda v: 1 / v.a),
    (r"u^{(n)} - (u^{(n)})^2", "n", lambda v: v.u - v.u**2),
    (r"s^{r}", "", lambda v: v.s**v.r),
    (r"2^{-r}", "", lambda v: 2.0**-v.r),
    (r"e^{-a_j}", "j", lambda v: np.exp(-v.a)),
    (r"\frac{1}{1+e^{-a_j}}", "j", lambda v: logistic(v.a)),
    (r"\frac12 s a_jb_j", "j", lambda v: v.s * v.a * v.b / 2),
    (r"2a_j(b_j - 1)", "j", lambda v: 2 * v.a * (v.b - 1)),
    (r"{s \over 1 + s}", "", lambda v: v.s / (1 + v.s)),
    (r"\lgroup s + 1 \rgroup s", "", lambda v: (v.s + 1) * v.s),
    (r"1/2 s", "", lambda v: v.s / 2),
    (r"s \cdot -r", "", lambda v: -v.s * v.r),
    (r"s - r - 1", "", lambda v: v.s - v.r - 1),
    (r"\hat{q}_j - \bar{q}_j q_j", "j", lambda v: v.hat - v.bar * v.q),
    (r"\exp(a_j) + exp(a_j)", "j", lambda v: 2 * np.exp(v.a)),
    (r"\log s + ln(s) + \ln{s}", "", lambda v: 3 * np.log(v.s)),
    (r"\log s r", "", lambda v: np.log(v.s) * v.r),
    (r"\log 2 s", "", lambda v: np.log(2 * v.s)),
    (r"\sin^2(r) + \cos(r)^2", "", lambda v: 1.0),
    (r"\sqrt{s} + \sqrt[3]{s}", "", lambda v: v.s**0.5 + v.s ** (1 / 3)),
    (r"\tanh(r) - \tanh r", "", lambda v: 0.0),
    (r"\sigma(a_j) - \mathrm{sigmoid}(b_j)", "j", lambda v: logistic(v.a) - logistic(v.b)),
    (r"|r| + \left| a_j \right|", "j", lambda v: abs(v.r) + abs(v.a)),
    (r"\max(0, a_j)", "j", lambda v: v.a.clip(0)),
    (r"\min(a_j, b_j)", "j", lambda v: np.minimum(v.a, v.b)),
    (r"\mathrm{relu}(a_j)", "j", lambda v: v.a.clip(0)),
    (r"4! + \binom{5}{2}", "", lambda v: 34.0),
    (r"s!", "", lambda v: math.gamma(v.s + 1)),
    (r"\begin{cases} a_j & \text{if } a_j > 0 \\ 2 & \text{otherwise} \end{cases}", "j",
     lambda v: np.where(v.a > 0, v.a, 2)),
    (r"\begin{cases} 1 & j = k \\ a_j & j \neq k \end{cases}", "jk",
     lambda v: np.where(np.eye(len(v.a)) > 0, 1, v.a[:, None])),
    (r"g(s) - g(2)", "", lambda v: v.s**3 + np.sin(v.s) - 8 - np.sin(2)),
    (r"g'(s)", "", lambda v: 3 * v.s**2 + np.cos(v.s)),
    (r"g''(s)", "", lambda v: 6 * v.s - np.sin(v.s)),
    (r"\sigma'(a_j)", "j", lambda v: logistic(v.a) * logistic(-v.a)),
    (r"h_\omega(x^n)", "n", lambda v: logistic(sum_("in,i->n", v.x, v.v))),
    (r"\sum_k o_k b_k", "", lambda v: softmax(logistic(v.a)) @ v.b),
    (r"\frac{K}{N + 1}", "", lambda v: len(v.a) / (len(v.u) + 1)),
]  # fmt: skip
ARRAYS = [
    (r"X w", "", lambda v: v.X @ v.w),
    (r"\mathbf{X} \mathbf{w}", "", lambda v: v.X @ v.w),
    (r"w^T v", "", lambda v: v.w @ v.v),
    (r"w^\top A v", "", lambda v: v.w @ v.A @ v.v),
    (r"w v^T", "", lambda v: np.outer(v.w, v.v)),
    (r"X^TX", "", lambda v: v.X.T @ v.X),
    (r"w \odot v", "", lambda v: v.w * v.v),
    (r"\lambda w - A^T v", "", lambda v: v.lam * v.w - v.A.T @ v.v),
    (r"S^{-1} w", "", lambda v: np.linalg.solve(v.S, v.w)),
    (r"(X^TX + \lambda I)^{-1}v", "",
     lambda v: np.linalg.solve(v.X.T @ v.X + v.lam * np.eye(len(v.w)), v.v)),
    (r"A^2", "", lambda v: v.A @ v.A),
    (r"A_{ip} w_p", "ip", lambda v: v.A * v.w),
    (r"(A w)^T v", "", lambda v: (v.A @ v.w) @ v.v),
    (r"\theta^T x^n", "n", lambda v: sum_("ij,in->nj", v.theta, v.x)),
    (r"|S|", "", lambda v: np.linalg.det(v.S)),
    (r"\log\det(S)", "", lambda v: np.linalg.slogdet(v.S)[1]),
    (r"\mathrm{tr}(S A)", "", lambda v: np.trace(v.S @ v.A)),
    (r"\|w\|", "", lambda v: np.linalg.norm(v.w)),
    (r"\|w\|^2 + \lVert v \rVert_2^2", "", lambda v: v.w @ v.w + v.v @ v.v),
    (r"\|w\|_1", "", lambda v: abs(v.w).sum()),
    (r"\langle w, v \rangle", "", lambda v: v.w @ v.v),
    (r"\mathrm{diag}(w)", "", lambda v: np.diag(v.w)),
    (r"\mathrm{softmax}(w)", "", lambda v: softmax(v.w)),
    (r"\sigma(X w)", "", lambda v: logistic(v.X @ v.w)),
]  # fmt: skip
DERIVATIVES = [
    (r"\frac{d}{da_j} \sigma(a_j)", "j", lambda v: np.diag(slope(logistic, v.a))),
    (r"\frac{d z_j}{da_j}", "j", lambda v: np.diag(slope(logistic, v.a))),
    (r"\frac{\partial o_k}{\partial z_j}", "kj", lambda v: slope(softmax, logistic(v.a))),
    (r"\frac{\partial o_k}{\partial a_j}", "kj",
     lambda v: slope(lambda a: softmax(logistic(a)), v.a)),
    (r"\frac{\partial}{\partial a_k} \frac{e^{a_j}}{\sum_l e^{a_l}}", "jk",
     lambda v: slope(softmax, v.a)),
    (r"\frac{\partial^2}{\partial a_j \partial a_k} \log \sum_l e^{a_l}", "jk",
     lambda v: slope(softmax, v.a)),
    (r"\frac{\partial^2 g(s)}{\partial s^2}", "", lambda v: 6 * v.s - np.sin(v.s)),
    (r"\frac{d^2}{dr^2} e^{r^2}", "", lambda v: (2 + 4 * v.r**2) * np.exp(v.r**2)),
    (r"\frac{d}{ds} s^s", "", lambda v: slope(lambda s: s**s, v.s)),
    (r"\frac{\partial}{\partial x_i^n} \sum_m \sum_p (x_p^m)^3", "in", lambda v: 3 * v.x**2),
    (r"\frac{\partial}{\partial \theta_{ij}} \sum_k e^{\sum_p \theta_{pk} x_p^n}", "nij",
     lambda v: slope(lambda t: np.exp(sum_("pk,pn->kn", t, v.x)).sum(0), v.theta)),
    (r"\frac{\partial}{\partial a_j} \prod_k a_k", "j", lambda v: slope(np.prod, v.a)),
    (r"\frac{\partial}{\partial a_j} \sum_{k=1}^K \sum_{l=1}^k a_l^2", "j",
     lambda v: slope(lambda a: (a**2).cumsum().sum(), v.a)),
    (r"\frac{\partial}{\partial b_k} \sum_{j \neq k} b_j", "k", lambda v: 0 * v.b),
    (r"\nabla_w \|X w\|^2", "", lambda v: slope(lambda w: ((v.X @ w) ** 2).sum(), v.w)),
    (r"\nabla_{w} \log(1 + e^{-w^T v})", "",
     lambda v: slope(lambda w: np.log(1 + np.exp(-w @ v.v)), v.w)),
    (r"\frac{\partial}{\partial w} w^T A w", "", lambda v: slope(lambda w: w @ v.A @ w, v.w)),
    (r"\frac{\partial}{\partial A} |A|", "", lambda v: slope(np.linalg.det, v.A)),
    (r"\frac{\partial}{\partial A} \mathrm{tr}(A S)", "", lambda v: v.S.T),
    (r"\frac{\partial w^T A^{-1} v}{\partial A}", "",
     lambda v: slope(lambda A: v.w @ np.linalg.inv(A) @ v.v, v.A)),
    (r"\frac{\partial A w}{\partial w}", "", lambda v: v.A),
    (r"\frac{\partial}{\partial s} \sqrt{1 + s^2} r", "",
     lambda v: v.s * v.r / np.sqrt(1 + v.s**2)),
    (r"\frac{1}{2} \frac{d}{ds} s^2", "", lambda v: v.s),
]  # fmt: skip
# Limits that end before the range of the index: known to be read wrongly.
LITERAL_LIMITS = [
    (r"\sum_{j=1}^3 a_j", "", lambda v: v.a[:3].sum()),
    (r"\sum_{k \in \{1,2,3\}} a_k", "", lambda v: v.a[:3].sum()),
]
TABLE = [*SUMS, *SCALARS, *ARRAYS, *DERIVATIVES]
# What a careless reader makes of the same LaTeX; the value must tell the two apart.
MISREAD = [
    (r"\sum_{j=1}^k a_j", "k", lambda v: v.a.sum() + 0 * v.a),
    (r"\sum_{j \neq k} a_j", "k", lambda v: v.a.sum() + 0 * v.a),
    (r"x_i^2", "in", lambda v: v.x[:, [1]] + 0 * v.x),
    (r"e^{-a_j}", "j", lambda v: np.exp(v.a)),
    (r"\log s r", "", lambda v: np.log(abs(v.s * v.r))),
    (r"\sum_j a_j \sum_j b_j", "", lambda v: v.a @ v.b),
    (r"1/2 s", "", lambda v: 1 / (2 * v.s)),
    (r"g'(s)", "", lambda v: v.s**3 + np.sin(v.s)),
    (r"X^TX", "", lambda v: v.X.T @ v.X + np.eye(len(v.w)) * 1e-6),
    (r"\frac{\partial o_k}{\partial a_j}", "kj", lambda v: slope(softmax, logistic(v.a))),
    (r"\frac{\partial w^T A^{-1} v}{\partial A}", "", lambda v: -np.linalg.inv(v.A).T),
    (r"\theta^T x^n", "n", lambda v: sum_("ij,in->nj", v.theta, v.x) * -1),
]


def ones(v):
    return np.ones((len(v.a), len(v.a)))


def named(reading):
    """The values at the point, under short names; the label as whole numbers."""
    values = reading.at.points[0].values
    found = {short: np.asarray(values[key]) for short, key in NAMES.items()}
    found["c"] = found["c"].astype(int)
    return SimpleNamespace(**found)


def read(latex, letters=""):
    return read_formula(latex, DECLARED, letters, DEFINED)


def apart(value, expected):
    """Largest difference, relative to the largest entry."""
    assert np.shape(value) == np.shape(expected)
    return np.max(abs(value - expected)) / max(1.0, np.max(abs(expected)))


def ids(rows):
    return [row[0] for row in rows]


@pytest.mark.parametrize(("latex", "letters", "by_hand"), TABLE, ids=ids(TABLE))
def test_a_formula_has_the_value_that_is_written_by_hand(latex, letters, by_hand):
    reading = read(latex, letters)
    assert apart(reading.value(), by_hand(named(reading))) < 1e-11


@pytest.mark.parametrize(("latex", "letters", "by_hand"), LITERAL_LIMITS, ids=ids(LITERAL_LIMITS))
def test_a_number_ends_a_sum_where_it_says(latex, letters, by_hand):
    test_a_formula_has_the_value_that_is_written_by_hand(latex, letters, by_hand)


@pytest.mark.parametrize(("latex", "letters", "wrong"), MISREAD, ids=ids(MISREAD))
def test_a_formula_does_not_have_the_value_of_a_misreading(latex, letters, wrong):
    reading = read(latex, letters)
    assert apart(reading.value(), wrong(named(reading))) > 1e-9


@pytest.mark.parametrize(("latex", "letters", "by_hand"), TABLE, ids=ids(TABLE))
def test_the_ball_of_a_formula_encloses_its_value(latex, letters, by_hand):
    reading = read(latex, letters)
    floats, balls = reading.value(), reading.balls()
    scale = max(1.0, np.max(abs(floats)))
    for place in np.ndindex(floats.shape):
        ball, value = balls[place], float(floats[place])
        assert float(ball.rad()) < 1e-12 * scale
        assert ball.overlaps(flint.arb(value, 1e-12 * scale))
        assert not ball.overlaps(flint.arb(value + 1e-6 * scale, 1e-12 * scale))


# LaTeX, what the refusal is about, and the text that it points at.
REFUSED = [
    (r"s + \kappa", r"undeclared symbol \kappa", r"\kappa"),
    (r"s + x_i^n + \phi_{ij}", r"undeclared symbol \phi_{ij}", r"\phi_{ij}"),
    (r"\sum_{n=1}^\infty s", "infinite sum", r"\sum_{n=1}^\infty"),
    (r"a_1 + \dots + a_3", "ellipsis", r"\dots"),
    (r"r + \sum x_i^n", "sum without index", r"\sum"),
    (r"\sum_{n=1}^N", "empty sum", r"\sum_{n=1}^N"),
    (r"\sum_{h=1}^{H} s", "undeclared index h", r"\sum_{h=1}^{H}"),
    (r"\frac{\partial}{\partial (s + r)} s^2", "derivative by an expression", "(s + r)"),
    (r"\frac{\partial^3 s}{\partial s \partial r}", "order of derivative",
     r"\frac{\partial^3 s}{\partial s \partial r}"),
    (r"\int s", r"\int", r"\int"),
    (r"s \pm r", r"\pm", "r"),
    (r"r / w", "division by an array", "w"),
    (r"e^{w}", "array as exponent", "w"),
    (r"\lfloor s \rfloor", r"\lfloor", r"\lfloor s \rfloor"),
    (r"\nabla^2 s", r"\nabla without variable", r"\nabla^2"),
    (r"\nabla s", r"\nabla without variable", r"\nabla"),
    (r"s \text{ for all } r", "text in a formula", r"\text{ for all }"),
    (r"h_\omega(w, v)", "number of arguments", r"h_\omega(w, v)"),
    (r"s + \cdot r", r"\cdot alone", r"\cdot"),
    (r"s, r", "list of values", "s, r"),
    (r"\log", "log without argument", r"\log"),
]  # fmt: skip
UNFIT = [
    (r"\theta_{ji}", "j"),
    (r"X v + A v", "X v + A v"),
    (r"A X", "X"),
    (r"X^{-1}", "X^{-1}"),
    (r"\mathrm{tr}(X)", r"\mathrm{tr}(X)"),
    (r"s + X", "s + X"),
]


def refusal(latex, letters=""):
    with pytest.raises(FormulaError) as caught:
        read(latex, letters)
    return caught.value


def marked(latex, error):
    return latex[error.span.start : error.span.end]


@pytest.mark.parametrize(("latex", "construct", "place"), REFUSED, ids=ids(REFUSED))
def test_what_is_not_supported_is_refused_where_it_stands(latex, construct, place):
    error = refusal(latex)
    assert (error.construct, marked(latex, error)) == (construct, place)
    assert not isinstance(error, ShapeError)


@pytest.mark.parametrize(("latex", "place"), UNFIT, ids=ids(UNFIT))
def test_shapes_that_do_not_fit_are_an_error_of_their_own(latex, place):
    error = refusal(latex, "ij")
    assert isinstance(error, ShapeError)
    assert marked(latex, error) == place


def test_a_transposed_name_is_certainly_wrong_only_where_its_ranges_differ():
    assert refusal(r"\theta_{ji}", "ij").certain
    reading = read(r"A_{pi}", "ip")
    assert apart(reading.value(), named(reading).A.T) == 0


def test_an_ambiguous_place_is_noted_once_per_symbol():
    notes = read(r"x_i + x_i^2 + y_k x_i", "ikn").notes
    assert len(notes) == len(set(notes))
    assert sum("x_{i} has no n" in note for note in notes) == 1
    assert sum("y_{k} has no n" in note for note in notes) == 1


def test_nothing_is_noted_where_nothing_is_ambiguous():
    assert read(r"\sum_{n=1}^N x_i^n + a_j", "ij").notes == []


@pytest.mark.parametrize(
    ("latex", "letters", "said"),
    [
        (r"\sum_{j=1}^k a_j", "k", "is an index: executed literally"),
        (r"\sigma(r))", "", "closes nothing"),
        (r"\log s r", "", "the function of the next factor only"),
        (r"\frac{d}{ds} s r", "", "the derivative of all factors"),
        (r"\mathbf{w}^T v", "", r"\mathbf{w} is read as w"),
        (r"\sin^2 r", "", "power of its value"),
    ],
)
def test_a_charitable_reading_is_said(latex, letters, said):
    notes = read(latex, letters).notes
    assert any(said in note for note in notes), notes
