"""Words on their way to a terminal, or to a file of text: nothing in them steers what shows it."""

from typing import TextIO

from verify.explain.texts import visible


def tell(text: str = "", stream: TextIO | None = None) -> None:
    """Print text, on stdout unless another stream is given, with what cannot be seen escaped.

    >>> tell("red\\x1b[31m")
    red\\x1b[31m
    """
    print(visible(text), file=stream)
