"""A typed tree as a function of NumPy arrays: sizes come from their shapes, axes are in order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.errors import UsageError
from verify.formula.arguments import Argument, counted, fit, letter_of, system_for
from verify.formula.differentiate import Registry, differentiated
from verify.formula.evaluate import Evaluator
from verify.formula.readback import readback
from verify.formula.source import NOWHERE
from verify.formula.symbols import Symbol
from verify.formula.tree import Both, Derivative, Entry, Extent, Index, Tree
from verify.formula.walk import binds, free, parts, rebuilt, walk

Array = NDArray[Any]
MAX_PEAKS = 10_000


@dataclass(frozen=True)
class Value:
    """A tree without derivatives in it, the order of its axes, and what it needs to be executed.

    `arguments` are by name; `registry` holds the definitions, its derived ones included.
    """

    tree: Tree
    axes: tuple[Index, ...]
    arguments: Mapping[str, Argument]
    symbols: Mapping[str, Symbol]
    registry: Registry
    variables: tuple[str, ...] = field(default=())  # keys that were differentiated by

    def __call__(self, given: Mapping[str, Any]) -> Any:
        """Return the value over the axes, a NumPy scalar if there are none.

        Raises `UsageError` for a wrong name, a wrong number of axes, and sizes that clash.
        """
        arrays = {name: self._array(name, given[name]) for name in given if name in self.arguments}
        extents = self._extents(given, arrays)
        missing = [name for name in self.needed if name not in arrays]
        if missing:
            raise UsageError(f"the formula needs {', '.join(missing)}; {self._accepted()}")
        unknown = sorted(self._bases - extents.keys())
        if unknown:
            raise UsageError(
                f"no array that is given has an axis of size {unknown[0]}: give {unknown[0]}=…"
            )
        values = {}
        for name, array in arrays.items():
            argument = self.arguments[name]
            values[argument.symbol.key] = counted(argument, array, extents)
        system = system_for(list(values.values()))
        peaks = self._peaks.setdefault(tuple(extents.items()), {})
        if len(peaks) > MAX_PEAKS:
            peaks.clear()
        definitions = self.registry.definitions
        at = Evaluator(extents, values, self.symbols, definitions, system, peaks=peaks)
        return np.array(at.array(self.tree, self.axes))[()]

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The arguments that the value depends on, in the order of their declaration."""
        keys = {node.symbol for node in self._nodes if isinstance(node, Entry)}
        return tuple(
            name for name, argument in self.arguments.items() if argument.symbol.key in keys
        )

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The letters of the axes, in order; one that occurs again has a prime."""
        found: list[str] = []
        for index in self.axes:
            letter = index.letter
            while letter in found:
                letter += "'"
            found.append(letter)
        return tuple(found)

    def along(self, axes: tuple[Index, ...]) -> "Value":
        """Return the value with other axes; it is constant along those it does not depend on."""
        return replace(self, axes=axes)

    def derivative(self, key: str) -> "Value":
        """Return ∂ value / ∂ symbol; its axes come behind, in the order of the symbol's array."""
        definition = self.registry.definitions.get(key)
        symbol = definition.symbol if definition else self.symbols[key]
        at = tuple(
            self.registry.fresh(letter_of(symbol, place).lower(), axis)
            if place >= len(symbol.slots)
            else self.registry.fresh(letter_of(symbol, place), axis)
            for place, axis in enumerate(symbol.axes)
        )
        tree = differentiated(self.tree, key, at, self.registry)
        orders = [a.order for a in self.arguments.values() if a.symbol.key == key]
        order = orders[0] if orders else range(len(at))
        axes = (*self.axes, *(at[place] for place in order))
        return replace(self, tree=tree, axes=axes, variables=(*self.variables, key))

    def latex(self) -> str:
        """Return the formula as LaTeX, every index in it; free indices keep their letters."""
        # The axes are printed first, so that an index bound in a sum gets the prime.
        head = Entry("", self.axes)
        symbols = {**self.symbols, "": Symbol("", "", anonymous=tuple(i.axis for i in self.axes))}
        names = {key: definition.symbol for key, definition in self.registry.definitions.items()}
        symbols = {**names, **symbols}
        text = readback(Both((head, self._undone(self.tree))), symbols)
        return text[len(readback(head, symbols)) + 2 :]

    def _undone(self, tree: Tree) -> Tree:
        """Return the tree with entries of derived definitions as the derivatives that they are."""
        if isinstance(tree, Entry) and tree.symbol.startswith("∂"):
            for wrt in dict.fromkeys(self.variables):
                tail = f"/∂{wrt}"
                inner = self.registry.definitions.get(tree.symbol[1 : -len(tail)])
                if tree.symbol.endswith(tail) and inner is not None:
                    count = len(inner.symbol.axes)
                    body = self._undone(Entry(inner.symbol.key, tree.at[:count]))
                    return Derivative(body, Entry(wrt, tree.at[count:]))
        return rebuilt(tree, self._undone)

    @cached_property
    def _peaks(self) -> dict[tuple[tuple[str, int], ...], dict[int, tuple[Tree, int]]]:
        """How much memory the parts need, by sizes: it is found out once for many calls."""
        return {}

    @cached_property
    def _nodes(self) -> tuple[Tree, ...]:
        """All nodes of the tree and of the definitions it leads to."""
        found: list[Tree] = []
        todo, seen = [self.tree], set[str]()
        while todo:
            for node in walk(todo.pop()):
                found.append(node)
                if isinstance(node, Entry) and node.symbol not in seen:
                    seen.add(node.symbol)
                    definition = self.registry.definitions.get(node.symbol)
                    todo += [definition.tree] if definition else []
                    found += definition.indices if definition else ()
        return tuple(found)

    @cached_property
    def _bases(self) -> frozenset[str]:
        """The names of the sizes that the value depends on."""
        axes = [index.axis for index in self.axes]
        for node in self._nodes:
            axes += [node.axis] if isinstance(node, Extent | Index) else []
            axes += [index.axis for index in binds(node)]
        return frozenset(axis.base for axis in axes if axis.base)

    def _array(self, name: str, value: Any) -> Array:
        argument, array = self.arguments[name], np.asarray(value)
        own = array.dtype == object and all(hasattr(entry, "__rtruediv__") for entry in array.flat)
        if array.dtype.kind not in "fciub" and not own:
            raise UsageError(f"{name} has dtype {array.dtype}; numbers are needed")
        if array.ndim != len(argument.order):
            due = f"{len(argument.order)} axes ({argument.layout})" if argument.order else "no axes"
            raise UsageError(f"{name} has shape {array.shape}, but {argument.symbol.key} has {due}")
        return array

    def _extents(self, given: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, int]:
        found: dict[str, tuple[int, str]] = {}
        sizes = {axis.base for a in self.arguments.values() for axis in a.symbol.axes} | self._bases
        for name, value in given.items():
            if name in arrays:
                continue
            if name not in sizes:
                raise UsageError(f"there is no symbol {name!r}; {self._accepted()}")
            if not isinstance(value, int | np.integer):
                raise UsageError(f"{name} is a size, a whole number, not {value!r}")
            found[name] = int(value), "is given"
        for name, array in arrays.items():
            argument = self.arguments[name]
            for place, size in zip(argument.order, array.shape, strict=True):
                axis = argument.symbol.axes[place]
                said = f"by the {size} entries of {name} along {letter_of(argument.symbol, place)}"
                fit(axis, size, said, found)
        return {base: size for base, (size, _) in found.items()}

    def _accepted(self) -> str:
        shown = [f"{a.name} ({a.layout})" if a.order else a.name for a in self.arguments.values()]
        return f"its symbols are {', '.join(shown) or '(none)'}"


def appearing(tree: Tree) -> tuple[Index, ...]:
    """Return the free indices of a tree in the order in which they stand on the page."""
    starts: dict[Index, int] = {}
    for start, index in _places(tree, 0):
        starts[index] = min(start, starts.get(index, start))
    return tuple(sorted(free(tree), key=lambda index: (starts[index], index.letter)))


def _places(tree: Tree, around: int) -> Iterator[tuple[int, Index]]:
    start = tree.span.start if tree.span != NOWHERE else around
    if isinstance(tree, Index):
        yield start, tree
    for part in parts(tree):
        yield from _places(part, start)
