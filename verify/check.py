"""The one-line form inside a test: `check_gradient(f, g, x=reals("n"))`."""

from collections.abc import Collection, Mapping
from typing import Any

from verify.declare import problem
from verify.findings import DEFAULT_TEST_CASES
from verify.problems import Function


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


def _real_inputs(inputs: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, domain in inputs.items() if getattr(domain, "differentiable", True))


def _name(function: Function, fallback: str) -> str:
    name = getattr(function, "__name__", fallback)
    return fallback if name == "<lambda>" else name
