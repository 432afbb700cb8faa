"""Layout → LaTeX that reads back as the same tree: braces only where the grammar needs them.

What stands in braces of its own is one atom. Bars and stray brackets are told apart by what
stands around them, so they get braces where they would be read otherwise.
"""

from dataclasses import dataclass, replace

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
from verify.formula.words import FUNCTIONS, TIMES

BARS = frozenset({"|", "\\vert", "\\Vert", "\\|"})
CODES = {"!=": "\\neq", "<=": "\\leq", ">=": "\\geq", "in": "\\in", "notin": "\\notin"}
CODES |= {"~": "\\sim", "->": "\\to", "=>": "\\implies", "<-": "\\leftarrow"}
CODES |= {">>": "\\succ", "<<": "\\prec"}
# How loosely a node holds together; one that is looser than its place stands in braces.
LISTING, RELATION, TERMS, ROW, ITEM, ATOM = range(6)
LOOSE = {Listing: LISTING, Relation: RELATION, Terms: TERMS, Row: ROW, Scripted: ITEM}


@dataclass(frozen=True)
class _Place:
    """Where a node is printed: how tight, between brackets, and whether a bar would be misread."""

    level: int = LISTING
    bracketed: bool = False
    barred: bool = False

    def at(self, level: int) -> "_Place":
        return replace(self, level=level)


def latex(node: Layout) -> str:
    """Return LaTeX of a layout tree that was parsed; it parses to an equal tree.

    >>> i, n = Name("i"), Name("n")
    >>> latex(Frac(Terms(((-1, Scripted(Name("x"), i, n)),)), Number("2")))
    '\\\\frac{-x_{i}^{n}}{2}'
    """
    return _printed(node, _Place())


def tall(node: Layout) -> bool:
    """Whether brackets around a node must grow with it.

    >>> tall(Frac(Number("1"), Number("2"))), tall(Name("x"))
    (True, False)
    """
    return any(isinstance(part, Frac | Big | Cases) for part in walk(node))


def _printed(node: Layout, place: _Place) -> str:
    if LOOSE.get(type(node), ATOM) < place.level or _misread(node, place):
        return _braced(node)
    match node:
        case Listing():
            return _listing(node, place)
        case Relation(sides, operators):
            text = _printed(sides[0], place.at(TERMS))
            for operator, side in zip(operators, sides[1:], strict=True):
                text += f" {CODES.get(operator, operator)} {_printed(side, place.at(TERMS))}"
            return text
        case Terms(terms):
            text = ""
            for sign, term in terms:
                mark = "-" if sign < 0 else "+"
                text += f" {mark} " if text else mark.replace("+", "")
                text += _printed(term, place.at(ROW))
            return text
        case Row(items):
            return _row(items, place)
        case Scripted():
            return _scripted(node, place)
        case Group():
            return _group(node, place)
    return _atom(node)


def _misread(node: Layout, place: _Place) -> bool:
    """Whether a node would be read otherwise here without braces of its own."""
    match node:
        case Mark(_, kind):
            return kind == "prime" or (kind == "stray" and place.bracketed)
        case Group(opening, _, _):
            return place.barred and opening in BARS
        case Row(items):
            return len(items) < 2
    return False


def _braced(node: Layout) -> str:
    match node:
        case Row(()):
            return "{}"
        case Row((only,)):
            return _braced(only)
        case Mark(text):
            return "{" + text + "}"
    return "{" + _printed(node, _Place()) + "}"


def _atom(node: Layout) -> str:
    match node:
        case Number(text) | Mark(text) | Big(text):
            return text
        case Name(text) | Word(text):
            plain = text.startswith("\\") or len(text) == 1
            return text if plain else f"\\{_upright(node)}{{{text}}}"
        case Text(text):
            return f"\\text{{{text}}}"
        case Accent(command, body):
            return command + _argument(body)
        case Frac(over, under, binomial):
            return ("\\binom" if binomial else "\\frac") + _argument(over) + _argument(under)
        case Root(body, None):
            return "\\sqrt" + _argument(body)
        case Root(body, degree) if degree:
            inside = _printed(degree, _Place(bracketed=True))
            return f"\\sqrt[{inside}]{_argument(body)}"
        case Cases(rows):
            lines = " \\\\ ".join(_case(value, condition) for value, condition in rows)
            return f"\\begin{{cases}} {lines} \\end{{cases}}"
    raise TypeError(f"{type(node).__name__} is no atom")


def _upright(node: Layout) -> str:
    return "operatorname" if isinstance(node, Word) else "mathrm"


def _argument(node: Layout) -> str:
    """Return what stands after a command, `_` or `^`: operators and functions without braces."""
    match node:
        case Mark(text, "mark") if text in TIMES or text in ("+", "-"):
            return text
        case Name(text) if text.lstrip("\\") in FUNCTIONS and len(text) > 1:
            return _atom(node)
    return _braced(node)


def _row(items: tuple[Layout, ...], place: _Place) -> str:
    parts = [_printed(item, place.at(ITEM)) for item in items]
    points = [isinstance(item, Mark) and item.text == "." for item in items]
    for index, point in enumerate(points):
        if point:  # it is a product between operands only
            for beside in (index - 1, index + 1):
                if 0 <= beside < len(items) and not isinstance(items[beside], Name):
                    parts[beside] = _braced(items[beside])
    text = parts[0]
    for part in parts[1:]:
        text += part if part[0] in "([])" else " " + part
    return text


def _scripted(node: Scripted, place: _Place) -> str:
    text = _printed(node.base, place.at(ATOM)) + "'" * node.primes
    text += "" if node.sub is None else "_" + _argument(node.sub)
    return text if node.sup is None else text + "^" + _argument(node.sup)


def _group(node: Group, place: _Place) -> str:
    bars = node.opening in BARS
    opening, closing = node.opening, node.closing
    if node.body is None:
        return f"{opening} {closing}"
    loosest = TERMS if bars else LISTING
    body = _printed(node.body, _Place(loosest, bracketed=not bars or place.bracketed, barred=bars))
    if tall(node.body):
        return f"\\left{opening} {body} \\right{closing}"
    if opening[-1].isalpha() or closing[-1].isalpha():
        return f"{opening} {body} {closing}"
    return opening + body + closing


def _case(value: Layout, condition: Layout | None) -> str:
    text = _printed(value, _Place())
    if text.startswith("["):  # after \\ it would be read as a distance
        text = "{" + text + "}"
    return text if condition is None else f"{text} & {_printed(condition, _Place())}"


def _listing(node: Listing, place: _Place) -> str:
    inner = replace(place, level=RELATION, barred=place.barred or bool(BARS & {*node.separators}))
    parts = [_printed(item, inner) for item in node.items]
    text = ""
    for separator, item, part in zip((*node.separators, ""), node.items, parts, strict=True):
        if separator in BARS and not _operand(item):
            part = _braced(item)
        if text.endswith(" . ") and not part[0].isdigit():  # before a letter it were a product
            part = "+" + part.removeprefix("+")
        space = "" if separator in ("", ",", ";") else " "
        gap = "{1em}" if separator == "\\hspace" else ""
        text += f"{part}{space}{separator}{gap} "
    return text.rstrip()


def _operand(node: Layout) -> bool:
    """Whether a bar after a node means "given" for certain."""
    match node:
        case Name() | Number() | Frac() | Root() | Text():
            return True
        case Group(opening, _, _):
            return opening not in BARS
        case Scripted(_, sub, sup, primes):
            return isinstance(sup or sub, Name | Number) or (primes > 0 and not (sub or sup))
        case Row((*_, last)) | Terms((*_, (_, last))) | Relation((*_, last), _):
            return _operand(last)
    return False
