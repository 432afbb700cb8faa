"""Document → derivation: definitions collected, chains read, a verdict for each step."""

import itertools
import math
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from verify.derivation.again import doubt_usual, take_again
from verify.derivation.chains import Chain, chains_of, relations_of
from verify.derivation.definable import application_of, is_marked
from verify.derivation.define import defines
from verify.derivation.marks import doubt_marks
from verify.derivation.prose import names_in
from verify.derivation.repair import with_repairs
from verify.derivation.said import Page, Said, is_case, values_of
from verify.derivation.sides import read_chain
from verify.derivation.steps import Derivation, Read, Step
from verify.derivation.stepwise import chain_steps, constrained, of_formals
from verify.derivation.worlds import World, world
from verify.formula.context import Context
from verify.formula.document import Document
from verify.formula.read import new_context
from verify.formula.source import FormulaError, ShapeError, Span
from verify.formula.symbols import Declarations

MAX_ATTEMPTS = 5  # passes over the definitions of a page, for those that look ahead
MAX_VERSIONS = 8  # of definitions that a page gives more than once


def context_of(declarations: Declarations) -> Context:
    """Return a fresh reading context with the declared symbols."""
    context = Context(
        dict(declarations.indices),
        list(declarations.symbols),
        dict(declarations.functions),
        declarations.nabla,
    )
    return new_context(context)


def derivation_of(document: Document, declarations: Declarations) -> Derivation:
    """Return everything about the derivation on a page.

    Definitions are taken where a displayed or inline formula says what an unknown name is; other
    inline formulas are left alone. A display that cannot be read is a refusal; the rest goes on.
    """
    started = time.perf_counter()
    chains, refusals = chains_on(document, declarations)
    context = context_of(declarations)
    return judged(document, declarations, context, chains, refusals, started)


def chains_on(
    document: Document, declarations: Declarations
) -> tuple[list[Chain], list[FormulaError]]:
    """Return the chains of a page, named and not yet judged, and the displays that are refused."""
    chains: list[Chain] = []
    refusals: list[FormulaError] = []
    for display in document.displays:
        try:
            found = chains_of(
                document.text,
                display,
                declarations.words | names_in(document.text),
                _next(chains),
                declarations.indices,
            )
            if display.inline:
                found = [
                    replace(c, name=f"inline {n}") for n, c in enumerate(found, len(chains) + 1)
                ]
            chains.extend(found)
        except FormulaError as error:
            if not display.inline:
                refusals.append(error)
    return chains, refusals


def _next(chains: Sequence[Chain]) -> int:
    return 1 + sum(not chain.inline for chain in chains)


def judged(
    document: Document,
    declarations: Declarations,
    context: Context,
    chains: Sequence[Chain],
    refusals: Iterable[FormulaError] = (),
    started: float | None = None,
    *,
    forced: Sequence[Chain] = (),
    pairs: dict[str, list[tuple[int, int]]] | None = None,
    repair: bool = True,
) -> Derivation:
    """Judge chains; `forced` are definitions, `pairs` the steps to judge beside the adjacent."""
    started = time.perf_counter() if started is None else started
    refused = list(refusals)
    _collected(context, forced, refused, forced=True)
    kept = _kept(context, chains, refused, document.text)
    reads = [read_chain(context, chain, taken) for chain, taken in kept]
    refused.extend(_unread(reads))
    worlds = worlds_of(context)
    said = [*_relations(document, declarations), *values_of(context, chains)]
    page = Page(context, document.text, said, _several(context), reads=reads)
    steps = _judged(page, worlds, reads, declarations, pairs or {})
    shown = [read for read in reads if read.defines or not read.chain.inline]
    if worlds and repair:
        steps = with_repairs(context, document.text, shown, steps, worlds[-1])
    return Derivation(
        document.name, document.text, tuple(shown), tuple(steps), tuple(refused),
        tuple(context.notes), context, time.perf_counter() - started,
    )  # fmt: skip


def _judged(
    page: Page,
    worlds: Sequence[World],
    reads: Sequence[Read],
    declarations: Declarations,
    pairs: dict[str, list[tuple[int, int]]],
) -> list[Step]:
    """Judge the steps of chains in the order of the page; equations in the prose are only kept."""
    steps: list[Step] = []
    for read in reads:
        name = read.chain.name
        if read.chain.inline and not read.defines:
            constrained(page, worlds, read)
            continue
        wanted = pairs.get(name) or [(n, n + 1) for n in range(len(read.sides) - 1)]
        steps.extend(chain_steps(page, worlds, read, wanted, declarations.given.get(name)))
    return [_expecting(step, declarations) for step in steps]


def _kept(
    context: Context, chains: Sequence[Chain], refused: list[FormulaError], text: str
) -> list[tuple[Chain, bool]]:
    """Take the definitions, then what the page defines a second time."""
    doubt_usual(context, chains, world(context.symbols, sorted(context.axis_names()), {}))
    before = context.snapshot()
    own = list(refused)
    kept = _collected(context, chains, refused)
    others = [chain for chain, taken in kept if not taken]
    again = take_again(context, others, worlds_of, text)
    if doubt_marks(context, others, worlds_of) or again:
        # A function is defined twice, or X' is no transpose: what is read with it is doubtful.
        context.restore(before)
        refused[:] = own
        kept = _collected(context, chains, refused)
    return kept


def _unread(reads: Iterable[Read]) -> list[FormulaError]:
    """Return the refused sides of what is shown.

    A side whose shapes clash was read; that it has no value is said of its step.
    """
    return [
        side
        for read in reads
        if read.defines or not read.chain.inline
        for place, side in enumerate(read.sides)
        if isinstance(side, FormulaError) and not isinstance(side, ShapeError)
        if not _applies(read) or place > 1 or (place == 1 and not of_formals(side))
    ]


def _applies(read: Read) -> bool:
    """Whether a definition is one of a function, whose formals are no symbols of the page."""
    left = read.chain.sides[0].layout
    return read.defines and left is not None and application_of(left) is not None


def _relations(document: Document, declarations: Declarations) -> list[Said]:
    """Return what the formulas of a page say to hold somewhere: `i = j`, `x > 0`."""
    words = declarations.words | names_in(document.text)
    found: list[Said] = []
    for display in document.displays:
        within = None if display.inline else Span(display.start, display.end)
        # A display that cannot be read is refused where its chains are taken.
        with suppress(FormulaError):
            for side in relations_of(document.text, display, words, declarations.indices):
                if side.layout is not None:
                    cases = is_case(side.layout, declarations.indices)
                    found.append(Said(side.layout, None if cases else within))
    return found


def _collected(
    context: Context,
    chains: Sequence[Chain],
    refused: list[FormulaError],
    *,
    forced: bool = False,
) -> list[tuple[Chain, bool]]:
    """Take the definitions among chains; one that uses a later one is tried again after it.

    Names with primes or subscripts come last: they may be derivatives of what is defined later.
    """
    taken: dict[int, bool] = {}
    late: list[tuple[Chain, FormulaError]] = []
    for attempt in range(MAX_ATTEMPTS):
        late.clear()
        before = sum(taken.values())
        for place, chain in enumerate(chains):
            left = chain.sides[0].layout
            waits = not attempt and left is not None and is_marked(context, left)
            if taken.get(place) or waits:
                continue
            try:
                taken[place] = defines(context, chain, forced=forced)
            except FormulaError as error:
                late.append((chain, error))
        if attempt and (not late or sum(taken.values()) == before):
            break
    refused.extend(error for chain, error in late if not chain.inline)
    return [(chain, taken.get(place, False)) for place, chain in enumerate(chains)]


def _expecting(step: Step, declarations: Declarations) -> Step:
    said = declarations.expect.get(f"{step.chain}.{step.end}")
    said = said or declarations.expect.get(step.chain)
    return replace(step, expected_to_fail=said == "fails")


def worlds_of(context: Context) -> list[World]:
    """Return a world for each choice among definitions that are given more than once."""
    keys = list(context.definitions)
    choices = itertools.product(*(context.definitions[key] for key in keys))
    names = sorted(context.axis_names())
    return [
        world(context.symbols, names, dict(zip(keys, chosen, strict=True)))
        for chosen in itertools.islice(choices, MAX_VERSIONS)
    ]


def _several(context: Context) -> frozenset[str]:
    """Return the names that are defined more than once, where that makes too many worlds."""
    several = {key: len(found) for key, found in context.definitions.items() if len(found) > 1}
    return frozenset(several) if math.prod(several.values()) > MAX_VERSIONS else frozenset()
