"""The functions that formulas may use: derivatives as trees, and those made of others."""

from collections.abc import Callable, Sequence

from verify.formula import build
from verify.formula.context import Context, Typed, renamed
from verify.formula.source import FormulaError, ShapeError, Span
from verify.formula.tree import Choice, Compare, Matrix, Tree

ONE = build.number(1)
TWO = build.number(2)


def _logistic(x: Tree) -> Tree:
    value = build.call("logistic", x)
    return build.mul(value, build.add(ONE, build.negative(value)))


# Derivative of each function as a tree of its argument (Abramowitz & Stegun 1964, ch. 4, 6, 7).
DERIVATIVES: dict[str, Callable[[Tree], Tree]] = {
    "exp": lambda x: build.call("exp", x),
    "log": lambda x: build.power(x, build.number(-1)),
    "sin": lambda x: build.call("cos", x),
    "cos": lambda x: build.negative(build.call("sin", x)),
    "tan": lambda x: build.power(build.call("cos", x), build.number(-2)),
    "sinh": lambda x: build.call("cosh", x),
    "cosh": lambda x: build.call("sinh", x),
    "tanh": lambda x: build.add(ONE, build.negative(build.power(build.call("tanh", x), TWO))),
    "sech": lambda x: build.negative(build.mul(build.call("sech", x), build.call("tanh", x))),
    "arctan": lambda x: build.power(build.add(ONE, build.power(x, TWO)), build.number(-1)),
    "logistic": _logistic,
    "softplus": lambda x: build.call("logistic", x),
    "relu": lambda x: build.call("step", x),
    "abs": lambda x: build.call("sign", x),
    "sign": lambda x: build.number(0),
    "step": lambda x: build.number(0),
    "gamma": lambda x: build.mul(build.call("gamma", x), build.call("digamma", x)),
    "lgamma": lambda x: build.call("digamma", x),
    "digamma": lambda x: build.call("trigamma", x),
    "erf": lambda x: build.mul(
        build.call("erf scale", x), build.call("exp", build.negative(build.power(x, TWO)))
    ),
}
ELEMENTWISE = frozenset(DERIVATIVES)


def derivative_of(function: str, argument: Tree) -> Tree:
    """Return f′(argument); for abstract smooth functions the name gets a prime."""
    if function.startswith("smooth "):
        return build.call(function + "'", argument)
    if function not in DERIVATIVES:
        raise FormulaError(f"the derivative of {function} is not known")
    return DERIVATIVES[function](argument)


def composed(context: Context, kind: str, values: Sequence[Typed], span: Span) -> Typed:
    """Return functions of arrays and of several values: trace, det, diag, softmax, max, min."""
    if kind in ("max", "min"):
        return _extreme(kind, values, span)
    if len(values) != 1:
        raise FormulaError(f"{kind} takes one argument", span, f"{kind}(,)")
    value = values[0]
    if kind == "sqrt":
        return Typed(build.power(value.tree, build.over(ONE, TWO), span), value.row, value.column)
    if kind == "softmax" and value.rank == 1:
        return _softmax(context, value, span)
    if kind == "diag" and value.rank == 1:
        row = value.row or value.column
        assert row is not None
        column = context.fresh(row.letter, row.axis)
        return Typed(build.mul(value.tree, build.delta(row, column), span=span), row, column)
    if value.scalar and kind in ("trace", "det"):
        return value
    if kind in ("trace", "det", "logdet", "diag"):
        return _of_matrix(kind, value, span)
    raise FormulaError(f"{kind} is not supported for {value.shape()}", span, kind)


def _of_matrix(kind: str, value: Typed, span: Span) -> Typed:
    if value.row is None or value.column is None or value.row.axis != value.column.axis:
        raise ShapeError(f"{kind} needs a square matrix, not {value.shape()}", span, certain=True)
    if kind in ("trace", "diag"):
        diagonal = renamed(value, value.row, value.row)
        if kind == "diag":
            return Typed(diagonal.tree, value.row)
        return Typed(build.total(value.row, diagonal.tree, span=span))
    found = Matrix("det", value.row, value.column, value.tree, span=span)
    return Typed(build.call("log", found, span) if kind == "logdet" else found)


def _softmax(context: Context, value: Typed, span: Span) -> Typed:
    row = value.row or value.column
    assert row is not None
    inner = context.fresh(row.letter, row.axis)
    moved = renamed(Typed(value.tree, row), inner, None)
    below = build.total(inner, build.call("exp", moved.tree), span=span)
    return Typed(build.over(build.call("exp", value.tree), below, span), value.row, value.column)


def _extreme(kind: str, values: Sequence[Typed], span: Span) -> Typed:
    if len(values) < 2 or not all(value.scalar for value in values):
        raise FormulaError(f"{kind} takes two or more scalars", span, kind)
    operator = ">=" if kind == "max" else "<="
    found = values[0].tree
    for value in values[1:]:
        rows = ((found, Compare(operator, found, value.tree)), (value.tree, None))
        found = Choice(rows, span=span)
    return Typed(found)
