"""Readers of Markdown and of workflow commands, as GitHub has them."""

import re

from markdown_it import MarkdownIt


def parsed(text):
    return MarkdownIt("commonmark").enable("table").parse(text)


def rows(text):
    """The cells of each row of each table as text, heads first."""
    found, row = [], None
    for token in parsed(text):
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            found.append(row)
        elif token.type == "inline" and row is not None and len(row) < 6:
            assert {child.type for child in token.children} <= {"text", "text_special"}
            row.append("".join(child.content for child in token.children))
    return found


COMMAND = re.compile(r"::(error|notice) ([^:]*)::(.*)")


def unescaped(text):
    for code, meant in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, meant)
    return text


def commands(text):
    """Read workflow commands as GitHub's runner does: kind, properties, message."""
    found = []
    for line in text.splitlines():
        kind, given, message = COMMAND.fullmatch(line).groups()
        pairs = (pair.split("=", 1) for pair in given.split(","))
        found.append((kind, {name: unescaped(v) for name, v in pairs}, unescaped(message)))
    return found
