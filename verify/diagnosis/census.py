"""Census: which entries differ, and in what pattern, in all samples that fail."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from verify.diagnosis.cases import Names, cases_of, names_of
from verify.diagnosis.predicates import about_entries
from verify.diagnosis.sample import Mask, Sample
from verify.points import Array
from verify.problems import Claim

# A pattern is said after so many failing samples in which it could have been otherwise.
FEWEST = 3


def census(claim: Claim, samples: Sequence[Sample]) -> tuple[str, ...]:
    """Say how many entries differ, and in what pattern: only what holds in all failing samples."""
    failing = [sample for sample in samples if sample.fails]
    if not failing or failing[0].reference.ndim == 0:
        return ()
    names = names_of(claim, cases_of(claim, failing))
    said = [_counted(failing)]
    if not _whole(failing):
        said += [*_shaped(failing, names)][:2]
        said += [*_pointed(failing, names)][:2]
    return tuple(said)


def _whole(samples: Sequence[Sample]) -> bool:
    return all(bool((s.differs | ~np.isfinite(s.reference)).all()) for s in samples)


def _counted(samples: Sequence[Sample]) -> str:
    counts = [(int(s.differs.sum()), s.reference.size) for s in samples]
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
    for axis, word in enumerate(words):
        for index, text in ((0, "first"), (-1, "last")):
            yield from _says(f"only the {text} index of {word}", samples, _at(axis, index), False)
            yield from _says(f"all but the {text} index of {word}", samples, _at(axis, index), True)
    if rank == 2:
        for word, mask in (
            ("the diagonal", _eye),
            ("the part below the diagonal", lambda s: np.tril(np.ones(s), -1) > 0),
            ("the part above the diagonal", lambda s: np.triu(np.ones(s), 1) > 0),
        ):
            yield from _says(f"only {word}", samples, mask, False)
        yield from _says("all but the diagonal", samples, _eye, True)
        for axis, word in enumerate(words):
            yield from _constant_along(samples, axis, word)


def _eye(shape: tuple[int, ...]) -> Mask:
    return np.asarray(np.eye(shape[0], shape[1]) > 0)


def _at(axis: int, index: int) -> Callable[[tuple[int, ...]], Mask]:
    def mask(shape: tuple[int, ...]) -> Mask:
        places = np.zeros(shape, dtype=bool)
        np.moveaxis(places, axis, 0)[index] = True
        return places

    return mask


def _says(
    text: str,
    samples: Sequence[Sample],
    places: Callable[[tuple[int, ...]], Mask],
    inverted: bool,
) -> Iterator[str]:
    """Yield the text if differing entries lie in the places, in enough samples with others."""
    telling = 0
    for sample in samples:
        inside = places(sample.reference.shape) ^ inverted
        if bool((sample.differs & ~inside).any()):
            return
        telling += int(bool((sample.agrees & ~inside).any()))
    if telling >= FEWEST:
        yield f"{text} differs (at {telling} failing points)"


def _constant_along(samples: Sequence[Sample], axis: int, word: str) -> Iterator[str]:
    """Yield that slices along an axis differ as a whole or not at all."""
    telling = 0
    for sample in samples:
        some, every = sample.differs.any(axis=axis), sample.differs.all(axis=axis)
        if not np.array_equal(some, every):
            return
        telling += int(sample.reference.shape[axis] > 1 and not bool(every.all()))
    if telling >= FEWEST:
        yield f"along {word}, all entries differ or none (at {telling} failing points)"


def _pointed(samples: Sequence[Sample], names: Names) -> Iterator[str]:
    """Yield predicates on inputs that hold at the entries that differ, exactly or only there."""
    inputs = tuple(n for n in names.inputs if n in names.axes)
    for entry in sorted(about_entries(inputs), key=lambda e: e.cost):
        exact, only, telling = True, True, 0
        for sample in samples:
            try:
                mask = _aligned(np.asarray(entry.mask(sample.point)), sample.reference.shape)
            except ValueError:
                mask = None
            if mask is None:
                exact = only = False
                break
            only &= not bool((sample.differs & ~mask).any())
            exact &= not bool((sample.agrees & mask).any())
            telling += int(bool((sample.agrees & ~mask).any()))
        if only and telling >= FEWEST:
            word = "exactly" if exact else "only"
            yield f"entries differ {word} where {entry.text} (at {telling} failing points)"
            return


def _aligned(mask: Array, shape: tuple[int, ...]) -> Mask | None:
    """Broadcast a mask to the input's shape; None where an axis of a scalar mask says nothing."""
    if mask.shape != shape:
        return None
    return mask.astype(bool)
