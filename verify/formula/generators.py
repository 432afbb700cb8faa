"""Generators of formal systems: tables of the values of exp, log, roots and opaque functions."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any

from verify.formula.fields import UNDEFINED, Element, Surd
from verify.formula.source import FormulaError

MAX_POWER = 10_000  # of a generator: degrees stay far below P
ODD = frozenset({"arctan", "erf", "half tangent"})


@dataclass
class Generators:
    """Elements, and tables of the values that functions have at them.

    A value is looked up by the value of its argument. `share`: exp(u / share) is a generator.
    """

    exponentials: dict[Element, tuple[Element, int]] = field(default_factory=dict)
    logarithms: dict[Element, Element] = field(default_factory=dict)
    opaques: dict[tuple[str, Element], Element] = field(default_factory=dict)
    roots: dict[Element, Element] = field(default_factory=dict)
    squares: list[Element] = field(default_factory=list)
    share: int = 12

    def __post_init__(self) -> None:
        self.zero, self.one = self.lift(Fraction(0)), self.lift(Fraction(1))

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
