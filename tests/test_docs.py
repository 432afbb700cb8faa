import itertools
import re
import subprocess
import sys
import zlib
from urllib.parse import urlsplit

import pytest
from blocks import ROOT, Block, Reader, blocks
from markdown_it import MarkdownIt
from typer.main import get_command

import verify
from verify import campaign
from verify.cli.app import app
from verify.load import problems_from

DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = sorted(DOCS.rglob("*.md"))
LINKED = [*PAGES, README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]


def named(page):
    return str(page.relative_to(ROOT))


@pytest.fixture
def reader(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield Reader(tmp_path)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=named)
def test_every_block_does_what_its_page_says(page, reader):
    for block in blocks(page):
        try:
            reader.read(block)
        except Exception as error:
            raise AssertionError(f"{named(page)}:{block.line}: {error}") from error


def test_the_readmes_gradients_come_out_as_it_says(reader):
    code = next(block for block in blocks(README) if block.language == "python")
    (reader.folder / "mine.py").write_text(code.text)
    findings = campaign.run(problems_from(["mine.py"])).findings
    by_hand, averaged = findings
    assert all(finding.as_expected for finding in findings)
    assert by_hand.verdict is verify.CONSISTENT
    assert averaged.counterexample.point.axes == {"N": 2, "D": 1, "K": 2}
    assert not averaged.counterexample.point.inputs["theta"].any()


@pytest.mark.slow
def test_the_readmes_page_fails_and_is_repaired(reader):
    page = next(block for block in blocks(README) if block.language == "md")
    (reader.folder / "page.md").write_text(page.text)
    printed = reader.shell("gradverify check page.md")
    assert reader.code == 1
    assert "these enclosures do not overlap" in printed
    assert "repair at page.md" in printed


def links(page):
    """Yield what a page links to, and its images."""
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        for child in token.children or []:
            target = child.attrs.get("href") or child.attrs.get("src")
            if target:
                yield str(target)


def anchors(page):
    """List the anchors of a page's headings, as GitHub and MyST make them."""
    tokens = MarkdownIt().parse(page.read_text("utf-8"))
    titles = [
        "".join(child.content for child in after.children)
        for token, after in itertools.pairwise(tokens)
        if token.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page):
    """List the links of a page that lead nowhere."""
    found = []
    for link in links(page):
        parts = urlsplit(link)
        target = (page.parent / parts.path).resolve() if parts.path else page
        if parts.scheme:
            if parts.scheme != "https" or "." not in parts.netloc or " " in link:
                found.append(link)
        elif not target.exists() or (
            parts.fragment and target.suffix == ".md" and parts.fragment not in anchors(target)
        ):
            found.append(link)
    return found


@pytest.mark.parametrize("page", LINKED, ids=named)
def test_every_link_of_a_page_leads_somewhere(page):
    assert broken(page) == []


@pytest.mark.parametrize("link", ["no.md", "#nowhere", "page.md#none", "http://a.b", "https://a"])
def test_a_broken_link_is_found(link, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"# Here\n\n[this](#here), [that]({link})\n")
    assert broken(page) == [link]


@pytest.mark.parametrize(
    "block",
    [
        Block("console", "$ echo one\ntwo\n", 1),
        Block("console", "$ false\n", 1),
        Block("console", "$ false\n$ echo $?\n0\n", 1),
        Block("console", "$ gradverify run --no-such-option\n...\n", 1),
        Block("python", "assert False", 1),
        Block("pycon", ">>> 1 + 1\n3\n", 1),
        Block("toml", "a =", 1),
        Block("yaml", "run: gradverify gate no_such_file.py", 1),
        Block("yaml", "script: [rm -r /nowhere]", 1),
        Block("sh", "rm -r /nowhere", 1),
        Block("text", "anything", 1),
    ],
    ids=lambda block: f"{block.language}: {block.text.split(chr(10))[0]}",
)
def test_a_block_that_does_something_else_is_found(block, reader):
    with pytest.raises((AssertionError, ValueError)):
        reader.read(block)


def test_every_command_and_option_is_on_the_page_of_commands():
    page = (DOCS / "commands.md").read_text("utf-8")
    words = set(re.findall(r"(?<![\w-])-{0,2}[a-z][a-z-]*", page))
    program = get_command(app)
    options = {
        option
        for command in (program, *program.commands.values())
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("-")
    }
    assert {*program.commands, *options} - words == set()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The documentation, built with warnings as errors."""
    folder = tmp_path_factory.mktemp("docs")
    options = ["-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [sys.executable, *options, DOCS, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_every_public_name_has_a_place_in_the_reference(built):
    packed = (built / "objects.inv").read_bytes().split(b"\n", 4)[4]  # below four lines of header
    documented = {line.split()[0] for line in zlib.decompress(packed).decode().splitlines()}
    public = {name for name in vars(verify) if name.isidentifier() and not name.startswith("_")}
    modules = {name for name in public if isinstance(getattr(verify, name), type(sys))}
    wanted = {
        f"verify.{name}" for name in (public - modules - {"TYPE_CHECKING", "Any"}) | {"Formula"}
    }
    assert wanted - documented == set()


@pytest.mark.slow
def test_the_pages_load_nothing_from_elsewhere(built):
    for page in built.rglob("*.html"):
        text = page.read_text("utf-8")
        loaded = re.findall(r"<(?:script|img|link|iframe)[^>]*(?:src|href)=\"(https?:[^\"]*)", text)
        assert loaded == [], page
        assert "problematic" not in text, page
