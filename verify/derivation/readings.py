"""Places where no reading is more usual than another: a step holds if it does in all of them."""

import itertools
from collections.abc import Callable, Iterator

from verify.formula.context import Context, Typed
from verify.formula.source import FormulaError

MAX_EVEN = 4  # places that are read in all ways; a formula with more of them is left unjudged

Sides = tuple[Typed | FormulaError, Typed | FormulaError]


def readings(context: Context, read: Callable[[], Sides]) -> Iterator[tuple[Typed, Typed] | None]:
    """Yield both sides in every other reading of their even places; None if those are too many."""
    context.points.clear()
    read()
    places = {place: ways for place, ways in context.points.items() if place in context.even}
    if len(places) > MAX_EVEN:
        yield None
        return
    for ways in itertools.islice(itertools.product(*map(range, places.values())), 1, None):
        context.choices = dict(zip(places, ways, strict=True))
        try:
            left, right = read()
        finally:
            context.choices = {}
        if isinstance(left, Typed) and isinstance(right, Typed):
            yield left, right
