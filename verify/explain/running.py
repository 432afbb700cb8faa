"""A counterexample's code that runs the variant: its answer picked apart, and what it must be."""

from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO

import numpy as np

from verify.evaluator import call, split
from verify.evaluator.variants import cast
from verify.findings import Counterexample, Finding

# An answer may depend on the calls before it; the search makes hundreds.
CALLS = 20


def claimed_code(finding: Finding, example: Counterexample) -> tuple[list[str], str]:
    """Write what runs the variant and picks the claim's input: lines before, and the expression."""
    claim = finding.claim
    variant = claim.variant
    pick = _pick(finding, example)
    if not pick and variant.dtype == "float64":
        return [], f"np.array({variant.kind}({_leading(finding)}**point))"
    lines = ["", "def claim():", "    given = point"]
    leading = _leading(finding)
    if variant.dtype != "float64":
        lines[-1] = f"    given = {_cast(variant.dtype)}"
        leading = leading and f'cotangent.astype("{variant.dtype}"), '
    lines.append(f"    answer = {variant.kind}({leading}**given)")
    if pick:
        lines.append(f"    answer = {pick}")
    return [*lines, "    return np.array(answer)", "", ""], "claim()"


def _leading(finding: Finding) -> str:
    return "cotangent, " if finding.claim.variant.kind == "vjp" else ""


def _cast(dtype: str) -> str:
    return f'{{n: a.astype("{dtype}") if a.dtype.kind == "f" else a for n, a in point.items()}}'


def _pick(finding: Finding, example: Counterexample) -> str:
    """Write how the claim's input is taken out of `answer`; empty where the answer is all there is.

    Of one input alone the answer is mostly the bare array, but may be a mapping or a tuple of one.
    """
    claim = finding.claim
    name, wrt = claim.input, claim.problem.wrt
    form = _form(finding, example)
    if len(wrt) > 1 or form == "mapping":
        test = "isinstance(answer, dict)" if form != "mapping" else 'hasattr(answer, "keys")'
        other = f"answer[{wrt.index(name)}]" if len(wrt) > 1 else "answer"
        return f'answer["{name}"] if {test} else {other}'
    return "answer[0] if isinstance(answer, tuple) else answer" if form == "tuple" else ""


def _form(finding: Finding, example: Counterexample) -> str:
    """Run the variant at the point, to see the form of its answer if it is a special one."""
    claim = finding.claim
    copies = {name: np.array(array) for name, array in example.point.inputs.items()}
    named, cotangent = split(cast(copies, claim.variant.dtype))
    with redirect_stdout(StringIO()):
        answer = call(claim.variant.function, named, *([] if cotangent is None else [cotangent]))
    if isinstance(answer, Mapping):
        usual = len(claim.problem.wrt) > 1 and isinstance(answer, dict)
        return "" if usual else "mapping"
    return "tuple" if isinstance(answer, tuple) and len(answer) == 1 else ""


def structure_code(finding: Finding, example: Counterexample) -> list[str]:
    """Write checks of what an answer must be before its numbers matter."""
    claim = finding.claim
    reason = finding.failure.message if finding.failure else finding.reason
    finite = [f'    assert np.isfinite(parts["{claim.input}"]).all(), parts["{claim.input}"]']
    given = "{**point, 'cotangent': cotangent}" if claim.variant.kind == "vjp" else "point"
    given = given.replace("'", '"')
    return [
        *_in_its_type(finding),
        *_parts(finding, example),
        "",
        "",
        f"# Found here: {reason!r}",
        "# An answer may depend on the calls before it.",
        f"given = {given}",
        "before = {name: array.copy() for name, array in given.items()}",
        f"answers = [answer() for _ in range({CALLS})]",
        "same = {name: np.array_equal(given[name], a, equal_nan=True) for name, a in "
        "before.items()}",
        'assert all(same.values()), f"changed in place: {same}"',
        "for parts in answers:",
        "    for name, part in parts.items():",
        "        assert part.shape == np.shape(point[name]), part.shape",
        '        assert part.dtype.kind in "fiub", part.dtype',
        "        again = np.array_equal(answers[0][name], part, equal_nan=True)",
        '        assert again, "two calls, two answers"',
        *(finite if np.isfinite(example.reference).all() else []),
    ]


def _in_its_type(finding: Finding) -> list[str]:
    dtype = finding.claim.variant.dtype
    if dtype == "float64":
        return []
    lines = [f"point = {_cast(dtype)}"]
    if _leading(finding):
        lines.append(f'cotangent = cotangent.astype("{dtype}")')
    return [*lines, ""]


def _parts(finding: Finding, example: Counterexample) -> list[str]:
    """Write a function `answer` that returns the answer as arrays by input, all there are."""
    claim = finding.claim
    wrt = claim.problem.wrt
    run = f"{claim.variant.kind}({_leading(finding)}**point)"
    form = _form(finding, example)
    names = "[" + ", ".join(f'"{name}"' for name in wrt) + "]"
    lines = ["", "def answer():", *_run(finding, run)]
    if len(wrt) > 1 or form == "mapping":
        lines += [
            '    if hasattr(found, "keys"):',
            f"        assert sorted(map(str, found)) == {sorted(wrt)!r}, list(found)".replace(
                "'", '"'
            ),
            "        return {name: np.array(part) for name, part in found.items()}",
        ]
    if len(wrt) > 1:
        return [
            *lines,
            f"    names = {names}",
            "    assert isinstance(found, (tuple, list)), type(found)",
            "    assert len(found) == len(names), len(found)",
            "    return {name: np.array(part) for name, part in zip(names, found)}",
        ]
    if form == "tuple":
        lines.append("    found = found[0] if isinstance(found, tuple) else found")
    return [*lines, f'    return {{"{wrt[0]}": np.array(found)}}']


def _run(finding: Finding, run: str) -> list[str]:
    """Write the call; where it ends the program, as with code 0, that is made a failure."""
    if finding.failure is None or not finding.failure.message.startswith("SystemExit"):
        return [f"    found = {run}"]
    return [
        "    try:",
        f"        found = {run}",
        "    except SystemExit as error:",
        '        raise AssertionError("it ends the program") from error',
    ]
