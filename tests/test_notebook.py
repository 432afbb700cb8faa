"""What a notebook shows: the one in the documentation is run, and its outputs are looked at."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import browser  # by its name alone: the plugin would take its problems for claims of this file
import pytest
from browser import WRONG_STEP, chromium, needs_chromium

from verify import CONSISTENT, REFUTED, Formula, run
from verify.errors import LoadError, UsageError

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebook.ipynb"
ESCAPED = "&lt;script&gt;alert(1)"
# Cells of the test's own, behind those of the documentation.
ALONE = """\
from verify import problem
@problem(x=reals("n", -9, 9), wrt="x", name="<script>alert(1)</script>")
def alone(x):
    return (x * x).sum()
@alone.gradient
def twice(x):
    return 2 * x
run(alone)"""


@pytest.fixture(scope="module")
def results():
    return run(browser.network, browser.hostile, WRONG_STEP, test_cases=20)


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """The outputs of the notebook by the last line of their cell, run in a kernel of its own."""
    import nbclient
    import nbformat

    book = nbformat.read(NOTEBOOK, as_version=4)
    book.cells.append(nbformat.v4.new_code_cell(ALONE))
    folder = str(tmp_path_factory.mktemp("notebook"))
    nbclient.NotebookClient(book, timeout=300, resources={"metadata": {"path": folder}}).execute()
    return {
        cell.source.splitlines()[-1]: output.data
        for cell in book.cells
        for output in cell.get("outputs", ())
        if "data" in output
    }


def ids(html: str) -> list[str]:
    return re.findall(r'\sid="([^"]+)"', html)


@pytest.mark.slow
def test_a_run_shows_a_table_of_its_claims(cells):
    assert "2 claims as expected" in cells["results"]["text/html"]
    assert "1 of 1 claim as expected" in cells["run(softmax_regression)"]["text/html"]
    for cell in ("results", "run(softmax_regression)"):
        assert "<table" in cells[cell]["text/html"]


@pytest.mark.slow
def test_only_the_wrong_gradient_is_shown_as_refuted(cells):
    right, wrong = cells["run(softmax_regression)"], cells["results"]
    assert "refuted" not in right["text/html"] + right["text/plain"]
    assert "refuted" in wrong["text/html"]
    assert "refuted" in wrong["text/plain"]


@pytest.mark.slow
def test_a_finding_shows_source_repair_entries_plot_and_regimes(cells):
    shown = cells["results.findings[1]"]["text/html"]
    for part in ('class="matrix"', "<mark>", "<ins>", 'class="entries"', "<svg", "N=1, D=1, K=2"):
        assert part in shown
    assert re.search(r"line \d+ of a notebook&#39;s cell", shown)
    assert "ipykernel" not in shown


@pytest.mark.slow
def test_tables_formulas_and_derivations_show_themselves(cells):
    table, formula, derivation = list(cells.values())[3:6]
    assert 'class="dataframe"' in table["text/html"]
    assert "<math" in formula["text/html"]
    assert "<math" in derivation["text/html"]
    assert "fails: the sides differ" in derivation["text/html"]


@pytest.mark.slow
def test_a_name_is_text_in_a_notebook(cells):
    shown = cells["run(alone)"]["text/html"]
    assert ESCAPED in shown
    assert "<script" not in shown


@pytest.mark.slow
def test_what_a_notebook_keeps_of_a_value_is_small(cells):
    assert all(len(str(data)) < 60_000 for data in cells.values())


def test_nothing_that_is_shown_holds_a_script_or_loads_anything(results):
    for value in (results, *results.findings, *results.derivations):
        html = value._repr_html_()
        assert "<script" not in html
        assert not re.search(r"(src|href)=\"[^#]|url\(|@import", html)


def test_no_id_is_there_twice_when_a_value_is_shown_twice(results):
    shown = [results, results.findings[1], results.derivations[0]] * 2
    found = Counter(name for value in shown for name in ids(value._repr_html_()))
    assert len(found) > 20
    assert set(found.values()) == {1}


def test_every_link_leads_into_the_same_output(results):
    html = results._repr_html_()
    targets = re.findall(r'href="#([^"]+)"', html)
    assert targets
    assert set(targets) <= set(ids(html))


def test_of_many_claims_the_wrong_ones_are_told_and_the_others_counted(results):
    right, wrong, *_ = results.findings
    many = replace(results, findings=(right,) * 990 + (wrong,) * 30)
    html = many._repr_html_()
    assert html.count("<article") == 12
    assert "1008 claims more are not told here" in html
    assert len(html) < 400_000


def test_a_terminal_of_ipython_is_told_in_words(results):
    class Printer:
        said = ""

        def text(self, words: str) -> None:
            self.said += words

    printer = Printer()
    for value in (results, results.findings[1], results.derivations[0]):
        value._repr_pretty_(printer, False)
    assert "[wrong_sign-theta] is refuted" in printer.said
    assert "chain 1, step 1 fails" in printer.said


def test_a_variant_that_is_a_formula_shows_it():
    from verify import problem, reals

    @problem(w=reals(), X=reals("N"), wrt="w")
    def squares(w, X):
        return ((w * X) ** 2).sum() / 2

    made = squares.gradient(
        latex=r"w \sum_n x_n^2",
        indices={"n": "N"},
        symbols={"x_n": "real", "w": "real"},
        inputs={"x": "X"},
    )
    assert isinstance(made, Formula)
    finding = run(squares).findings[0]
    assert finding.verdict is CONSISTENT
    assert "<math" in finding._repr_html_()


def test_run_takes_problems_files_and_pages(tmp_path):
    file = Path(__file__).parent / "data" / "wrong_gradient.py"
    found = run(browser.network, file, WRONG_STEP, test_cases=20)
    names = [finding.claim.problem.name for finding in found.findings]
    assert names[:3] == ["network"] * 3
    assert len(names) > 3
    assert found.findings[1].verdict is REFUTED
    assert len(found.derivations) == 1
    assert not found.as_expected


@pytest.mark.parametrize(
    ("targets", "error", "words"),
    [
        ((), UsageError, "a declared problem, or a path"),
        ((len,), UsageError, "not <built-in function len>"),
        (("nowhere.py",), LoadError, "there is no such file"),
        (("nowhere.md",), UsageError, "cannot be read"),
    ],
)
def test_run_says_what_it_cannot_check(targets, error, words):
    with pytest.raises(error, match=words):
        run(*targets)


@needs_chromium[1]
@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "light"),
    [
        ('data-jp-theme-light="true"', True),
        ('data-jp-theme-light="false"', False),
        ('class="vscode-dark"', False),
        ('data-theme="light"', True),
    ],
)
def test_an_output_follows_the_theme_and_leaves_the_notebook_alone(results, tmp_path, page, light):
    own = "<table id=own><tr><td>own</td></tr></table>"
    path = tmp_path / "notebook.html"
    output = results._repr_html_()
    path.write_text(f"<!doctype html><meta charset=utf-8><body {page}>{own}{output}", "utf-8")
    bare = tmp_path / "bare.html"
    bare.write_text(f"<!doctype html><meta charset=utf-8><body {page}>{own}", "utf-8")
    # The opposite of the theme: the notebook decides, not the system.
    with chromium() as running:
        view = running.new_page(color_scheme="dark" if light else "light")
        view.goto(path.as_uri())
        look = "getComputedStyle(document.querySelector('{}')).{}"
        background = view.evaluate(look.format(".gradverify", "backgroundColor"))
        assert (sum(map(int, re.findall(r"\d+", background)[:3])) > 600) is light
        told = [view.evaluate(look.format("#own td", name)) for name in ("color", "fontSize")]
        view.goto(bare.as_uri())
        same = [view.evaluate(look.format("#own td", name)) for name in ("color", "fontSize")]
        assert told == same
