"""Counterexamples as Python that can be copied and run on its own, and the command for a claim."""

import importlib.util
import inspect
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.declare import Declaration
from verify.evaluator import Failure, primal
from verify.findings import Counterexample, Finding, Results
from verify.points import COTANGENT, Array
from verify.problems import Problem
from verify.words import shown_path, sizes

# Steps of the plain central difference, in powers of ten of the entry's scale, best guess first.
STEPS = (-5, -6, -4, -7, -3, -8, -2)
# A right gradient and a good central difference share six digits.
RELATIVE = 1e-6
# A literal longer than this gets one row a line.
WIDTH = 72


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


def home(problem: Problem) -> Home | None:
    """Find the module-level name of a problem's declaration; None if it has none in a file."""
    for function in (problem.primal, *(variant.function for variant in problem.variants)):
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


def literal(array: Array) -> str:
    """Write an array as Python that gives the same array back.

    >>> print(literal(np.eye(2)[:1]), literal(np.array([2, 1])), literal(np.float64(0.1)))
    np.array([[1.0, 0.0]]) np.array([2, 1]) np.float64(0.1)
    """
    array = np.asarray(array)
    usual = array.dtype in (np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_))
    dtype = "" if usual and array.size else f', dtype="{array.dtype}"'
    if array.shape == ():
        return f"np.{array.dtype.name}({_entry(array[()])})"
    if not array.size:
        return f"np.zeros({array.shape}{dtype})"
    if array.size > 4 and array.tobytes() == bytes(array.nbytes):
        kind = f', dtype="{array.dtype}"' if array.dtype != np.float64 else ""
        return f"np.zeros({array.shape}{kind})"
    flat = _nested(array, ", ")
    if len(flat) > WIDTH and array.ndim > 1:
        flat = _nested(array, ",\n ")
    return f"np.array({flat}{dtype})"


def _nested(array: Array, separator: str) -> str:
    """Write nested lists, the items of the outermost one joined by `separator`."""
    if array.ndim == 0:
        return _entry(array[()])
    return f"[{separator.join(_nested(item, ', ') for item in np.asarray(array))}]"


def _entry(value: Any) -> str:
    text = repr(value.item())
    return {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"}.get(text, text)


def counterexample_code(finding: Finding) -> str:
    """Write a finding's counterexample as Python; empty if there is none.

    The code runs the variant at the point and compares the worst entry with a central difference
    of the primal: an AssertionError for the claim as it is, none once it is right.
    """
    example = finding.counterexample
    if example is None:
        return ""
    numbers = example.claimed is not None and example.entry is not None
    check = _comparison(finding, example) if numbers else _structure(finding, example)
    return "\n".join(
        [
            f"# {finding.claim.name!r} at {sizes(example.point.axes) or 'a point'}",
            *_imports(finding),
            "",
            *_point(example),
            "",
            *check,
            "",
        ]
    )


def _imports(finding: Finding) -> list[str]:
    problem, variant = finding.claim.problem, finding.claim.variant
    found = home(problem)
    if found is None:
        names = ", ".join(problem.inputs)
        leading = f"cotangent, {names}" if variant.kind == "vjp" else names
        return [
            "import numpy as np",
            "",
            f"# Define before: primal({names}), the function of problem {problem.name!r},",
            f"# and {variant.kind}({leading}), its variant {variant.name!r}.",
        ]
    if found.module:
        head = [
            "import numpy as np",
            "",
            f"from {found.module} import {found.name} as declared",
            "",
        ]
    else:
        folder = os.path.dirname(found.path)
        head = [
            "import runpy",
            "import sys",
            "",
            "import numpy as np",
            "",
            f"sys.path.insert(0, {folder!r})",
            f"declared = runpy.run_path({found.path!r})[{found.name!r}]",
        ]
    return [
        *head,
        f"problem = declared{found.rest}",
        "primal = problem.primal",
        f"{variant.kind} = {{v.name: v.function for v in problem.variants}}[{variant.name!r}]",
    ]


def _point(example: Counterexample) -> list[str]:
    lines = ["point = {"]
    for name, array in example.point.inputs.items():
        if name != COTANGENT:
            text = literal(array).replace("\n", "\n" + " " * 14)
            lines.append(f'    "{name}": {text},')
    lines.append("}")
    if COTANGENT in example.point.inputs:
        text = literal(example.point.inputs[COTANGENT]).replace("\n", "\n" + " " * 9)
        lines.append(f"cotangent = {text}")
    return lines


def _call(finding: Finding) -> list[str]:
    """Write the call of the variant, its answer as `claimed`."""
    claim = finding.claim
    leading = "cotangent, " if claim.variant.kind == "vjp" else ""
    lines = []
    point = "point"
    if claim.variant.dtype != "float64":
        cast = f'.astype("{claim.variant.dtype}")'
        lines.append(
            f'given = {{n: a{cast} if a.dtype.kind == "f" else a for n, a in point.items()}}'
        )
        point = "given"
        leading = leading and f"cotangent{cast}, "
    lines.append(f"claimed = {claim.variant.kind}({leading}**{point})")
    wrt = claim.problem.wrt
    if len(wrt) > 1:
        key, index = claim.input, wrt.index(claim.input)
        lines.append(
            f'claimed = claimed["{key}"] if isinstance(claimed, dict) else claimed[{index}]'
        )
    return lines


def _comparison(finding: Finding, example: Counterexample) -> list[str]:
    entry, name = example.entry, finding.claim.input
    lines = [
        *_call(finding),
        f"entry = {entry}  # the entry of the gradient that is furthest off",
        "claimed = float(np.asarray(claimed)[entry])",
    ]
    assert entry is not None
    chosen = _step(finding, example, entry)
    if chosen is None:
        reference, bound = float(example.reference[entry]), float(example.bound[entry])
        return [
            *lines,
            "# No plain central difference resolves this entry; the oracle's reference is:",
            f"reference = {_entry(np.float64(reference))}",
            'print("claimed:", claimed, " reference:", reference)',
            f"assert abs(claimed - reference) <= {bound:.1e}",
        ]
    step, tolerance = chosen
    weigh = "(cotangent * change).sum()" if finding.claim.variant.kind == "vjp" else "change"
    return [
        *lines,
        f'step = np.zeros(np.shape(point["{name}"]))',
        f"step[entry] = {step!r}",
        f'ahead = primal(**{{**point, "{name}": point["{name}"] + step}})',
        f'behind = primal(**{{**point, "{name}": point["{name}"] - step}})',
        "change = np.asarray(ahead) - np.asarray(behind)",
        f"difference = float({weigh} / (2 * step[entry]))",
        'print("claimed:", claimed, " central difference:", difference)',
        f"assert abs(claimed - difference) <= {tolerance:.0e}",
    ]


def _step(
    finding: Finding, example: Counterexample, entry: tuple[int, ...]
) -> tuple[float, float] | None:
    """Choose a step at which a plain central difference is good, and what to hold it against.

    The tolerance is at most half the residual, so that the claim fails, and four times what the
    difference is off, so that a right one passes. None if no step in float64 is that good.
    """
    assert example.claimed is not None
    claimed, reference = float(example.claimed[entry]), float(example.reference[entry])
    size = max(abs(value) for value in (claimed, reference, 0.0) if np.isfinite(value))
    half = abs(claimed - reference) / 2 if np.isfinite(claimed) else np.inf
    wide = [RELATIVE * size or RELATIVE] if finding.claim.variant.dtype == "float64" else []
    tolerances = [t for t in (*wide, half) if 0 < t <= half and np.isfinite(t)]
    x = np.abs(np.asarray(example.point.inputs[finding.claim.input], dtype=np.float64))
    scale = float(x[entry]) or float(x.max(initial=0.0)) or 1.0
    steps = 10.0 ** (np.round(np.log10(scale)) + np.array(STEPS))
    errors = np.abs(_differences(finding, example, entry, steps) - reference)
    for tolerance in tolerances:
        good = np.flatnonzero(errors <= tolerance / 4)
        if good.size:
            return float(f"{steps[good[0]]:.0e}"), tolerance
    return None


def _differences(
    finding: Finding, example: Counterexample, entry: tuple[int, ...], steps: Array
) -> Any:
    name = finding.claim.input
    inputs = {n: np.asarray(a)[None] for n, a in example.point.inputs.items()}
    both = np.concatenate([steps, -steps])
    moved = np.repeat(inputs[name].astype(np.float64), len(both), axis=0)
    moved[(slice(None), *entry)] += both
    values = primal(finding.claim.problem, {**inputs, name: moved}, (len(both),))
    if isinstance(values, Failure):
        return np.full(len(steps), np.nan)
    with np.errstate(all="ignore"):
        ends = values.real.astype(np.float64)
        return (ends[: len(steps)] - ends[len(steps) :]) / (2 * steps)


def _structure(finding: Finding, example: Counterexample) -> list[str]:
    """Write checks of what an answer must be before its numbers matter."""
    claim = finding.claim
    reason = finding.failure.message if finding.failure else finding.reason
    leading = "cotangent, " if claim.variant.kind == "vjp" else ""
    again = _call(finding)
    return [
        f"# Found here: {reason!r}",
        "before = {name: array.copy() for name, array in point.items()}",
        *again,
        "first = np.array(claimed)",
        *again,
        "second = np.array(claimed)",
        f'assert first.shape == np.shape(point["{claim.input}"]), first.shape',
        'assert first.dtype.kind in "fiub", first.dtype',
        "assert np.isfinite(first).all(), first",
        'assert np.array_equal(first, second), "two calls, two answers"',
        "for name, array in before.items():",
        '    assert np.array_equal(point[name], array), f"{name} changed in place"',
    ]


def reproduce(results: Results, finding: Finding) -> str:
    """Write the shell command that checks this claim again, with the same seed and budget."""
    problem = finding.claim.problem
    found = home(problem)
    path = found.target if found else (shown_path(problem.path) if problem.path else "")
    if not path:
        return results.command
    word = _selector(finding.claim.name)
    select = f" -k {shlex.quote(word)}" if word else ""
    return (
        f"gradverify run {shlex.quote(path)}{select} --seed {results.seed} "
        f"--test-cases {results.test_cases}"
    )


def _selector(name: str) -> str:
    """Write a claim's name as a word of a `-k` expression; empty if it cannot be one."""
    if re.fullmatch(r"[^\s()'\"]+", name):
        return name
    return next((f"{quote}{name}{quote}" for quote in "'\"" if quote not in name), "")
