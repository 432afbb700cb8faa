"""The HTML page: from results to the page's data, and from there through the template."""

from pathlib import Path

import jinja2

from verify.findings import Results
from verify.report.build import build
from verify.report.files import write_whole
from verify.report.model import Page

TEMPLATES = Path(__file__).parent / "templates"


def render(results: Results) -> str:
    """Return the page of a run as one HTML document that needs nothing beside it."""
    return place(build(results))


def write(results: Results, path: Path | str) -> None:
    """Render the page and write it; if rendering fails, nothing is written."""
    write_whole(path, render(results))


def place(page: Page) -> str:
    """Place a page's data in the template."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(page=page)
