"""Edits that bring an ordinary point to a special one: landmarks, ties, scales, coincidences.

An edit takes a generator and the inputs of one point, by name, and returns the input it changed.
Faults hide where a random point never lies: at zero, at ties, in repeated rows, in tails, at the
default of a parameter, on either side of a threshold in the code.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from verify.domains import Domain
from verify.problems import Problem
from verify.search.patterns import AROUND, Array, Change, Edit, Inputs, coinciding, patterns, tie

# Tails (40: a sigmoid is 1 in float64; 750: exp overflows; 1e17: adding 1 changes nothing), small
# data, and the far ends where squares under- and overflow.
SCALES = (
    1e-3,
    40.0,
    1e-6,
    400.0,
    750.0,
    1e6,
    1e-9,
    1e11,
    1e17,
    1e-17,
    1e-100,
    1e100,
    1e-160,
    1e160,
    1e-300,
    1e300,
)
SPECIAL = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5)


def edits(problem: Problem, axes: Mapping[str, int], landmarks: Sequence[float]) -> list[Edit]:
    """List the edits of a problem at one shape, those of the lowest rank first."""
    found: list[Edit] = []
    for name, domain in problem.domains.items():
        found += _of_input(name, domain, axes, landmarks)
    for group in problem.coincide or _like(problem, axes):
        found += coinciding(group, landmarks)
    ranked = sorted(found, key=lambda edit: edit.rank)
    # A threshold in the code may be a special number as well.
    return list({edit.name: edit for edit in reversed(ranked)}.values())[::-1]


def _of_input(
    name: str, domain: Domain, axes: Mapping[str, int], landmarks: Sequence[float]
) -> Iterator[Edit]:
    size = math.prod(domain.sizes(axes))
    if domain.row.chosen or domain.kind in ("integers", "permutation"):
        yield from _whole(name, domain, axes, landmarks)
    elif domain.kind == "simplex":
        yield from _simplex(name, domain)
    elif domain.row.structured:
        yield from _structured(name, domain, axes)
    elif size:
        yield from _values(name, domain, axes, landmarks)
        yield from _scales(name, domain)
        if size > 1:
            yield from patterns(name, domain, landmarks)


def _members(domain: Domain, numbers: Sequence[float]) -> list[float]:
    inside = [float(n) for n in numbers if domain.low <= n <= domain.high and math.isfinite(n)]
    return list(dict.fromkeys(inside))


def _ends(domain: Domain) -> list[float]:
    """List the ends of a range and their neighbours inside."""
    ends = [e for e in (domain.low, domain.high) if e == 0 or 1e-100 < abs(e) < math.inf]
    inner = [np.nextafter(end, 0.5 * (domain.low + domain.high)) for end in ends if end]
    return [
        *ends,
        *(float(end) for end in inner),
        *(e + 1e-9 for e in ends),
        *(e - 1e-9 for e in ends),
    ]


def _values(
    name: str, domain: Domain, axes: Mapping[str, int], landmarks: Sequence[float]
) -> Iterator[Edit]:
    """Set one entry, or all of them, to a special number of the domain or of the code."""
    scalar = not math.prod(domain.sizes(axes)) > 1
    lengths = [float(n) for n in axes.values()] if scalar else []
    around = [
        sign * number * factor for number in landmarks for factor in AROUND for sign in (1, -1)
    ]
    first = _members(domain, [*domain.special, *SPECIAL[:2]])
    others = _members(domain, [*SPECIAL, *_ends(domain), *lengths])
    for rank, numbers in ((0, first), (1, others), (2, _members(domain, around))):
        for value in numbers:
            yield Edit(f"{name} has {value:g}", _set(name, value, False), rank)
            if not scalar and (rank == 0 or (rank == 1 and value in SPECIAL)):
                yield Edit(f"{name} = {value:g}", _set(name, value, True), 1)


def _set(name: str, value: float, everywhere: bool) -> Change:
    def change(rng: np.random.Generator, inputs: Inputs) -> dict[str, Array]:
        array = inputs[name].copy()
        if everywhere or array.ndim == 0:
            array[...] = value
        else:
            array.reshape(-1)[rng.integers(array.size)] = value
        return {name: array}

    return change


def _scales(name: str, domain: Domain) -> Iterator[Edit]:
    if math.isfinite(domain.high - domain.low):
        # In a bounded range the tails are the ends: 1e-3, 1e-6 … away from them.
        for place, factor in enumerate(SCALES[::2][:4]):
            yield Edit(f"{name} * {factor:g}", _scaled(name, domain, min(factor, 1e-3)), 2 + place)
        return
    for place, factor in enumerate(SCALES):
        yield Edit(f"{name} * {factor:g}", _scaled(name, domain, factor), 1 + place // 3)
    yield Edit(f"|{name}|", lambda rng, inputs: {name: np.abs(inputs[name])}, 1)
    yield Edit(f"-|{name}|", lambda rng, inputs: {name: -np.abs(inputs[name])}, 1)


def _scaled(name: str, domain: Domain, factor: float) -> Change:
    def change(rng: np.random.Generator, inputs: Inputs) -> dict[str, Array]:
        with np.errstate(over="ignore"):
            return {name: np.clip(inputs[name] * factor, domain.low, domain.high)}

    return change


def _whole(
    name: str, domain: Domain, axes: Mapping[str, int], landmarks: Sequence[float]
) -> Iterator[Edit]:
    """Each listed value everywhere, and repeated or different ones side by side."""
    if domain.by_rows or domain.kind in ("axis_length", "constant", "permutation"):
        return
    low, high = domain.range(axes)
    ends = [low, high] if math.isfinite(high - low) else []
    listed = [float(atom) for atom in domain.atoms(axes)]
    extra = [*ends, *axes.values(), *landmarks] if domain.kind == "integers" else []
    for value in dict.fromkeys([*listed, *(e for e in extra if low <= e <= high and e == int(e))]):
        yield Edit(f"{name} = {value:g}", _set(name, value, True), 0 if not domain.shape else 1)
    if domain.shape:
        yield Edit(f"{name}: two entries equal", tie(name, 0, 1), 0)


def _simplex(name: str, domain: Domain) -> Iterator[Edit]:
    def near(rng: np.random.Generator, inputs: Inputs, power: float) -> dict[str, Array]:
        with np.errstate(under="ignore"):
            top = inputs[name].max(axis=domain.axis, keepdims=True)
            sharp = (inputs[name] / top) ** power
            return {name: sharp / sharp.sum(axis=domain.axis, keepdims=True)}

    yield Edit(f"{name} even", lambda rng, inputs: near(rng, inputs, 0.0), 1)
    yield Edit(f"{name} near a vertex", lambda rng, inputs: near(rng, inputs, 30.0), 1)
    yield Edit(f"{name} at a vertex", lambda rng, inputs: near(rng, inputs, 1e5), 0)


def _structured(name: str, domain: Domain, axes: Mapping[str, int]) -> Iterator[Edit]:
    """Members made from special grids: zero, diagonal, one column, repeated entries, scaled."""
    shape = domain.sizes(axes)

    def made(grid: Array) -> Change:
        return lambda rng, inputs: {name: domain.fit(axes, grid)}

    yield Edit(f"{name} from zero", made(np.zeros(shape)), 0)
    yield Edit(f"{name} from ones", made(np.ones(shape)), 1)
    if len(shape) >= 2:
        eye = np.broadcast_to(np.eye(shape[-1]), shape)
        yield Edit(f"{name} from the identity", made(eye), 0)
        yield Edit(f"{name} from a diagonal", made(eye * np.arange(1.0, shape[-1] + 1)), 1)
        column = np.zeros(shape)
        column[..., 0] = 1.0
        yield Edit(f"{name} of rank one", made(column), 1)
    if domain.kind in ("symmetric", "psd", "spd", "lower_triangular", "invertible", "ordered"):
        for factor in (1e-6, 1e3, 1e6):
            yield Edit(f"{name} * {factor:g}", _scaled(name, domain, factor), 2)


def _like(problem: Problem, axes: Mapping[str, int]) -> Sequence[tuple[str, ...]]:
    """Pair real inputs of the same shape: where none is declared to coincide, they may."""
    real = [
        (name, domain.sizes(axes), domain.kind)
        for name, domain in problem.domains.items()
        if domain.differentiable and domain.free and not domain.row.chosen
    ]
    return [
        (first[0], second[0])
        for place, first in enumerate(real)
        for second in real[place + 1 :]
        if first[1:] == second[1:]
    ][:4]
