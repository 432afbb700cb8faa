"""A declaration file to start from: the symbols and index letters that a page uses."""

from collections.abc import Iterable

from verify.derivation.chains import Chain, chains_of
from verify.formula.document import Document
from verify.formula.layout import (
    Accent,
    Big,
    Layout,
    Listing,
    Name,
    Relation,
    Scripted,
    children,
    walk,
)
from verify.formula.source import FormulaError
from verify.formula.symbols import canonical, named_parts, script_items
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
            if base and base not in KNOWN and base not in indices and base not in defined:
                written = _written(document, node)
                if len(written) > len(symbols.get(base, "")):
                    symbols[base] = written
    sizes = set(indices.values())
    lines = ["# Made by gradverify check --suggest: correct the ranges and kinds.", "[indices]"]
    lines += [f"{_quoted(letter)} = {_quoted(axis)}" for letter, axis in sorted(indices.items())]
    lines += ["", "[symbols]"]
    for base, written in sorted(symbols.items()):
        if base not in sizes and base.lstrip("\\") not in FUNCTIONS:
            lines.append(f"'{written}' = {_quoted(HINTS.get(base, 'real'))}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return f"'{text}'" if "\\" in text else f'"{text}"'


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


def _written(document: Document, node: Layout) -> str:
    return " ".join(document.text[node.span.start : node.span.end].split())
