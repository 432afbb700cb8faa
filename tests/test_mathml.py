"""Formulas as MathML: well formed and escaped, marked in the right place, drawn by a browser."""

import base64
from pathlib import Path
from xml.etree import ElementTree

import formulas
import pytest
from browser import CHROMIUM, chromium, write_page
from hypothesis import HealthCheck, given, settings

import verify.report
from verify.formula.glyphs import code_points, styled
from verify.formula.layout import Name
from verify.formula.mathml import NAMESPACE, mathml, mathml_row
from verify.formula.source import Span

FONTS = Path(verify.report.__file__).parent / "fonts"
FONT = FONTS / "STIXTwoMath-subset.woff2"


def tree_of(text: str, marks=(), display: bool = True) -> ElementTree.Element:
    return ElementTree.fromstring(mathml(formulas.layout(text), marks, display))


def classed(tree: ElementTree.Element, name: str) -> list[str]:
    """The text of each element of a class, in order."""
    found = [e for e in tree.iter() if name in e.get("class", "").split()]
    return ["".join(element.itertext()) for element in found]


def tags(tree: ElementTree.Element) -> list[str]:
    return [element.tag.removeprefix(f"{{{NAMESPACE}}}") for element in tree.iter()]


@pytest.mark.parametrize("text", formulas.PUBLISHED)
def test_published_formulas_are_well_formed(text):
    tree = tree_of(text)
    assert tree.tag == f"{{{NAMESPACE}}}math"
    assert "\\" not in "".join(tree.itertext())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(formulas.sources())
def test_formulas_of_the_grammar_are_well_formed_with_as_many_children_as_each_element_has(text):
    arity = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3, "mover": 2, "munder": 2}
    arity["munderover"] = 3
    for element in tree_of(text).iter():
        tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
        assert len(element) == arity.get(tag, len(element))
        assert tag == "mtext" or "\\" not in (element.text or "")


def test_text_is_escaped():
    shown = mathml(formulas.layout("\\text{<script>alert(1)</script>} < \\text{a\"b&c'}"))
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    text = [e.text for e in ElementTree.fromstring(shown).iter(f"{{{NAMESPACE}}}mtext")]
    assert text == ["<script>alert(1)</script>", "a\"b&c'"]


def test_characters_that_xml_forbids_are_replaced():
    assert "".join(tree_of("\\text{a\x00b\x1b}").itertext()) == "a\ufffdb\ufffd"


def test_classes_are_escaped():
    shown = mathml(Name("x", span=Span(0, 1)), [(Span(0, 1), '"><b>')])
    assert ElementTree.fromstring(shown)[0].get("class") == '"><b>'


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("a + b_i^n c", "b_i^n", "bin"),
        ("a + b_i^n c", "i", "i"),
        ("a + b_i^n c", "b_i^n c", "binc"),
        ("a + b_i^n c", "a + b", "a+binc"),  # no node has this span: the smallest around it
        (r"\frac{e^a}{1+x}", "1+x", "1+x"),
        (r"\frac{e^a}{1+x}", r"\frac{e^a}{1+x}", "ea1+x"),
        (r"x (a-b)^2", "(a-b)", "(a−b)"),
        (r"\mathbf w x", r"\mathbf w", "𝐰"),
    ],
)
def test_a_mark_is_on_the_node_of_its_span(text, marked, shown):
    start = text.index(marked)
    tree = tree_of(text, [(Span(start, start + len(marked)), "wrong")])
    assert classed(tree, "wrong") == [shown]
    assert all(e.tag.endswith("mrow") for e in tree.iter() if e.get("class") == "wrong")


def test_marks_outside_the_formula_mark_nothing_and_two_share_a_node():
    marks = [(Span(50, 51), "wrong"), (Span(0, 1), "first"), (Span(0, 1), "second")]
    tree = tree_of("x y", marks)
    assert classed(tree, "wrong") == []
    assert classed(tree, "first") == classed(tree, "second") == ["x"]


def test_stray_brackets_have_their_class_without_a_mark():
    assert classed(tree_of(r"\frac{d}{da_j} \sigma(a_j))"), "stray") == [")"]
    assert classed(tree_of("(a_j)"), "stray") == []


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("\\frac{a}{b}", "mfrac"),
        ("\\sqrt{a}", "msqrt"),
        ("\\sqrt[3]{a}", "mroot"),
        ("x_i", "msub"),
        ("x^i", "msup"),
        ("x_i^n", "msubsup"),
        ("x_i'", "msubsup"),
        ("\\sum_{i=1}^n", "munderover"),
        ("\\max_j", "munder"),
        ("\\hat{x}", "mover"),
        ("\\underline{x}", "munder"),
        ("\\int_a^b", "msubsup"),
        ("\\begin{cases} a & b \\\\ c \\end{cases}", "mtable"),
    ],
)
def test_constructs_have_their_element(text, tag):
    assert tag in tags(tree_of(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\\theta", "θ"),
        ("\\nabla \\partial \\top \\infty", "∇∂⊤∞"),
        ("\\mathbb{R} \\mathcal{L} \\mathfrak{C}", "ℝℒℭ"),
        ("\\mathbf{x} \\boldsymbol\\theta", "𝐱𝜽"),
        ("\\log x", "logx"),
        ("a - b", "a−b"),
        ("f''", "f″"),
        ("i \\neq j", "i≠j"),
        ("p(x | y)", "p(x∣y)"),
        ("\\|x\\|", "‖x‖"),
        ("\\binom{n}{k}", "(nk)"),
        ("\\mathrm{loss}", "loss"),
    ],
)
def test_what_is_shown(text, shown):
    assert "".join(tree_of(text).itertext()) == shown


def test_letters_without_a_bold_form_are_bold_by_style():
    (letter,) = tree_of("\\mathbf{\\ell}").iter(f"{{{NAMESPACE}}}mi")
    assert (letter.text, letter.get("style")) == ("ℓ", "font-weight:bold")
    assert styled("ℓ", "bold") == "ℓ"


def test_inline_and_display():
    assert tree_of("x").get("display") == "block"
    assert tree_of("x", display=False).get("display") == "inline"


def test_a_chain_is_one_formula_and_marks_reach_all_sides():
    text = "a_i = b + c"
    sides = [formulas.layout(text).sides[0], formulas.layout(text).sides[1]]
    tree = ElementTree.fromstring(mathml_row(sides, ["="], [(Span(6, 11), "wrong")]))
    assert "".join(tree.itertext()) == "ai=b+c"
    assert classed(tree, "wrong") == ["b+c"]
    leading = ElementTree.fromstring(mathml_row(sides[1:], ["\\leq"]))
    assert "".join(leading.itertext()) == "≤b+c"
    with pytest.raises(ValueError, match="cannot stand between"):
        mathml_row(sides, [])


def test_the_deepest_nesting_that_is_read_is_shown():
    deep = "(a, b = c + d e" * 34 + "x" + ")" * 34
    assert "".join(tree_of(deep).itertext()).count("(") == 34


def test_the_font_is_small_and_has_its_licence():
    assert FONT.read_bytes()[:4] == b"wOF2"
    assert FONT.stat().st_size < 110_000
    licence = (FONTS / "OFL.txt").read_text("utf-8")
    assert "The STIX Fonts Project Authors" in licence
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


# In a browser.

STYLE = """@font-face {{ font-family: "Gradverify Math"; src: url({url}) format("woff2"); }}
math {{ font-family: "Gradverify Math"; font-size: 20px; }}"""
in_browser = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


def page_of(body: str) -> str:
    url = "data:font/woff2;base64," + base64.b64encode(FONT.read_bytes()).decode()
    return f"<!doctype html><meta charset=utf-8><style>{STYLE.format(url=url)}</style>{body}"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page and hand out the view of it, with what went wrong in it."""
    views = []

    def opener(body: str):
        path = tmp_path / "formulas.html"
        path.write_text(page_of(body), "utf-8")
        view = browser.new_page(viewport={"width": 1200, "height": 900})
        views.append(view)
        problems = []
        view.on("console", lambda message: problems.append(message.text))
        view.on("pageerror", lambda error: problems.append(str(error)))
        view.on("request", lambda r: r.url.startswith(("file:", "data:")) or problems.append(r.url))
        view.goto(path.as_uri())
        view.evaluate("() => document.fonts.ready.then(() => null)")
        return view, problems

    yield opener
    for view in views:
        view.close()


def fonts_used(view) -> list[tuple[str, bool]]:
    """The fonts that the glyphs of formulas come from, each with whether the page brought it."""
    session = view.context.new_cdp_session(view)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    leaves = {"nodeId": root, "selector": ":is(mi, mn, mo, mtext)"}
    found = []
    for node in session.send("DOM.querySelectorAll", leaves)["nodeIds"]:
        found += session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return sorted({(font["familyName"], font["isCustomFont"]) for font in found})


@pytest.mark.slow
@in_browser
def test_the_browser_draws_formulas_with_the_embedded_font(opened):
    body = "".join(mathml(formulas.layout(text)) for text in formulas.PUBLISHED)
    view, problems = opened(f"<main>{body}</main>")
    assert problems == []
    assert view.evaluate("document.fonts.check('20px \"Gradverify Math\"')")
    assert view.evaluate("[...document.fonts].map(font => font.status)") == ["loaded"]
    boxes = view.evaluate(
        "[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) == len(formulas.PUBLISHED)
    assert all(box["width"] > 20 and box["height"] > 10 for box in boxes)
    assert fonts_used(view) == [("Gradverify Math", True)]


MISSING = """(points) => {
    const pen = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const drawn = (point) => {
        pen.font = "20px 'Gradverify Math'";
        pen.clearRect(0, 0, 300, 150);
        pen.fillText(String.fromCodePoint(point), 20, 60);
        return pen.getImageData(0, 0, 100, 100).data.join();
    };
    const box = drawn(0x0378);  // unassigned: no font has it
    return points.filter(point => drawn(point) === box);
}"""


@pytest.mark.slow
@in_browser
def test_every_character_that_formulas_can_have_is_in_the_font(opened):
    points = sorted(code_points())
    shown = "".join(f"<mi mathvariant=normal>&#{point};</mi> " for point in points)
    italic = "".join(f"<mi>{letter}</mi>" for letter in "abcdefghijklmnopqrstuvwxyzABCXYZαθωϕ∂ıȷ")
    view, _ = opened(f"<math><mrow>{shown}</mrow></math><math><mrow>{italic}</mrow></math>")
    assert fonts_used(view) == [("Gradverify Math", True)]  # else a font of the system has it
    assert view.evaluate(MISSING, points) == []  # else no font has it


@pytest.mark.slow
@in_browser
def test_a_character_outside_the_font_would_be_seen(opened):
    view, _ = opened("<math><mtext>x ж</mtext></math>")
    assert view.evaluate(MISSING, [0x78, 0x0379]) == [0x0379]
    assert any(not own for _, own in fonts_used(view))  # Cyrillic is in every system's fonts


@pytest.mark.slow
@in_browser
def test_text_that_looks_like_html_stays_text(opened):
    hostile = "\\text{<script>document.title='no'</script><img src=x onerror=alert(1)>}"
    view, problems = opened(mathml(formulas.layout(hostile)))
    assert (view.title(), problems) == ("", [])
    assert view.query_selector("script, img") is None
    assert "<script>" in view.text_content("math")


@pytest.mark.slow
@in_browser
def test_brackets_and_sums_grow_and_limits_stand_over_and_under(opened):
    def height(view, selector: str) -> float:
        return view.evaluate(f"document.querySelector('{selector}').getBoundingClientRect().height")

    view, _ = opened(
        "<div id=small>" + mathml(formulas.layout("(x)")) + "</div>"
        "<div id=tall>" + mathml(formulas.layout(r"\left(\frac{a}{b}\right)")) + "</div>"
        "<div id=sum>" + mathml(formulas.layout(r"\sum_{i=1}^n")) + "</div>"
    )
    assert height(view, "#tall mo") > 1.5 * height(view, "#small mo")
    assert height(view, "#sum math") > 1.4 * height(view, "#sum mo")


@pytest.mark.slow
@in_browser
def test_the_font_cut_for_a_page_draws_all_of_its_formulas(browser, tmp_path):
    write_page(tmp_path / "page.html")
    view = browser.new_page()
    view.goto((tmp_path / "page.html").as_uri())
    view.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
    view.evaluate("() => document.fonts.ready.then(() => null)")
    assert view.locator("math").count() > 3
    assert fonts_used(view) == [("Gradverify Math", True)]
    assert len((tmp_path / "page.html").read_text().split("base64,")[1].split('"')[0]) < 20_000
    view.close()
