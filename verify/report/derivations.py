"""Derivations → the data of their sections on the page: formulas as MathML, verdicts, repairs."""

from markupsafe import Markup

from verify.derivation.steps import Derivation, Read, Repair, Step, StepVerdict
from verify.derivation.words import EVIDENCE, place, shown, totals, witness
from verify.formula.context import Typed
from verify.formula.layout import Layout
from verify.formula.mathml import mathml
from verify.formula.parser import parse
from verify.formula.readback import readback
from verify.formula.source import FormulaError, Span, position
from verify.formula.tokens import tokenize
from verify.report.model import (
    ChainSection,
    DerivationSection,
    RepairSection,
    SideSection,
)

NAMESPACE = ' xmlns="http://www.w3.org/1998/Math/MathML"'
KINDS = {
    StepVerdict.HOLDS: ("holds", "✓"),
    StepVerdict.FAILS: ("fails", "✗"),
    StepVerdict.UNJUDGED: ("unknown", "?"),
}


def sections(derivations: tuple[Derivation, ...]) -> tuple[DerivationSection, ...]:
    """Return a section for each derivation, its chains in the order of the page."""
    return tuple(
        section(f"derivation-{number}", found) for number, found in enumerate(derivations, 1)
    )


def section(target: str, found: Derivation) -> DerivationSection:
    """Return the section of one derivation; `target` is its id."""
    chains = tuple(
        _chain(found, read, f"{target}-chain-{n}") for n, read in enumerate(found.chains, 1)
    )
    refusals = tuple((place(found, r.span), r.message) for r in found.refusals)
    notes = tuple((place(found, n.span), n.message) for n in found.notes)
    return DerivationSection(found.name, target, totals(found), chains, refusals, notes)


def _chain(found: Derivation, read: Read, target: str) -> ChainSection:
    steps = {step.end: step for step in found.steps if _belongs(step, read)}
    sides = []
    for number, side in enumerate(read.chain.sides):
        step = steps.get(number)
        sides.append(_side(found, read, number, step, side.layout))
    line, column = position(found.text, read.chain.span.start)
    title = "definition" if read.defines else f"chain {read.chain.name}"
    return ChainSection(title, target, f"line {line}, column {column}", tuple(sides))


def _belongs(step: Step, read: Read) -> bool:
    span = read.chain.span
    return step.chain == read.chain.name and span.start <= step.span.start <= span.end


def _side(
    found: Derivation, read: Read, number: int, step: Step | None, layout: Layout | None
) -> SideSection:
    span = read.chain.sides[number].span
    marks = []
    if step is not None and step.verdict is StepVerdict.FAILS:
        marks = [(repair.span, "wrong") for repair in step.repairs[:1] if not repair.definition]
    formula = _math(layout, marks) if layout is not None else None
    typed = read.sides[number]
    kind, symbol = KINDS[step.verdict] if step is not None else ("", "")
    return SideSection(
        formula,
        shown(found, span),
        _as_read(found, typed) if isinstance(typed, Typed) else None,
        kind,
        symbol,
        f"{step.verdict.value}: {step.message}" if step and step.message != "holds"
        else (step.verdict.value if step else ""),
        _evidence(step),
        tuple(line.strip() for line in witness(step)) if step else (),
        tuple(_repair(found, span, r, n) for n, r in enumerate(step.repairs)) if step else (),
    )  # fmt: skip


def _evidence(step: Step | None) -> tuple[str, ...]:
    if step is None or step.defines or step.verdict is StepVerdict.UNJUDGED:
        return ()
    said = [EVIDENCE[e] for e in step.evidence if e in ("tested", "certified")]
    return ("; ".join([*said, step.shown] if step.shown else said),)


def _as_read(found: Derivation, typed: Typed) -> Markup | None:
    """Return the typed tree as MathML, by way of its LaTeX; None where that cannot be shown."""
    symbols = {symbol.key: symbol for symbol in found.context.symbols}
    return _rendered(readback(typed.tree, symbols))


def _math(layout: Layout, marks: list[tuple[Span, str]]) -> Markup:
    """Return MathML for a page of HTML, whose parser knows the namespace."""
    return Markup(mathml(layout, marks).replace(NAMESPACE, "", 1))


def _rendered(source: str) -> Markup | None:
    try:
        return _math(parse(tokenize(source, 0, len(source))), [])
    except FormulaError:
        return None


def _repair(found: Derivation, side: Span, repair: Repair, number: int) -> RepairSection:
    """Show a repair; the repaired side as a formula of the first one alone."""
    text, span = found.text, repair.span
    inside = side.start <= span.start and span.end <= side.end
    whole = text[side.start : span.start] + repair.text + text[span.end : side.end]
    before = text[max(0, span.start - 40) : span.start].replace("\n", " ")
    after = text[span.end : span.end + 40].replace("\n", " ")
    return RepairSection(
        repair.what, place(found, span), before, text[span.start : span.end], repair.text, after,
        _rendered(whole) if inside and number == 0 else None,
    )  # fmt: skip
