"""A declaration file to start from: the symbols and index letters that a page uses."""

from collections.abc import Iterable

from verify.derivation.chains import Chain, chains_of
from verify.formula.document import Document
from verify.formula.layout import (
    Accent,
    Big,
    Group,
    Layout,
    Listing,
    Name,
    Relation,
    Row,
    Scripted,
    children,
    walk,
)
from verify.formula.source import FormulaError
from verify.formula.symbols import FUNCTIONS as FUNCTION_KINDS
from verify.formula.symbols import canonical, named_parts, script_items
from verify.formula.undeclarable import undeclarable
from verify.formula.words import FUNCTIONS

KNOWN = frozenset({"d", "e", "\\partial", "\\nabla", "\\top", "\\pi", "\\infty", "T", "\\delta"})
HINTS = {
    "\\sigma": "logistic", "\\epsilon": "positive", "\\tau": "positive", "\\eta": "positive",
    "\\lambda": "positive",
}  # fmt: skip


def suggestion(document: Document) -> str:
    """Return TOML with an entry for each index letter and each symbol that nothing defines.

    Letters that a sum binds, or that stand where such a letter does, are indices; every symbol is
    written with the scripts it has most of. Kinds are guesses, to be corrected by hand.
    """
    chains = list(_chains(document))
    layouts = [s.layout for chain in chains for s in chain.sides if s.layout is not None]
    indices = _indices(layouts)
    defined = _defined(chains)
    symbols: dict[str, str] = {}
    for layout in layouts:
        for node in _names(layout):
            base = _base(node)
            related = any(isinstance(part, Relation) for part in walk(node))
            if base and not related and base not in {*KNOWN, *indices, *defined}:
                written = _written(node, indices)
                if _declarable(base, layouts) and len(written) > len(symbols.get(base, "")):
                    symbols[base] = written
    sizes = set(indices.values())
    lines = ["# Made by gradverify check --suggest: correct the ranges and kinds.", "[indices]"]
    lines += [f"{_quoted(letter)} = {_quoted(axis)}" for letter, axis in sorted(indices.items())]
    lines += ["", "[symbols]"]
    for base, written in sorted(symbols.items()):
        if base not in sizes and base.lstrip("\\") not in FUNCTIONS:
            kind = HINTS.get(base, "real")
            kind = "real" if kind in FUNCTION_KINDS and written != base else kind
            lines.append(f"{_quoted(written)} = {_quoted(kind)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return text as a TOML string; a literal one where it may be, as commands need no escapes."""
    if "\\" in text and "'" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _chains(document: Document) -> Iterable[Chain]:
    for display in document.displays:
        try:
            yield from chains_of(document.text, display, frozenset())
        except FormulaError:
            continue


def _indices(layouts: list[Layout]) -> dict[str, str]:
    """Return the letters that sums bind, with the upper limit where it is a name."""
    found: dict[str, str] = {}
    for layout in layouts:
        for node in walk(layout):
            if isinstance(node, Scripted) and isinstance(node.base, Big) and node.sub:
                parts = node.sub.items if isinstance(node.sub, Listing) else (node.sub,)
                for part in parts:
                    first = part.sides[0] if isinstance(part, Relation) else part
                    if isinstance(first, Name):
                        size = node.sup.text if isinstance(node.sup, Name) else ""
                        if size.isupper():
                            found[first.text] = size
    return _with_slots(layouts, found)


def _with_slots(layouts: list[Layout], found: dict[str, str]) -> dict[str, str]:
    """Add the letters that stand in a script where a known index stands elsewhere."""
    slots: dict[tuple[str, str, int], set[str]] = {}
    for layout in layouts:
        for node in walk(layout):
            if isinstance(node, Scripted) and (base := _base(node)):
                for kind, script in (("sub", node.sub), ("sup", node.sup)):
                    for place, item in enumerate(script_items(script)):
                        if isinstance(item, Name) and item.text.isalpha() and len(item.text) == 1:
                            slots.setdefault((base, kind, place), set()).add(item.text)
    for _ in range(3):
        for letters in slots.values():
            sizes = sorted({found[letter] for letter in letters if letter in found})
            for letter in letters - found.keys():
                if letter.islower() and sizes:
                    found[letter] = sizes[0]
    for letters in slots.values():
        for letter in letters - found.keys():
            if letter.islower():
                found[letter] = letter.upper()
    return found


def _defined(chains: list[Chain]) -> set[str]:
    """Return the base names of what stands alone on a left side."""
    found = set()
    for chain in chains:
        left = chain.sides[0].layout
        if left is None:
            continue
        base = named_parts(left)[0]
        if base is None and hasattr(left, "items"):
            base = _base(left.items[0])
        if base:
            found.add(base)
    return found


def _names(layout: Layout) -> Iterable[Layout]:
    """Yield the outermost names with their scripts."""
    if isinstance(layout, Scripted) and isinstance(layout.base, Big):
        return
    if _base(layout):
        yield layout
        if isinstance(layout, Scripted):
            for script in (layout.sub, layout.sup):
                if script is not None and not isinstance(script, Name):
                    yield from (n for n in _names(script) if isinstance(n, Scripted))
        return
    for child in children(layout):
        yield from _names(child)


def _base(node: Layout) -> str | None:
    if isinstance(node, Name | Accent):
        return canonical(node)
    if isinstance(node, Scripted) and isinstance(node.base, Name | Accent):
        return canonical(node.base) + "'" * node.primes
    return None


def _written(node: Layout, indices: dict[str, str]) -> str:
    """Return a name without what is a power or a transpose of it."""
    if not isinstance(node, Scripted):
        return canonical(node)
    sup = node.sup
    if isinstance(sup, Row) and isinstance(sup.items[0], Group):
        sup = sup.items[0]  # W^{[2]T}
    labelled = isinstance(sup, Group) or all(
        isinstance(item, Name) and item.text in indices for item in script_items(sup)
    )
    return canonical(Scripted(node.base, node.sub, sup if labelled else None, node.primes))


def _declarable(base: str, layouts: list[Layout]) -> bool:
    """Whether a name may be declared: no operator, no prime or dot of another name of the page."""
    names = {_base(node) for layout in layouts for node in walk(layout)}
    return not undeclarable(base, True, "", {name for name in names if name})
