"""Execution in formal numbers: integers modulo 2^61 - 1, and quotients of polynomials over Q.

Entries of symbols and values of exp, log and other functions are generators that obey relations
which hold for real numbers, and no others. So what is equal here is equal as a function of reals,
at the sizes and the discrete values (labels, bits, signs, counts, one-hot) of the point, wherever
both sides are defined; what is different here may be equal all the same.
"""
# ruff: noqa: D102 - most methods are those of `System`

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial, reduce
from math import ceil, lcm
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from verify.formula import build
from verify.formula.evaluate import Evaluator, Valued
from verify.formula.exponents import (
    REWRITES,
    WHOLE,
    Monomial,
    is_whole,
    logarithm,
    monomials,
    real_comparison,
    whole_values,
)
from verify.formula.source import FormulaError
from verify.formula.systems import objects, unsupported
from verify.formula.tree import Call, Fold, Index, Mul, Tree

Array = NDArray[Any]
Element = Any  # int, Quotient or Degree, a Surd of these, or UNDEFINED

P = 2**61 - 1
MAX_POWER = 10_000  # of a generator: degrees stay far below P
MAX_NUMBER = 2**53  # of numerators and denominators, so that none is a multiple of P by accident
MAX_TERMS = 20_000  # of one polynomial
MAX_PRODUCTS = 250_000  # of their terms, when two polynomials are multiplied or divided
MAX_ROOTS = 256  # terms of a sum of square roots
ODD = frozenset({"arctan", "erf", "half tangent"})
OPAQUE = ODD | {"gamma", "lgamma", "digamma", "trigamma"}
NO_ROOTS: frozenset[int] = frozenset()


class Redraw(FormulaError):  # noqa: N818 - it asks for another draw
    """The drawn residues hit a zero where there must be none; other residues may not."""


class Undefined:
    """What lies outside of an array: no number, not equal to anything."""

    def _itself(self, *_: object) -> "Undefined":
        return self

    __add__ = __radd__ = __mul__ = __rmul__ = __neg__ = __mod__ = _itself
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return False


UNDEFINED = Undefined()


@dataclass(frozen=True)
class Surd:
    """A sum of coefficients times square roots, of which only s_k² = squares[k] is known.

    No root is a residue or a polynomial itself, so that √(x²) equals neither x nor -x.
    """

    terms: Mapping[frozenset[int], Element]
    squares: list[Element] = field(compare=False, repr=False)

    def _of(self, terms: Mapping[frozenset[int], Element]) -> Element:
        kept = {names: value for names, value in terms.items() if value}
        if len(kept) > MAX_ROOTS:
            raise FormulaError("too many square roots in one value", construct="too large")
        if kept.keys() <= {NO_ROOTS}:
            return kept.get(NO_ROOTS, next(iter(terms.values())))
        return Surd(kept, self.squares)

    def _terms(self, other: Element) -> Mapping[frozenset[int], Element]:
        return other.terms if isinstance(other, Surd) else {NO_ROOTS: other}

    def __add__(self, other: Element) -> Element:
        if other is UNDEFINED:
            return other
        found = dict(self.terms)
        for names, value in self._terms(other).items():
            found[names] = found[names] + value if names in found else value
        return self._of(found)

    def __mul__(self, other: Element) -> Element:
        if other is UNDEFINED:
            return other
        found: Element = None
        for left, value in self.terms.items():
            for right, factor in self._terms(other).items():
                part = self._of({left ^ right: value * factor})
                part = reduce(lambda x, k: x * self.squares[k], sorted(left & right), part)
                found = part if found is None else found + part
        return found

    def __neg__(self) -> Element:
        return self._of({names: -value for names, value in self.terms.items()})

    def __mod__(self, modulus: int) -> Element:
        return self._of({names: value % modulus for names, value in self.terms.items()})

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    __radd__ = __add__
    __rmul__ = __mul__


@dataclass
class Formal:
    """What both systems share: tables of the values of exp, log, roots and opaque functions.

    A value is looked up by the value of its argument. `share`: exp(u / share) is a generator.
    """

    exponentials: dict[Element, tuple[Element, int]] = field(default_factory=dict)
    logarithms: dict[Element, Element] = field(default_factory=dict)
    opaques: dict[tuple[str, Element], Element] = field(default_factory=dict)
    roots: dict[Element, Element] = field(default_factory=dict)
    squares: list[Element] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)
    dtype: Any = object
    einsum: bool = False
    formal: bool = True
    share: int = 12
    add: Any = field(init=False)
    multiply: Any = field(init=False)

    def __post_init__(self) -> None:
        self.zero, self.one = self.lift(Fraction(0)), self.lift(Fraction(1))
        self.add = lambda left, right: _array(self.tidy(left + right))
        self.multiply = lambda left, right: _array(self.tidy(left * right))

    def lift(self, value: Fraction) -> Element:
        """Return a rational number as an element."""
        raise NotImplementedError

    def fresh(self) -> Element:
        """Return a new generator."""
        raise NotImplementedError

    def inverse(self, x: Element) -> Element:
        """Return 1 / x of an element that is no surd."""
        raise NotImplementedError

    def raised(self, x: Element, power: int) -> Element:
        """Return a power, at least 0, of an element that is no surd."""
        raise NotImplementedError

    def tidy(self, x: Any) -> Any:
        """Return elements, or arrays of them, in normal form."""
        return x

    def number(self, value: Fraction | int) -> Array:
        return objects(self.lift(Fraction(value)))

    def integers(self, values: Array) -> Array:
        return _each(lambda v: self.lift(Fraction(int(v))), values)

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
            return _each(lambda v: self.lift(Fraction(float(v))), values)
        if key not in self.arrays:
            fresh = _each(lambda _: self.fresh(), values)
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
        return _each(lambda x: self.rational_power(x, exponent), base)

    def general_power(self, at: Evaluator, base: Tree, exponent: Tree) -> Valued:
        if not is_whole(exponent, at):
            return at.value(build.call("exp", build.mul(exponent, build.call("log", base))))
        raised = np.frompyfunc(lambda x, n: self.rational_power(x, Fraction(n)), 2, 1)
        return at.combined(at.value(base), whole_values(exponent, at), raised)

    def rational_power(self, x: Element, exponent: Fraction) -> Element:
        """Return a power of one element; with a denominator 2^k, by square roots."""
        if x is UNDEFINED:
            return x
        if exponent.denominator != 1:
            if exponent.denominator not in (2, 4, 8):
                raise FormulaError("this root is not executed formally", construct="root")
            return self.rational_power(self.root(x), exponent * 2)
        if abs(exponent) > MAX_POWER:
            raise FormulaError("this power is too high", construct="too large")
        power = abs(int(exponent))
        base = self.reciprocal(x) if exponent < 0 else x
        if not isinstance(base, Surd):
            return self.raised(base, power)
        found = self.one
        for bit in f"{power:b}":
            found = self.tidy(found * found * base if bit == "1" else found * found)
        return found

    def reciprocal(self, x: Element) -> Element:
        """Return 1 / x, for surds by their conjugates."""
        if x is UNDEFINED or not isinstance(x, Surd):
            return x if x is UNDEFINED else self.inverse(x)
        top = max(max(names, default=-1) for names in x.terms)
        terms = {names: -value if top in names else value for names, value in x.terms.items()}
        conjugate = self.tidy(Surd(terms, self.squares))
        return self.tidy(conjugate * self.reciprocal(self.tidy(x * conjugate)))

    def root(self, x: Element) -> Element:
        """Return the square root of an element; 1/√x is that of 1/x."""
        if x == self.zero or x == self.one:
            return x
        if x not in self.roots:
            inverse = self.reciprocal(x)
            if inverse in self.roots:
                return self.reciprocal(self.roots[inverse])
            self.squares.append(x)
            name = frozenset({len(self.squares) - 1})
            self.roots[x] = Surd({name: self.one}, self.squares)
        return self.roots[x]

    def exponential(self, x: Element, times: Fraction) -> Element:
        """Return exp(times · x) of the value x of one monomial."""
        if x is UNDEFINED or times == 0 or x == self.zero:
            return x if x is UNDEFINED else self.one
        if x not in self.exponentials:
            negative = self.tidy(-x)
            if negative in self.exponentials:
                return self.exponential(negative, -times)
            self.exponentials[x] = self.fresh(), lcm(self.share, times.denominator)
        base, share = self.exponentials[x]
        return self.rational_power(base, times * share)

    def log_of(self, x: Element) -> Element:
        """Return log x; exp of it is x, and log(1/x) = -log x."""
        if x is UNDEFINED or x == self.one:
            return x if x is UNDEFINED else self.zero
        if x not in self.logarithms:
            inverse = self.reciprocal(x)
            if inverse in self.logarithms:
                return self.tidy(-self.logarithms[inverse])
            found = self.logarithms[x] = self.fresh()
            self.exponentials[found] = x, 1
        return self.logarithms[x]

    def opaque(self, name: str, x: Element) -> Element:
        """Return the value of a function of which it is only known whether it is odd."""
        if x is UNDEFINED or (name in ODD and x == self.zero):
            return x
        negative = self.tidy(-x)
        if name in ODD and (name, negative) in self.opaques:
            return self.tidy(-self.opaques[name, negative])
        if (name, x) not in self.opaques:
            self.opaques[name, x] = self.fresh()
        return self.opaques[name, x]

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


@dataclass
class Residues(Formal):
    """Integers modulo 2^61 - 1, with random residues for the generators.

    In each draw, different functions are found equal with a probability of at most `false_accept`.
    Assumed: not all coefficients of their difference, a polynomial in the generators, are multiples
    of 2^61 - 1 (no number of a formula is above 2^53), and the seeds are not chosen by its author.
    """

    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.random = random.Random(self.seed)

    def lift(self, value: Fraction) -> Element:
        if max(abs(value.numerator), value.denominator) > MAX_NUMBER:
            raise FormulaError("this number is too large to be executed formally")
        return value.numerator * pow(value.denominator, -1, P) % P

    def fresh(self) -> Element:
        return self.random.randrange(1, P)

    def inverse(self, x: Element) -> Element:
        if x == 0:
            raise Redraw("a denominator is zero modulo 2^61 - 1")
        return pow(x, -1, P)

    def raised(self, x: Element, power: int) -> Element:
        return pow(x, power, P)

    def tidy(self, x: Any) -> Any:
        return x % P


@dataclass(frozen=True)
class Quotient:
    """A reduced quotient of polynomials with whole coefficients, the leading one below positive.

    So two are equal if and only if numerators and denominators are.
    """

    numerator: Any
    denominator: Any

    def __add__(self, other: Element) -> Element:
        if not isinstance(other, Quotient):
            return NotImplemented
        common = _common(self.denominator, other.denominator)
        left, right = self.denominator / common, other.denominator / common
        above = _times(self.numerator, right) + _times(other.numerator, left)
        shared = _common(above, common)
        return _signed(above / shared, _times(_times(left, right), common / shared))

    def __mul__(self, other: Element) -> Element:
        if not isinstance(other, Quotient):
            return NotImplemented
        first = _common(self.numerator, other.denominator)
        second = _common(other.numerator, self.denominator)
        above = _times(self.numerator / first, other.numerator / second)
        return _signed(above, _times(self.denominator / second, other.denominator / first))

    def __neg__(self) -> "Quotient":
        return Quotient(-self.numerator, self.denominator)

    def __bool__(self) -> bool:
        return bool(self.numerator)

    def __hash__(self) -> int:
        # flint's polynomials have no hash; these parts of them tell most of them apart.
        polynomials = (self.numerator, self.denominator)
        ends = [(p.monomial(0), int(p.coefficient(0)), len(p)) for p in polynomials if p]
        return hash(tuple(ends))


@dataclass
class Polynomials(Formal):
    """Quotients of polynomials over Q in the generators: equality is a proof at the fixed shape."""

    generators: int = 96

    def __post_init__(self) -> None:
        names = [f"g{k}" for k in range(self.generators)]
        self.ring = flint.fmpz_mpoly_ctx.get(names, "lex")
        self.unused = list(reversed(self.ring.gens()))
        super().__post_init__()

    def lift(self, value: Fraction) -> Element:
        return Quotient(self.ring.constant(value.numerator), self.ring.constant(value.denominator))

    def fresh(self) -> Element:
        if not self.unused:
            raise FormulaError(
                f"more than {self.generators} generators are needed", construct="too large"
            )
        return Quotient(self.unused.pop(), self.ring.constant(1))

    def inverse(self, x: Element) -> Element:
        if not x:
            raise FormulaError("a denominator is zero", construct="division by zero")
        return _signed(x.denominator, x.numerator)

    def raised(self, x: Element, power: int) -> Element:
        return Quotient(_power(x.numerator, power), _power(x.denominator, power))


@dataclass(frozen=True)
class Degree:
    """Bounds of the degrees of numerator and denominator; `inside`: of arguments of logarithms."""

    above: int
    below: int
    inside: int = 0

    def __add__(self, other: Element) -> Element:
        if not isinstance(other, Degree):
            return NotImplemented
        above = max(self.above + other.below, other.above + self.below)
        return Degree(above, self.below + other.below, max(self.inside, other.inside))

    def __mul__(self, other: Element) -> Element:
        if not isinstance(other, Degree):
            return NotImplemented
        inside = max(self.inside, other.inside)
        return Degree(self.above + other.above, self.below + other.below, inside)

    def __neg__(self) -> "Degree":
        return self


@dataclass
class Degrees(Formal):
    """Degrees in place of values, `interned` arguments counted, the `widest` of them noted."""

    interned: int = 0
    widest: int = 0
    rooted: int = 0

    def lift(self, value: Fraction) -> Element:
        return Degree(0, 0)

    def fresh(self) -> Element:
        return Degree(1, 0)

    def _intern(self, x: Degree) -> int:
        self.interned += 1
        self.widest = max(self.widest, x.above + x.below)
        return x.above + x.below

    def rational_power(self, x: Element, exponent: Fraction) -> Element:
        if x is UNDEFINED:
            return x
        if exponent.denominator != 1:
            self.rooted += 1
            self._intern(x)
        high, low = (x.below, x.above) if exponent < 0 else (x.above, x.below)
        times = ceil(abs(exponent))
        return Degree(times * high, times * low, x.inside)

    def exponential(self, x: Element, times: Fraction) -> Element:
        if x is UNDEFINED:
            return x
        if x.inside and times.denominator != 1:
            self.rooted += 1
        self._intern(x)
        high = ceil(abs(times) * lcm(self.share, times.denominator)) * max(1, x.inside)
        return Degree(high, high, x.inside)

    def log_of(self, x: Element) -> Element:
        return x if x is UNDEFINED else Degree(1, 0, max(x.inside, self._intern(x)))

    def opaque(self, name: str, x: Element) -> Element:
        if x is UNDEFINED:
            return x
        self._intern(x)
        return Degree(1, 0, x.inside)

    def matrix(self, kind: str, body: Array) -> Array:
        flat = [x for x in body.flat if x is not UNDEFINED]
        high = max(x.above for x in flat) + 2 * sum(x.below for x in flat)
        high *= body.shape[-1]
        found = Degree(high, high, max(x.inside for x in flat))
        return _each(lambda _: found, body[..., 0, 0] if kind == "det" else body)


def degree_bound(left: Tree, right: Tree, axes: Sequence[Index], at: Evaluator) -> int:
    """Return how many zeros there are for unequal sides to miss (Schwartz 1980, Zippel 1979).

    The degree of the numerator of left - right, for the entry where it is largest, and of the
    differences of any two arguments of functions that are told apart by value; doubled for each
    square root, as the norm of a difference is a product over the signs of all roots.
    """
    degrees = Degrees()
    page = Evaluator(at.extents, at.values, at.symbols, at.definitions, degrees)
    sides = zip(page.array(left, axes).flat, page.array(right, axes).flat, strict=True)
    known = [(x, y) for x, y in sides if x is not UNDEFINED and y is not UNDEFINED]
    high = max((max(x.above + y.below, y.above + x.below) for x, y in known), default=0)
    pairs = degrees.interned * (degrees.interned + 1) // 2
    return (high + 2 * pairs * degrees.widest) << (_roots(left, right, at) if degrees.rooted else 0)


def _roots(left: Tree, right: Tree, at: Evaluator) -> int:
    """Return how many different square roots there are."""
    system = Residues()
    page = Evaluator(at.extents, at.values, at.symbols, at.definitions, system)
    page.value(left)
    page.value(right)
    return len(system.squares)


def false_accept(bound: int, draws: int = 1) -> float:
    """Return the chance that different sides agree in all of several draws, by `degree_bound`."""
    return min(1.0, bound / (P - 1)) ** draws


def identical(left: Tree, right: Tree, axes: Sequence[Index], at: Evaluator) -> bool:
    """Whether two sides are equal in all entries; False tells nothing.

    Raises `FormulaError` for what has no formal value, `Redraw` if other residues may have one.
    """
    for side in (left, right):
        if real_comparison(side, at):
            raise FormulaError("real values are not compared formally", side.span, "comparison")
    first, second = at.array(left, axes), at.array(right, axes)
    return bool(first.size) and all(x == y for x, y in zip(first.flat, second.flat, strict=True))


def _array(value: Any) -> Array:
    return value if isinstance(value, np.ndarray) else objects(value)


def _each(function: Callable[[Any], Element], array: Array) -> Array:
    return _array(np.frompyfunc(function, 1, 1)(np.asarray(array, dtype=object)))


def _mapped(function: Callable[[Any], Element], value: Valued) -> Valued:
    return Valued(_each(function, value.array), value.axes)


def _summing_to_one(values: Array) -> int | None:
    """Return the one axis along which all sums are 1; None if there is not exactly one."""
    found = [axis for axis in range(np.ndim(values)) if np.all(np.sum(values, axis=axis) == 1)]
    return found[0] if len(found) == 1 else None


def _signed(above: Any, below: Any) -> Quotient:
    return Quotient(-above, -below) if below.leading_coefficient() < 0 else Quotient(above, below)


def _power(x: Any, power: int) -> Any:
    found = x.context().constant(1)
    for bit in f"{power:b}":
        found = _times(found, found)
        found = _times(found, x) if bit == "1" else found
    return found


def _times(left: Any, right: Any) -> Any:
    found = _bounded(left, right) * right
    if len(found) > MAX_TERMS:
        raise FormulaError("the polynomials grow too large", construct="too large")
    return found


def _common(left: Any, right: Any) -> Any:
    return _bounded(left, right).gcd(right)


def _bounded(left: Any, right: Any) -> Any:
    if len(left) * len(right) > MAX_PRODUCTS:
        raise FormulaError("the polynomials grow too large", construct="too large")
    return left
