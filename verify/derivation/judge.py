"""Document → derivation: definitions collected, chains read, a verdict for each step."""

import itertools
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from verify.derivation.chains import Chain, chains_of
from verify.derivation.compare import World, world
from verify.derivation.conditions import given_entries
from verify.derivation.define import defines
from verify.derivation.repair import with_repairs
from verify.derivation.steps import Derivation, Step
from verify.derivation.stepwise import chain_steps, read_chain
from verify.formula.context import Context
from verify.formula.document import Document
from verify.formula.read import new_context
from verify.formula.source import FormulaError, ShapeError
from verify.formula.symbols import Declarations

MAX_ATTEMPTS = 5  # passes over the definitions of a page, for those that look ahead
MAX_VERSIONS = 4  # of definitions that a page gives twice


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
    context = context_of(declarations)
    chains: list[Chain] = []
    refusals: list[FormulaError] = []
    for display in document.displays:
        try:
            found = chains_of(
                document.text,
                display,
                declarations.words,
                _next(chains),
                frozenset(declarations.indices),
            )
            if display.inline:
                found = [
                    replace(c, name=f"inline {n}") for n, c in enumerate(found, len(chains) + 1)
                ]
            chains.extend(found)
        except FormulaError as error:
            if not display.inline:
                refusals.append(error)
    return judged(document, declarations, context, chains, refusals, started)


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
    kept = _collected(context, chains, refused)
    reads = [
        read_chain(context, chain, by_definition)
        for chain, by_definition in kept
        if by_definition or not chain.inline
    ]
    for read in reads:
        # A side whose shapes clash was read; that it has no value is said of its step.
        refused.extend(
            side
            for side in read.sides
            if isinstance(side, FormulaError) and not isinstance(side, ShapeError)
        )
    worlds = worlds_of(context)
    steps: list[Step] = []
    for read in reads:
        wanted = (pairs or {}).get(read.chain.name) or [
            (n, n + 1) for n in range(len(read.sides) - 1)
        ]
        condition = declarations.given.get(read.chain.name)
        steps.extend(chain_steps(context, worlds, read, wanted, condition))
    if worlds and repair:
        steps = with_repairs(context, document.text, reads, steps, worlds[-1])
    expected = [_expecting(step, declarations) for step in steps]
    return Derivation(
        document.name, document.text, tuple(reads), tuple(expected), tuple(refused),
        tuple(context.notes), context, time.perf_counter() - started,
    )  # fmt: skip


def _collected(
    context: Context,
    chains: Sequence[Chain],
    refused: list[FormulaError],
    *,
    forced: bool = False,
) -> list[tuple[Chain, bool]]:
    """Take the definitions among chains; one that uses a later one is tried again after it."""
    taken: dict[int, bool] = {}
    for attempt in range(MAX_ATTEMPTS):
        late: list[FormulaError] = []
        before = sum(taken.values())
        for place, chain in enumerate(chains):
            if not taken.get(place):
                taken[place] = _defined(context, chain, late, forced=forced)
        if not late or (attempt and sum(taken.values()) == before):
            break
    refused.extend(late)
    return [(chain, taken[place]) for place, chain in enumerate(chains)]


def _expecting(step: Step, declarations: Declarations) -> Step:
    said = declarations.expect.get(f"{step.chain}.{step.end}")
    said = said or declarations.expect.get(step.chain)
    return replace(step, expected_to_fail=said == "fails")


def _defined(
    context: Context, chain: Chain, refused: list[FormulaError], *, forced: bool = False
) -> bool:
    try:
        given = given_entries(context, chain)
        if given:
            context.entries.extend(given)
            return True
        return defines(context, chain, forced=forced)
    except FormulaError as error:
        if not chain.inline:
            refused.append(error)
        return False


def worlds_of(context: Context) -> list[World]:
    """Return a world for each choice among definitions that are given more than once."""
    keys = list(context.definitions)
    choices = itertools.product(*(context.definitions[key] for key in keys))
    names = context.axis_names()
    return [
        world(context.symbols, sorted(names), dict(zip(keys, chosen, strict=True)), context.entries)
        for chosen in itertools.islice(choices, MAX_VERSIONS)
    ]
