"""Differentiable operations as text: each a forward expression, one vjp per argument, and slips.

`{a}`, `{b}` are the arguments, `{y}` the value, `{g}` the cotangent of the value. All run over
leading axes; where plain code has a shorter form, that stands in `PLAIN` under the same name.
Where the textbook form cancels (`g - y (g · y)`), a sum over pairs stands in its place.
"""

from dataclasses import dataclass

REAL, NONNEGATIVE, POSITIVE = "real", "nonnegative", "positive"
# What a value may be taken for.
IS = {
    REAL: {REAL},
    NONNEGATIVE: {REAL, NONNEGATIVE},
    POSITIVE: {REAL, NONNEGATIVE, POSITIVE},
}


@dataclass(frozen=True)
class Op:
    """One operation; `slips` are what people write in place of the vjp of the last argument.

    `takes` and `gives` are kinds of numbers; `hot` operations overflow if two are chained.
    """

    name: str
    forward: str
    vjps: tuple[str, ...]
    slips: tuple[str, ...] = ()
    takes: str = REAL
    gives: str = REAL
    hot: bool = False


UNARY = (
    Op("exp", "np.exp({a})", ("{g} * {y}",), ("{g}",), gives=POSITIVE, hot=True),
    Op("gauss", "np.exp(-({a} ** 2))", ("-2 * {a} * {y} * {g}",), ("-{a} * {y} * {g}",)),
    Op("tanh", "np.tanh({a})", ("{g} / np.cosh({a}) ** 2",), ("{g} / np.cosh({a})",)),
    Op("sin", "np.sin({a})", ("{g} * np.cos({a})",), ("{g} * np.cos({y})",)),
    Op("cos", "np.cos({a})", ("-{g} * np.sin({a})",), ("{g} * np.sin({a})",)),
    Op("arctan", "np.arctan({a})", ("{g} / (1 + {a} ** 2)",), ("{g} / np.sqrt(1 + {a} ** 2)",)),
    Op("hyp", "np.sqrt(1 + {a} ** 2)", ("{g} * {a} / {y}",), ("{g} / {y}",), gives=POSITIVE),
    Op("square", "{a} ** 2", ("2 * {g} * {a}",), ("{g} * {a}",), gives=NONNEGATIVE),
    Op("cube", "{a} ** 3", ("3 * {g} * {a} ** 2",), ("3 * {g} * {a}",), hot=True),
    Op("halved", "0.5 * {a}", ("0.5 * {g}",), ("{g}",)),
    Op("minus", "1.5 - {a}", ("-{g}",), ("{g}",)),
    Op("shift", "{a} + 0.25", ("{g}",), ("{g} + 0.25",)),
    Op(
        "sigmoid",
        "1 / (1 + np.exp(-{a}))",
        ("{g} * {y} / (1 + np.exp({a}))",),
        ("{g} * {y} * (1 + {y})", "{g} * {a} * (1 - {a})"),
        gives=NONNEGATIVE,
    ),
    Op("softplus", "np.logaddexp(0, {a})", ("{g} / (1 + np.exp(-{a}))",), gives=NONNEGATIVE),
    Op("log1p", "np.log1p({a})", ("{g} / (1 + {a})",), ("{g} / {a}",), NONNEGATIVE, NONNEGATIVE),
    Op("power", "{a} ** 1.5", ("1.5 * {g} * np.sqrt({a})",), ("1.5 * {g} * {a}",), NONNEGATIVE),
    Op("damp", "1 / (1 + {a})", ("-{g} * {y} ** 2",), ("-{g} * {y}",), NONNEGATIVE, POSITIVE),
    Op("log", "np.log({a})", ("{g} / {a}",), ("{g} / (1 + {a})",), POSITIVE),
    Op("root", "np.sqrt({a})", ("{g} / (2 * {y})",), ("{g} / (2 * {a})",), POSITIVE, POSITIVE),
    Op("over", "1 / {a}", ("-{g} * {y} ** 2",), ("{g} * {y} ** 2",), POSITIVE, POSITIVE, True),
    Op("entropy", "{a} * np.log({a})", ("{g} * (1 + np.log({a}))",), ("{g} / {a}",), POSITIVE),
)
# Used on inputs only, so that each entry moves one kink: the slope claimed there lies between.
KINKS = (
    Op("abs", "np.abs({a})", ("{g} * np.sign({a})",), ("{g} * {a}",), gives=NONNEGATIVE),
    Op("relu", "np.maximum({a}, 0)", ("{g} * ({a} > 0)",), ("{g} * ({a} < 0)",), gives=NONNEGATIVE),
    Op("leaky", "np.where({a} > 0, {a}, 0.1 * {a})", ("{g} * np.where({a} > 0, 1, 0.1)",)),
    Op("clip", "np.clip({a}, -1, 1)", ("{g} * (np.abs({a}) <= 1)",), ("{g} * ({a} <= 1)",)),
)
_TIES = "({a} == {y}[..., None])"
MAXIMUM = Op(
    "max",
    "{a}.max(axis=-1)",
    ("{g}[..., None] * " + _TIES + " / " + _TIES + ".sum(axis=-1, keepdims=True)",),
)
# Along the last axis, keeping the shape.
_SHIFTED = "np.exp({a} - {a}.max(axis=-1, keepdims=True))"
_SOFTMAX = f"{_SHIFTED} / {_SHIFTED}.sum(axis=-1, keepdims=True)"
_PAIRS = "{y} * (({g}[..., :, None] - {g}[..., None, :]) * {y}[..., None, :]).sum(axis=-1)"
ROWWISE = (
    Op("softmax", _SOFTMAX, (_PAIRS,), ("{g} * {y}", "{y} * (1 - {y}) * {g}"), gives=NONNEGATIVE),
    Op(
        "softmax by hand",
        "np.exp({a}) / np.exp({a}).sum(axis=-1, keepdims=True)",
        (_PAIRS,),
        ("{y} * ({g} - {g}.sum(axis=-1, keepdims=True))",),
        gives=NONNEGATIVE,
    ),
    Op(
        "log-softmax",
        "{a} - np.log(np.exp({a}).sum(axis=-1, keepdims=True))",
        ("{g} - np.exp({y}) * {g}.sum(axis=-1, keepdims=True)",),
        ("{g} - np.exp({y}) * {g}", "{g} - np.exp({y})"),
    ),
    Op("cumsum", "np.cumsum({a}, axis=-1)", ("np.cumsum({g}[..., ::-1], axis=-1)[..., ::-1]",)),
    Op("roll", "np.roll({a}, 1, axis=-1)", ("np.roll({g}, -1, axis=-1)",)),
    Op(
        "unit rows",
        "{a} / np.sqrt(1 + ({a} ** 2).sum(axis=-1, keepdims=True))",
        (
            "({g} + ({a}[..., None, :] * ({g}[..., :, None] * {a}[..., None, :]"
            " - {a}[..., :, None] * {g}[..., None, :])).sum(axis=-1))"
            " / (1 + ({a} ** 2).sum(axis=-1, keepdims=True)) ** 1.5",
        ),
        ("{g} / np.sqrt(1 + ({a} ** 2).sum(axis=-1, keepdims=True))",),
    ),
    Op(
        "shares",
        "{a} / {a}.sum(axis=-1, keepdims=True)",
        (
            "(({g}[..., :, None] - {g}[..., None, :]) * {y}[..., None, :]).sum(axis=-1)"
            " / {a}.sum(axis=-1, keepdims=True)",
        ),
        ("{g} / {a}.sum(axis=-1, keepdims=True)",),
        POSITIVE,
        POSITIVE,
    ),
    Op("centred", "{a} - {a}.mean(axis=-1, keepdims=True)", ("{g} - {g}.mean(-1, keepdims=True)",)),
)
_SPREAD = "{g}[..., None] * np.ones_like({a})"
# Along the last axis, which is gone after it.
REDUCE = (
    Op("sum", "{a}.sum(axis=-1)", (_SPREAD,)),
    Op("mean", "{a}.mean(axis=-1)", (_SPREAD + " / {a}.shape[-1]",), (_SPREAD,)),
    Op(
        "var",
        "{a}.var(axis=-1)",
        ("2 * {g}[..., None] * ({a} - {a}.mean(axis=-1, keepdims=True)) / {a}.shape[-1]",),
        ("2 * {g}[..., None] * {a} / {a}.shape[-1]",),
        gives=NONNEGATIVE,
    ),
    Op(
        "norm",
        "np.sqrt(1 + ({a} ** 2).sum(axis=-1))",
        ("({g} / {y})[..., None] * {a}",),
        ("({g} / {y} ** 2)[..., None] * {a}", "{g}[..., None] * {a}"),
        gives=POSITIVE,
    ),
    Op(
        "logsumexp",
        "np.logaddexp.reduce({a}, axis=-1)",
        ("{g}[..., None] * " + _SOFTMAX,),
        ("{g}[..., None] * np.exp({a})", "{g}[..., None] * np.exp({a} - {y}[..., None]) ** 2"),
    ),
)
COMBINE = {
    "add": Op("add", "{a} + {b}", ("{g}", "{g}")),
    "subtract": Op("subtract", "{a} - {b}", ("{g}", "-{g}"), ("{g}",)),
    "multiply": Op("multiply", "{a} * {b}", ("{g} * {b}", "{g} * {a}"), ("{g} * {b}",)),
    "divide": Op(
        "divide", "{a} / {b}", ("{g} / {b}", "-{g} * {y} / {b}"), ("-{g} * {y}", "-{g} / {b}")
    ),
    "bias": Op("bias", "{a} + {b}[..., None, :]", ("{g}", "{g}.sum(axis=-2)"), ("{g}[..., 0, :]",)),
    "columns": Op(
        "columns",
        "{a} * {b}[..., None, :]",
        ("{g} * {b}[..., None, :]", "({g} * {a}).sum(axis=-2)"),
        ("{g}.sum(axis=-2)", "({g} * {a}).mean(axis=-2)"),
    ),
    "rows": Op(
        "rows",
        "{a} * {b}[..., None]",
        ("{g} * {b}[..., None]", "({g} * {a}).sum(axis=-1)"),
        ("{g}.sum(axis=-1)",),
    ),
    "outer": Op(
        "outer",
        "{a}[..., :, None] * {b}[..., None, :]",
        ("({g} * {b}[..., None, :]).sum(axis=-1)", "({g} * {a}[..., :, None]).sum(axis=-2)"),
        ("({g} * {b}[..., None, :]).sum(axis=-2)", "{g}.sum(axis=-2)"),
    ),
    "differences": Op(
        "differences",
        "{a}[..., :, None] - {b}[..., None, :]",
        ("{g}.sum(axis=-1)", "-{g}.sum(axis=-2)"),
        ("{g}.sum(axis=-2)",),
    ),
    "matmul": Op("matmul", "{a} @ {b}", ("{g} @ {b}.mT", "{a}.mT @ {g}"), ("{a} @ {g}",)),
    "matvec": Op(
        "matvec",
        "({a} @ {b}[..., None])[..., 0]",
        ("{g}[..., :, None] * {b}[..., None, :]", "({a}.mT @ {g}[..., None])[..., 0]"),
        ("({a} @ {g}[..., None])[..., 0]",),
    ),
    "join": Op(
        "join",
        "np.concatenate([{a}, {b}], axis=-1)",
        ("{g}[..., : {a}.shape[-1]]", "{g}[..., {a}.shape[-1] :]"),
        ("{g}[..., : {b}.shape[-1]]",),
    ),
    "gather": Op(
        "gather",
        "{a}[..., [0, -1, 0]]",
        ("{g} @ np.eye({a}.shape[-1], dtype={a}.dtype)[[0, -1, 0]]",),
        ("{g} @ np.eye({a}.shape[-1], dtype={a}.dtype)[[0, -1, -1]]",),
    ),
    "pick": Op(
        "pick",
        "np.take_along_axis({a}, t[..., None], axis=-1)[..., 0]",
        ("{g}[..., None] * (t[..., None] == np.arange({a}.shape[-1]))",),
        (_SPREAD,),
    ),
    "turn": Op("turn", "{a}.mT", ("{g}.mT",)),
    "gram": Op("gram", "{a}.mT @ {a}", ("{a} @ ({g} + {g}.mT)",), ("{a} @ {g}",)),
}
PLAIN = {
    "sum": Op("sum", "{a}.sum()", ("{g} * np.ones_like({a})",), ("{g} * np.ones_like({a}) / 2",)),
    "bias": Op("bias", "{a} + {b}", ("{g}", "{g}.sum(axis=0)"), ("{g}[0]",)),
    "columns": Op("columns", "{a} * {b}", ("{g} * {b}", "({g} * {a}).sum(axis=0)")),
    "outer": Op("outer", "np.outer({a}, {b})", ("{g} @ {b}", "{g}.T @ {a}"), ("{g} @ {a}",)),
    "matmul": Op("matmul", "{a} @ {b}", ("{g} @ {b}.T", "{a}.T @ {g}"), ("{a} @ {g}",)),
    "matvec": Op("matvec", "{a} @ {b}", ("np.outer({g}, {b})", "{a}.T @ {g}"), ("{a} @ {g}",)),
    "turn": Op("turn", "{a}.T", ("{g}.T",)),
    "gram": Op("gram", "{a}.T @ {a}", ("{a} @ ({g} + {g}.T)",), ("{a} @ {g}",)),
}
