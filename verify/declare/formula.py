"""`Formula`: a published formula as a value that prints, evaluates and differentiates."""

import keyword
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from verify.declare.reading import Page, declarations_of, ordered, read_value
from verify.errors import DeclarationError, UsageError
from verify.formula.arguments import python_name
from verify.formula.layout import Layout
from verify.formula.mathml import mathml
from verify.formula.parser import parse
from verify.formula.source import FormulaError
from verify.formula.symbols import Declarations
from verify.formula.tokens import tokenize
from verify.formula.value import Value


class Formula:
    r"""A LaTeX formula as it is published, read once, then called like a function of arrays.

    `symbols` says what each symbol is, written as on the page: a kind such as `real`, `positive`,
    `onehot k`, `real (N, D)` for a matrix without indices, or a function such as `logistic`;
    `indices` gives the range of each index letter; `where` are definitions `name = value`, each of
    which may use those before it. `axes` says how an array is laid out where that is not the order
    of the indices in its name, subscripts first: `axes={"x": "n i"}`; `out` does it for the value.

    >>> E = Formula(
    ...     r"\frac{1}{2} \sum_n (w x_n - t_n)^2",
    ...     indices={"n": "N"},
    ...     symbols={"x_n": "real", "t_n": "real", "w": "real"},
    ... )
    >>> data = {"x": [1.0, 2.0], "t": [0.0, 1.0], "w": 1.0}
    >>> print(E(**data), E.gradient("w")(**data))
    1.0 3.0

    Raises `FormulaError` with the line and the place in it that cannot be read, `DeclarationError`
    for declarations that cannot be meant.
    """

    def __init__(
        self,
        latex: str,
        *,
        where: str | Sequence[str] = (),
        indices: Mapping[str, str | int] | None = None,
        symbols: Mapping[str, str] | None = None,
        axes: Mapping[str, str] | None = None,
        out: str | None = None,
        name: str = "formula",
    ) -> None:
        if not isinstance(latex, str):
            raise DeclarationError(f"{name}: a formula is a string of LaTeX, not {latex!r}")
        page = Page(name, latex, (where,) if isinstance(where, str) else tuple(where))
        declarations = declarations_of(name, indices or {}, symbols or {})
        order = None if out is None else out.split()
        value, layout = read_value(page, declarations, axes or {}, order)
        self._set(page, declarations, value, latex, layout)

    def _set(
        self,
        page: Page,
        declarations: Declarations,
        value: Value,
        latex: str,
        layout: Layout | None,
    ) -> None:
        self._page, self._declarations, self._value = page, declarations, value
        self._source, self._layout = latex, layout

    @property
    def latex(self) -> str:
        """The LaTeX that it was read from; of a derivative, the same as `str`."""
        return self._source

    @property
    def where(self) -> tuple[str, ...]:
        """The definitions that it was read with."""
        return self._page.where

    @property
    def free(self) -> tuple[str, ...]:
        """The letters of the axes of the value, in order.

        Without `out`, indices come in the order in which they first stand in the formula, then the
        row and the column of what is written as a vector or matrix. A letter that two axes share
        has a prime behind the second time.
        """
        return self._value.letters

    @property
    def indexed(self) -> bool:
        """Whether an axis belongs to an index letter, not to a row or column of an array."""
        return any(index.mark == 0 for index in self._value.axes)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all declared arrays."""
        return tuple(self._value.arguments)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the arrays that the value depends on."""
        return self._value.needed

    def __call__(self, /, **arrays: Any) -> Any:
        r"""Evaluate at arrays by name: that of the symbol without backslash, `theta` for `\theta`.

        Sizes are taken from the shapes; one that no array has is given by its name, `N=5`. Labels
        count from 0, as in NumPy. Complex arrays are evaluated as such, for a complex step.

        >>> total = Formula(r"\sum_n x_n", indices={"n": "N"}, symbols={"x_n": "real"})
        >>> print(total(x=[1, 2, 4]))
        7.0

        Raises `UsageError` for names, shapes and sizes that do not fit.
        """
        names = {name: _plain(name) for name in arrays}
        try:
            return self._value({names[name]: array for name, array in arrays.items()})
        except UsageError as error:
            raise UsageError(f"{self._page.name}: {error}") from None
        except FormulaError as error:
            raise self._page.refusal(error) from None

    def gradient(self, wrt: str, *, out: str | None = None) -> "Formula":
        r"""Return the derivative with respect to a symbol, by its name in Python, as a formula.

        Its axes are those of the value, then those of the symbol's array. What is defined from the
        symbol moves with it; `wrt` may itself be a defined symbol.

        >>> square = Formula("x_i x_i", indices={"i": "D"}, symbols={"x_i": "real"})
        >>> square.gradient("x")(x=[1.0, 3.0])
        array([[2., 0.],
               [0., 6.]])
        """
        value = self._value
        try:
            found = value.derivative(self._key(wrt))
        except FormulaError as error:
            raise self._page.refusal(error) from None
        if out is not None:
            found = ordered(self._page.name, found, out.split(), self._declarations)
        made = Formula.__new__(Formula)
        made._set(self._page, self._declarations, found, found.latex(), None)
        return made

    def _key(self, wrt: str) -> str:
        arguments, definitions = self._value.arguments, self._value.registry.definitions
        names = {python_name(d.symbol): key for key, d in definitions.items() if key[:1] != "∂"}
        names |= {name: argument.symbol.key for name, argument in arguments.items()}
        if _plain(wrt) not in names:
            raise UsageError(
                f"{self._page.name}: there is no symbol {wrt!r}; the symbols are "
                f"{', '.join(names) or '(none)'}"
            )
        return names[_plain(wrt)]

    def __str__(self) -> str:
        """Return the formula as LaTeX as it was read, with every index in it."""
        return self._value.latex()

    def __repr__(self) -> str:
        return f"<Formula {self._source}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self._source}$"

    def _repr_mathml_(self) -> str:
        layout = self._layout or self._parsed(self._source)
        return f"<code>{escape(self._source)}</code>" if layout is None else mathml(layout)

    def _repr_html_(self) -> str:
        layouts = [(text, self._parsed(text)) for text in self.where]
        lines = [
            f"<code>{escape(text)}</code>" if layout is None else mathml(layout, display=False)
            for text, layout in layouts
        ]
        items = "".join(f"<li>{line}</li>" for line in lines)
        where = f"<div>where</div><ul>{items}</ul>" if items else ""
        return f'<div class="gradverify-formula">{self._repr_mathml_()}{where}</div>'

    def _parsed(self, text: str) -> Layout | None:
        try:
            return parse(tokenize(text, 0, len(text), self._declarations.words))
        except FormulaError:
            return None


def _plain(name: str) -> str:
    """Return `lambda` of `lambda_`, as keywords of Python are written where they are names."""
    return name[:-1] if name.endswith("_") and keyword.iskeyword(name[:-1]) else name
