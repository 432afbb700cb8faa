"""The words and numbers in which a finding is told, the same in table, explanation and page."""

import math
import os
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.findings import Counterexample, Finding, Results, Tally
from verify.outcomes import Verdict

# The lines of a traceback that lie in an installation say where it is; nobody needs to read that.
INSTALLED = re.compile(r'(?<=File ").*/(?:site-packages|python3\.\d+)/')
# What IPython calls a cell, in a notebook and on a terminal.
CELL = re.compile(r"[/\\]ipykernel_\d+[/\\]|^<ipython-input-")
LABEL = 13


@dataclass(frozen=True)
class EntryRow:
    """One entry of the gradient at a counterexample; `excess` is its residual in bounds."""

    entry: tuple[int, ...]
    claimed: float
    reference: float
    bound: float
    residual: float
    excess: float
    worst: bool


def says(finding: Finding) -> str:
    """Say the first thing about a claim: whether it passes the finite-difference check."""
    if finding.verdict is Verdict.CONSISTENT:
        poor = finding.power is not None and finding.power.poor
        passes = "passes the finite-difference check"
        return f"{passes}, but the pass is worth little" if poor else passes
    if finding.verdict in (Verdict.INCONCLUSIVE, Verdict.VACUOUS):
        return f"no verdict: {finding.verdict.text}"
    return "fails the finite-difference check"


def expected(finding: Finding) -> str:
    """Name the verdicts that are as expected: `refuted`, or `malformed or refuted`."""
    return " or ".join(sorted(str(verdict) for verdict in finding.claim.expected))


def number(value: float) -> str:
    """Show a number in four significant digits.

    >>> [number(x) for x in (0.1 + 0.2, 2.0, -1e-20, float("nan"))]
    ['0.3', '2', '-1e-20', 'nan']
    """
    return f"{float(value):.4g}"


def sizes(axes: Mapping[str, int]) -> str:
    """Show the sizes of the axes: `N=1, D=1, K=2`."""
    return ", ".join(f"{axis}={size}" for axis, size in axes.items())


def outcome(tally: Tally) -> str:
    """Say in a word or two what a claim does in a regime: holds, fails, cannot tell."""
    if tally.fails:
        return "fails"
    return "holds" if tally.holds else "cannot tell"


def counts(tally: Tally) -> dict[str, int]:
    """Return the three counts of a tally by name."""
    return {"holds": tally.holds, "fails": tally.fails, "undecided": tally.undecided}


def worth(finding: Finding) -> str:
    """Say what a pass is worth: planted errors that would have shown, and the smallest of all."""
    power = finding.power
    if power is None:
        return ""
    text = f"{power.caught} of {power.planted} planted errors would have been caught"
    if power.missed:
        text += f" (not: {', '.join(power.missed)})"
    if math.isfinite(power.smallest):
        text += f"; the smallest relative error caught is {power.smallest:.1e}"
    return text


def direction(finding: Finding) -> str:
    """Say whether a wrong gradient still is a direction of ascent: its cosine to the true one."""
    if finding.descent is None:
        return ""
    median, smallest = finding.descent
    if smallest > 0:
        word = "at every point looked at, steps along it still descend"
    elif median > 0:
        word = "at most points, but not at all of them, steps along it descend"
    else:
        word = "steps along it do not descend"
    cosines = f"{number(median)} in the median, {number(smallest)} at worst"
    return f"{word}: cosine to the true gradient {cosines}"


def apart(results: Results, finding: Finding) -> tuple[str, ...]:
    """Say in which regimes a variant parts from each other one, and the smallest point."""
    claim = finding.claim
    lines = []
    for pair in results.pairs:
        here = pair.problem == claim.problem.name and pair.input == claim.input
        if not here or claim.variant.name not in pair.variants:
            continue
        other = pair.variants[pair.variants[0] == claim.variant.name]
        never = f"; the same where {' or '.join(pair.together)}" if pair.together else ""
        at = sizes(pair.point.axes)
        point = ", ".join(f"{n} = {_short(a)}" for n, a in pair.point.inputs.items())
        lines.append(f"{other}{never}; told apart at {at + ': ' if at else ''}{point}")
    return tuple(lines)


def _short(array: np.ndarray[Any, Any]) -> str:
    return " ".join(np.array2string(array, precision=4, separator=", ").split())


def shown_point(inputs: Mapping[str, Any]) -> str:
    """Write a point in a line, each number in full, whole ones without a `.0`.

    >>> shown_point({"X": [[1.0, -0.5]], "t": 2})
    'X=[[1,-0.5]] t=2'
    """
    return " ".join(f"{name}={_plainly(value)}" for name, value in inputs.items())


def _plainly(value: Any) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_plainly, value))}]"
    return repr(value).removesuffix(".0")


def blind_spots(finding: Finding) -> tuple[str, ...]:
    """Name the regimes in which a refuted claim holds in every decided test case."""
    if finding.verdict is not Verdict.REFUTED:
        return ()
    return tuple(name for name, tally in finding.regimes.items() if outcome(tally) == "holds")


def entry_rows(example: Counterexample, limit: int) -> list[EntryRow]:
    """List the entries of a counterexample in order; above `limit` only those furthest off.

    Empty for a malformed claim without numbers.
    """
    if example.claimed is None:
        return []
    with np.errstate(all="ignore"):
        residual = np.asarray(example.claimed - example.reference)
        excess = np.where(residual == 0, 0.0, np.abs(residual) / example.bound)
    # NaN, an answer that is no number, is as far off as can be.
    order = np.argsort(-np.where(np.isnan(excess), math.inf, excess), axis=None, kind="stable")
    places = [tuple(int(i) for i in np.unravel_index(flat, residual.shape)) for flat in order]
    worst = [] if example.entry is None else [example.entry]
    chosen = list(dict.fromkeys([*worst, *places]))[:limit]
    return [
        EntryRow(
            place,
            float(example.claimed[place]),
            float(example.reference[place]),
            float(np.broadcast_to(example.bound, residual.shape)[place]),
            float(residual[place]),
            float(excess[place]),
            place == example.entry,
        )
        for place in sorted(chosen)
    ]


def shown_path(path: str) -> str:
    """Show a path as seen from the working directory if it lies in it."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def place(path: str, line: int) -> str:
    """Say where something is declared, `file:line`; empty if there is no file."""
    if CELL.search(path):
        return f"line {line} of a notebook's cell"
    return f"{shown_path(path)}:{line}" if path else ""


def shown_traceback(text: str) -> str:
    """Shorten the paths in a traceback: none starts at the root of this machine."""
    return INSTALLED.sub("", text.replace(f'File "{os.getcwd()}{os.sep}', 'File "')).rstrip()


def labelled(label: str, text: str) -> str:
    """Write a text beside its label; further lines of it stand below the first.

    >>> print(labelled("domain", "x, y\\nz"))
    domain       x, y
                 z
    """
    return label.ljust(LABEL) + textwrap.indent(text, " " * LABEL).lstrip()
