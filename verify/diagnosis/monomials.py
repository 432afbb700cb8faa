"""Monomials: find c · a^p · b^q among atoms that equals a target at failing entries.

In logarithms a monomial is a sum, so a pair of factors is found by looking up, for each first
factor, what is left of the target in a sorted list of second factors.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from verify.diagnosis.atoms import Atom
from verify.diagnosis.cases import Case
from verify.findings import Floats

EXPONENTS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1.5, -1.5)
# Logarithms of equal products agree to this.
CLOSE = 1e-7
# Constants beside factors are simple; alone, any number that stays the same is one.
LARGEST = 8
MOST = 40
# What the first of three factors may cost: inputs, intermediates, sizes.
CHEAP = 1.5
# Rounding of a sum or difference, in units of the largest number around.
ULPS = 4e-15


@dataclass(frozen=True)
class Factor:
    """An atom to a power."""

    atom: Atom
    exponent: float

    @property
    def cost(self) -> float:
        """How complicated the factor is to read."""
        return self.atom.cost + {1.0: 0.0, 2.0: 0.5, 0.5: 0.75, 1.5: 1.5}[abs(self.exponent)]


@dataclass(frozen=True)
class Monomial:
    """A constant times factors, times the sign of an atom where there is one."""

    constant: float
    factors: tuple[Factor, ...] = ()
    sign: Atom | None = None

    @property
    def cost(self) -> float:
        """How complicated the monomial is to read."""
        near = 0.5 if self.factors else 0.25
        plain = 0.0 if self.constant == 1 else near if abs(self.constant) in (0.5, 1, 2) else 0.75
        signed = 0.0 if self.sign is None else 0.75 + self.sign.cost
        return plain + signed + sum(factor.cost for factor in self.factors)

    def value(self, case: Case) -> Floats:
        """Return c · a^p · b^q at a case; NaN or infinite where a factor is."""
        product = np.asarray(self.constant)
        for factor in self.factors:
            base = factor.atom.values(case)
            whole = factor.exponent == int(factor.exponent)
            product = product * (base if whole else np.abs(base)) ** factor.exponent
        return product if self.sign is None else product * np.sign(self.sign.values(case))

    def rounding(self, case: Case) -> Floats:
        """Bound the relative error of the value that comes from factors which cancel.

        1 - z has no digits left where z is near 1, and neither has what is divided by it.
        """
        error = np.zeros(())
        for factor in self.factors:
            if " - " in factor.atom.text or "sum(" in factor.atom.text:
                size = np.abs(factor.atom.values(case))
                # What is exactly 0 did not lose its digits.
                size = np.where((size == 0) & (factor.exponent > 0), np.inf, size)
                error = error + abs(factor.exponent) * ULPS * case.scale / size
        return error


@dataclass(frozen=True)
class Table:
    """Atoms at the entries that a search looks at.

    values: (atoms, entries); logs: (rows, entries), the logarithms of every power of every atom;
    powers: which atom and exponent a row is.
    """

    atoms: tuple[Atom, ...]
    values: Floats
    logs: Floats
    powers: tuple[tuple[int, float], ...]

    def cost(self, row: int) -> float:
        """How complicated a row is to read."""
        atom, exponent = self.powers[row]
        return Factor(self.atoms[atom], exponent).cost


def tabulate(
    atoms: Sequence[Atom], cases: Sequence[Case], places: Sequence[NDArray[np.intp]]
) -> Table:
    """Evaluate atoms at the given flat entries of each case; equal ones are kept once."""
    kept, rows = [], []
    known: set[bytes] = set()
    for atom in atoms:
        with np.errstate(all="ignore"):
            row = np.concatenate(
                [_at(atom, case, at) for case, at in zip(cases, places, strict=True)]
            )
        key = np.array([float(f"{number:.10g}") for number in row]).tobytes()
        if key not in known and not np.isnan(row).all():
            known.add(key)
            kept.append(atom)
            rows.append(row)
    values = np.array(rows).reshape(len(rows), -1)
    powers = [(i, e) for e in EXPONENTS for i in range(len(kept))]
    with np.errstate(all="ignore"):
        logs = np.log(np.abs(values))
    whole = np.array([e * logs[i] for i, e in powers]).reshape(len(powers), -1)
    return Table(tuple(kept), values, whole, tuple(powers))


def _at(atom: Atom, case: Case, places: NDArray[np.intp]) -> Floats:
    shape = case.sample.claimed.shape
    return np.broadcast_to(atom.values(case), shape).ravel()[places]


def search(table: Table, target: Floats, three: bool = False) -> list[Monomial]:
    """Return monomials equal to `target`, `(entries,)`, simplest first.

    Entries at which the target is zero or not finite are left out; atoms that are, at the others,
    are no factors. `three` allows three factors where no two will do.
    """
    with np.errstate(all="ignore"):
        wanted = np.log(np.abs(target))
    at = np.flatnonzero(np.isfinite(wanted))
    if len(at) < 3:
        return []
    found: list[Monomial] = [*_finished(table, at, target, ())]
    logs = table.logs[:, at]
    usable = np.flatnonzero(np.isfinite(logs).all(axis=1))
    # The constant drops out of what is left of each entry after the first one.
    steps = logs[usable][:, 1:] - logs[usable][:, :1]
    moving = np.abs(steps).max(axis=1, initial=0.0) > CLOSE
    rows, steps = usable[moving], steps[moving]
    wanted = wanted[at][1:] - wanted[at][0]
    picks = [*itertools.islice(_matches(steps, wanted), 4 * MOST)]
    if three and not picks:
        cheap = [i for i, row in enumerate(rows) if table.cost(row) <= CHEAP]
        triples = ((i, *rest) for i in cheap for rest in _matches(steps, wanted - steps[i]))
        picks = [*itertools.islice(triples, MOST)]
    for pick in picks:
        factors = [table.powers[rows[i]] for i in pick]
        if len({atom for atom, _ in factors}) == len(factors):
            made = tuple(Factor(table.atoms[atom], exponent) for atom, exponent in factors)
            found += _finished(table, at, target, made, [rows[i] for i in pick])
    return sorted(found, key=lambda monomial: monomial.cost)[:MOST]


def _matches(steps: Floats, wanted: Floats) -> Iterator[tuple[int, ...]]:
    """Yield single rows, then pairs of rows, that add up to what is wanted."""
    if not len(steps):
        return
    for i in np.flatnonzero(np.abs(steps - wanted).max(axis=1) <= CLOSE):
        yield (int(i),)
    # One number per row to look up by; fixed weights, so that a run can be repeated.
    weights = np.cos(1.0 + np.arange(steps.shape[1]) ** 1.5)
    keys = steps @ weights
    order = np.argsort(keys, kind="stable")
    room = CLOSE * np.abs(weights).sum()
    left = keys[order]
    low = np.searchsorted(left, wanted @ weights - keys - room)
    high = np.searchsorted(left, wanted @ weights - keys + room)
    for i in np.flatnonzero(high > low):
        for j in order[low[i] : high[i]]:
            if i < j and np.abs(steps[i] + steps[j] - wanted).max() <= CLOSE:
                yield int(i), int(j)


def _finished(
    table: Table,
    at: NDArray[np.intp],
    target: Floats,
    factors: tuple[Factor, ...],
    rows: Sequence[int] = (),
) -> Iterator[Monomial]:
    """Find the constant, and the atom whose sign is missing."""
    with np.errstate(all="ignore"):
        size = np.exp(sum((table.logs[row, at] for row in rows), np.zeros(len(at))))
        constants = np.abs(target[at]) / size
    middle = float(np.median(constants))
    if not (middle > 0 and np.abs(constants - middle).max() <= 10 * CLOSE * middle):
        return
    constant = simple(middle)
    if constant is None:
        if factors:
            return
        constant = middle
    signs = np.sign(target[at])
    for row in rows:
        atom, exponent = table.powers[row]
        if exponent in (1.0, -1.0):
            signs = signs * np.sign(table.values[atom, at])
    if np.all(signs == signs[0]):
        yield Monomial(float(signs[0]) * constant, factors)
        return
    for index, signed in enumerate(table.atoms):
        other = np.sign(table.values[index, at]) * signs
        if np.abs(other[0]) == 1 and np.all(other == other[0]):
            yield Monomial(float(other[0]) * constant, factors, signed)
            return


def simple(number: float) -> float | None:
    """Return the small fraction a number is, or None.

    >>> simple(0.33333333333), simple(3.14159265)
    (0.3333333333333333, None)
    """
    fraction = Fraction(number).limit_denominator(LARGEST)
    if fraction.numerator > 4 * LARGEST or abs(float(fraction) - number) > 10 * CLOSE * number:
        return None
    return float(fraction)
