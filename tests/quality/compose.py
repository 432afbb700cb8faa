"""Right gradients by the hundred: random compositions, differentiated by the chain rule on text.

A program is a list of steps; its gradient is written by going through them backwards. Both become
plain NumPy source, so that what is judged looks like what people write, and can be printed.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from compose_ops import (
    COMBINE,
    IS,
    KINKS,
    MAXIMUM,
    NONNEGATIVE,
    PLAIN,
    POSITIVE,
    REAL,
    REDUCE,
    ROWWISE,
    UNARY,
    Op,
)

from verify import labels, nonnegative, positive, problem, reals, simplex, unit_interval

# Which inputs there are, and by what they are brought together, in order.
PLANS = (
    ({"x": "n"}, ()),
    ({"x": "n", "y": "n"}, ("subtract",)),
    ({"x": "n", "y": "n"}, ("multiply",)),
    ({"x": "n", "y": "k"}, ("join",)),
    ({"A": "m n"}, ()),
    ({"A": "m n"}, ("turn",)),
    ({"A": "m n"}, ("gram",)),
    ({"A": "m n"}, ("gather",)),
    ({"A": "m n"}, ("pick",)),
    ({"A": "m n", "b": "n"}, ("bias",)),
    ({"A": "m n", "s": "n"}, ("columns",)),
    ({"A": "m n", "r": "m"}, ("rows",)),
    ({"A": "m n", "x": "n"}, ("matvec",)),
    ({"A": "m n", "B": "n k"}, ("matmul",)),
    ({"A": "m n", "B": "n k", "b": "k"}, ("matmul", "bias")),
    ({"u": "m", "v": "n"}, ("outer",)),
    ({"u": "m", "v": "n"}, ("differences",)),
    ({"u": "m", "v": "n", "A": "m n"}, ("outer", "multiply")),
)
AXES_AFTER = {
    "turn": ("n", "m"),
    "gram": ("n", "n"),
    "gather": ("m", "3"),
    "pick": ("m",),
    "matvec": ("m",),
    "outer": ("m", "n"),
    "differences": ("m", "n"),
    "join": ("n+k",),
}
# Mostly bounded: far out, a composition loses its digits sooner than its gradient can be wrong.
DOMAINS = (
    ("reals({!r})", REAL),
    ("reals({!r}, -3, 3)", REAL),
    ("reals({!r}, -2, 2)", REAL),
    ("positive({!r})", POSITIVE),
    ("positive({!r}, 0.1, 4)", POSITIVE),
    ("positive({!r}, 0.5, 2)", POSITIVE),
    ("nonnegative({!r})", NONNEGATIVE),
    ("nonnegative({!r}, 4)", NONNEGATIVE),
    ("unit_interval({!r})", NONNEGATIVE),
    ("simplex({!r})", NONNEGATIVE),
)
KINDS = {
    kind.__name__: kind for kind in (labels, nonnegative, positive, reals, simplex, unit_interval)
}


@dataclass(frozen=True)
class Value:
    """A named value of a program: its axes and what kind of number it holds."""

    name: str
    axes: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Step:
    """One line: `target = op(arguments)`."""

    op: Op
    arguments: tuple[str, ...]
    target: str


@dataclass
class Program:
    """A composed function; `domains` are the declarations of its inputs, as text."""

    name: str
    stacked: bool
    as_vjp: bool
    domains: dict[str, str] = field(default_factory=dict)
    wrt: tuple[str, ...] = ()
    steps: list[Step] = field(default_factory=list)
    dtype: str = "float64"

    def apply(self, op: Op, *arguments: Value, axes: tuple[str, ...], kind: str = "") -> Value:
        """Add a step and return its value."""
        target = f"v{len(self.steps) + 1}"
        self.steps.append(Step(op, tuple(argument.name for argument in arguments), target))
        return Value(target, axes, kind or op.gives)

    def combined(self, name: str, *arguments: Value) -> Value:
        """Bring values together in the style of the program."""
        op = COMBINE[name] if self.stacked else PLAIN.get(name, COMBINE[name])
        axes = AXES_AFTER.get(name, arguments[0].axes)
        if name == "matmul":
            axes = (arguments[0].axes[0], arguments[1].axes[1])
        same = name in ("turn", "gather", "pick")
        return self.apply(op, *arguments, axes=axes, kind=arguments[0].kind if same else REAL)


def composed(seed: int) -> Program:
    """Compose program number `seed`: inputs, what brings them together, some steps, an end."""
    rng = np.random.default_rng([2024, seed])
    program = Program(f"composed_{seed}", bool(rng.random() < 0.6), bool(rng.random() < 0.25))
    program.dtype = "float32" if rng.random() < 0.1 else "float64"
    shapes, combiners = PLANS[int(rng.integers(len(PLANS)))]
    values = [_input(program, rng, name, tuple(shape.split())) for name, shape in shapes.items()]
    program.wrt = tuple(shapes)
    if not (combiners or program.steps) and values[0].kind == REAL and rng.random() < 0.5:
        values[0] = program.apply(MAXIMUM, values[0], axes=values[0].axes[:-1])
    value = _elementwise(program, rng, values[0]) if rng.random() < 0.4 else values[0]
    others = iter(values[1:])
    for name in combiners:
        if name == "pick":
            program.domains["t"] = "labels('m', 'n')"
        alone = name in ("turn", "gram", "gather", "pick")
        value = program.combined(name, value, *([] if alone else [next(others)]))
    value = _grown(program, rng, value)
    if not program.as_vjp:
        _to_scalar(program, rng, value)
    return program


def _input(program: Program, rng, name: str, axes: tuple[str, ...]) -> Value:
    text, kind = DOMAINS[int(rng.integers(len(DOMAINS)))]
    program.domains[name] = text.format(" ".join(axes))
    value = Value(name, axes, kind)
    if kind == REAL and rng.random() < 0.2:
        return program.apply(KINKS[int(rng.integers(len(KINKS)))], value, axes=axes)
    return value


def _fitting(program: Program, rng, table: tuple[Op, ...], value: Value) -> Op:
    hot = any(step.op.hot for step in program.steps)
    fits = [op for op in table if op.takes in IS[value.kind]]
    if hot:  # in wider arithmetic an exponential of an exponential takes minutes
        slow = ("exp(", "logaddexp", "sin(", "cos(")
        fits = [op for op in fits if not (op.hot or any(word in op.forward for word in slow))]
    special = [op for op in fits if op.takes != REAL]
    pool = special if special and rng.random() < 0.5 else fits
    return pool[int(rng.integers(len(pool)))]


def _elementwise(program: Program, rng, value: Value) -> Value:
    return program.apply(_fitting(program, rng, UNARY, value), value, axes=value.axes)


def _grown(program: Program, rng, value: Value) -> Value:
    """Add one to three elementwise or rowwise steps, sometimes with a way around them."""
    for _ in range(int(rng.integers(1, 4))):
        before, turn = value, rng.random()
        if turn < 0.55 or not value.axes or (turn >= 0.9 and len(value.axes) == 1):
            value = _elementwise(program, rng, value)
        elif turn < 0.9:
            value = program.apply(_fitting(program, rng, ROWWISE, value), value, axes=value.axes)
        else:
            value = program.apply(_fitting(program, rng, REDUCE, value), value, axes=value.axes[:1])
        if rng.random() < 0.15 and before.axes == value.axes and before.name != value.name:
            name = ("add", "subtract", "multiply")[int(rng.integers(3))]
            value = program.combined(name, before, value)
    return value


def _to_scalar(program: Program, rng, value: Value) -> None:
    if value.axes and not program.stacked and rng.random() < 0.8:
        value = program.apply(PLAIN["sum"], value, axes=())
    while value.axes:
        table = REDUCE if rng.random() < 0.5 else REDUCE[:1]
        value = program.apply(_fitting(program, rng, table, value), value, axes=value.axes[:-1])


def _line(template: str, step: Step) -> str:
    names = dict(zip("ab", step.arguments, strict=False))
    return template.format(y=step.target, g=f"d_{step.target}", **names)


def source(program: Program, primal: bool) -> str:
    """Write the primal, or the gradient (a vjp where the program ends in an array)."""
    names = list(program.domains)
    leading = ["ybar"] if program.as_vjp and not primal else []
    lines = [f"def {'primal' if primal else 'gradient'}({', '.join(leading + names)}):"]
    lines += [f"    {s.target} = {_line(s.op.forward, s)}" for s in program.steps]
    last = program.steps[-1].target
    if primal:
        cast = not (program.stacked or program.as_vjp)
        return "\n".join([*lines, f"    return float({last})" if cast else f"    return {last}"])
    lines.append(f"    d_{last} = {leading[0] if leading else f'np.ones_like({last})'}")
    seen = set()
    for step in reversed(program.steps):
        for argument, vjp in zip(step.arguments, step.op.vjps, strict=True):
            before = f"d_{argument} + " if argument in seen else ""
            lines.append(f"    d_{argument} = {before}{_line(vjp, step)}")
            seen.add(argument)
    return "\n".join([*lines, f"    return {', '.join(f'd_{name}' for name in program.wrt)}"])


def function_of(text: str):
    """Compile one function from its source."""
    scope = {"np": np}
    exec(compile(text, "<composed>", "exec"), scope)
    return next(value for name, value in scope.items() if name in ("primal", "gradient"))


def slipped(program: Program, seed: int) -> Program:
    """Return the program with one vjp of one of its operations corrupted."""
    rng = np.random.default_rng([7, seed])
    index = int(rng.integers(len(program.steps)))
    step = program.steps[index]
    which = int(rng.integers(len(step.op.vjps)))
    choices = ["-({})", "2 * ({})", "0 * ({})"]
    wrong = [choice.replace("{}", step.op.vjps[which]) for choice in choices]
    wrong += 2 * [slip for slip in step.op.slips if which == len(step.op.vjps) - 1]
    vjps = list(step.op.vjps)
    vjps[which] = wrong[int(rng.integers(len(wrong)))]
    steps = list(program.steps)
    steps[index] = replace(step, op=replace(step.op, vjps=tuple(vjps)))
    return replace(program, steps=steps)


def declared(program: Program, **candidates: Program):
    """Declare the problem, with the gradient of each candidate program as a variant."""
    inputs = {name: eval(text, dict(KINDS)) for name, text in program.domains.items()}
    made = problem(wrt=program.wrt, name=program.name, **inputs)(function_of(source(program, True)))
    attach = made.vjp if program.as_vjp else made.gradient
    for name, candidate in candidates.items():
        attach(name=name, dtype=program.dtype)(function_of(source(candidate, False)))
    return made.problem
