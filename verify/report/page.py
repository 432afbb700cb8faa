"""The HTML page: from results to the page's data, and from there through the template."""

import re
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from verify.findings import Results
from verify.report.build import build
from verify.report.cases import LIMIT
from verify.report.files import write_whole
from verify.report.font import font_face
from verify.report.model import Page

FONT = "/* font */"
TEMPLATES = Path(__file__).parent / "templates"


def render(results: Results, cases: int = LIMIT) -> str:
    """Return the page of a run as one HTML document that needs nothing beside it.

    `cases` bounds the rows of its table of test cases; above, they are gathered.
    """
    return place(build(results, cases))


def write(results: Results, path: Path | str, cases: int = LIMIT) -> None:
    """Render the page and write it; if rendering fails, nothing is written."""
    write_whole(path, render(results, cases))


def _code(text: str) -> Markup:
    """Escape text between tags, where quotes may stand as they are: code is full of them."""
    return Markup(str(escape(text)).replace("&#34;", '"').replace("&#39;", "'"))


def tight(sheet: str) -> Markup:
    """Drop the spaces of a style sheet that only its author needs."""
    return Markup(re.sub(r"\s*([{};,])\s*", r"\1", sheet))


@cache
def templates(folder: Path) -> jinja2.Environment:
    """Return the templates in a folder, each compiled once."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"code": _code, "tight": tight}
    return environment


def place(page: Page) -> str:
    """Place a page's data in the template."""
    text = templates(TEMPLATES).get_template("report.html").render(page=page)
    # Which characters the font needs is known only now.
    return text.replace(FONT, font_face(text), 1)
