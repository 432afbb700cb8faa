"""Small edits of a gradient's source: the slips that people make, one at a time."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

# Slips in a sign, a factor, an operator, a transposition, an axis, a name.
SWAPPED = {ast.Add: " - ", ast.Sub: " + ", ast.Mult: " / ", ast.Div: " * "}
TURNED = {ast.Gt: ">=", ast.GtE: ">", ast.Lt: "<=", ast.LtE: "<"}
EXCHANGED = {
    "sin": "cos",
    "cos": "sin",
    "sinh": "cosh",
    "cosh": "sinh",
    "maximum": "minimum",
    "minimum": "maximum",
    "sum": "mean",
    "mean": "sum",
}
CONSTANT = "a constant"
FACTORS = ("2 * {}", "{} / 2", "-{}")


@dataclass(frozen=True)
class Edit:
    """The text between two offsets replaced; `what` names the kind of slip."""

    start: int
    end: int
    text: str
    what: str


def edits(source: str) -> Iterator[Edit]:
    """Yield single edits of a function's source, fewest characters first, constants last.

    Names are exchanged for other local names of the function; nothing outside arithmetic is
    touched, and a function with a `while` loop, which an edit could make endless, has none.
    """
    tree = ast.parse(source).body[0]
    if not isinstance(tree, ast.FunctionDef) or any(
        isinstance(n, ast.While) for n in ast.walk(tree)
    ):
        return
    place = _Places(source)
    names = _locals(tree)
    found = [
        edit
        for statement in tree.body
        for node in ast.walk(statement)
        for edit in _of(node, place, names)
    ]
    yield from sorted(
        dict.fromkeys(found), key=lambda e: (abs(len(e.text) - (e.end - e.start)), e.start)
    )


@dataclass(frozen=True)
class _Places:
    """Offsets into a text, of what `ast` gives as line and column in bytes."""

    source: str

    def span(self, node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._at(node.lineno, node.col_offset)
        return start, self._at(node.end_lineno, node.end_col_offset)

    def text(self, node: ast.expr) -> str:
        start, end = self.span(node)
        return self.source[start:end]

    def _at(self, line: int, column: int) -> int:
        lines = self.source.splitlines(keepends=True)
        ahead = lines[line - 1].encode()[:column].decode()
        return sum(map(len, lines[: line - 1])) + len(ahead)


def _locals(tree: ast.FunctionDef) -> tuple[str, ...]:
    """List parameters and assigned names, in order of appearance."""
    names = [argument.arg for argument in (*tree.args.posonlyargs, *tree.args.args)]
    stored = (
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )
    return tuple(name for name in dict.fromkeys([*names, *stored]) if name != "_")


def _of(node: ast.AST, place: _Places, names: tuple[str, ...]) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node, place)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield Edit(*place.span(node), place.text(node.operand), "a minus too many")
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in TURNED:
        start, end = place.span(node.left)[1], place.span(node.comparators[0])[0]
        yield Edit(start, end, f" {TURNED[type(node.ops[0])]} ", "the edge of a comparison")
    if isinstance(node, ast.Constant):
        yield from _of_constant(node, place)
    if isinstance(node, ast.Call):
        yield from _of_call(node, place)
    if isinstance(node, ast.Return) and node.value is not None:
        yield from _of_value(node.value, place)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        for name in names:
            if name != node.id:
                yield Edit(*place.span(node), name, "another name")
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield Edit(*place.span(node), place.text(node.value), "a transposition too many")


def _of_constant(node: ast.Constant, place: _Places) -> Iterator[Edit]:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    for other in (value + 1, value - 1, -value, 2 * value):
        if other != value:
            text = repr(other) if other >= 0 else f"({other!r})"
            yield Edit(*place.span(node), text, CONSTANT)


def _of_operation(node: ast.BinOp, place: _Places) -> Iterator[Edit]:
    start, end = place.span(node.left)[1], place.span(node.right)[0]
    between = place.source[start:end]
    if type(node.op) in SWAPPED and between.strip(" ()") in ("+", "-", "*", "/"):
        sign = between.strip(" ()")
        text = between.replace(sign, SWAPPED[type(node.op)].strip())
        yield Edit(start, end, text, "an operator")
    whole = place.span(node)
    if isinstance(node.op, ast.Mult | ast.Div | ast.Add | ast.Sub):
        yield Edit(*whole, _alone(node.left, node, place), "a part too many")
    if isinstance(node.op, ast.Mult | ast.Add):
        yield Edit(*whole, _alone(node.right, node, place), "a part too many")
    if isinstance(node.op, ast.Sub):
        swapped = f"{place.text(node.right)} - {_subtrahend(place.text(node.left))}"
        yield Edit(*whole, swapped, "the order of a difference")
    if isinstance(node.op, ast.Pow):
        yield Edit(*whole, _wrapped(place.text(node.left)), "a power too many")
    if isinstance(node.op, ast.MatMult):
        swapped = f"{_wrapped(place.text(node.right))} @ {_wrapped(place.text(node.left))}"
        yield Edit(*whole, swapped, "the order of a product")


def _of_call(node: ast.Call, place: _Places) -> Iterator[Edit]:
    for argument in node.args:
        if isinstance(argument, ast.UnaryOp | ast.Starred | ast.Constant):
            continue
        yield Edit(*place.span(argument), f"-{_wrapped(place.text(argument))}", "a sign")
    called = node.func
    if isinstance(called, ast.Attribute) and called.attr in EXCHANGED:
        end = place.span(called)[1]
        yield Edit(end - len(called.attr), end, EXCHANGED[called.attr], "another function")


def _of_value(value: ast.expr, place: _Places) -> Iterator[Edit]:
    text = place.text(value)
    if isinstance(value, ast.Tuple | ast.Dict | ast.List):
        parts = value.values if isinstance(value, ast.Dict) else value.elts
        for part in parts:
            yield from _of_value(part, place)
        return
    for factor in FACTORS:
        yield Edit(*place.span(value), factor.format(f"({text})"), "a factor of the whole")
    yield Edit(*place.span(value), f"({text}).T", "a transposition of the whole")


def _alone(operand: ast.expr, node: ast.BinOp, place: _Places) -> str:
    """Return the text of an operand as it may stand for the whole operation."""
    text = place.text(operand)
    products = ast.Mult | ast.Div | ast.MatMult
    product = isinstance(operand, ast.BinOp) and isinstance(operand.op, products)
    binds = isinstance(node.op, ast.Add | ast.Sub) or product
    return text if binds and isinstance(operand, ast.BinOp) else _wrapped(text)


def _subtrahend(text: str) -> str:
    """Put a sum in brackets, which a product after a minus does not need."""
    tree = ast.parse(f"({text})", mode="eval").body
    product = isinstance(tree, ast.BinOp) and not isinstance(tree.op, ast.Add | ast.Sub)
    return text if product else _wrapped(text)


def _wrapped(text: str) -> str:
    """Put a sum or product in brackets; a name, a call or a number stands for itself."""
    simple = isinstance(
        ast.parse(text.strip(), mode="eval").body, ast.Name | ast.Call | ast.Constant
    )
    return text if simple else f"({text})"
