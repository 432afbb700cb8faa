"""What a user writes: `@problem`, `.gradient`, `.vjp`; sugar over the plain dataclasses.

Mistakes in a declaration fail here, at once, with what was written and what it must be.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Literal, overload

import numpy as np

from verify.domains import Domain
from verify.errors import DeclarationError
from verify.evaluator import Failure, call, simplest_point
from verify.outcomes import Verdict
from verify.points import COTANGENT
from verify.problems import Function, Problem, Variant

Expected = Verdict | str | Collection[Verdict | str]
# Sizes 1 to 4 hold every shape at which a known fault of the corpus shows (K = 1 up to D = K = N).
DEFAULT_BOUNDS = (1, 4)


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
    def gradient(self, *function: Function, **options: Any) -> Any:
        """Declare a candidate gradient of a scalar primal, with the parameters of the primal.

        It returns one array per input of `wrt`: bare if there is one, else a dict or a tuple.
        """
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

    def _decorate(
        self, kind: Literal["gradient", "vjp"], options: dict[str, Any], *function: Function
    ) -> Any:
        def attach(candidate: Function) -> Function:
            variant = _variant(self._problem, kind, candidate, **options)
            self._problem = replace(self._problem, variants=(*self._problem.variants, variant))
            return candidate

        return attach(*function) if function else attach


def problem(
    *,
    wrt: str | Collection[str],
    dims: Mapping[str, tuple[int, int]] | None = None,
    where: Function | None = None,
    regimes: Mapping[str, Function] | None = None,
    source: str = "",
    name: str | None = None,
    **inputs: Any,
) -> Callable[[Function], Declaration]:
    """Declare a primal with the domain of each input.

    `wrt` names the inputs that the claims are about; `dims` bounds named axes, `{"K": (1, 6)}`;
    `where` is the precondition, a predicate on inputs chosen by its parameter names; `regimes`
    maps names to such predicates.

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
        _check_inputs(title, primal, inputs)
        _check_wrt(title, chosen, inputs)
        bounds = _bounds(title, inputs, dims or {})
        for label, predicate in [("where", where), *(regimes or {}).items()]:
            if predicate is not None:
                _check_predicate(title, label, predicate, inputs)
        path, line = _place(primal)
        declared = Problem(
            title,
            primal,
            dict(inputs),
            chosen,
            bounds,
            where,
            tuple((regimes or {}).items()),
            source,
            inspect.getdoc(primal) or "",
            path=path,
            line=line,
        )
        return Declaration(declared)

    return declare


def _parameters(function: Function) -> list[str]:
    return list(inspect.signature(function).parameters)


def _check_inputs(title: str, primal: Function, inputs: Mapping[str, Any]) -> None:
    parameters = _parameters(primal)
    if sorted(parameters) != sorted(inputs):
        raise DeclarationError(
            f"@problem {title}({', '.join(parameters)}) declares domains for "
            f"({', '.join(inputs)}): the names should be the same."
        )
    if COTANGENT in inputs:
        raise DeclarationError(
            f"@problem {title}: an input should not be called {COTANGENT!r}, which is the name of "
            "the cotangent of a vjp."
        )
    for name, domain in inputs.items():
        if not (isinstance(domain, Domain) or hasattr(domain, "validate")):
            raise DeclarationError(
                f"@problem {title}: {name}={domain!r} should be a domain such as reals('N D') or a "
                "Hypothesis strategy."
            )


def _check_wrt(title: str, wrt: tuple[str, ...], inputs: Mapping[str, Any]) -> None:
    if not wrt:
        raise DeclarationError(f"@problem {title}: wrt=() should name at least one input.")
    for name in wrt:
        if name not in inputs:
            raise DeclarationError(
                f"@problem {title}: wrt={name!r} names no input; the inputs are "
                f"{', '.join(inputs)}."
            )
        domain = inputs[name]
        if isinstance(domain, Domain) and not domain.differentiable:
            raise DeclarationError(
                f"@problem {title}: wrt={name!r} is declared as {domain!r}, which has no "
                "derivative; it should be a real input."
            )


def _bounds(
    title: str, inputs: Mapping[str, Any], dims: Mapping[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    domains = [domain for domain in inputs.values() if isinstance(domain, Domain)]
    axes = list(dict.fromkeys(axis for domain in domains for axis in domain.axes))
    for axis, bounds in dims.items():
        if axis not in axes:
            raise DeclarationError(
                f"@problem {title}: dims has the axis {axis!r}, which no input has; the axes are "
                f"{', '.join(axes) or '(none)'}."
            )
        fits = isinstance(bounds, tuple) and len(bounds) == 2
        if not (fits and all(isinstance(b, int) for b in bounds) and 1 <= bounds[0] <= bounds[1]):
            raise DeclarationError(
                f"@problem {title}: dims={{{axis!r}: {bounds!r}}} should be two whole numbers "
                "(smallest, largest) with 1 <= smallest <= largest."
            )
    return {axis: dims.get(axis, DEFAULT_BOUNDS) for axis in axes}


def _check_predicate(
    title: str, label: str, predicate: Function, inputs: Mapping[str, Any]
) -> None:
    for name in _parameters(predicate):
        if name not in inputs:
            raise DeclarationError(
                f"@problem {title}: {label} has the parameter {name!r}, which is no input; the "
                f"inputs are {', '.join(inputs)}."
            )


def _place(function: Function) -> tuple[str, int]:
    try:
        return inspect.getsourcefile(function) or "", inspect.getsourcelines(function)[1]
    except (OSError, TypeError):
        return "", 0


def _variant(
    declared: Problem,
    kind: Literal["gradient", "vjp"],
    function: Function,
    *,
    expect: Expected | Mapping[str, Expected] = Verdict.CONSISTENT,
    source: str = "",
    name: str | None = None,
    dtype: str = "float64",
) -> Variant:
    title = name or function.__name__
    here = f"@{declared.name}.{kind} {title}"
    _check_parameters(here, declared, kind, function)
    if declared.variants and declared.variants[0].kind != kind:
        raise DeclarationError(
            f"{here}: the problem already has a .{declared.variants[0].kind}; all variants of a "
            "problem should be of one kind."
        )
    if title in {variant.name for variant in declared.variants}:
        raise DeclarationError(f"{here}: the name {title!r} is taken; names should differ.")
    if kind == "gradient":
        _check_scalar(here, declared)
    if np.dtype(dtype).kind != "f":
        raise DeclarationError(f"{here}: dtype={dtype!r} should be a float type such as 'float32'.")
    path, line = _place(function)
    return Variant(
        title,
        function,
        kind,
        _expectations(here, declared, expect),
        source,
        inspect.getdoc(function) or "",
        dtype,
        path,
        line,
    )


def _check_parameters(here: str, declared: Problem, kind: str, function: Function) -> None:
    given = _parameters(function)
    names = _parameters(declared.primal)
    wanted = names if kind == "gradient" else [given[0] if given else "ybar", *names]
    if given == wanted and (kind == "gradient" or given[0] not in names):
        return
    shown = f"{function.__name__}({', '.join(given)})"
    if kind == "gradient":
        raise DeclarationError(
            f"{here}: {shown} should be {function.__name__}({', '.join(names)}): the inputs of "
            f"{declared.name}, in its order."
        )
    raise DeclarationError(
        f"{here}: {shown} should be {function.__name__}(ybar, {', '.join(names)}): the cotangent "
        f"first, then the inputs of {declared.name}, in its order."
    )


def _check_scalar(here: str, declared: Problem) -> None:
    point = simplest_point(declared)
    if point is None:
        return
    value = call(declared.primal, point.inputs)
    if not isinstance(value, Failure) and np.shape(value) != ():
        raise DeclarationError(
            f"{here}: {declared.name} returns an array of shape {np.shape(value)}; a gradient "
            "needs a scalar primal (sum the result), and an array needs .vjp, cotangent first."
        )


def _expectations(
    here: str, declared: Problem, expect: Expected | Mapping[str, Expected]
) -> dict[str, frozenset[Verdict]]:
    if not isinstance(expect, Mapping):
        return {name: _verdicts(here, expect) for name in declared.wrt}
    for name in expect:
        if name not in declared.wrt:
            raise DeclarationError(
                f"{here}: expect names the input {name!r}; wrt is {', '.join(declared.wrt)}."
            )
    return {name: _verdicts(here, value) for name, value in expect.items()}


def _verdicts(here: str, expect: Expected) -> frozenset[Verdict]:
    members = [expect] if isinstance(expect, Verdict | str) else list(expect)
    try:
        words = {verdict.value: verdict for verdict in Verdict}
        verdicts = frozenset(words[m] if isinstance(m, str) else m for m in members)
    except KeyError:
        verdicts = frozenset()
    if not verdicts or not all(isinstance(verdict, Verdict) for verdict in verdicts):
        raise DeclarationError(
            f"{here}: expect={expect!r} should be a verdict or a set of them: "
            f"{', '.join(str(verdict) for verdict in Verdict)}."
        )
    return verdicts
