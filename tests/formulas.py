"""Formulas for the tests of the formula reader: published ones, and a strategy that writes others.

The strategy follows the constructs of layout.lark from outside: what it writes must always parse.
"""

from hypothesis import strategies as st

from verify.formula.layout import Layout
from verify.formula.parser import parse
from verify.formula.tokens import tokenize

# Sides as they stand on public pages: softmax, cross-entropy, batch norm, ridge, RNN, CRF, ...
PUBLISHED = (
    r"\frac{e^{z_k^n}}{\sum_{l=1}^K e^{z_l^n}}",
    r"-\sum_{n=1}^N \sum_{k=1}^K t_k^n \log y_k^n",
    r"\frac{\partial E}{\partial \theta_{ij}}",
    r"\sum_n (y_j^n - t_j^n) \frac{e^{-a_j^n}}{(1+e^{-a_j^n})^2} x_i^n",
    r"\frac{d}{da_j} \sigma(a_j))",
    r"y_k(\delta_{jk}-y_j)",
    r"p_k - \mathbb{1}(y_i = k)",
    r"\nabla_{w_{y_i}} L_i",
    r"- \left( \sum_{j\neq y_i} \mathbb{1}(w_j^Tx_i - w_{y_i}^Tx_i + \Delta > 0) \right) x_i",
    r"\max(0, w_j^Tx_i - w_{y_i}^Tx_i + \Delta)",
    r"\frac1N\sum_i (x_i-\mu)^2",
    r"\frac{1}{\sigma^2+\epsilon} \left[\frac{N-1}{N}\sqrt{\sigma^2+\epsilon} -"
    r" \frac{(x_i-\mu)^2}{N\sqrt{\sigma^2+\epsilon}} \right]",
    r"\frac{\partial \widehat{x}_i}{\partial x_i}",
    r"\frac{\partial}{\partial x_i} \frac{x_i - \mu}{\sqrt{\sigma^2+\epsilon}}",
    r"\textrm{prod}\left(\frac{\partial L}{\partial \mathbf{o}_t}, \frac{\partial \mathbf{o}_t}"
    r"{\partial \mathbf{W}_\textrm{qh}}\right)",
    r"\sum_{i=t}^T {\left(\mathbf{W}_\textrm{hh}^\top\right)}^{T-i} \mathbf{W}_\textrm{qh}^\top"
    r" \frac{\partial L}{\partial \mathbf{o}_{T+t-i}}",
    r"\| \mathbf{X} \mathbf{w} - \mathbf{y} \|_2^2 + \lambda \|\mathbf{w}\|^2",
    r"2 X^\top (X w - y) + 2 \lambda w",
    r"(X^TX + \lambda I)^{-1} X^T y",
    r"-\frac{1}{m}\sum_{i=1}^m y^{(i)} \log h_\theta(x^{(i)}) + (1-y^{(i)})"
    r" \log(1-h_\theta(x^{(i)}))",
    r"\begin{cases} 1 & \text{if } i=j \\ 0 & \text{otherwise} \end{cases}",
    r"\begin{cases} y_i (1-y_i) & i=j \\ -y_i y_j & i \neq j \end{cases}",
    r"\mathbb{E}_{x \sim p}[\log p(x|\theta)]",
    r"\frac{1}{2}\left( \log\frac{|\Sigma_1|}{|\Sigma_0|} - k + \mathrm{tr}(\Sigma_1^{-1}\Sigma_0)"
    r" \right)",
    r"-\frac{1}{2} y^\top K^{-1} \frac{\partial K}{\partial \theta_j} K^{-1} y",
    r"\frac{\langle a, b \rangle}{\|a\| \|b\|}",
    r"\frac{b_j}{|a||b|} - \cos(a,b) \frac{a_j}{|a|^2}",
    r"4 \sum_{j} (p_{ij} - q_{ij})(y_i - y_j)(1 + \|y_i - y_j\|^2)^{-1}",
    r"\delta^l \odot \sigma'(z^l)",
    r"((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)",
    r"f''(x) g(x)^2 - 2 f'(x_i')^2",
    r"\prod_{i<j} (x_i - x_j)^{-1}",
    r"\sqrt[3]{\frac{a}{b}} + \binom{n}{k} + n!",
    r"{a \over b} + {n \choose k}",
    r"\ln \left( 1 + \exp(-y_i \mathbf{w}^\top\mathbf{x}_i) \right)",
    r"\underbrace{a + b}_{\text{bias}} + \overline{xy}",
    r"v_{w_O}' {}^\top h",
    r"\frac{\sum_{j \in R_i} x_j e^{x_j \beta}}{\sum_{j \in R_i} e^{x_j \beta}}",
    r"x_1, \dots, x_n",
    r"W^* x^\dagger + \mathrm{loss} \pm \operatorname{sigmoid}(z) / 2",
    r"p(v) \sum_h p(h|v) \frac{\partial E(v,h)}{\partial w_{ij}}",
    r"θ_{ij} − α ∂E ≤ ‖x‖",
)


def layout(text: str) -> Layout:
    return parse(tokenize(text, 0, len(text)))


def _scripted(atoms):
    """An atom with scripts in any order, at most one of each kind."""
    argument = st.one_of(
        st.sampled_from(["i", "2", "\\top", "*", "\\theta", "{10}", "\\max", "+", "{}", "\\hat x"]),
        atoms.map("{{{}}}".format),
    )
    below = argument.map("_{}".format)
    above = st.one_of(argument.map("^{}".format), st.sampled_from(["'", "''"]))
    scripts = st.tuples(below, above).flatmap(st.permutations).map(" ".join)
    return st.tuples(atoms, st.one_of(st.just(""), below, above, scripts)).map(" ".join)


_LEAVES = r"""
a b x y K d T 2 10 2.5 \theta \Sigma \partial \nabla \infty \ell exp \log \max \sum \prod \dots α ∂
\text{if} \text{<b>&"} \mathrm{loss} \mathrm{T} \operatorname{sigmoid} {} {'}
"""
_ACCENTS = r"\hat \bar \mathbf \mathcal \tilde \vec \overline"
LEAVES = st.sampled_from(_LEAVES.split())
ACCENTS = st.sampled_from(_ACCENTS.split())
BRACKETS = st.sampled_from(
    [
        ("(", ")"),
        ("[", "]"),
        ("\\left(", "\\right)"),
        ("\\{", "\\}"),
        ("\\langle", "\\rangle"),
        ("(", "]"),
        ("{|", "|}"),
        ("{\\left\\|", "\\right\\|}"),
    ]
)


def _group(brackets, inside: str) -> str:
    opening, closing = brackets
    if "|" in opening:  # = and \quad end a level of bars
        inside = f"{{{inside}}}"
    return f"{opening} {inside} {closing}"


def _case_row(value: str, condition: str | None) -> str:
    return f"{{{value}}}" if condition is None else f"{{{value}}} & {condition}"


def _larger(inner):
    """Everything that holds other formulas, as one atom."""
    braced = inner.map("{{{}}}".format)
    rows = st.lists(st.builds(_case_row, inner, st.none() | inner), min_size=1, max_size=3)
    return st.one_of(
        braced,
        st.builds(_group, BRACKETS, inner),
        st.tuples(braced, braced).map(lambda pair: "\\frac" + "".join(pair)),
        st.tuples(braced, braced).map(lambda pair: "\\binom " + " ".join(pair)),
        st.tuples(inner, inner).map(lambda pair: "{" + " \\over ".join(pair) + "}"),
        st.just("\\frac12"),
        braced.map("\\sqrt{}".format),
        st.tuples(inner, braced).map(lambda pair: "\\sqrt[{}]{}".format(*pair)),
        st.tuples(ACCENTS, braced).map("".join),
        st.sampled_from(["\\sqrt x", "\\hat\\theta", "\\mathbf w", "{b )}", "{x | y}"]),
        rows.map(lambda lines: "\\begin{cases} " + " \\\\ ".join(lines) + " \\end{cases}"),
    )


def _composed(atoms):
    """Atoms → rows → terms → relations → lists."""
    marks = st.sampled_from(["", "", "\\cdot", "*", "/", "\\odot", "\\pm"])
    factors = st.lists(st.tuples(marks, _scripted(atoms)).map(" ".join), min_size=1, max_size=3)
    row = factors.map(" ".join)
    sign = st.sampled_from(["+", "-", "−", "- -"])
    terms = st.tuples(
        st.sampled_from(["", "-", "+"]),
        row,
        st.lists(st.tuples(sign, row).map(" ".join), max_size=2),
    ).map(lambda found: " ".join([found[0], found[1], *found[2]]))
    relations = st.sampled_from(["=", "\\neq", "<", "\\leq", "\\in", ":=", "\\approx"])
    relation = st.tuples(terms, st.just("") | st.tuples(relations, terms).map(" ".join)).map(
        " ".join
    )
    separators = st.sampled_from([",", ";", "\\mid", "\\quad", ":"])
    more = st.lists(st.tuples(separators, relation).map(" ".join), max_size=2)
    return st.tuples(relation, st.just([]) | more).map(lambda f: " ".join([f[0], *f[1]]))


def sources() -> st.SearchStrategy[str]:
    """Strategy for LaTeX that the grammar must read."""
    return _composed(st.recursive(LEAVES, lambda inner: _larger(_composed(inner)), max_leaves=12))
