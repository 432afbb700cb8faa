"""Declarations: which symbol is which array, in TOML, each written the way the page writes it.

```toml
[indices]
n = "N"
[symbols]
'x_i^n' = "real"          # one axis for each index letter in the name
't_k^n' = "onehot k"      # one-hot along k
'K' = "spd (n, n)"        # axes without letters: a matrix as a whole
'\\sigma' = "logistic"    # a function
```
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from verify.formula.layout import (
    Accent,
    Group,
    Layout,
    Listing,
    Mark,
    Name,
    Number,
    Relation,
    Row,
    Scripted,
    Terms,
    Text,
    Word,
    children,
)
from verify.formula.parser import parse
from verify.formula.source import FormulaError
from verify.formula.tokens import tokenize
from verify.formula.tree import Axis
from verify.formula.undeclarable import undeclarable

KINDS = (
    "real", "positive", "nonnegative", "unit", "sign", "bit", "count", "natural", "label",
    "onehot", "simplex", "spd", "symmetric", "antisymmetric", "identity", "lower", "integer",
)  # fmt: skip
FUNCTIONS = (
    "logistic", "exp", "log", "tanh", "sin", "cos", "sqrt", "relu", "softplus", "gamma",
    "digamma", "abs", "erf", "softmax", "smooth", "lgamma", "trace", "diag", "det",
)  # fmt: skip
MATRICES = frozenset({"spd", "symmetric", "antisymmetric", "identity", "lower"})
INTEGER_KINDS = frozenset({"label", "natural", "count", "integer", "bit", "sign"})
CONSTANTS = {"euler": "euler", "pi": "pi", "e": "e"}


@dataclass(frozen=True)
class Slot:
    """A place in a name that an index fills."""

    letter: str
    axis: Axis
    ambient: bool = False  # not part of the name: the letter itself is meant where it is missing


@dataclass(frozen=True)
class Symbol:
    """One declared or defined array, and how its name is written.

    sub, sup: slots for indices, and literal text that belongs to the name (`0` in `w_0`).
    `axes` are those of the slots, subscripts first, then `anonymous` ones. `along` is the place of
    the axis of a one-hot or simplex; `value` the number of a constant.
    """

    key: str
    base: str
    sub: tuple[Slot | str, ...] = ()
    sup: tuple[Slot | str, ...] = ()
    anonymous: tuple[Axis, ...] = ()
    kind: str = "real"
    along: int | None = None
    labels: Axis | None = None
    value: str = ""
    row: bool = False
    of: str = ""  # what an abstract symbol depends on, names with commas between

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots in order, subscripts first."""
        return tuple(part for part in (*self.sub, *self.sup) if isinstance(part, Slot))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the array."""
        return (*(slot.axis for slot in self.slots), *self.anonymous)


@dataclass(frozen=True)
class Declarations:
    """What a page's symbols mean; `given` are conditions for single chains, by number or name."""

    indices: Mapping[str, Axis] = field(default_factory=dict)
    symbols: tuple[Symbol, ...] = ()
    functions: Mapping[str, str] = field(default_factory=dict)
    nabla: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()


def parse_declarations(text: str, name: str, first_line: int = 1) -> Declarations:
    """Read declarations; raises `FormulaError` that names the file, the key and what it must be."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormulaError(f"{name}: this is no valid TOML: {error}") from None
    unknown = set(table) - {"indices", "symbols", "given", "expect", "words"}
    if unknown:
        raise FormulaError(
            f"{name}: unknown table [{min(unknown)}]; known are [indices], [symbols], [given], "
            "[expect] and words = [...]"
        )
    indices = {}
    for letter, axis in _table(table, "indices", name).items():
        indices[letter] = parse_axis(axis, f"{name}: index {letter!r}")
    words = _words(table, name)
    symbols: list[Symbol] = []
    functions, nabla = {}, ""
    for written, meaning in _table(table, "symbols", name).items():
        where = f"{name}: symbol {written!r}"
        if written.strip() == "\\nabla":
            nabla = meaning.removeprefix("by").strip()
        elif meaning in FUNCTIONS:
            functions[canonical(_layout(written, words, where))] = meaning
        elif meaning.startswith("as "):
            symbols.append(_alias(written, meaning[3:], symbols, indices, words, where))
        else:
            symbols.append(_symbol(written, meaning, indices, words, where))
    _refuse_undeclarable(symbols, name)
    return Declarations(
        indices,
        tuple(symbols),
        functions,
        nabla,
        _table(table, "given", name),
        _table(table, "expect", name),
        words,
    )


def _refuse_undeclarable(symbols: list[Symbol], name: str) -> None:
    """Refuse powers and primes of declared names, transposes, operators, constant arrays."""
    # W^1 and W^2 are labels where no W is declared.
    known = {s.base for s in symbols if not any(isinstance(part, str) for part in s.sup)}
    for symbol in symbols:
        labelled = any(isinstance(part, str) for part in symbol.sup)
        sup = symbol.key.rpartition("^{")[2][:-1] if labelled else ""
        reason = undeclarable(symbol.base, bool(symbol.sub), sup, known)
        if symbol.kind == "constant" and symbol.axes and not reason:
            reason = "a constant is a number and has no axes"
        if reason:
            raise FormulaError(f"{name}: symbol {symbol.key!r}: {reason}")


def _table(table: Mapping[str, object], key: str, name: str) -> dict[str, str]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise FormulaError(f"{name}: [{key}] must be a table, not {found!r}")
    for entry, value in found.items():
        if not isinstance(value, str):
            raise FormulaError(f"{name}: [{key}] {entry!r} must be a string, not {value!r}")
    return found


def _words(table: Mapping[str, object], name: str) -> frozenset[str]:
    found = table.get("words", [])
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise FormulaError(f"{name}: words must be a list of strings, not {found!r}")
    symbols = table.get("symbols", {})
    written = " ".join(symbols) if isinstance(symbols, dict) else ""
    plain = re.sub(r"[_^]\s*(?:\\[a-zA-Z]+)?\s*(?:\{[^}]*\}|.?)|\\[a-zA-Z]+", " ", written)
    return frozenset(found) | frozenset(re.findall(r"(?<![A-Za-z])[A-Za-z]{2,}", plain))


def parse_axis(text: str, where: str) -> Axis:
    """Read a range of an index: `N`, `K-1`, `5`, `0..N-1`.

    >>> parse_axis("0..N-1", "here")
    Axis(base='N', offset=-1, start=0)
    """
    match = re.fullmatch(
        r"\s*(?:(-?\d+)\s*\.\.\s*)?(?:(\d+)|([A-Za-z]\w*|\\[a-zA-Z]+)\s*(?:([+-])\s*(\d+))?)\s*",
        text,
    )
    if match is None:
        raise FormulaError(
            f"{where}: a range is written N, K-1, 5 or 0..N-1, not {text!r}", construct="axis"
        )
    start, size, base, sign, offset = match.groups()
    first = 1 if start is None else int(start)
    if size is not None:
        if len(size) > 4:
            raise FormulaError(f"{where}: a range has at most 9999 values, not {size}")
        return Axis("", int(size), first)
    return Axis(base, int(f"{sign}{offset}") if offset else 0, first)


def _symbol(
    written: str, meaning: str, indices: Mapping[str, Axis], words: frozenset[str], where: str
) -> Symbol:
    layout = _layout(written, words, where)
    base, sub, sup = pattern(layout, indices, where)
    meaning, _, of = meaning.partition(" of ")
    match = re.fullmatch(r"([a-z]+)((?:\s+[^\s()]+)*)\s*(?:\(([^()]*)\))?", meaning.strip())
    kind = match[1] if match else ""
    if of and kind == "smooth":
        kind = "real"
    if match is None or kind not in (*KINDS, "constant"):
        raise FormulaError(
            f"{where}: {meaning!r} is not known; a kind ({', '.join(KINDS)}, constant), with axes "
            f"in brackets if the name has no letters for them, or a function "
            f"({', '.join(FUNCTIONS)})"
        )
    options = match[2].split()
    axes = tuple(parse_axis(axis, where) for axis in (match[3] or "").split(",") if axis.strip())
    row = "row" in options
    options = [option for option in options if option != "row"]
    found = Symbol(canonical(layout), base, sub, sup, axes, kind, row=row, of=of.strip())
    return _with_options(found, options, indices, where)


def _alias(
    written: str,
    target: str,
    symbols: list[Symbol],
    indices: Mapping[str, Axis],
    words: frozenset[str],
    where: str,
) -> Symbol:
    """Another way to write a symbol that is declared above it."""
    key = canonical(_layout(target, words, where))
    found = [symbol for symbol in symbols if symbol.key == key]
    if not found:
        raise FormulaError(f"{where}: {target!r} is not declared above it")
    base, sub, sup = pattern(_layout(written, words, where), indices, where)
    slots = [part for part in (*sub, *sup) if isinstance(part, Slot)]
    anonymous = found[0].axes[len(slots) :]
    return replace(found[0], base=base, sub=sub, sup=sup, anonymous=anonymous)


def _with_options(
    symbol: Symbol, options: list[str], indices: Mapping[str, Axis], where: str
) -> Symbol:
    fields = dict(symbol.__dict__)
    letters = [slot.letter for slot in symbol.slots]
    if symbol.kind in ("onehot", "simplex"):
        along = options[0] if options else letters[0] if letters else ""
        if along in letters:
            fields["along"] = letters.index(along)
        elif symbol.anonymous:
            fields["along"] = len(symbol.axes) - 1
        else:
            raise FormulaError(
                f"{where}: {symbol.kind} needs the index letter along which it is, one of "
                f"{', '.join(letters) or '(none)'}, not {along!r}"
            )
    elif symbol.kind == "label":
        if not options:
            raise FormulaError(f"{where}: label needs the range it points into, as 'label K'")
        found = indices.get(options[0])
        fields["labels"] = found or parse_axis(options[0], where)
    elif symbol.kind == "constant":
        if not options or not (options[0] in CONSTANTS or re.fullmatch(r"-?[\d.]+", options[0])):
            raise FormulaError(f"{where}: constant needs a number, e, pi or euler after it")
        fields["value"] = options[0]
    elif options:
        raise FormulaError(f"{where}: {options[0]!r} is not known after {symbol.kind!r}")
    if symbol.kind in MATRICES and len(symbol.axes) < 2:
        raise FormulaError(f"{where}: {symbol.kind} needs two axes, as in '{symbol.kind} (n, n)'")
    return Symbol(**fields)


def _layout(written: str, words: frozenset[str], where: str) -> Layout:
    try:
        return parse(tokenize(written, 0, len(written), words))
    except FormulaError as error:
        raise FormulaError(f"{where}: {error.message}") from None


def pattern(
    layout: Layout, indices: Mapping[str, Axis], where: str
) -> tuple[str, tuple[Slot | str, ...], tuple[Slot | str, ...]]:
    """Return base name, subscripts and superscripts of a name: letters of indices are slots."""
    base, sub, sup = named_parts(layout)
    if base is None:
        raise FormulaError(
            f"{where}: a symbol is a letter, a command or a word with scripts", layout.span
        )

    def slots(items: list[Layout]) -> tuple[Slot | str, ...]:
        return tuple(
            Slot(item.text, indices[item.text])
            if isinstance(item, Name) and item.text in indices
            else canonical(item)
            for item in items
        )

    return base, slots(script_items(sub)), slots(script_items(sup))


def named_parts(layout: Layout) -> tuple[str | None, Layout | None, Layout | None]:
    """Return base name with its primes, subscript and superscript; base None if it is no name."""
    if isinstance(layout, Row) and len(layout.items) == 1:
        return named_parts(layout.items[0])
    if isinstance(layout, Name | Accent | Word):
        return canonical(layout), None, None
    if isinstance(layout, Scripted):
        base, sub, sup = named_parts(layout.base)
        if base is None or (sub and layout.sub) or (sup and layout.sup):
            return None, None, None
        return base + "'" * layout.primes, layout.sub or sub, layout.sup or sup
    return None, None, None


def script_items(script: Layout | None) -> list[Layout]:
    """Return the parts of a script: `ij` and `i,j` are two, `(l)` and `l+1` are one."""
    if script is None:
        return []
    if isinstance(script, Listing):
        return [item for part in script.items for item in script_items(part)]
    if isinstance(script, Group) and script.body is not None and script.opening in "([":
        return script_items(script.body)
    plain = (Name, Number, Scripted, Accent)
    if isinstance(script, Row) and all(isinstance(item, plain) for item in script.items):
        return list(script.items)
    return [script]


def canonical(node: Layout) -> str:
    """Return a name as a key: spaces and braces do not matter."""
    match node:
        case Number(text) | Name(text) | Word(text):
            return text
        case Text(text):
            return text.strip()
        case Mark(text):
            return text
        case Accent(command, body):
            return f"{command}{{{canonical(body)}}}"
        case Scripted(base, sub, sup, primes):
            found = canonical(base) + "'" * primes
            found += f"_{{{canonical(sub)}}}" if sub else ""
            return found + (f"^{{{canonical(sup)}}}" if sup else "")
        case Group(opening, body, closing):
            return f"{opening}{canonical(body) if body else ''}{closing}"
        case Listing(items, _):
            return ",".join(map(canonical, items))
        case Row(items):
            return "".join(map(canonical, items))
        case Terms(terms):
            signed = ("+-"[sign < 0] + canonical(term) for sign, term in terms)
            return "".join(signed).removeprefix("+")
        case Relation(sides, operators):
            pairs = zip(("", *operators), map(canonical, sides), strict=True)
            return "".join(operator + side for operator, side in pairs)
    return f"{type(node).__name__}({','.join(map(canonical, children(node)))})"
