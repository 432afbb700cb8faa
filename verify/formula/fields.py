"""Elements of formal systems: quotients of polynomials, sums of square roots, what is no number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from verify.formula.source import FormulaError

Element = Any  # int, Quotient or Degree, a Surd of these, or UNDEFINED
MAX_TERMS = 20_000  # of one polynomial
MAX_PRODUCTS = 250_000  # of their terms, when two polynomials are multiplied or divided
MAX_ROOTS = 256  # terms of a sum of square roots
NO_ROOTS: frozenset[int] = frozenset()


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

    def inverse(self) -> "Quotient":
        """Return denominator over numerator; the latter is not zero."""
        return _signed(self.denominator, self.numerator)

    def raised(self, power: int) -> "Quotient":
        """Return a power, at least 0."""
        return Quotient(_power(self.numerator, power), _power(self.denominator, power))


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
