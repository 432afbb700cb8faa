"""Monomials in words: products and quotients as one would write them in code."""

from fractions import Fraction

from verify.diagnosis.atoms import bare
from verify.diagnosis.monomials import Factor, Monomial


def number(value: float) -> str:
    """Write a constant: a whole number, a small fraction, or six digits.

    >>> number(-1.0), number(0.5), number(0.36787944)
    ('-1', '1/2', '0.367879')
    """
    fraction = Fraction(value).limit_denominator(8)
    exact = abs(float(fraction) - value) <= 1e-6 * abs(value)
    return str(fraction) if exact else f"{value:.6g}"


def product(monomial: Monomial) -> str:
    """Write a monomial such as `-2 * x / norm(x)**2`."""
    negative = monomial.constant < 0
    size = number(abs(monomial.constant))
    above: list[str] = []
    below: list[str] = []
    for factor in monomial.factors:
        text = _power(factor)
        if negative and abs(factor.exponent) == 1 and factor.atom.negated:
            text, negative = factor.atom.negated, False
        (above if factor.exponent > 0 else below).append(text)
    above += [f"sign({bare(monomial.sign.text)})"] if monomial.sign is not None else []
    whole, _, part = size.partition("/")
    above = ([] if whole == "1" and above else [whole]) + above
    below = ([part] if part else []) + below
    text = " * ".join(above)
    if below:
        joined = " * ".join(below)
        text += f" / {joined}" if len(below) == 1 else f" / ({joined})"
    return ("-" if negative else "") + text


def _power(factor: Factor) -> str:
    exponent = abs(factor.exponent)
    base = factor.atom.text
    if exponent == 1:
        return base
    if exponent == 0.5:
        return f"sqrt({bare(base)})"
    return f"{base}**{exponent:g}"


def ratio(monomial: Monomial) -> str:
    """Say that the claim is the derivative times a monomial."""
    if not monomial.factors and monomial.sign is None:
        return f"claimed = {number(monomial.constant)} × the derivative"
    if not monomial.factors and monomial.sign is not None and abs(monomial.constant) == 1:
        wrong = "<" if monomial.constant > 0 else ">"
        where = f"{bare(monomial.sign.text)} {wrong} 0"
        return f"right up to the sign, which is wrong where {where}"
    text = product(monomial)
    return (
        f"claimed = the derivative × {text}"
        if not text.startswith("1 /")
        else (f"claimed = the derivative {text[2:]}")
    )


def sum_with(scale: float, monomial: Monomial) -> str:
    """Say that the claim is `scale` times the derivative plus a monomial."""
    size = abs(scale)
    derivative = "the derivative" if size == 1 else f"{number(size)} × the derivative"
    text = bare(product(monomial))
    if scale < 0:
        return f"claimed = {text} - {derivative}"
    if text.startswith("-"):
        return f"claimed = {derivative} - {text[1:]}"
    return f"claimed = {derivative} + {text}"
