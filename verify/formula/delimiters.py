"""What begins and ends formulas, code, comments and declarations in the text of a page."""

import re
from functools import cache

from verify.formula import words

_ENVIRONMENTS = "equation alignat align eqnarray gather multline flalign displaymath math split"
_VERBATIM = "verbatim Verbatim lstlisting minted"
_COMMON = rf"""
    \\begin\ *\{{\ *(?P<verbatim>(?:{_VERBATIM.replace(" ", "|")})\*?)\ *\}}
  | \\begin\ *\{{\ *(?P<env>(?:{_ENVIRONMENTS.replace(" ", "|")})\*?)\ *\}}
  | (?P<literal>\\[\\$%`]|\${{3,}})
  | (?P<bracket>\\[\[(])
  | (?P<dollars>\$\$)
"""
_FENCE = r"(?P<fence>^[ \t>]*(?P<ticks>`{3,}|~{3,})(?P<info>[^\n`]*)$)"
# Inline code ends at as many backticks, in the same paragraph; ``quotes'' of TeX are no code.
_CODE = (
    r"(?P<code>(?!``[^`]*'')(?P<run>`{1,8})(?!`)"
    r"(?:[^`\n]|\n(?![ \t\r]*\n)|(?!(?P=run)(?!`))`+)*+(?P=run)) | (?P<backticks>`+)"
)
MARKDOWN = re.compile(
    rf"{_COMMON} | {_FENCE} | {_CODE} | (?P<comment><!--)"
    r"| \$(?P<ticked>`[^`\n]+`)\$ | (?P<dollar>\$)",
    re.VERBOSE | re.MULTILINE,
)
LATEX = re.compile(
    rf"{_COMMON} | (?=^[^\n]+toml[ \t]+gradverify[ \t\r]*$){_FENCE} | (?P<remark>%[^\n]*)"
    r"| (?P<verb>\\verb\*?(?P<bar>[^\sA-Za-z*])[^\n]{0,200}?(?P=bar)) | (?P<dollar>\$)",
    re.VERBOSE | re.MULTILINE,
)
FENCES = re.compile(_FENCE, re.MULTILINE)
CLASS = re.compile(r"^[^%`\n]*?\\(?:documentclass|begin\{document\})", re.MULTILINE)
BODY = re.compile(r"^[^%\n]*?\\begin\{document\}", re.MULTILINE)
# A rule --- across the page, with a blank line after it, opens no front matter.
FRONT = re.compile(r"\ufeff?(\+\+\+|---(?![ \t]*\r?\n[ \t\r]*\n))[ \t]*\r?\n")
INLINE = {  # what can stand in $…$: no blank line, and no backtick in Markdown
    latex: re.compile(rf"(?:[^\\$\n{mark}]|\\[^\n]|\\(?=\n)|\\\Z|\n(?![ \t\r]*\n))*+")
    for latex, mark in ((True, ""), (False, "`"))
}
ARGUMENT = re.compile(r"\s*\{\s*\d+\s*\}")  # of alignat
NOTHING = re.compile(r"\s*(?:\\(?:begin|end)group\s*)?")
MATHEMATICAL = re.compile(r"\\[a-zA-Z]|[=_^]")
_COMMANDS = re.compile(r"\\(?:text|mathrm|operatorname|mbox)[a-z]*\*?\s*\{[^{}]*\}|\\[a-zA-Z]+")
_WORD = re.compile(r"[^\W\d_]{3,}")
MONEY = re.compile(r"""[\d\s,;.:!?)\]}"'*]|[A-Z]{2}|\Z""")  # after a $ that opens no formula
# In plain text: a line with = in it or in front of the next one, and those that begin with =.
CANDIDATE = re.compile(r"^(?=[^\n=]*+(?:\n[ \t]*)?=)[^\n]+", re.MULTILINE)
EQUATION = re.compile(
    r"^(?=[^\n=\0]*+(?:\n[ \t]*)?=)[ \t]*(?:(?:[-*+•>]|\d{1,3}[.)])[ \t]+)*+"  # and list markers
    r"(?P<lines>[^\s\0][^\n\0]*(?:\n[ \t]*=[^\n\0]*)*+)",
    re.MULTILINE,
)
CLOSING = {"\\[": "\\]", "\\(": "\\)", "$$": "$$"}


def fence_end(text: str, opened: re.Match[str]) -> re.Match[str] | None:
    """Return the line that closes a fenced block."""
    ticks = f"{opened['ticks'][0]}{{{len(opened['ticks'])},}}"
    return re.compile(rf"^[ \t>]*{ticks}[ \t\r]*$", re.MULTILINE).search(text, opened.end())


@cache
def closer(opening: str, closing: str, latex: bool) -> re.Pattern[str]:
    """Return what finds the closing delimiter, or the opening one again, past escapes."""
    again, close = (
        re.escape(x).replace(r"\{", r" *\{ *").replace(r"\}", r" *\}") for x in (opening, closing)
    )
    remark = "|%[^\n]*" if latex else ""
    return re.compile(rf"(?P<closing>{close})|(?P<again>{again})|\\[\s\S]{remark}")


def _prose(text: str) -> int:
    """Count the words that are no functions and in no command."""
    return sum(w not in words.FUNCTIONS for w in _WORD.findall(_COMMANDS.sub(" ", text)))


def is_inline(content: str, after: str) -> bool:
    """Whether `$content$` is a formula of Markdown, not the text between two prices."""
    bare = content.strip()
    if after.isdecimal() or (bare[:1].isdecimal() and _prose(content) > 1):
        return False
    return bare == content or (MATHEMATICAL.search(content) is not None and _prose(content) < 3)


def is_formula(line: str) -> bool:
    """Whether a line of plain text with = in it is an equation, not a sentence or an address."""
    return not ("\0" in line or "://" in line or _prose(line) > 2 or line.strip(" =\t\r") == "")
