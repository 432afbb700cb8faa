"""Symbols as MathML: the character of each command, and the elements that hold one character.

`code_points` is what the font of the report must have; a new character here needs a new font.
"""

import re
import string
from collections.abc import Iterator
from itertools import chain
from xml.etree.ElementTree import Element

from verify.formula.layout import Big, Layout, Mark, Name, Number, Text, Word

UPRIGHT_NAMES = frozenset({"\\nabla", "\\top", "\\infty", "\\prime"})
NAMES = {
    "\\alpha": "α", "\\beta": "β", "\\gamma": "γ", "\\delta": "δ", "\\epsilon": "ϵ",
    "\\varepsilon": "ε", "\\zeta": "ζ", "\\eta": "η", "\\theta": "θ", "\\vartheta": "ϑ",
    "\\iota": "ι", "\\kappa": "κ", "\\lambda": "λ", "\\mu": "μ", "\\nu": "ν", "\\xi": "ξ",
    "\\pi": "π", "\\varpi": "ϖ", "\\rho": "ρ", "\\varrho": "ϱ", "\\sigma": "σ",
    "\\varsigma": "ς", "\\tau": "τ", "\\upsilon": "υ", "\\phi": "ϕ", "\\varphi": "φ",
    "\\chi": "χ", "\\psi": "ψ", "\\omega": "ω", "\\Gamma": "Γ", "\\Delta": "Δ", "\\Theta": "Θ",
    "\\Lambda": "Λ", "\\Xi": "Ξ", "\\Pi": "Π", "\\Sigma": "Σ", "\\Upsilon": "Υ", "\\Phi": "Φ",
    "\\Psi": "Ψ", "\\Omega": "Ω", "\\ell": "ℓ", "\\hbar": "ℏ", "\\imath": "ı", "\\jmath": "ȷ",
    "\\Re": "ℜ", "\\Im": "ℑ", "\\infty": "∞", "\\top": "⊤", "\\prime": "′", "\\partial": "∂",
    "\\nabla": "∇", "\\bigtriangledown": "▽", "\\triangledown": "▿", "\\intercal": "⊺",
    "\\dagger": "†", "\\star": "⋆", "\\ast": "∗", "\\circ": "∘", "\\odot": "⊙", "\\bullet": "∙",
}  # fmt: skip
# Operators between factors and separators; relations by command and by the code they are read as.
MARKS = {
    "-": "−", "*": "∗", "\\ast": "∗", "∗": "∗", "\\cdot": "⋅", "·": "⋅", "\\times": "×",
    "\\odot": "⊙", "⊙": "⊙", "\\circ": "∘", "\\otimes": "⊗", "\\bullet": "∙", "\\oslash": "⊘",
    "\\star": "⋆", "\\pm": "±", "\\div": "÷", "\\dots": "…", "\\ldots": "…", "...": "…",
    "\\cdots": "⋯", "\\vdots": "⋮", "\\ddots": "⋱", "\\land": "∧", "\\wedge": "∧",
    "\\colon": ":", "\\mid": "∣", "|": "∣", "\\vert": "∣", "\\Vert": "∥", "\\|": "∥",
}  # fmt: skip
RELATIONS = {
    "\\equiv": "≡", ":=": "≔", "\\coloneqq": "≔", "\\triangleq": "≜", "\\doteq": "≐",
    "\\neq": "≠", "\\ne": "≠", "!=": "≠", "\\leq": "≤", "\\le": "≤", "<=": "≤",
    "\\leqslant": "⩽", "\\geq": "≥", "\\ge": "≥", ">=": "≥", "\\geqslant": "⩾", "\\lt": "<",
    "\\gt": ">", "\\in": "∈", "in": "∈", "\\notin": "∉", "notin": "∉", "\\approx": "≈",
    "~": "∼", "\\simeq": "≃", "\\sim": "∼", "\\propto": "∝", "\\to": "→",
    "\\rightarrow": "→", "->": "→", "\\mapsto": "↦", "\\Rightarrow": "⇒", "=>": "⇒",
    "\\implies": "⟹", "\\Longrightarrow": "⟹", "\\iff": "⟺", "\\Leftrightarrow": "⇔",
    "\\leftarrow": "←", "<-": "←", "\\succ": "≻", ">>": "≻", "\\prec": "≺", "<<": "≺",
    "\\ll": "≪", "\\gg": "≫",
}  # fmt: skip
FENCES = {
    "\\{": "{", "\\lbrace": "{", "\\}": "}", "\\rbrace": "}", "\\langle": "⟨", "\\rangle": "⟩",
    "\\lbrack": "[", "\\rbrack": "]", "\\lvert": "|", "\\rvert": "|", "\\vert": "|",
    "\\lVert": "‖", "\\rVert": "‖", "\\Vert": "‖", "\\|": "‖", "\\lfloor": "⌊",
    "\\rfloor": "⌋", "\\lceil": "⌈", "\\rceil": "⌉", "\\lgroup": "⟮", "\\rgroup": "⟯",
}  # fmt: skip
WIDTHS = {"\\quad": "1em", "\\qquad": "2em", "\\hspace": "1em", "\\enspace": "0.5em"}
BIG = {"\\sum": "∑", "∑": "∑", "\\prod": "∏", "∏": "∏", "\\int": "∫", "\\bigcup": "⋃"}
LIMITED = frozenset({"\\max", "\\min", "max", "min", "\\det", "det"})  # scripts stand below
PRIMES = ("", "′", "″", "‴", "⁗")
# Accents: the character, whether it stretches over the whole body, whether it stands below.
ACCENTS = {
    "\\hat": ("ˆ", False, False), "\\widehat": ("\u0302", True, False),
    "\\bar": ("¯", False, False), "\\overline": ("‾", True, False),
    "\\tilde": ("˜", False, False),
    "\\widetilde": ("˜", True, False), "\\vec": ("→", False, False), "\\dot": ("˙", False, False),
    "\\ddot": ("¨", False, False), "\\breve": ("˘", False, False),
    "\\check": ("ˇ", False, False), "\\underline": ("_", True, True),
    "\\underbrace": ("⏟", True, True), "\\overbrace": ("⏞", True, False),
}  # fmt: skip
ALPHABETS = {
    "\\mathbf": "bold", "\\bf": "bold", "\\boldsymbol": "bold-italic", "\\bm": "bold-italic",
    "\\pmb": "bold-italic", "\\mathcal": "script", "\\cal": "script", "\\mathscr": "script",
    "\\mathbb": "double-struck", "\\mathfrak": "fraktur", "\\mathsf": "sans", "\\sf": "sans",
    "\\mathit": "italic", "\\it": "italic",
}  # fmt: skip

# Where each alphabet starts among the Mathematical Alphanumeric Symbols: A, a, 0, Α, α.
_STARTS = {
    "bold": (0x1D400, 0x1D41A, 0x1D7CE, 0x1D6A8, 0x1D6C2),
    "italic": (0x1D434, 0x1D44E, 0, 0x1D6E2, 0x1D6FC),
    "bold-italic": (0x1D468, 0x1D482, 0x1D7CE, 0x1D71C, 0x1D736),
    "script": (0x1D49C, 0x1D4B6, 0, 0, 0),
    "fraktur": (0x1D504, 0x1D51E, 0, 0, 0),
    "double-struck": (0x1D538, 0x1D552, 0x1D7D8, 0, 0),
    "sans": (0x1D5A0, 0x1D5BA, 0x1D7E2, 0, 0),
}
# Letters that Unicode had before it had the alphabets.
_ELDER = {
    "italic": {"h": "ℎ"},
    "script": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    "fraktur": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
    "double-struck": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
}
GREEK_CAPITALS = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇"
_GREEK_SMALL = "αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ"
_SERIES = (string.ascii_uppercase, string.ascii_lowercase, string.digits)
_ALL_SERIES = (*_SERIES, GREEK_CAPITALS, _GREEK_SMALL)


def styled(character: str, alphabet: str) -> str:
    """Return a character of another alphabet; itself where Unicode has none.

    >>> styled("x", "bold"), styled("R", "double-struck"), styled("θ", "bold"), styled("+", "bold")
    ('𝐱', 'ℝ', '𝛉', '+')
    """
    elder = _ELDER.get(alphabet, {}).get(character)
    if elder:
        return elder
    for start, series in zip(_STARTS[alphabet], _ALL_SERIES, strict=True):
        if start and character in series:
            return chr(start + series.index(character))
    return character


def _plain(alphabet: str) -> Iterator[str]:
    """Yield all characters of an alphabet."""
    for character in chain(*_ALL_SERIES):
        yield styled(character, alphabet)


def code_points() -> frozenset[int]:
    """Return the characters that formulas are shown with: what the embedded font must have.

    >>> {ord("∑"), ord("𝑥"), ord("𝐱"), ord("⊤")} <= code_points()
    True
    """
    tables = (NAMES, MARKS, RELATIONS, FENCES, BIG)
    found = set(chain(*(chain(*table.values()) for table in tables)))
    found |= set(chain(*PRIMES)) | {accent[0] for accent in ACCENTS.values()}
    found |= set(chain(*map(_plain, _STARTS))) | set(map(chr, range(0x20, 0x7F)))
    found |= {"𝚤", "𝚥", "√", "�"}  # dotless letters in italics, and what ElementTree does not hold
    return frozenset(map(ord, found))


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(tag: str, *children: Element, **attributes: str) -> Element:
    """Return an element with these children."""
    made = Element(tag, attributes)
    made.extend(children)
    return made


def leaf(tag: str, text: str, **attributes: str) -> Element:
    """Return an element that holds text; characters that XML forbids are replaced."""
    made = Element(tag, attributes)
    made.text = _NOT_XML.sub("\ufffd", text)
    return made


def operator(text: str, tight: bool = False, **attributes: str) -> Element:
    """Return an operator, without spaces around it where it is `tight`."""
    spaces = {"lspace": "0", "rspace": "0"} if tight else {}
    return leaf("mo", text, **spaces, **attributes)


def relation(text: str, tight: bool = False) -> Element:
    """Return a relation by its command, or by the code that it is read as."""
    return operator(RELATIONS.get(text, text), tight)


def space(width: str) -> Element:
    """Return a space."""
    return Element("mspace", {"width": width})


def separator(text: str, tight: bool = False) -> Element:
    """Return what stands between the items of a list."""
    if text in WIDTHS:
        return space(WIDTHS[text])
    if text in ("|", "\\mid", "\\vert", "\\Vert", "\\|"):
        width = "0" if tight else "0.2778em"
        return leaf("mo", MARKS[text], lspace=width, rspace=width, stretchy="false")
    return operator(MARKS.get(text, text))


def fence(text: str, form: str, grows: bool = True) -> Element:
    """Return a bracket; form is "prefix" where it opens and "postfix" where it closes."""
    shown = FENCES.get(text, text)
    return leaf("mo", shown, form=form, fence="true", stretchy="true" if grows else "false")


def primes(count: int) -> Element:
    """Return primes for a superscript: full size and lowered, as fonts draw them raised."""
    shown = PRIMES[count] if count < len(PRIMES) else PRIMES[1] * count
    lowered = {"voffset": "-0.36em", "height": "0.4em", "depth": "0", "scriptlevel": "-1"}
    return element("mpadded", operator(shown, True), **lowered)


def symbol(node: Layout, alphabet: str = "", tight: bool = False) -> Element:
    """Return the element of a node without parts.

    >>> symbol(Name("\\\\theta")).text, symbol(Word("\\\\log")).tag
    ('θ', 'mi')
    """
    match node:
        case Number(text):
            return leaf("mn", _styled(text, alphabet))
        case Name(text):
            return _letter(text, alphabet)
        case Word(text) if text in LIMITED:
            return operator(text.lstrip("\\"), True, movablelimits="true", form="prefix")
        case Word(text):
            return leaf("mi", text.lstrip("\\"))
        case Text(text):
            return leaf("mtext", text)
        case Big(text):
            return leaf("mo", BIG.get(text, text))
        case Mark(text, "stray"):
            return leaf("mo", FENCES.get(text, text), **{"class": "stray", "stretchy": "false"})
        case Mark(text, "prime"):
            return operator(PRIMES[1] * len(text), True)
        case Mark(text):
            return operator(MARKS.get(text, text), tight or text in (".", "!", "/"))
    raise TypeError(f"{type(node).__name__} is no symbol")


def _letter(text: str, alphabet: str) -> Element:
    shown = NAMES.get(text, text.lstrip("\\"))
    if alphabet:
        changed = _styled(shown, alphabet)
        heavy = changed == shown and alphabet.startswith("bold")
        return leaf("mi", changed, **({"style": "font-weight:bold"} if heavy else {}))
    upright = text in UPRIGHT_NAMES or shown in GREEK_CAPITALS
    return leaf("mi", shown, **({"mathvariant": "normal"} if upright else {}))


def _styled(text: str, alphabet: str) -> str:
    return "".join(styled(character, alphabet) for character in text) if alphabet else text
