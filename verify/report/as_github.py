"""Results as annotations: workflow commands that GitHub shows beside the lines of a change.

Only what is not as expected is annotated. GitHub shows ten annotations of a kind for each step of
a workflow and drops the rest without a word, so the eleventh is a notice with their number.
"""

from verify.explain.texts import visible
from verify.findings import Results
from verify.report.items import Item, Status, items

MOST = 10


def to_text(results: Results) -> str:
    """Return one workflow command a line; nothing where all is as expected."""
    failed = [item for item in items(results) if item.status is Status.FAILS]
    lines = [_command(item) for item in failed[:MOST]]
    if len(failed) > MOST:
        rest = f"{len(failed) - MOST} more are not as expected; {len(failed)} in all."
        lines.append(f"::notice title=gradverify::{rest}")
    return "".join(f"{line}\n" for line in lines)


def escaped(text: str) -> str:
    r"""Escape the message of a command.

    >>> escaped("100 %0A\n")
    '100 %250A%0A'
    """
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Escape the value of a property of a command.

    >>> escaped_property("a: b, c::error")
    'a%3A b%2C c%3A%3Aerror'
    """
    return escaped(text).replace(":", "%3A").replace(",", "%2C")


def _command(item: Item) -> str:
    properties = {"title": item.name}
    # A file that is not part of the checkout has no line there to stand beside.
    if item.place is not None and item.place.inside:
        numbers = {"line": item.place.line, "col": item.place.column}
        known = {name: str(number) for name, number in numbers.items() if number}
        properties = {"file": item.place.path, **known, **properties}
    given = ",".join(f"{name}={escaped_property(text)}" for name, text in properties.items())
    return f"::error {given}::{escaped(item.message)}"
