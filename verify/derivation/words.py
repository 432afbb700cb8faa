"""A derivation in words: steps, repairs as source diffs, refusals, notes."""

from collections import Counter
from collections.abc import Iterator

from verify.derivation.steps import Derivation, Repair, Step, StepVerdict
from verify.formula.source import FormulaError, Span, located, position

EVIDENCE = {
    "tested": "tested at points",
    "certified": "certified: disjoint balls at a point of exact numbers",
    "identity": "identity mod 2^61 - 1",
    "proved": "proved at a fixed shape",
}


def shown(derivation: Derivation, span: Span) -> str:
    """Return the source at a span on one line."""
    return " ".join(derivation.text[span.start : span.end].split())


def place(derivation: Derivation, span: Span) -> str:
    """Return `file:line:column` of a span."""
    line, column = position(derivation.text, span.start)
    return f"{derivation.name}:{line}:{column}"


def headline(derivation: Derivation, step: Step) -> str:
    """Say in one line where a step stands and how it came out."""
    where = f"{place(derivation, step.span)}: chain {step.chain}, step {step.end}"
    if step.start != step.end - 1:
        where += f" from {step.start}"
    detail = "" if step.message in ("holds",) else f": {step.message}"
    evidence = f" ({', '.join(step.evidence)})" if step.evidence and not step.defines else ""
    if step.expected_to_fail:
        evidence += " (expected to fail)"
    return f"{where} {step.verdict.value}{detail}{evidence}"


def witness(step: Step) -> list[str]:
    """Say at which point and entry two sides differ, and by how much."""
    found = step.witness
    if found is None:
        return []
    sizes = ", ".join(f"{name} = {size}" for name, size in found.extents.items())
    entry = ", ".join(f"{letter} = {value}" for letter, value in found.entry.items())
    lines = [f"    at {sizes or 'a point'}{f', entry {entry}' if entry else ''}:"]
    if found.balls is not None:
        lines.append(f"      left  {found.balls[0]}")
        lines.append(f"      right {found.balls[1]}  (these enclosures do not overlap)")
    else:
        lines.append(f"      left {found.left!r}, right {found.right!r}")
    return lines


def diff(derivation: Derivation, repair: Repair, context: int = 60) -> list[str]:
    """Return a repair as a source diff: the line as published, as repaired, carets under it."""
    text, span = derivation.text, repair.span
    start = max(text.rfind("\n", 0, span.start) + 1, span.start - context)
    end = text.find("\n", span.end)
    end = min(len(text) if end < 0 else end, span.end + context)
    before, after = text[start : span.start], text[span.end : end]
    carets = " " * len(before) + "^" * max(1, span.end - span.start)
    return [
        f"    repair at {place(derivation, span)}, {repair.what}:",
        f"      - {before}{text[span.start : span.end]}{after}",
        f"        {carets}",
        f"      + {before}{repair.text}{after}",
    ]


def report(derivation: Derivation, *, quiet: bool = False) -> Iterator[str]:
    """Yield the lines that a terminal shows: steps, repairs, refusals, notes, totals.

    `quiet` leaves out what is as expected, refusals and notes.
    """
    for step in derivation.steps:
        if quiet and (step.verdict is StepVerdict.FAILS) == step.expected_to_fail:
            continue
        yield headline(derivation, step)
        if step.verdict is StepVerdict.FAILS:
            yield from witness(step)
            for repair in step.repairs:
                yield from diff(derivation, repair)
    if not quiet:
        for refusal in derivation.refusals:
            yield refused(derivation, refusal)
        for note in derivation.notes:
            yield f"{place(derivation, note.span)}: {note.message}"
    yield totals(derivation)


def refused(derivation: Derivation, error: FormulaError) -> str:
    """Return a refusal with line, column and caret."""
    return "refused: " + located(derivation.text, error, derivation.name)


def totals(derivation: Derivation) -> str:
    """Say in one line how a derivation came out."""
    counts = Counter(step.verdict for step in derivation.steps)
    verdicts = ", ".join(f"{counts[v]} {v.value}" for v in StepVerdict if counts[v]) or "no step"
    refusals = len(derivation.refusals)
    refused = f"; {refusals} refused" if refusals else ""
    return (
        f"{derivation.name}: {len(derivation.steps)} steps: {verdicts}{refused}; "
        f"{derivation.seconds:.2f} s."
    )
