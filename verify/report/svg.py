"""A Matplotlib figure as a small inline SVG in the colours of the page, light or dark."""

import io
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup

if TYPE_CHECKING:  # imported where a figure is drawn: it takes a third of a second
    from matplotlib.figure import Figure

# Placeholders that Matplotlib draws with, and what they become in the page. Any colour that no
# figure uses otherwise would do.
COLOURS = {
    "ink": "#010203",
    "soft": "#010204",
    "line": "#010205",
    "holds": "#010206",
    "fails": "#010207",
    "unknown": "#010208",
    "link": "#010209",
    "badge": "#01020a",
}
DROPPED = {"metadata", "style", "title", "clipPath"}
NUMBER = re.compile(r"-?\d+\.\d+")
# Of a style sheet's worth of defaults that Matplotlib repeats at every element.
# The style sheet of the page says the same for every figure.
REDUNDANT = re.compile(
    r"stroke-(?:linejoin|linecap|dashoffset): .*|(?:fill-|stroke-)?opacity: 1|font[-:].*"
    rf"|text-anchor: start|fill: (?:none|{COLOURS['ink']})"
)
COORDINATES = {"d", "x", "y", "x1", "x2", "y1", "y2", "transform"}
LONG = 40
ANCHORS = {"text-anchor:middle": "m", "text-anchor:end": "e"}
HREF = "{http://www.w3.org/1999/xlink}href"


def settings() -> dict[Any, Any]:
    """Return the settings under which a figure is to be made and drawn."""
    ink, line = COLOURS["ink"], COLOURS["line"]
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "gradverify",
        "font.size": 9,
        # Names may hold dollars.
        "text.parse_math": False,
        "text.color": ink,
        "axes.edgecolor": COLOURS["soft"],
        "axes.labelcolor": ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "axes.grid": True,
        "grid.color": line,
        "grid.linewidth": 0.6,
        "xtick.color": COLOURS["soft"],
        "ytick.color": COLOURS["soft"],
        "xtick.labelcolor": ink,
        "ytick.labelcolor": ink,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "xtick.minor.size": 0,
        "ytick.minor.size": 0,
        "lines.linewidth": 1.6,
        "figure.frameon": False,
        "axes.facecolor": "none",
    }


def inline(figure: "Figure", name: str, title: str, description: str) -> Markup:
    """Draw a figure as an SVG element for a page; `name` makes its ids unique there.

    `title` and `description` are what a screen reader says in place of the picture.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    FigureCanvasSVG(figure)
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(written.getvalue())
    _shrink(root, name)
    root.attrib = {"viewBox": root.attrib["viewBox"], "class": "plot"} | {
        "role": "img",
        "aria-labelledby": f"{name}-t {name}-d",
    }
    for number, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(tag, {"id": f"{name}-{tag[0]}"})
        element.text = text
        root.insert(number, element)
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
    for variable, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{variable})")
    return Markup(text)


def _shrink(root: ElementTree.Element, name: str) -> None:
    """Drop what a page does not need: metadata, ids that nothing refers to, digits, groups."""
    wanted = _referred(root)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in DROPPED:
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.tail = None
        if element.tag not in ("text", "tspan"):
            element.text = None
        _tidy(element, name, wanted)
    _unwrap(root)


def _referred(root: ElementTree.Element) -> set[str]:
    texts = [value for element in root.iter() for value in element.attrib.values()]
    return {found for text in texts for found in re.findall(r"^#([\w-]+)", text)}


def _tidy(element: ElementTree.Element, name: str, wanted: set[str]) -> None:
    given = dict(element.attrib)
    element.attrib.clear()
    for key, value in given.items():
        # A unit is two thirds of a pixel or less; only in a long curve are finer steps seen.
        digits = 1 if key == "d" and value.count("L") > LONG else 0
        if key in COORDINATES:
            value = _rounded(value, digits)
        if key == "id":
            if value in wanted:
                element.set("id", f"{name}-{value}")
            continue
        if key == "clip-path":
            # Nothing is drawn beyond its axes: figures choose limits that hold all they show.
            continue
        if key == HREF:
            value = value.replace("#", f"#{name}-")
        if key == "style":
            value = _style(value)
            if value in ANCHORS:
                key, value = "class", ANCHORS[value]
        if key == "d":
            value = re.sub(r"\s*([MLCQz])\s*", r"\1", value.strip())
        if key == "transform":
            value = "" if value.startswith("rotate(-0 ") else value
        if value:
            element.set("href" if key == HREF else key, value)


def _rounded(text: str, digits: int) -> str:
    """Round every number in a text.

    >>> _rounded("M1.26 3.04L5.5 2", 1)
    'M1.3 3L5.5 2'
    """
    return NUMBER.sub(lambda found: f"{float(found[0]):.{digits}f}".removesuffix(".0"), text)


def _style(value: str) -> str:
    parts = [part.strip() for part in value.split(";")]
    return ";".join(p.replace(": ", ":") for p in parts if p and not REDUNDANT.fullmatch(p))


def _unwrap(parent: ElementTree.Element) -> None:
    """Put the children of groups that say nothing in their place; drop what draws nothing.

    Lines of one style become one path.
    """
    kept: list[ElementTree.Element] = []
    lines: dict[str, ElementTree.Element] = {}
    for child in list(parent):
        parent.remove(child)
        _unwrap(child)
        plain = child.tag in ("g", "defs") and not child.attrib
        children = list(child) if plain else [child]
        for each in children:
            if each.tag != "path" or "id" in each.attrib:
                kept.append(each)
            elif not each.get("d"):
                continue
            elif each.get("style") in lines:
                drawn = lines[each.attrib["style"]]
                drawn.set("d", drawn.attrib["d"] + each.attrib["d"])
            elif "style" in each.attrib:
                lines[each.attrib["style"]] = each
                kept.append(each)
    parent.extend(kept)
