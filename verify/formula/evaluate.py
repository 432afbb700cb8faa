"""A tree at a point → an array over its free indices, in the number system that is asked for.

Sums of products of floats go to `einsum`; every other system multiplies and adds objects. The same
tree is executed in all of them.
"""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.formula.context import Definition
from verify.formula.lean import lean
from verify.formula.source import FormulaError
from verify.formula.symbols import INTEGER_KINDS, Symbol
from verify.formula.systems import System
from verify.formula.tree import (
    ZERO,
    Add,
    Axis,
    Both,
    Call,
    Choice,
    Compare,
    Const,
    Entry,
    Extent,
    Fold,
    Index,
    Matrix,
    Mul,
    Num,
    Pow,
    Tree,
    Truth,
)
from verify.formula.valued import Array as Array
from verify.formula.valued import Valued as Valued
from verify.formula.valued import aligned, compared, union
from verify.formula.walk import free, parts, substituted

LEAN_CELLS = 2_000_000  # above this a sum is rewritten before it is executed
SLICED_CELLS = 20_000_000  # above this a sum is added up slice by slice
MAX_CELLS = 30_000_000  # of one intermediate array: 240 MB of float64


@dataclass
class Evaluator:
    """Evaluates trees at one point; values of symbols and subtrees are kept."""

    extents: dict[str, int]
    values: Mapping[str, Array]
    symbols: Mapping[str, Symbol]
    definitions: Mapping[str, Definition]
    system: System
    kept: dict[int, tuple[Tree, Valued]] = field(default_factory=dict)
    views: dict[int, tuple[Tree, Valued]] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    plans: dict[int, tuple[Tree, Any]] = field(default_factory=dict)
    peaks: dict[int, tuple[Tree, int]] = field(default_factory=dict)
    rewritten: bool = False  # whether a sum was executed in an equal form that needs less memory
    open: set[str] = field(default_factory=set)  # symbols whose definition is being executed

    def array(self, tree: Tree, axes: Sequence[Index]) -> Array:
        """Return the value as an array over `axes`, constant along those it does not depend on."""
        valued = self.value(tree)
        if valued.axes == tuple(axes):
            return valued.array
        shape = tuple(index.axis.length(self.extents) for index in axes)
        return np.broadcast_to(aligned(valued, tuple(axes)), shape)

    def value(self, tree: Tree) -> Valued:
        """Return the value over the free indices of the tree."""
        # Entries and numbers are views of what is given; only what is computed can grow large.
        store = self.views if isinstance(tree, Entry | Num) else self.kept
        kept = store.get(id(tree))
        if kept is not None and kept[0] is tree:
            return kept[1]
        found = self._value(tree)
        store[id(tree)] = (tree, found)
        return found

    def _value(self, tree: Tree) -> Valued:
        system = self.system
        match tree:
            case Num(value):
                return Valued(system.number(value), ())
            case Const(name):
                return Valued(system.constant(name), ())
            case Extent(axis):
                return Valued(system.integers(np.array(axis.stop(self.extents))), ())
            case Index():
                return Valued(system.integers(self._range(tree.axis)), (tree,))
            case Entry():
                return self._entry(tree)
            case Add(terms):
                return self._combined(terms, system.add)
            case Mul(factors):
                return self._combined(factors, system.multiply)
            case Pow(base, exponent):
                return self._power(base, exponent)
            case Call(function, argument):
                return system.call(self, function, argument)
            case Fold():
                return self._fold(tree)
            case Truth(condition):
                truth = self.truth(condition)
                return Valued(system.integers(truth.array.astype(np.int64)), truth.axes)
            case Choice(rows):
                return self._choice(rows)
            case Matrix():
                return self._matrix(tree)
        raise FormulaError("this cannot be executed", tree.span)

    def _range(self, axis: Axis) -> NDArray[np.int64]:
        return np.arange(axis.start, axis.stop(self.extents) + 1)

    def integer(self, tree: Tree) -> Valued:
        """Return the value of an index-valued tree as whole numbers."""
        match tree:
            case Num(value) if value.denominator == 1:
                return Valued(np.array(int(value)), ())
            case Extent(axis):
                return Valued(np.array(axis.stop(self.extents)), ())
            case Index():
                return Valued(self._range(tree.axis), (tree,))
            case Add(terms):
                return self._integers(terms, np.add)
            case Mul(factors):
                return self._integers(factors, np.multiply)
            case Entry():
                symbol = self.symbols.get(tree.symbol)
                known = tree.symbol in self.values and tree.symbol not in self.definitions
                if symbol is not None and known and symbol.kind in (*INTEGER_KINDS, "onehot"):
                    return self._indexed(
                        self.values[tree.symbol], symbol.axes, tree.at, integer=True
                    )
        raise FormulaError("this is no whole number", tree.span)

    def _integers(self, trees: Sequence[Tree], combine: Any) -> Valued:
        values = [self.integer(tree) for tree in trees]
        axes = union(values)
        found = aligned(values[0], axes)
        for value in values[1:]:
            found = combine(found, aligned(value, axes))
        return Valued(found, axes)

    def symbol_array(self, key: str) -> Array:
        """Return all entries of a declared or defined symbol."""
        if key not in self.arrays:
            definition = self.definitions.get(key)
            if definition is not None:
                if key in self.open:
                    raise FormulaError(f"{key} is defined by itself", definition.span, "recurrence")
                self.open.add(key)
                try:
                    self.arrays[key] = self.array(definition.tree, definition.indices)
                finally:
                    self.open.discard(key)
            elif key in self.values:
                self.arrays[key] = self.system.given(key, self.values[key], self.symbols[key].kind)
            else:
                raise FormulaError(f"the symbol {key} has no value")
        return self.arrays[key]

    def _entry(self, tree: Entry) -> Valued:
        array = self.symbol_array(tree.symbol)
        definition = self.definitions.get(tree.symbol)
        symbol = definition.symbol if definition else self.symbols[tree.symbol]
        return self._indexed(array, symbol.axes, tree.at)

    def _indexed(
        self, array: Array, axes: Sequence[Axis], at: Sequence[Tree], *, integer: bool = False
    ) -> Valued:
        letters = [index for index in at if isinstance(index, Index)]
        whole = len(letters) == len(at) == len(set(letters)) and all(
            index.axis == axis for index, axis in zip(letters, axes, strict=True)
        )
        if whole:
            return Valued(array, tuple(letters))
        places = [self.integer(index) for index in at]
        names = union(places)
        positions, inside = [], np.array(True)
        for place, axis, size in zip(places, axes, array.shape, strict=True):
            position = aligned(place, names).astype(np.int64) - axis.start
            inside = inside & (position >= 0) & (position < size)
            positions.append(np.clip(position, 0, size - 1))
        # One entry of an array of objects comes as the object itself.
        found = np.asarray(array[tuple(positions)], dtype=array.dtype)
        if not integer and not np.all(inside):
            found = self.system.where(inside, found, self.system.undefined())
        return Valued(np.asarray(found, dtype=array.dtype), names)

    def _combined(self, trees: Sequence[Tree], combine: Any) -> Valued:
        values = [self.value(tree) for tree in trees]
        axes = next((value.axes for value in values if value.axes), ())
        if any(value.axes and value.axes != axes for value in values):
            axes = union(values)
            self._bounded(axes, trees[0])
            arrays = [aligned(value, axes) for value in values]
        else:
            arrays = [value.array for value in values]  # numbers broadcast as they are
        found = arrays[0]
        for array in arrays[1:]:
            found = combine(found, array)
        if getattr(found, "dtype", None) != self.system.dtype or not isinstance(found, np.ndarray):
            found = np.asarray(found, dtype=self.system.dtype)
        return Valued(found, axes)

    def _bounded(self, axes: Sequence[Index], tree: Tree) -> None:
        cells = self._cells(axes)
        if cells > MAX_CELLS:
            raise FormulaError(
                f"an array of {cells:,} entries would be needed; at most {MAX_CELLS:,} are made",
                tree.span,
                "too many entries",
            )

    def _power(self, base: Tree, exponent: Tree) -> Valued:
        whole = isinstance(exponent, Num) and exponent.value.denominator == 1
        if isinstance(exponent, Num) and (whole or not self.system.formal):
            value = self.value(base)
            return Valued(self.system.power(value.array, exponent.value), value.axes)
        return self.system.general_power(self, base, exponent)

    def combined(self, left: Valued, right: Valued, combine: Any) -> Valued:
        """Return an entrywise combination of two values."""
        axes = union([left, right])
        found = combine(aligned(left, axes), aligned(right, axes))
        return Valued(np.asarray(found, dtype=self.system.dtype), axes)

    def _fold(self, tree: Fold) -> Valued:
        if tree.kind == "sum" and self.system.einsum:
            if self._peak(tree) > LEAN_CELLS and (leaner := lean(tree)) != tree:
                self.rewritten = True
                return self.value(leaner)
            found = self._einsum(tree)
            if found is not None:
                return found
        needed = max(self._cells(free(tree) | {tree.index}), self._peak(tree.body))
        if tree.kind == "sum" and needed > SLICED_CELLS:
            return self._sliced(tree)
        body = self.value(tree.body)
        axes = union([body, Valued(np.empty(0), (tree.index,))])
        if tree.condition is not None:
            truth = self.truth(tree.condition)
            axes = union([Valued(body.array, axes), truth])
        self._bounded(axes, tree)
        shape = tuple(index.axis.length(self.extents) for index in axes)
        array = np.broadcast_to(aligned(body, axes), shape)
        if tree.condition is not None:
            neutral = self.system.number(1 if tree.kind == "prod" else 0)
            array = self.system.where(aligned(truth, axes), array, neutral)
        place = axes.index(tree.index)
        return Valued(self.system.fold(tree.kind, array, place), axes[:place] + axes[place + 1 :])

    def _sliced(self, tree: Fold) -> Valued:
        """Add up one value of the index after the other; the whole body would be too large."""
        found: Valued | None = None
        for number in self._range(tree.index.axis):
            at: dict[Index, Tree] = {tree.index: Num(Fraction(int(number)))}
            part = substituted(tree.body, at)
            if tree.condition is not None:
                part = Choice(((part, substituted(tree.condition, at)), (ZERO, None)))
            value = replace(self, kept={}, views={}, peaks={}).value(part)
            found = value if found is None else self.combined(found, value, self.system.add)
        return found if found is not None else self.value(ZERO)

    def _cells(self, axes: Iterable[Index]) -> int:
        cells = 1
        for index in axes:
            cells *= max(1, index.axis.length(self.extents))
        return cells

    def _peak(self, tree: Tree) -> int:
        """Return the entries of the largest array that literal execution makes."""
        known = self.peaks.get(id(tree))
        if known is not None and known[0] is tree:
            return known[1]
        largest = max([self._cells(free(tree)), *(self._peak(part) for part in parts(tree))])
        self.peaks[id(tree)] = (tree, largest)
        return largest

    def _einsum(self, tree: Fold) -> Valued | None:
        """A sum over several indices of a product, without conditions, is one contraction."""
        summed: list[Index] = []
        inner: Tree = tree
        while isinstance(inner, Fold) and inner.kind == "sum" and inner.condition is None:
            summed.append(inner.index)
            inner = inner.body
        if not summed or not isinstance(inner, Mul):
            return None
        values = [self.value(factor) for factor in inner.factors]
        arrays = [value.array for value in values]
        known = self.plans.get(id(tree))
        if known is None or known[0] is not tree:
            plan = self._plan(summed, values)
            if plan is None:
                return None
            known = self.plans[id(tree)] = (tree, plan)
        subscripts, kept, path = known[1]
        return Valued(np.asarray(np.einsum(subscripts, *arrays, optimize=path)), kept)

    def _plan(
        self, summed: Sequence[Index], values: Sequence[Valued]
    ) -> tuple[str, tuple[Index, ...], Any] | None:
        """Return subscripts, axes and order of a contraction; worked out once for each sum."""
        axes = union(values)
        if len(axes) > len(string.ascii_letters) or any(index not in axes for index in summed):
            return None
        names = dict(zip(axes, string.ascii_letters, strict=False))
        kept = tuple(index for index in axes if index not in summed)
        self._bounded(kept, kept[0] if kept else summed[0])
        inputs = ",".join("".join(names[i] for i in value.axes) for value in values)
        subscripts = f"{inputs}->{''.join(names[i] for i in kept)}"
        if len(values) < 3:
            return subscripts, kept, False
        arrays = [value.array for value in values]
        return subscripts, kept, np.einsum_path(subscripts, *arrays, optimize="greedy")[0]

    def truth(self, condition: Tree) -> Valued:
        """Return where a condition holds."""
        match condition:
            case Both(conditions):
                values = [self.truth(part) for part in conditions]
                axes = union(values)
                found = aligned(values[0], axes)
                for value in values[1:]:
                    found = found & aligned(value, axes)
                return Valued(found, axes)
            case Compare(operator, left, right):
                try:
                    sides = [self.integer(left), self.integer(right)]
                    compare = compared
                except FormulaError:
                    sides = [self.value(left), self.value(right)]
                    compare = self.system.compare
                axes = union(sides)
                found = compare(operator, aligned(sides[0], axes), aligned(sides[1], axes))
                return Valued(np.asarray(found, dtype=bool), axes)
        raise FormulaError("this is no condition", condition.span)

    def _choice(self, rows: Sequence[tuple[Tree, Tree | None]]) -> Valued:
        found: Valued | None = None
        for value, condition in reversed(rows):
            here = self.value(value)
            if condition is None:
                found = here
                continue
            truth = self.truth(condition)
            other = found or Valued(self.system.undefined(), ())
            axes = union([here, truth, other])
            chosen = self.system.where(
                aligned(truth, axes), aligned(here, axes), aligned(other, axes)
            )
            found = Valued(chosen, axes)
        assert found is not None
        return found

    def _matrix(self, tree: Matrix) -> Valued:
        key = f"{tree.kind} {id(tree.body)} {tree.row} {tree.column}"
        others = tuple(sorted(free(tree.body) - {tree.row, tree.column}, key=repr))
        if key not in self.arrays:
            body = self.array(tree.body, (*others, tree.row, tree.column))
            self.arrays[key] = self.system.matrix(tree.kind, body)
        if tree.kind == "det":
            return Valued(self.arrays[key], others)
        axes = (*(index.axis for index in others), tree.row.axis, tree.column.axis)
        return self._indexed(self.arrays[key], axes, (*others, *tree.at))
