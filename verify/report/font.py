"""The font of formulas, cut down to the characters that a page shows."""

import html
import io
import re
from base64 import b64encode
from importlib.resources import files

from verify.formula.glyphs import styled

FONT = "fonts/STIXTwoMath-subset.woff2"
MATH = re.compile(r"<math.*?</math>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def font_face(page: str) -> str:
    """Return the style rule of the font for the formulas on a page; empty where it has none.

    A letter may be shown as it is or, alone, in the italics that MathML gives it (MathML Core,
    4.2), so both are kept; sizes and parts of brackets and roots follow their character.
    """
    shown = html.unescape("".join(TAG.sub("", found) for found in MATH.findall(page)))
    if not shown:
        return ""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    letters = set(shown) | {styled(letter, "italic") for letter in shown}
    # Text holes of any page: spaces, and the box of what no font has.
    points = {ord(letter) for letter in letters | {" ", "\u00a0"}}
    font_file = files("verify.report").joinpath(FONT).read_bytes()
    font = TTFont(io.BytesIO(font_file), recalcTimestamp=False)
    options = subset.Options(notdef_outline=True, hinting=False, name_IDs=["*"], notdef_glyph=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written)
    encoded = b64encode(written.getvalue()).decode("ascii")
    source = f'url("data:font/woff2;base64,{encoded}") format("woff2")'
    return f'@font-face {{ font-family: "Gradverify Math"; src: {source}; }}'
