"""Axis expressions: a size is a number, a name, or arithmetic of both such as `n*(n+1)//2`."""

import ast
import operator
from collections.abc import Callable, Mapping

from verify.errors import DeclarationError

OPERATIONS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}


def names_in(axis: str | int) -> tuple[str, ...]:
    """List the axis names of an expression in order of appearance.

    >>> names_in("n*(m+1)"), names_in(3)
    (('n', 'm'), ())
    """
    if isinstance(axis, int):
        return ()
    names = (node.id for node in ast.walk(ast.parse(axis, mode="eval")) if type(node) is ast.Name)
    return tuple(dict.fromkeys(names))


def size_of(axis: str | int, axes: Mapping[str, int]) -> int:
    """Return the size of an axis, or the value of a bound, when each name has a size.

    >>> size_of("n*(n+1)//2", {"n": 3}), size_of("-n", {"n": 3}), size_of(4, {})
    (6, -3, 4)
    """
    if isinstance(axis, int):
        return axis
    return axes[axis] if axis in axes else _value(ast.parse(axis, mode="eval").body, axes)


def _value(node: ast.expr, axes: Mapping[str, int]) -> int:
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.Name(id=name):
            return axes[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, axes)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](_value(left, axes), _value(right, axes))
    raise ValueError(ast.unparse(node))


def parse_axis(word: str, shape: object) -> str | int:
    """Read one word of a shape: a positive number, a name or an expression of them.

    Raises `DeclarationError` if it is none of these.
    """
    if word.isdigit() and int(word) > 0:
        return int(word)
    try:
        size_of(word, dict.fromkeys(names_in(word), 5))
        if names_in(word):
            return word
    except (SyntaxError, ValueError, ZeroDivisionError):
        pass
    raise DeclarationError(
        f"shape={shape!r}: axis {word!r} should be a name or a positive whole number, as in 'N 3', "
        "or arithmetic of them without spaces, as in 'N+1'."
    )


def parse_shape(shape: str | int) -> tuple[str | int, ...]:
    """Split a shape such as `"N 3 K"` into names and numbers; `""` is a scalar.

    >>> parse_shape("N 3 K")
    ('N', 3, 'K')

    Raises `DeclarationError` if a word is no axis.
    """
    if isinstance(shape, int):
        return (parse_axis(str(shape), shape),)
    if not isinstance(shape, str):
        raise DeclarationError(
            f"shape={shape!r} should be a string of axis names and numbers such as 'N D'."
        )
    return tuple(parse_axis(word, shape) for word in shape.split())
