"""Names and messages that anybody may have written, made fit for the place where they stand."""

import re

# Controls but tab and line break, what turns the direction of reading, separators of lines,
# halves of surrogate pairs.
UNSEEN = re.compile(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
# https://www.w3.org/TR/xml/#charsets
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def storable(text: str) -> str:
    r"""Return text that UTF-8 can hold: half a surrogate pair becomes an escape.

    >>> storable("é \udc80")
    'é \\udc80'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def visible(text: str) -> str:
    r"""Show as an escape what cannot be seen or turns what stands beside it; line breaks stay.

    >>> visible("a\u202eb\x1b[1m\n")
    'a\\u202eb\\x1b[1m\n'
    """
    return UNSEEN.sub(_escape, text)


def xml_safe(text: str) -> str:
    r"""Show as an escape what XML 1.0 forbids even as a character reference.

    >>> xml_safe("\x00 \u202e \ufffe")
    '\\x00 \u202e \\ufffe'
    """
    return NOT_XML.sub(_escape, text)


def line(text: str, most: int = 0) -> str:
    """Return text on one line, cut to `most` characters where it is longer; 0 does not cut.

    >>> line("one\\n  two", 5)
    'one …'
    """
    joined = " ".join(text.split())
    return joined if not 0 < most < len(joined) else f"{joined[: most - 1]}…"


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")
