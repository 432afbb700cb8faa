"""Hypotheses without a formula: the derivative's entries moved, summed, or of another input."""

from collections.abc import Callable, Iterator

import numpy as np

from verify.diagnosis.atoms import bare
from verify.diagnosis.cases import Case, Names
from verify.diagnosis.hypotheses import WHERE, Hypothesis, Prediction
from verify.diagnosis.words import number
from verify.domains import size_of
from verify.findings import Floats

Change = Callable[[Case], Floats | None]
THE = "the derivative"


def rearranged(
    names: Names, others: tuple[str, ...], sizes: tuple[str, ...]
) -> Iterator[Hypothesis]:
    """Yield: claimed = c × the derivative with its entries moved, summed, or of another input.

    c is ±1, ±2, ±1/2, or ± the length of an axis or one over it. `others` are the other inputs
    that the problem is differentiated with respect to.
    """
    changes = [*_of_others(names, others)]
    rank = len(names.target)
    if rank == 2:
        changes += _square()
    for axis, word in enumerate(names.target):
        changes += _along(axis, word, rank)
    if rank:
        changes.append(("the sum of all entries of the derivative", 1.5, _all_summed))
        changes.append((f"|{THE}|, entry by entry", 1.75, lambda c: np.abs(c.sample.reference)))
    for text, cost, change in changes:
        for factor, extra, scale in _scales(sizes):
            said = f"{factor}{text}" if factor else bare(text)
            predict = _predicted(change, scale)
            yield Hypothesis(f"claimed = {said}", cost + extra, "moved", predict)
            # A sum of entries of which one is left is that entry; it says nothing about sums.
            if "sum" not in text:
                where = f"{WHERE}claimed = {said}"
                yield Hypothesis(where, cost + extra + 1, "moved", predict, only_differing=True)


def _scales(sizes: tuple[str, ...]) -> Iterator[tuple[str, float, Callable[[Case], float]]]:
    for value in (1.0, -1.0, 2.0, 0.5, -2.0, -0.5):
        factor = "" if value == 1 else f"{number(value)} × "
        yield factor, 0.0 if value == 1 else 0.25, _fixed(value)
    for axis in sizes:
        for sign, sign_text in ((1.0, ""), (-1.0, "-")):
            yield f"{sign_text}{axis} × ", 0.75, _length(axis, sign, 1)
            yield f"{sign_text}1/{axis} × ", 0.75, _length(axis, sign, -1)


def _fixed(value: float) -> Callable[[Case], float]:
    return lambda case: value


def _length(axis: str, sign: float, power: int) -> Callable[[Case], float]:
    return lambda case: sign * float(size_of(axis, case.sample.point.axes)) ** power


def _predicted(
    change: Change, scale: Callable[[Case], float]
) -> Callable[[Case], Prediction | None]:
    def predict(case: Case) -> Prediction | None:
        moved = change(case)
        if moved is None or not _fits(moved.shape, case.sample.claimed.shape):
            return None
        factor = scale(case)
        # Sums gather the errors of all the entries that they are made of.
        tolerance = case.sample.tolerance
        reach = 4 * abs(factor) * float(tolerance.sum()) + 1e-9 * abs(factor) * np.abs(moved)
        largest = float(np.abs(case.sample.reference).max(initial=0.0))
        return Prediction(factor * moved, reach + 1e-14 * largest)

    return predict


def _fits(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


def _of_others(names: Names, others: tuple[str, ...]) -> Iterator[tuple[str, float, Change]]:
    for other in others:
        yield f"the derivative with respect to {other}", 1.0, _reference(other)


def _reference(name: str) -> Change:
    def change(case: Case) -> Floats | None:
        found = case.sample.references.get(name)
        return found if found is not None and found.shape == case.sample.claimed.shape else None

    return change


def _all_summed(case: Case) -> Floats:
    return np.asarray(case.sample.reference.sum())


def _along(axis: int, word: str, rank: int) -> Iterator[tuple[str, float, Change]]:
    """Yield moves along one axis: reversed, shifted, summed, one entry in place of all."""
    along = f" along {word}" if rank > 1 else ""
    kind = ("row", "column")[axis] if rank == 2 else f"index of {word}"
    entry = f"the {{}} entry of {THE}" if rank == 1 else f"{THE} at the {{}} {kind}"
    moves: list[tuple[str, float, Callable[[Floats], Floats]]] = [
        (f"{THE} reversed{along}", 1.25, lambda r: np.flip(r, axis)),
        (f"{THE} shifted by one{along}", 1.5, lambda r: np.roll(r, 1, axis)),
        (f"{THE} shifted by minus one{along}", 1.5, lambda r: np.roll(r, -1, axis)),
        (entry.format("first"), 1.75, lambda r: np.take(r, [0], axis)),
        (entry.format("last"), 1.75, lambda r: np.take(r, [-1], axis)),
        (f"the cumulative sum of {THE}{along}", 2.0, lambda r: np.cumsum(r, axis)),
    ]
    if rank > 1:
        moves.append((f"the sum of {THE} over {word}", 1.5, lambda r: r.sum(axis, keepdims=True)))
    for text, cost, move in moves:
        yield text, cost, _applied(move)


def _square() -> Iterator[tuple[str, float, Change]]:
    """Yield what is done to matrices: transposes, triangles, the symmetric convention."""
    moves: list[tuple[str, float, Callable[[Floats], Floats]]] = [
        (f"{THE} transposed", 1.0, lambda r: r.T),
        (f"({THE} + its transpose)", 1.5, lambda r: r + r.T),
        (
            f"({THE} + its transpose - its diagonal)",
            1.75,
            lambda r: r + r.T - np.diag(np.diag(r)),
        ),
        (f"the diagonal of {THE}, the rest 0", 1.5, lambda r: np.diag(np.diag(r))),
        (f"the lower triangle of {THE}, the rest 0", 1.75, np.tril),
        (f"the upper triangle of {THE}, the rest 0", 1.75, np.triu),
    ]
    for text, cost, move in moves:
        yield text, cost, _if_square(move)
    yield f"{THE} read in the order of its transpose", 2.0, _applied(lambda r: r.T.reshape(r.shape))


def _if_square(move: Callable[[Floats], Floats]) -> Change:
    def change(case: Case) -> Floats | None:
        rows, columns = case.sample.reference.shape
        return move(case.sample.reference) if rows == columns else None

    return change


def _applied(move: Callable[[Floats], Floats]) -> Change:
    return lambda case: np.asarray(move(case.sample.reference))
