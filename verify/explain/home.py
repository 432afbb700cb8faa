"""Where a declaration can be reached again: from Python, and from the command line."""

import importlib.util
import inspect
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verify.declare import Declaration
from verify.explain.words import shown_path
from verify.findings import Finding, Results
from verify.problems import Problem, Variant


@dataclass(frozen=True)
class Home:
    """Where a declaration can be reached again: a module or a file, and the expression in it."""

    module: str
    path: str
    name: str
    rest: str

    @property
    def target(self) -> str:
        """The declaration as a path for the command line, `file.py:object` where it has a name."""
        place = self.module or self.path
        return place if self.rest.startswith("[") else f"{place}:{self.name}"


def home(problem: Problem, variant: Variant | None = None) -> Home | None:
    """Find the module-level name of a problem's declaration; None if it has none in a file.

    With `variant`, which another file than the problem's may declare, that file comes first.
    """
    first = [variant.function] if variant is not None else []
    others = (each.function for each in problem.variants)
    for function in (*first, problem.primal, *others):
        names = getattr(inspect.unwrap(function), "__globals__", {})
        path = names.get("__file__") or ""
        if not os.path.isfile(path):
            continue
        for name, rest, value in _values(names):
            held = value.problem if isinstance(value, Declaration) else value
            if (
                isinstance(held, Problem)
                and held.primal is problem.primal
                and held.name == problem.name
            ):
                end = ".problem" if isinstance(value, Declaration) else ""
                return Home(_importable(names, path), shown_path(path), name, rest + end)
    return None


def _values(names: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for name, value in list(names.items()):
        yield name, "", value
        if isinstance(value, list | tuple):
            yield from ((name, f"[{index}]", item) for index, item in enumerate(value))
        elif isinstance(value, dict) and name != "__builtins__":
            yield from ((name, f"[{key!r}]", item) for key, item in list(value.items()))


def _importable(names: Mapping[str, Any], path: str) -> str:
    """Return the dotted name of a module in a package; a file on its own is run by its path."""
    module = str(names.get("__name__", ""))
    if "." not in module:
        return ""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return ""
    found = spec is not None and spec.origin and os.path.realpath(spec.origin)
    return module if found == os.path.realpath(path) else ""


def reproduce(results: Results, finding: Finding) -> str:
    """Write the shell command that checks this claim again, with the same seed and budget."""
    problem = finding.claim.problem
    found = home(problem, finding.claim.variant)
    # The cell of a notebook has a name like a file, but is none.
    is_file = os.path.isfile(problem.path)
    path = found.target if found else (shown_path(problem.path) if is_file else "")
    if not path:
        return results.command
    word = selector(finding.claim.name)
    select = f" -k {shlex.quote(word)}" if word else ""
    return (
        f"gradverify run {shlex.quote(path)}{select} --seed {results.seed} "
        f"--test-cases {results.test_cases}"
    )


def selector(name: str) -> str:
    """Write a claim's name as a word of a `-k` expression; empty if it cannot be one."""
    if re.fullmatch(r"[^\s()'\"]+", name):
        return name
    return next((f"{quote}{name}{quote}" for quote in "\"'" if quote not in name), "")
