"""What a user writes: `@problem`, `.gradient`, `.vjp`; sugar over the plain dataclasses.

Mistakes in a declaration fail here, at once, with what was written and what it must be.
"""

import inspect
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from verify.declare.descent import training_of
from verify.declare.inputs import (
    bounds_of,
    check_inputs,
    check_predicate,
    check_wrt,
    coinciding,
    place,
)
from verify.declare.lowering import lowered_primal, needs_lowering
from verify.declare.variants import Expected, variant_of
from verify.outcomes import Verdict
from verify.problems import Function, Problem

if TYPE_CHECKING:
    from verify.declare.formula import Formula
    from verify.declare.published import Meanings


class Declaration:
    """A declared problem: calls its primal, collects variants, and knows its `Problem`."""

    def __init__(self, declared: Problem) -> None:
        self._problem = declared
        self.__name__ = declared.name
        self.__doc__ = declared.statement

    @property
    def problem(self) -> Problem:
        """The frozen `Problem` with the variants declared so far."""
        return self._problem

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the primal."""
        return self._problem.primal(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<problem {self._problem.name}: {len(self._problem.variants)} variants>"

    @overload
    def gradient(self, function: Function, /) -> Function: ...
    @overload
    def gradient(
        self,
        *,
        expect: Expected | Mapping[str, Expected] = ...,
        source: str = ...,
        name: str | None = ...,
        dtype: str = ...,
    ) -> Callable[[Function], Function]: ...
    @overload
    def gradient(
        self,
        *,
        latex: str,
        expect: Expected | Mapping[str, Expected] = ...,
        source: str = ...,
        name: str | None = ...,
        dtype: str = ...,
        **meanings: "Unpack[Meanings]",
    ) -> "Formula": ...
    @overload
    def gradient(
        self,
        *,
        latex: Mapping[str, str],
        expect: Expected | Mapping[str, Expected] = ...,
        source: str = ...,
        name: str | None = ...,
        dtype: str = ...,
        **meanings: "Unpack[Meanings]",
    ) -> "Mapping[str, Formula]": ...
    def gradient(self, *function: Function, **options: Any) -> Any:
        r"""Declare a candidate gradient of a scalar primal, with the parameters of the primal.

        It returns one array per input of `wrt`: bare if there is one, else a dict or a tuple.

        With `latex` it is a call, no decorator, and the candidate is the formula as published,
        evaluated on the inputs; `where`, `indices`, `symbols` and `axes` are those of `Formula`,
        and `inputs` maps names of symbols to inputs where they differ. Returns the `Formula`; by
        input, like `latex` and `out`, where `wrt` has several.

        >>> from verify import problem, reals
        >>> @problem(w=reals(), X=reals("N"), wrt="w")
        ... def squares(w, X):
        ...     return ((w * X) ** 2).sum() / 2
        >>> squares.gradient(
        ...     latex=r"w \sum_n x_n^2",
        ...     indices={"n": "N"},
        ...     symbols={"x_n": "real", "w": "real"},
        ...     inputs={"x": "X"},
        ... )
        <Formula w \sum_n x_n^2>
        """
        if "latex" in options and not function:
            return self._published(**options)
        return self._decorate("gradient", options, *function)

    @overload
    def vjp(self, function: Function, /) -> Function: ...
    @overload
    def vjp(
        self,
        *,
        expect: Expected | Mapping[str, Expected] = ...,
        source: str = ...,
        name: str | None = ...,
        dtype: str = ...,
    ) -> Callable[[Function], Function]: ...
    def vjp(self, *function: Function, **options: Any) -> Any:
        """Declare a candidate vjp: the cotangent first, then the parameters of the primal."""
        return self._decorate("vjp", options, *function)

    def train(self, *, rate: float, steps: int = 200, **inputs: Any) -> None:
        """Declare a gradient descent on the primal, shown with each variant in its place.

        `inputs` is where it starts, an array for each input of the primal; those of `wrt` move by
        `rate` times what the variant says. The page shows the loss: a wrong gradient often learns,
        too.

        >>> from verify import problem, reals
        >>> @problem(w=reals(), X=reals("N"), wrt="w")
        ... def squares(w, X):
        ...     return ((w - X) ** 2).sum() / 2
        >>> squares.train(rate=0.1, steps=50, w=0.0, X=[1.0, 2.0])

        Raises `DeclarationError` if an input is missing or unknown, or the primal is no scalar.
        """
        training = training_of(self._problem, rate, steps, inputs)
        self._problem = replace(self._problem, training=training)

    def _published(
        self,
        *,
        latex: str | Mapping[str, str],
        expect: Expected | Mapping[str, Expected] = Verdict.CONSISTENT,
        source: str = "",
        name: str = "formula",
        dtype: str = "float64",
        **meanings: Any,
    ) -> Any:
        from verify.declare.published import Meanings, published, tried

        for option in meanings.keys() - Meanings.__annotations__.keys():
            raise TypeError(f"gradient() got an unexpected keyword argument {option!r}")
        made = published(self._problem, latex, name, meanings)  # type: ignore[arg-type]
        variant = variant_of(
            self._problem,
            "gradient",
            made.function,
            expect=expect,
            source=source,
            name=name,
            dtype=dtype,
        )
        caller = sys._getframe(2)
        variant = replace(variant, path=caller.f_code.co_filename, line=caller.f_lineno)
        variants = (*self._problem.variants, tried(self._problem, variant))
        self._problem = replace(self._problem, variants=variants)
        return made.formulas if isinstance(latex, Mapping) else made.formulas[self._problem.wrt[0]]

    def _decorate(
        self, kind: Literal["gradient", "vjp"], options: dict[str, Any], *function: Function
    ) -> Any:
        def attach(candidate: Function) -> Function:
            variant = variant_of(self._problem, kind, candidate, **options)
            self._problem = replace(self._problem, variants=(*self._problem.variants, variant))
            return candidate

        return attach(*function) if function else attach


def _lowering(inputs: Mapping[str, Any]) -> Callable[[Function], Function]:
    if not needs_lowering(inputs):
        return lambda function: function
    return lambda function: lowered_primal(function, inputs)


def problem(
    *,
    wrt: str | Collection[str],
    dims: Mapping[str, tuple[int, int]] | None = None,
    where: Function | None = None,
    regimes: Mapping[str, Function] | None = None,
    coincide: Collection[str | Collection[str]] = (),
    source: str = "",
    name: str | None = None,
    **inputs: Any,
) -> Callable[[Function], Declaration]:
    """Declare a primal with the domain of each input.

    `wrt` names the inputs that the claims are about; `dims` bounds named axes, `{"K": (1, 6)}`;
    `where` is the precondition, a predicate on inputs chosen by its parameter names; `regimes`
    maps names to such predicates; `coincide` lists groups of inputs, `[("x", "t")]`, whose entries
    or rows may be equal (a group of one: repeated rows within it).

    >>> from verify import problem, reals
    >>> @problem(x=reals("n"), wrt="x")
    ... def half_square(x):
    ...     return 0.5 * (x * x).sum()
    >>> @half_square.gradient
    ... def by_hand(x):
    ...     return x
    >>> half_square
    <problem half_square: 1 variants>

    Raises `DeclarationError` if names, axes or bounds do not fit together.
    """

    def declare(primal: Function) -> Declaration:
        title = name or primal.__name__
        chosen = (wrt,) if isinstance(wrt, str) else tuple(wrt)
        check_inputs(title, primal, inputs)
        check_wrt(title, chosen, inputs)
        bounds = bounds_of(title, inputs, dims or {})
        for label, predicate in [("where", where), *(regimes or {}).items()]:
            if predicate is not None:
                check_predicate(title, label, predicate, inputs)
        groups = coinciding(title, coincide, inputs)
        path, line = place(primal)
        lower = _lowering(inputs)
        declared = Problem(
            title,
            lower(primal),
            dict(inputs),
            chosen,
            bounds,
            where and lower(where),
            tuple((label, lower(tag)) for label, tag in (regimes or {}).items()),
            source,
            inspect.getdoc(primal) or "",
            path=path,
            line=line,
            coincide=groups,
        )
        return Declaration(declared)

    return declare
