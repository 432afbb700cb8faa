"""A published formula as a variant: evaluated on the inputs of a problem, by name."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from verify.declare.formula import Formula
from verify.declare.reading import declarations_of
from verify.errors import DeclarationError
from verify.evaluator import Failure, call, simplest_point
from verify.formula.arguments import letter_of, python_name
from verify.problems import Function, Problem, Variant

REFUSALS = ("UsageError", "FormulaError", "ShapeError")


class Meanings(TypedDict, total=False):
    """What the symbols of a formula are, as `Formula` takes it; `inputs` are names of symbols.

    `inputs={"x": "X"}` says that the symbol x is the input X; others go by the same name. With
    several inputs in `wrt`, `out` is by input.
    """

    where: str | Sequence[str]
    indices: Mapping[str, str | int]
    symbols: Mapping[str, str]
    axes: Mapping[str, str]
    out: str | Mapping[str, str]
    inputs: Mapping[str, str]


@dataclass(frozen=True)
class Published:
    """Formulas by input of `wrt`, and the candidate function that evaluates them."""

    formulas: Mapping[str, Formula]
    function: Function


def published(
    declared: Problem, latex: str | Mapping[str, str], name: str, meanings: Meanings
) -> Published:
    """Read a formula for each input of `wrt`, or say what is wrong with it."""
    here = f"@{declared.name}.gradient {name}"
    renamed = meanings.get("inputs", {})
    texts = _by_input(here, declared, "latex", latex)
    outs = _by_input(here, declared, "out", meanings["out"]) if "out" in meanings else {}
    formulas = {
        wrt: _formula(here, text, wrt, outs.get(wrt), meanings) for wrt, text in texts.items()
    }
    for formula in formulas.values():
        _check(here, declared, formula, renamed)
    return Published(formulas, _function(declared, formulas, name, renamed))


def tried(declared: Problem, variant: Variant) -> Variant:
    """Return the variant if it runs at a simple point; raise `DeclarationError` if it does not."""
    point = simplest_point(declared)
    found = call(variant.function, point.inputs) if point else None
    if isinstance(found, Failure) and found.message.startswith(REFUSALS):
        message = found.message.partition(": ")[2]
        raise DeclarationError(f"@{declared.name}.gradient {variant.name}: {message}")
    return variant


def _by_input(
    here: str, declared: Problem, what: str, given: str | Mapping[str, str]
) -> dict[str, str]:
    if isinstance(given, str):
        if len(declared.wrt) > 1:
            raise DeclarationError(
                f"{here}: {what} should be by input, {{{declared.wrt[0]!r}: ...}}, because wrt has "
                f"{', '.join(declared.wrt)}."
            )
        return {declared.wrt[0]: given}
    if set(given) != set(declared.wrt):
        raise DeclarationError(
            f"{here}: {what} has {', '.join(given) or '(none)'}; it should have the inputs of wrt, "
            f"{', '.join(declared.wrt)}."
        )
    return {name: given[name] for name in declared.wrt}


def _formula(here: str, text: str, wrt: str, out: str | None, meanings: Meanings) -> Formula:
    options: dict[str, Any] = {
        key: meanings[key] for key in ("where", "indices", "symbols", "axes") if key in meanings
    }
    if out is not None:
        return Formula(text, out=out, name=here, **options)
    layout = _layout(here, wrt, meanings)
    if layout is not None:
        try:
            return Formula(text, out=layout, name=here, **options)
        except DeclarationError:
            pass  # other letters than those of the symbol
    formula = Formula(text, name=here, **options)
    if len(formula.free) > 1 and formula.indexed:
        raise DeclarationError(
            f"{here}: the formula has the letters {' '.join(formula.free)!r} where {wrt} has "
            f"{layout!r}; say with out= which letter goes along which axis of {wrt}."
        )
    return formula


def _layout(here: str, wrt: str, meanings: Meanings) -> str | None:
    """Return the letters along the axes of an input, if the formula's declarations have it."""
    declarations = declarations_of(here, meanings.get("indices", {}), meanings.get("symbols", {}))
    for symbol in declarations.symbols:
        name = python_name(symbol)
        if meanings.get("inputs", {}).get(name, name) == wrt:
            letters = " ".join(letter_of(symbol, place) for place in range(len(symbol.axes)))
            return meanings.get("axes", {}).get(name, letters)
    return None


def _check(here: str, declared: Problem, formula: Formula, renamed: Mapping[str, str]) -> None:
    for name, target in renamed.items():
        if name not in formula.names or target not in declared.inputs:
            known = f"symbols {', '.join(formula.names)}, inputs {', '.join(declared.inputs)}"
            raise DeclarationError(
                f"{here}: inputs={{{name!r}: {target!r}}} should map a symbol to an input: {known}."
            )
    for name in formula.inputs:
        if renamed.get(name, name) not in declared.inputs:
            raise DeclarationError(
                f"{here}: the formula needs {name}, and no input is called {name}; the inputs are "
                f"{', '.join(declared.inputs)}: say inputs={{{name!r}: ...}}."
            )


def _function(
    declared: Problem, formulas: Mapping[str, Formula], name: str, renamed: Mapping[str, str]
) -> Function:
    def candidate(**given: Any) -> Any:
        found = {wrt: _evaluated(formula, given, renamed) for wrt, formula in formulas.items()}
        return found if len(found) > 1 else next(iter(found.values()))

    several = len(formulas) > 1
    lines = [f"{wrt}: {f.latex}" if several else f.latex for wrt, f in formulas.items()]
    where = next(iter(formulas.values())).where
    candidate.__name__ = candidate.__qualname__ = name
    candidate.__doc__ = "\n".join(lines) + (f"\nwhere {', '.join(where)}" if where else "")
    signature = inspect.signature(declared.primal)
    candidate.__signature__ = signature  # type: ignore[attr-defined]
    candidate.formulas = formulas  # type: ignore[attr-defined]  # the page shows them as MathML
    return candidate


def _evaluated(formula: Formula, given: Mapping[str, Any], renamed: Mapping[str, str]) -> Any:
    inputs = {name: renamed.get(name, name) for name in formula.names}
    return formula(**{name: given[target] for name, target in inputs.items() if target in given})
