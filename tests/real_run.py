"""One real run with everything that a format must hold, and what is not as expected in it."""

import dataclasses
import functools
from pathlib import Path

from helpers import problem_of

from verify import choice, complexes, reals
from verify.campaign import run
from verify.cli.documents import derivation_from
from verify.report import formats

DATA = Path(__file__).parent / "data"
SCHEMAS = DATA / "schemas"


@functools.cache
def results():
    """A real run: two problems, right, wrong, raising and complex, and a page with a wrong step."""

    def raises(x):
        raise RuntimeError("no gradient here")

    squares = problem_of(
        lambda x: (x * x).sum(),
        *(lambda x: 2 * x, lambda x: x, lambda x: 3 * x, raises),
        x=reals("n", special=[0.1]),
        expect=["consistent", "refuted"],
        name="squares",
    )
    wide = problem_of(
        lambda z, c: (abs(z) ** 2).sum() * c,
        *(lambda z, c: 2 * z * c, lambda z, c: z),
        wrt="z",
        z=complexes("n"),
        c=choice([1, 2]),
        expect=["consistent", "refuted"],
        name="wide",
    )
    found = run([squares, wide], seed=3, test_cases=10, command="gradverify run it.py")
    pages = [derivation_from(path, None) for path in (DATA / "wrong_step.md", DATA / "unread.md")]
    return dataclasses.replace(found, derivations=tuple(pages))


WRONG = ("squares[v2-x]", "squares[v3-x]")
STEP = "tests/data/wrong_step.md: chain 1, step 1"


def text_of(name, found=None):
    return formats.to_text(name, results() if found is None else found)
