"""Layout → presentation MathML, with classes on marked places; all text is escaped by ElementTree.

Accents, scripts and brackets become elements, letters of other alphabets their own characters; the
spaces that MathML leaves out beside functions and puts into scripts are set as TeX sets them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, SubElement, tostring

from verify.formula.glyphs import (
    ACCENTS,
    ALPHABETS,
    LIMITED,
    element,
    fence,
    leaf,
    operator,
    primes,
    relation,
    separator,
    space,
    symbol,
)
from verify.formula.layout import (
    Accent,
    Big,
    Cases,
    Frac,
    Group,
    Layout,
    Listing,
    Mark,
    Name,
    Number,
    Relation,
    Root,
    Row,
    Scripted,
    Terms,
    Text,
    Word,
    walk,
)
from verify.formula.printer import tall
from verify.formula.source import Span

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
NARROW, THIN, WORDS = "0.1em", "0.1667em", "0.3em"

Marks = Sequence[tuple[Span, str]]


def mathml(node: Layout, marks: Marks = (), display: bool = True) -> str:
    """Return a layout tree as a `<math>` element.

    `marks` are spans of the source with a class each: the node with that span, or else the
    smallest one around it, stands in an `<mrow>` of that class. Stray brackets have class "stray".

    >>> print(mathml(Scripted(Name("x"), Name("i")), display=False).partition(">")[2])
    <msub><mi>x</mi><mi>i</mi></msub></math>
    """
    return _math([_Writer(_classes((node,), marks)).of(node, _Style())], display)


def mathml_row(sides: Sequence[Layout], relations: Sequence[str], marks: Marks = ()) -> str:
    """Return a chain, "a = b = c", as one `<math>`; as many relations as sides: one goes first.

    >>> row = mathml_row([Name("a"), Name("b")], ["\\\\neq"])
    >>> row.count("<mi>"), "<mo>≠</mo>" in row
    (2, True)
    """
    writer = _Writer(_classes(sides, marks))
    leading = len(relations) - len(sides) + 1
    if leading not in (0, 1):
        raise ValueError(f"{len(relations)} relations cannot stand between {len(sides)} sides")
    parts = []
    for place, side in enumerate(sides):
        if place or leading:
            parts.append(relation(relations[place - 1 + leading]))
        parts.append(writer.of(side, _Style()))
    return _math(parts, True)


def _math(parts: Iterable[Element], display: bool) -> str:
    attributes = {"xmlns": NAMESPACE, "display": "block" if display else "inline"}
    return tostring(element("math", *parts, **attributes), "unicode", short_empty_elements=False)


def _classes(nodes: Sequence[Layout], marks: Marks) -> dict[int, str]:
    """Return the classes of marked nodes by their `id`."""
    found: dict[int, str] = {}
    for span, name in marks:
        around = [
            node
            for root in nodes
            for node in walk(root)
            if node.span.start <= span.start and span.end <= node.span.end
        ]
        around = around or [n for n in nodes if span.start < n.span.end and n.span.start < span.end]
        if around:
            smallest = min(around, key=lambda node: node.span.end - node.span.start)
            found[id(smallest)] = f"{found.get(id(smallest), '')} {name}".strip()
    return found


@dataclass(frozen=True)
class _Style:
    """What goes down the tree: the alphabet of letters, and no spaces in scripts."""

    alphabet: str = ""
    tight: bool = False


@dataclass
class _Writer:
    """Turns nodes into elements: two calls of Python a level, so that depth stays affordable."""

    classes: dict[int, str]

    def of(self, node: Layout, style: _Style) -> Element:
        """Return the element of a node, in an `<mrow>` with its class where it is marked."""
        match node:
            case Number() | Name() | Word() | Text() | Mark() | Big():
                made = symbol(node, style.alphabet, style.tight)
            case Scripted():
                made = self._scripted(node, style)
            case Accent():
                made = self._accent(node, style)
            case Frac():
                made = self._frac(node, style)
            case Root(body, None):
                made = element("msqrt", self.of(body, style))
            case Root(body, degree) if degree:
                small = replace(style, tight=True)
                made = element("mroot", self.of(body, style), self.of(degree, small))
            case Group():
                made = self._group(node, style)
            case Cases():
                made = self._cases(node, style)
            case _:
                made = self._beside(node, style)
        name = self.classes.get(id(node))
        return element("mrow", made, **{"class": name}) if name else made

    def _beside(self, node: Layout, style: _Style) -> Element:
        row = Element("mrow")
        match node:
            case Row(items):
                for place, item in enumerate(items):
                    width = _gap(items[place - 1], item) if place else ""
                    row.extend([space(width)] if width else [])
                    row.append(self.of(item, style))
            case Terms(terms):
                for place, (sign, term) in enumerate(terms):
                    if place or sign < 0:
                        form = "infix" if place else "prefix"
                        row.append(operator("+" if sign > 0 else "−", style.tight, form=form))
                    row.append(self.of(term, style))
            case Relation(sides, operators):
                for place, side in enumerate(sides):
                    if place:
                        row.append(relation(operators[place - 1], style.tight))
                    row.append(self.of(side, style))
            case Listing(items, separators):
                for place, item in enumerate(items):
                    if place:
                        row.append(separator(separators[place - 1], style.tight))
                    row.append(self.of(item, style))
        return row

    def _group(self, node: Group, style: _Style) -> Element:
        grows = node.body is not None and tall(node.body)
        row = element("mrow", fence(node.opening, "prefix", grows))
        if node.body is not None:
            row.append(self.of(node.body, style))
        row.append(fence(node.closing, "postfix", grows))
        return row

    def _frac(self, node: Frac, style: _Style) -> Element:
        over, under = self.of(node.over, style), self.of(node.under, style)
        if not node.binomial:
            return element("mfrac", over, under)
        inner = element("mfrac", over, under, linethickness="0")
        return element("mrow", fence("(", "prefix"), inner, fence(")", "postfix"))

    def _accent(self, node: Accent, style: _Style) -> Element:
        if node.command in ALPHABETS:
            return self.of(node.body, replace(style, alphabet=ALPHABETS[node.command]))
        character, stretches, below = ACCENTS.get(node.command, ("?", False, False))
        mark = leaf("mo", character, stretchy="true" if stretches else "false")
        body = self.of(node.body, style)
        if below:
            return element("munder", body, mark, accentunder="true")
        return element("mover", body, mark, accent="true")

    def _scripted(self, node: Scripted, style: _Style) -> Element:
        small = replace(style, alphabet="", tight=True)
        parts = [self.of(node.base, style)]
        above = []
        if node.sub is not None:
            parts.append(self.of(node.sub, small))
        if node.primes:
            above.append(primes(node.primes))
        if node.sup is not None:
            above.append(self.of(node.sup, small))
        if above:
            parts.append(above[0] if len(above) == 1 else element("mrow", *above))
        names = ("munder", "mover", "munderover") if _limited(node) else ("msub", "msup", "msubsup")
        if len(parts) == 1:
            return parts[0]
        return element(names[2] if len(parts) == 3 else names[node.sub is None], *parts)

    def _cases(self, node: Cases, style: _Style) -> Element:
        table = Element("mtable", {"columnalign": "left left"})
        for value, condition in node.rows:
            line = SubElement(table, "mtr")
            for cell in (value, condition):
                inside = SubElement(line, "mtd", {"style": "text-align:left"})
                if cell is not None:
                    inside.append(self.of(cell, style))
        return element("mrow", fence("{", "prefix"), table)


def _limited(node: Scripted) -> bool:
    """Whether scripts stand under and over instead of beside."""
    match node.base:
        case Big(text):
            return text != "\\int"
        case Word(text):
            return text in LIMITED
    return False


def _gap(left: Layout, right: Layout) -> str:
    """Return the space between factors: beside functions, prose, and numbers."""
    first, second = (n.base if isinstance(n, Scripted) else n for n in (left, right))
    if isinstance(first, Text) or isinstance(second, Text):
        return WORDS
    if isinstance(first, Number) and isinstance(second, Number):
        return THIN
    if isinstance(first, Frac) or isinstance(second, Frac):
        return NARROW
    if isinstance(first, Word):
        return "" if isinstance(second, Group | Mark) else THIN
    return THIN if isinstance(second, Word) and not isinstance(first, Mark | Big) else ""
