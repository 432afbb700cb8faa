"""From Python: `run(problem)` returns what is found, `check_gradient(f, g, x=...)` asserts."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.declare import Declaration, problem
from verify.errors import UsageError
from verify.findings import DEFAULT_TEST_CASES, Results
from verify.problems import Function, Problem

if TYPE_CHECKING:  # the reader of formulas is loaded where one is read
    from verify.derivation.steps import Derivation

Target = Declaration | Problem | str | Path


def check_gradient(
    primal: Function,
    gradient: Function,
    *,
    wrt: str | Collection[str] | None = None,
    dims: Mapping[str, tuple[int, int]] | None = None,
    where: Function | None = None,
    seed: int = 0,
    test_cases: int = DEFAULT_TEST_CASES,
    **inputs: Any,
) -> None:
    """Assert that `gradient` is consistent with the derivative of `primal` on the domain.

    `inputs` gives the domain of each parameter, as in `@problem`; `wrt` defaults to all inputs that
    have a derivative. Raises `AssertionError` with the minimal counterexample as copyable code
    for any other verdict than consistent, `DeclarationError` for a mistake in the call.

    >>> import numpy as np
    >>> from verify import reals
    >>> check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, x=reals("n"))
    >>> check_gradient(lambda x: (x**3).sum(), lambda x: 2 * x**2, x=reals("n"))
    Traceback (most recent call last):
    ...
    AssertionError: fails the finite-difference check: ...
    """
    # The machinery behind a check needs Hypothesis; `import verify` must stay light.
    from verify.campaign import run
    from verify.explain import explain

    chosen = wrt if wrt is not None else _real_inputs(inputs)
    declared = problem(wrt=chosen, dims=dims, where=where, name=_name(primal, "primal"), **inputs)(
        primal
    )
    declared.gradient(name=_name(gradient, "gradient"))(gradient)
    results = run([declared.problem], seed=seed, test_cases=test_cases)
    failed = [finding for finding in results.findings if not finding.as_expected]
    if failed:
        raise AssertionError("\n\n".join(explain(finding) for finding in failed))


def run(
    *targets: Target,
    seed: int = 0,
    test_cases: int = DEFAULT_TEST_CASES,
    seconds: float | None = None,
) -> Results:
    """Check problems and pages with formulas, and return what was found.

    A target is a problem as it was declared, or what `gradverify run` takes as a path: a file, a
    folder, a module, `file.py:object`, a page. `seconds` a claim end a search early. In a notebook
    the results show themselves, and so does each finding and each derivation in them.

    >>> from verify import problem, reals
    >>> @problem(x=reals("n"), wrt="x")
    ... def cubes(x):
    ...     return (x**3).sum()
    >>> @cubes.gradient
    ... def by_hand(x):
    ...     return 2 * x**2
    >>> results = run(cubes)
    >>> print(results.findings[0].verdict, results.as_expected)
    refuted False

    Raises `UsageError` without a target, or if a page cannot be read; `LoadError` if a file or a
    module cannot be loaded.
    """
    from verify import campaign

    if not targets:
        raise UsageError("run() needs what it is to check: a declared problem, or a path.")
    paths = [str(target) for target in targets if isinstance(target, str | Path)]
    problems = [_problem(target) for target in targets if not isinstance(target, str | Path)]
    loaded, derivations = _loaded(paths) if paths else ([], ())
    results = campaign.run(problems + loaded, seed=seed, test_cases=test_cases, seconds=seconds)
    taken = results.seconds + sum(found.seconds for found in derivations)
    return replace(results, derivations=derivations, seconds=taken)


def _loaded(paths: list[str]) -> "tuple[list[Problem], tuple[Derivation, ...]]":
    """Load what paths lead to: pages with formulas, and modules that declare problems."""
    from verify import pages
    from verify.load import problems_from

    modules = [path for path in paths if not pages.is_document(path)]
    derivations = (pages.derivation_from(Path(path)) for path in paths if path not in modules)
    return problems_from(modules) if modules else [], tuple(derivations)


def _problem(target: Declaration | Problem) -> Problem:
    declared = target.problem if isinstance(target, Declaration) else target
    if isinstance(declared, Problem):
        return declared
    raise UsageError(
        f"run() takes declared problems and paths, not {target!r}; a problem is a function under "
        "@problem."
    )


def _real_inputs(inputs: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, domain in inputs.items() if getattr(domain, "differentiable", True))


def _name(function: Function, fallback: str) -> str:
    name = getattr(function, "__name__", fallback)
    return fallback if name == "<lambda>" else name
