"""Census: which entries differ, and in what pattern, in all samples that fail."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from verify.diagnosis.cases import Names, cases_of, names_of
from verify.diagnosis.predicates import EntryPredicate, about_entries
from verify.diagnosis.sample import Mask, Sample
from verify.problems import Claim

Places = Callable[[tuple[int, ...]], Mask]

# A pattern is said after so many failing samples in which it could have been otherwise.
FEWEST = 3
# Statements about values that come before those about places.
PLAIN = 1.4
# "Only where" is said if this would be the chance of it among entries that agree.
BY_CHANCE = 1e-6


def census(claim: Claim, samples: Sequence[Sample]) -> tuple[str, ...]:
    """Say how many entries differ, and in what pattern: only what holds in all failing samples."""
    failing = [sample for sample in samples if sample.clearly.any()]
    if not failing or failing[0].reference.ndim == 0:
        return ()
    names = names_of(claim, cases_of(claim, failing))
    said = [_counted(failing)]
    if _whole(failing):
        return tuple(said)
    pointed = [*_pointed(failing, names)]
    plain = [text for text, cost in pointed if cost < PLAIN]
    shaped = plain or [*_shaped(failing, names)]
    return tuple([*said, *(shaped or [text for text, _ in pointed])][:3])


def _whole(samples: Sequence[Sample]) -> bool:
    return all(bool((s.clearly | ~np.isfinite(s.reference)).all()) for s in samples)


def _counted(samples: Sequence[Sample]) -> str:
    counts = [(int(s.clearly.sum()), s.reference.size) for s in samples]
    at = f"(at {len(samples)} failing points)"
    if all(differ == size for differ, size in counts):
        return f"every entry differs {at}"
    if len(set(counts)) == 1:
        return f"{counts[0][0]} of {counts[0][1]} entries differ {at}"
    if all(differ == 1 for differ, _ in counts):
        return f"one entry differs, of up to {max(size for _, size in counts)} {at}"
    differ, size = max(counts, key=lambda count: (count[1], count[0]))
    least, most = min(c[0] for c in counts), max(c[0] for c in counts)
    return f"{least} to {most} entries differ, {differ} of {size} at the largest point {at}"


def _shaped(samples: Sequence[Sample], names: Names) -> Iterator[str]:
    """Yield patterns of position: at the first or last index of an axis, whole rows, a triangle."""
    rank = samples[0].reference.ndim
    words = names.target if len(names.target) == rank else tuple(f"axis {i}" for i in range(rank))
    kinds = ("row", "column") if rank == 2 else ("entry",) if rank == 1 else words
    for axis, kind in enumerate(kinds):
        for index, text in ((0, "first"), (-1, "last")):
            yield from _says(f"only the {text} {kind} differs", samples, _at(axis, index))
            yield from _says(f"all but the {text} {kind} differ", samples, _but(_at(axis, index)))
    if rank == 2:
        yield from _says("only the diagonal differs", samples, _eye)
        yield from _says("all but the diagonal differs", samples, _but(_eye))
        yield from _says("only the part below the diagonal differs", samples, _below)
        yield from _says("only the part above the diagonal differs", samples, _above)
        for axis, word in enumerate(words):
            yield from _constant_along(samples, axis, word)


def _below(shape: tuple[int, ...]) -> Mask:
    return np.asarray(np.tril(np.ones(shape), -1) > 0)


def _above(shape: tuple[int, ...]) -> Mask:
    return np.asarray(np.triu(np.ones(shape), 1) > 0)


def _but(places: Places) -> Places:
    return lambda shape: ~places(shape)


def _eye(shape: tuple[int, ...]) -> Mask:
    return np.asarray(np.eye(shape[0], shape[1]) > 0)


def _at(axis: int, index: int) -> Places:
    def mask(shape: tuple[int, ...]) -> Mask:
        places = np.zeros(shape, dtype=bool)
        np.moveaxis(places, axis, 0)[index] = True
        return places

    return mask


def _says(text: str, samples: Sequence[Sample], places: Places) -> Iterator[str]:
    """Yield the text if exactly these places differ, in enough samples that have others too."""
    telling = 0
    for sample in samples:
        inside = places(sample.reference.shape)
        if bool((sample.clearly & ~inside).any() or (sample.agrees & inside).any()):
            return
        telling += int(bool((sample.agrees & ~inside).any()))
    if telling >= FEWEST:
        yield f"{text} (at {telling} failing points)"


def _constant_along(samples: Sequence[Sample], axis: int, word: str) -> Iterator[str]:
    """Yield that slices along an axis differ as a whole or not at all."""
    telling = 0
    for sample in samples:
        some, every = sample.clearly.any(axis=axis), sample.clearly.all(axis=axis)
        if not np.array_equal(some, every):
            return
        telling += int(sample.reference.shape[axis] > 1 and not bool(every.all()))
    if telling >= FEWEST:
        yield f"along {word}, all entries differ or none (at {telling} failing points)"


def _pointed(samples: Sequence[Sample], names: Names) -> Iterator[tuple[str, float]]:
    """Yield the simplest statement about inputs that holds at the entries that differ.

    Exactly there, or only there if that is no coincidence.
    """
    for entry in sorted(about_entries(names.inputs), key=lambda e: e.cost):
        pairs = _covered(entry, samples, names)
        if not pairs:
            continue
        telling = sum(bool((sample.agrees & ~mask).any()) for sample, mask in pairs)
        exact = not any(bool((sample.agrees & mask).any()) for sample, mask in pairs)
        if telling >= FEWEST and (exact or _unlikely(pairs)):
            word = "exactly" if exact else "only"
            yield (
                f"entries differ {word} where {entry.text} (at {telling} failing points)",
                entry.cost,
            )
            return


def _covered(
    entry: EntryPredicate, samples: Sequence[Sample], names: Names
) -> list[tuple[Sample, Mask]]:
    """Pair samples with the entries of which a statement is true; none if another differs."""
    pairs = []
    for sample in samples:
        mask = _aligned(entry, sample, names)
        if mask is None or bool((sample.clearly & ~mask).any()):
            return []
        pairs.append((sample, mask))
    return pairs


def _unlikely(pairs: Sequence[tuple[Sample, Mask]]) -> bool:
    """Tell whether the differing entries would hardly all fulfil a predicate by chance."""
    agreeing = sum(int(sample.agrees.sum()) for sample, _ in pairs)
    inside = sum(int((sample.agrees & mask).sum()) for sample, mask in pairs)
    # Entries of one sample are not independent: each sample counts once.
    return bool((inside + 1) / (agreeing + 2) < BY_CHANCE ** (1 / len(pairs)))


def _aligned(entry: EntryPredicate, sample: Sample, names: Names) -> Mask | None:
    """Lay a mask out along the axes of the input; None where its axes are not among them."""
    try:
        mask = np.asarray(entry.mask(sample.point)).astype(bool)
    except ValueError:  # shapes that do not stand beside each other
        return None
    shape = max((names.axes[name] for name in entry.names), key=len)
    places = [names.target.index(axis) for axis in shape if axis in names.target]
    if mask.ndim != len(shape) or len(places) != len(shape) or not places:
        return None
    if len(set(places)) < len(places):
        return mask if mask.shape == sample.reference.shape else None
    laid = mask.transpose(np.argsort(places))
    gaps = tuple(i for i in range(sample.reference.ndim) if i not in places)
    return np.asarray(np.broadcast_to(np.expand_dims(laid, gaps), sample.reference.shape))
