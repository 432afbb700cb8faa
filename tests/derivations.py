"""Derivations for the tests of `gradverify check`: a page in our own words, and ways to judge one.

The formulas are those of the flagship: softmax of a sigmoid, one wrong sign in an exponent, and an
answer that takes its error back without a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.derivation.judge import derivation_of
from verify.derivation.steps import Derivation, Repair, Step
from verify.derivation.worlds import World, world
from verify.formula.balls import BALLS
from verify.formula.context import Context, Scope, Typed
from verify.formula.document import read_document
from verify.formula.floats import REALS
from verify.formula.parser import parse
from verify.formula.symbols import parse_declarations
from verify.formula.tokens import tokenize
from verify.formula.tree import Index, Tree
from verify.formula.walk import free

DECLARATIONS = r"""
[indices]
n = "N"
i = "D"
j = "K"
k = "K"
l = "K"
[symbols]
'x_i^n' = "real"
't_k^n' = "onehot k"
'\theta_{ij}' = "real"
'\sigma' = "logistic"
"""
SOFTMAX = r"y_k^n = \frac{exp(z_k^n)}{\sum_{j=1}^k exp(z_j^n)}"
LOSS = r"E = -\sum_{n=1}^N \sum_{k=1}^{K} t_k^n \log y_k^n"
CHAIN_RULE = r"""\frac{\partial}{\partial \theta_{ij}}t_k \log y_k = t_k \frac{d\log y_k}{dy_k}
\frac{\partial y_k}{\partial z_j} \frac{dz_j}{da_j} \frac{\partial a_j}{\partial \theta_{ij}}"""
SOFTMAX_CHAIN = r"""\frac{\partial y_k}{\partial z_j}
&=& \frac{\delta_{jk}e^{z_k}(\sum_{l=1}^K e^{z_l}) - e^{z_k}e^{z_j}}{(\sum_{l=1}^K e^{z_l})^2} \\
&=& \frac{\delta_{jk}e^{z_k}}{\sum_{l=1}^K e^{z_l}}
    - \frac{e^{z_k}}{\sum_{l=1}^K e^{z_l}}\frac{e^{z_j}}{\sum_{l=1}^K e^{z_l}} \\
&=& \delta_{jk}y_k - y_ky_j \\
&=& y_k(\delta_{jk} - y_j)"""
SIGMOID_CHAIN = r"""\frac{d z_j}{da_j} = \frac{d}{da_j} \sigma(a_j))
= \frac{d}{da_j} \frac{1}{1+e^{-a_j}} = \frac{e^{a_j}}{(1+e^{-a_j})^2}"""
RESULT = r"""\frac{\partial E}{\partial \theta_{ij}} = -\sum_{n=1}^N \sum_{k=1}^{K}
t_k^n(\delta_{jk} - y_j^n)\frac{e^{a_j^n}}{(1+e^{-a_j^n})^2}x_i^n"""
ANSWER = (
    SIGMOID_CHAIN
    + r"""
= \frac{1}{(1+e^{-a_j})} \frac{e^{a_j}}{(1+e^{-a_j})}
= \frac{1}{(1+e^{-a_j})} (1 - \frac{1}{(1+e^{-a_j})}) = \sigma(a_j) (1 - \sigma(a_j))"""
)


def displayed(formula: str, environment: str = "eqnarray") -> str:
    return f"\\begin{{{environment}}} {formula} \\end{{{environment}}}"


PAGE = "\n\n".join(
    [
        "A last layer of $N$ rows and $K$ classes. Its activation is $a^n = \\theta^Tx^n$, and its",
        f"output $z^n = \\sigma(a^n)$ goes through ${SOFTMAX}$ into the loss ${LOSS}$.",
        f"By the chain rule: {displayed(CHAIN_RULE)} with these factors:",
        displayed(r"\frac{d\log y_k}{dy_k} = \frac{1}{y_k}"),
        displayed(SOFTMAX_CHAIN),
        displayed(SIGMOID_CHAIN),
        displayed(r"\frac{\partial a_j}{\partial \theta_{ij}} = x_i"),
        f"Together: {displayed(RESULT)} A reader quotes it, {displayed(RESULT)} and adds:",
        displayed(ANSWER),
    ]
)


def corrected(page: str) -> str:
    """The right derivation: K as the bound, and the sign of the exponent in the numerators."""
    page = page.replace(r"\sum_{j=1}^k", r"\sum_{j=1}^K")
    for letter in ("a_j", "a_j^n"):
        page = page.replace(rf"\frac{{e^{{{letter}}}}}", rf"\frac{{e^{{-{letter}}}}}")
    return page


def judged(text: str, declarations: str = DECLARATIONS) -> Derivation:
    declared = parse_declarations(declarations, "declarations")
    return derivation_of(read_document(text, "page"), declared)


def judged_formula(formula: str, declarations: str = DECLARATIONS) -> Derivation:
    """Judge one display."""
    return judged(f"$$ {formula} $$", declarations)


def verdicts(derivation: Derivation) -> list[tuple[str, int, str]]:
    """Chain, step and verdict of every step that is no definition."""
    return [(s.chain, s.end, s.verdict.value) for s in derivation.steps if not s.defines]


def failing(derivation: Derivation) -> list[tuple[str, int]]:
    return [(chain, end) for chain, end, verdict in verdicts(derivation) if verdict == "fails"]


def step_of(derivation: Derivation, chain: str, end: int) -> Step:
    return next(
        step
        for step in derivation.steps
        if (step.chain, step.end) == (chain, end) and not step.defines
    )


def applied(text: str, repair: Repair) -> str:
    return text[: repair.span.start] + repair.text + text[repair.span.end :]


@dataclass
class Reading:
    """A formula read in the company of declarations and displayed definitions."""

    context: Context
    at: World
    typed: Typed
    tree: Tree
    axes: tuple[Index, ...]

    def value(self, system: Any = REALS) -> Any:
        """The array over the letters asked for, then over rows and columns of its own."""
        with np.errstate(all="ignore"):
            return self.at.evaluator(0, system).array(self.tree, self.axes)

    def balls(self) -> Any:
        return self.value(BALLS)

    @property
    def notes(self) -> list[str]:
        return [note.message for note in self.context.notes]


def read_formula(
    formula: str, declarations: str, letters: str = "", definitions: Sequence[str] = ()
) -> Reading:
    """Read one side; `letters` are the free indices, in the order that the array shall have."""
    context = judged("\n".join(f"$$ {d} $$" for d in definitions), declarations).context
    context.notes.clear()
    context.allowed = frozenset(letters)
    typed = context.read(context, parse(tokenize(formula, 0, len(formula))), Scope())
    chosen = {key: found[0] for key, found in context.definitions.items()}
    at = world(context.symbols, sorted(context.axis_names()), chosen)
    tree = at.expanded(typed.tree)
    own = tuple(index for index in (typed.row, typed.column) if index)
    by_letter = {index.letter: index for index in free(tree) - set(own)}
    assert by_letter.keys() <= set(letters), f"{formula}: free are {sorted(by_letter)}"
    axes = [by_letter.get(x) or Index(x, context.indices[x]) for x in letters]
    return Reading(context, at, typed, tree, (*axes, *own))
