"""What formal systems share beyond their elements: arrays, sums, conditions, elimination."""
# ruff: noqa: D102 - most methods are those of `System`

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial, reduce
from typing import Any

import numpy as np

from verify.formula import build
from verify.formula.evaluate import Array, Evaluator, Valued
from verify.formula.exponents import Monomial, monomials
from verify.formula.fields import UNDEFINED, Element
from verify.formula.generators import ODD, Generators
from verify.formula.known import WHOLE, is_whole, whole_values
from verify.formula.logarithms import REWRITES, logarithm
from verify.formula.source import FormulaError
from verify.formula.systems import objects, unsupported
from verify.formula.tree import Call, Fold, Mul, Tree

OPAQUE = ODD | {"gamma", "lgamma", "digamma", "trigamma"}


@dataclass
class Formal(Generators):
    """A `System` whose arrays hold elements; of functions, only their relations are known."""

    arrays: dict[str, Array] = field(default_factory=dict)
    dtype: Any = object
    einsum: bool = False
    formal: bool = True
    add: Any = field(init=False)
    multiply: Any = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.add = lambda left, right: _array(self.tidy(left + right))
        self.multiply = lambda left, right: _array(self.tidy(left * right))

    def number(self, value: Fraction | int) -> Array:
        return objects(self.lift(Fraction(value)))

    def integers(self, values: Array) -> Array:
        return each(lambda v: self.lift(Fraction(int(v))), values)

    def undefined(self) -> Array:
        return objects(UNDEFINED)

    def constant(self, name: str) -> Array:
        if name == "e":
            return objects(self.exponential(self.one, Fraction(1)))
        return objects(self.opaque(name, self.zero))

    def given(self, key: str, values: Array, kind: str) -> Array:
        """Return generators for a symbol, the same for the same key; discrete kinds stay exact."""
        axis = _summing_to_one(values) if kind == "simplex" else 0
        if kind in WHOLE or kind == "identity" or axis is None:
            return each(lambda v: self.lift(Fraction(float(v))), values)
        if key not in self.arrays:
            fresh = each(lambda _: self.fresh(), values)
            self.arrays[key] = self._constrained(fresh, kind, axis)
        if self.arrays[key].shape != np.shape(values):
            raise FormulaError(f"{key} has two shapes in one formal system")
        return self.arrays[key]

    def _constrained(self, fresh: Array, kind: str, axis: int) -> Array:
        if kind == "simplex":
            rest = np.delete(fresh, -1, axis)
            last = self.add(self.number(1), -np.asarray(self.fold("sum", rest, axis)))
            return np.concatenate([rest, np.expand_dims(last, axis)], axis)
        if kind not in ("lower", "symmetric", "spd", "antisymmetric"):
            return fresh
        upper = np.triu(np.ones(fresh.shape, dtype=bool), 1)
        if kind == "lower":
            return self.where(upper, self.number(0), fresh)
        if kind in ("symmetric", "spd"):
            return self.where(upper, fresh, np.swapaxes(fresh, -1, -2))
        above = self.where(upper, fresh, self.number(0))
        return np.asarray(self.add(above, -np.swapaxes(above, -1, -2)))

    def where(self, condition: Array, yes: Array, no: Array) -> Array:
        shape = np.broadcast_shapes(condition.shape, yes.shape, no.shape)
        found = np.empty(shape, dtype=object)
        chosen = np.broadcast_to(condition, shape)
        found[chosen] = np.broadcast_to(yes, shape)[chosen]
        found[~chosen] = np.broadcast_to(no, shape)[~chosen]
        return found

    def fold(self, kind: str, array: Array, axis: int) -> Array:
        if kind == "sum":
            return _array(self.tidy(np.add.reduce(array, axis=axis, initial=self.zero)))
        if kind != "prod":
            raise FormulaError(f"{kind} over an index is not executed formally", construct=kind)
        parts = np.moveaxis(array, axis, 0)
        start = np.broadcast_to(self.number(1), parts.shape[1:])
        return _array(reduce(lambda found, part: self.tidy(found * part), parts, start))

    def compare(self, operator: str, left: Array, right: Array) -> Array:
        raise FormulaError("real values are not compared formally", construct="comparison")

    def power(self, base: Array, exponent: Fraction) -> Array:
        return each(lambda x: self.rational_power(x, exponent), base)

    def general_power(self, at: Evaluator, base: Tree, exponent: Tree) -> Valued:
        if not is_whole(exponent, at):
            return at.value(build.call("exp", build.mul(exponent, build.call("log", base))))
        raised = np.frompyfunc(lambda x, n: self.rational_power(x, Fraction(n)), 2, 1)
        return at.combined(at.value(base), whole_values(exponent, at), raised)

    def call(self, at: Evaluator, function: str, argument: Tree) -> Valued:
        if function == "exp":
            parts = [self._exp(at, monomial) for monomial in monomials(argument, at)]
            one = Valued(self.number(1), ())
            return reduce(lambda x, y: at.combined(x, y, self.multiply), parts, one)
        if function == "log":
            split = logarithm(argument, at)
            if split != Call("log", argument):
                return at.value(split)
            return _mapped(self.log_of, at.value(argument))
        if function in REWRITES:
            return at.value(REWRITES[function](argument))
        if function in OPAQUE or function.startswith("smooth "):
            return _mapped(partial(self.opaque, function), at.value(argument))
        raise unsupported(function, argument)

    def _exp(self, at: Evaluator, monomial: Monomial) -> Valued:
        """exp of a monomial; a sum in the exponent is a product of exponentials."""
        value = (
            at.value(Mul(monomial.factors)) if monomial.factors else Valued(objects(self.one), ())
        )
        times = Valued(objects(monomial.coefficient), ())
        for tree in monomial.whole:
            times = at.combined(times, whole_values(tree, at), np.multiply)
        found = at.combined(value, times, np.frompyfunc(self.exponential, 2, 1))
        for index, condition in reversed(monomial.binders):
            node = Call("exp", Mul(monomial.factors))
            at.kept[id(node)] = node, found  # what the product is of, as its body is evaluated
            found = at.value(Fold("prod", index, node, condition))
        return found

    def matrix(self, kind: str, body: Array) -> Array:
        size = body.shape[-1]
        flat = body.reshape(-1, size, size)
        found = np.empty(len(flat) if kind == "det" else flat.shape, dtype=object)
        for place, part in enumerate(flat):
            determinant, inverse = self._eliminated([list(row) for row in part])
            if kind != "det" and determinant == self.zero:
                self.inverse(determinant)  # raises
            found[place] = determinant if kind == "det" else inverse
        return found.reshape(body.shape[:-2] if kind == "det" else body.shape)

    def _eliminated(self, rows: list[list[Element]]) -> tuple[Element, Array]:
        """Determinant and inverse by elimination; the inverse has no meaning if the former is 0."""
        size, determinant = len(rows), self.one
        rows = [[*row, *(self.one if i == j else self.zero for j in range(size))]
                for i, row in enumerate(rows)]  # fmt: skip
        for at in range(size):
            pivot = next((i for i in range(at, size) if rows[i][at] != self.zero), None)
            if pivot is None:
                return self.zero, np.empty((size, size), dtype=object)
            if pivot != at:
                rows[at], rows[pivot], determinant = rows[pivot], rows[at], -determinant
            determinant = self.tidy(determinant * rows[at][at])
            share = self.reciprocal(rows[at][at])
            rows[at] = [self.tidy(x * share) for x in rows[at]]
            for i in range(size):
                if i != at:
                    factor = -rows[i][at]
                    pairs = zip(rows[i], rows[at], strict=True)
                    rows[i] = [self.tidy(x + factor * y) for x, y in pairs]
        inverse = np.empty((size, size), dtype=object)
        for i, row in enumerate(rows):
            inverse[i, :] = row[size:]
        return determinant, inverse


def _array(value: Any) -> Array:
    return value if isinstance(value, np.ndarray) else objects(value)


def each(function: Callable[[Any], Element], array: Array) -> Array:
    """Return the array of what a function makes of each entry."""
    return _array(np.frompyfunc(function, 1, 1)(np.asarray(array, dtype=object)))


def _mapped(function: Callable[[Any], Element], value: Valued) -> Valued:
    return Valued(each(function, value.array), value.axes)


def _summing_to_one(values: Array) -> int | None:
    """Return the one axis along which all sums are 1; None if there is not exactly one."""
    found = [axis for axis in range(np.ndim(values)) if np.all(np.sum(values, axis=axis) == 1)]
    return found[0] if len(found) == 1 else None
