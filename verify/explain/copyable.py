"""Counterexamples as Python that can be copied and run on its own."""

import os
from typing import Any

import numpy as np

from verify.explain.home import home
from verify.explain.running import claimed_code, structure_code
from verify.explain.steps import differences, scale
from verify.explain.words import sizes
from verify.findings import Counterexample, Finding
from verify.points import COTANGENT, Array

# Steps of the plain central difference, in powers of ten of the entry's scale, best guess first.
STEPS = (-5, -6, -4, -7, -3, -8, -2)
# A right gradient and a good central difference share six digits.
RELATIVE = 1e-6
# A literal longer than this gets one row a line.
WIDTH = 72


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


def _text(text: str) -> str:
    """Write a string as Python, in double quotes where they do."""
    plain = repr(text)[1:-1] == text and '"' not in text
    return f'"{text}"' if plain else repr(text)


def counterexample_code(finding: Finding) -> str:
    """Write a finding's counterexample as Python; empty if there is none.

    The code runs the variant at the point and compares the worst entry with a central difference
    of the primal: an AssertionError for the claim as it is, none once it is right.
    """
    example = finding.counterexample
    if example is None:
        return ""
    numbers = example.claimed is not None and example.entry is not None
    check = _comparison(finding, example) if numbers else structure_code(finding, example)
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
    found = home(problem, variant)
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
            f"sys.path.insert(0, {_text(folder)})",
            f"declared = runpy.run_path({_text(found.path)})[{_text(found.name)}]",
        ]
    return [
        *head,
        f"problem = declared{found.rest}",
        "primal = problem.primal",
        f"{variant.kind} = {{v.name: v.function for v in problem.variants}}[{_text(variant.name)}]",
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


def _comparison(finding: Finding, example: Counterexample) -> list[str]:
    entry, name = example.entry, finding.claim.input
    before, claimed = claimed_code(finding, example)
    lines = [
        *before,
        f"entry = {entry}  # of the gradient, the one that is furthest off",
        f"claimed = float({claimed}[entry])",
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
        "",
        f'step = np.zeros(np.shape(point["{name}"]))',
        f"step[entry] = {step!r}",
        f'ahead = primal(**{{**point, "{name}": point["{name}"] + step}})',
        f'behind = primal(**{{**point, "{name}": point["{name}"] - step}})',
        "change = np.asarray(ahead) - np.asarray(behind)",
        f"difference = float({weigh} / (2 * step[entry]))",
        "",
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
    powers = np.round(np.log10(scale(finding, example, entry))) + np.array(STEPS, dtype=np.float64)
    steps = np.asarray(10.0**powers, dtype=np.float64)
    errors = np.abs(differences(finding, example, entry, steps) - reference)
    for tolerance in tolerances:
        good = np.flatnonzero(errors <= tolerance / 4)
        if good.size:
            return float(f"{steps[good[0]]:.0e}"), tolerance
    return None
