"""The page of a real run as people use it: sort, filter, copy, follow links, by keyboard."""

import subprocess
import sys
from pathlib import Path

import pytest
from browser import HOSTILE, chromium, needs_chromium, write_page

pytestmark = needs_chromium
ROWS = "#case-table tbody tr"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_page(path)
    return path


@pytest.fixture
def view(browser, written):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    errors = []
    opened.on("console", lambda message: errors.append(message.text))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("dialog", lambda dialog: errors.append(dialog.message))
    opened.goto(written.as_uri())
    yield opened
    context.close()
    assert errors == []


def column(view, number):
    return [
        row.query_selector_all("th, td")[number].inner_text()
        for row in view.query_selector_all(ROWS)
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_no_violation(browser, written, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    view.goto(written.as_uri())
    for box in view.query_selector_all("details"):
        box.evaluate("box => box.open = true")
    found = Axe().run(view)
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found.response["violations"]] == []
    view.close()


def test_axe_finds_a_violation_where_there_is_one(browser, written):
    """Negative control of the test above."""
    from axe_playwright_python.sync_playwright import Axe

    view = browser.new_page()
    view.goto(written.as_uri())
    view.evaluate("document.documentElement.removeAttribute('lang')")
    view.evaluate("document.querySelector('h1').style.color = '#eee'")
    found = {violation["id"] for violation in Axe().run(view).response["violations"]}
    assert {"html-has-lang", "color-contrast"} <= found
    view.close()


def test_the_table_sorts_by_a_column_and_back(view):
    head = view.locator("#case-table thead th").nth(4)
    head.locator("button").click()
    counts = [int(text.replace(",", "")) for text in column(view, 4)]
    assert head.get_attribute("aria-sort") == "descending"
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) > 1
    head.locator("button").click()
    counts = [int(text.replace(",", "")) for text in column(view, 4)]
    assert head.get_attribute("aria-sort") == "ascending"
    assert counts == sorted(counts)


def test_the_table_filters_by_words_outcome_and_claim(view):
    whole = view.inner_text("#case-count")
    view.fill("#case-query", "wrong_sign K=2")
    assert column(view, 0)
    assert all("wrong_sign" in name for name in column(view, 0))
    assert all("K=2" in sizes for sizes in column(view, 2))
    view.fill("#case-query", "nothing has this name")
    assert view.inner_text("#case-count") == "no row fits"
    view.fill("#case-query", "")
    assert view.inner_text("#case-count") == whole
    view.select_option("#case-outcome", label="holds")
    assert set(column(view, 1)) == {"holds"}


def test_the_filter_knows_verdicts_and_whole_conditions(view):
    view.fill("#case-query", "refuted K = 1")
    refuted = {"network[wrong_sign-theta]", "network[halved-theta]"}
    assert set(column(view, 0)) <= refuted
    rows = list(zip(column(view, 2), column(view, 3), strict=True))
    assert rows
    assert all("K=1" in sizes or "K = 1" in regimes for sizes, regimes in rows)
    view.fill("#case-query", "consistent")
    assert set(column(view, 0)) == {"network[by_hand-theta]"}


def test_residuals_sort_as_numbers_and_what_has_none_stands_last(view):
    head = view.locator("#case-table thead th").nth(5)
    for _ in range(2):
        head.locator("button").click()
        shown = [float("nan") if text == "–" else float(text) for text in column(view, 5)]
        known = [value for value in shown if value == value]
        assert known == sorted(known, reverse=head.get_attribute("aria-sort") == "descending")
        assert shown[: len(known)] == known
        assert all(value < float("inf") for value in known)


def test_rows_beyond_the_window_are_reached(view):
    first = column(view, 5), view.inner_text("#case-count")
    view.get_by_role("button", name="Next").click()
    assert view.inner_text("#case-count") != first[1]
    view.get_by_role("button", name="Previous").click()
    assert (column(view, 5), view.inner_text("#case-count")) == first


def test_the_link_of_a_claim_shows_its_test_cases(view):
    view.locator("#claim-2 a.to-cases").click()
    assert set(column(view, 0)) == {"network[wrong_sign-theta]"}
    assert view.evaluate("location.hash") == "#cases"


def test_what_is_copied_runs_and_fails_as_the_page_says(view, tmp_path):
    button = view.locator("#claim-2").get_by_role("button", name="Copy the counterexample")
    button.click()
    view.wait_for_function("document.querySelector('#status').textContent === 'Copied'")
    code = view.evaluate("navigator.clipboard.readText()")
    assert code == view.locator("#claim-2 .evidence pre code").first.text_content()
    (tmp_path / "copied.py").write_text(code)
    root = Path(__file__).parents[1]
    # Where a problem stands is shown as seen from where the run was started.
    ran = subprocess.run(
        [sys.executable, tmp_path / "copied.py"],
        cwd=Path.cwd(), capture_output=True, text=True,
        env={"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": ""}, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "AssertionError" in ran.stderr
    assert ran.stdout.startswith("claimed: ")


def test_a_link_to_a_place_inside_a_fold_opens_it(browser, written):
    view = browser.new_page()
    view.goto(written.as_uri())
    view.evaluate("document.querySelector('details p, details pre').id = 'inside'")
    view.goto(f"{written.as_uri()}#inside")
    view.wait_for_function("document.querySelector('#inside').closest('details').open")
    view.goto(f"{written.as_uri()}#claim-2")
    assert view.locator("#claim-2").bounding_box()["y"] < 200
    view.close()


def test_everything_is_reached_by_keyboard(view):
    reached = set()
    for _ in range(400):
        view.keyboard.press("Tab")
        reached.add(view.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
    assert any("case-query" in html for html in reached)
    assert any(html.startswith("<summary") for html in reached)
    assert any('class="copy"' in html for html in reached)
    view.focus("#case-table thead button >> nth=0")
    view.keyboard.press("Enter")
    assert view.locator("#case-table thead th").first.get_attribute("aria-sort") == "ascending"


def test_the_switch_turns_light_into_dark_and_back(view):
    def paper():
        return view.evaluate("getComputedStyle(document.body).backgroundColor")

    light = paper()
    view.get_by_role("button", name="Light or dark").click()
    dark = paper()
    view.get_by_role("button", name="Light or dark").click()
    assert (dark != light, paper()) == (True, light)


def test_without_javascript_everything_but_the_tools_is_there(browser, written):
    context = browser.new_context(java_script_enabled=False)
    view = context.new_page()
    view.goto(written.as_uri())
    assert view.locator("article").count() == 4
    assert view.locator("svg.plot").count() >= 3
    assert view.locator(ROWS).count() > 5
    assert view.locator("#case-tools").inner_text() == ""
    assert view.locator("button").count() == 0
    context.close()


def test_hostile_names_are_text_wherever_they_stand(view):
    text = view.evaluate("document.body.textContent")
    # Names, sources, the docstring, the source code and the text of an exception.
    assert text.count("<script>alert(1)</script>") > 8
    assert HOSTILE.splitlines()[0] in view.locator("article").nth(2).text_content()
    assert view.evaluate("document.scripts.length") == 2
    options = view.locator("#case-claim option").all_text_contents()
    assert any("<script>alert(1)" in name for name in options)


@pytest.mark.parametrize("width", [360, 400, 1280, 2560, 3840])
def test_no_width_scrolls_sideways(browser, written, width):
    view = browser.new_page(viewport={"width": width, "height": 900})
    view.goto(written.as_uri())
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    view.close()


def test_it_prints_with_folds_open_and_without_tools(browser, written):
    view = browser.new_page()
    view.goto(written.as_uri())
    view.emulate_media(media="print")
    assert view.locator("#case-tools").is_hidden()
    assert view.locator("nav").is_hidden()
    assert view.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    view.set_viewport_size({"width": 718, "height": 1000})  # A4 at 96 dots an inch, without margins
    widths = view.evaluate("[...document.querySelectorAll('.matrix')].map(t => t.scrollWidth)")
    assert widths
    assert max(widths) <= 718
    assert len(view.pdf()) > 20_000
    view.close()
