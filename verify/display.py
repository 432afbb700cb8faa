"""Values that show themselves; how they do is filled in from the layers above."""

from collections.abc import Callable
from typing import Any

# "html", "text" and "line": functions of a value. The package itself, which stands above all
# layers, fills it: a finding need not know of templates to show itself with them.
SHOW: dict[str, Callable[[Any], str]] = {}


class Shown:
    """Shows itself: as HTML in a notebook, in words on IPython's terminal, else in a line.

    The repr of a dataclass would be megabytes of arrays, which a notebook keeps beside the HTML.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {SHOW['line'](self)}>"

    def _repr_html_(self) -> str:
        return SHOW["html"](self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(SHOW["text"](self))
