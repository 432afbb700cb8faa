import contextlib
import time

import pytest

from verify.formula import document
from verify.formula.document import Document, read_document
from verify.formula.source import FormulaError, position

# As a question-and-answer page comes when it is saved as text: environments within lines of prose.
PAGE = r"""4
$\begingroup$

Suppose I have $N$ training examples and the targets have a $1$ of $K$ encoding

Let $y_k^n = \frac{exp(z_k^n)}{\sum_{j=1}^k exp(z_j^n)}$ denote the output of the net

Then: \begin{eqnarray} \frac{\partial}{\partial \theta}t_k \log y_k = t_k \end{eqnarray} Where:

\begin{eqnarray} \frac{d y_k}{d z_j} &=& \delta_{jk}y_k - y_ky_j \\ &=& y_k \end{eqnarray}

weight $\theta_{ij}$. (another outputs which don't contains that weight must be a constants)

$\endgroup$
Not the answer you're looking for? Browse other questions tagged or ask your own question."""
DELIMITERS = ("$", "```", "\\[", "\\]", "\\(", "\\)", "{align", "{eqnarray", "{equation", "{gather")


def read(text: str) -> Document:
    page = read_document(text, "page")
    assert page.text == text
    assert page.name == "page"
    starts = [d.start for d in page.displays]
    assert starts == sorted(starts)
    for display in page.displays:
        assert not any(mark in text[display.start : display.end] for mark in DELIMITERS)
    return page


def formulas(text: str) -> list[str]:
    return [text[d.start : d.end] for d in read(text).displays]


def kinds(text: str) -> list[tuple[str, bool]]:
    return [(d.environment, d.inline) for d in read(text).displays]


def refused(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        read_document(text, "page")
    return caught.value


def test_a_saved_page_with_environments_in_prose():
    found = formulas(PAGE)
    assert len(found) == 7
    assert found[:3] == ["N", "1", "K"]
    assert found[4].strip().endswith(r"t_k \log y_k = t_k")
    assert found[5].count("&=&") == 2
    assert found[6] == r"\theta_{ij}"
    assert kinds(PAGE) == [("$", True)] * 4 + [("eqnarray", False)] * 2 + [("$", True)]


def test_grouping_alone_is_no_formula():
    assert formulas(r"$\begingroup$ $a$ $ \endgroup $ $$ $$") == ["a"]


@pytest.mark.parametrize(
    ("text", "inside", "kind"),
    [
        ("$$x = 1$$", "x = 1", ("$$", False)),
        ("$$\nx = 1\n$$", "\nx = 1\n", ("$$", False)),
        (r"\[x = 1\]", "x = 1", ("\\[", False)),
        (r"\(x = 1\)", "x = 1", ("\\(", True)),
        ("$x = 1$", "x = 1", ("$", True)),
        ("$`x = 1`$", "x = 1", ("$", True)),
        ("```math\nx = 1\n```", "x = 1\n", ("```", False)),
        (r"\begin{math}x\end{math}", "x", ("math", True)),
        (r"\begin {align} x \end{ align }", " x ", ("align", False)),
        (r"\begin{alignat}{2} x &= 1 \end{alignat}", " x &= 1 ", ("alignat", False)),
        (r"\begin{alignat*} {3}x\end{alignat*}", "x", ("alignat", False)),
    ],
)
def test_each_delimiter(text, inside, kind):
    assert formulas(text) == [inside]
    assert kinds(text) == [kind]
    assert formulas(f"Before it,\n{text}\nand after.") == [inside]


@pytest.mark.parametrize("star", ["", "*"])
@pytest.mark.parametrize(
    "name",
    ["equation", "align", "eqnarray", "gather", "multline", "flalign", "displaymath", "split"],
)
def test_each_environment(name, star):
    text = f"so \\begin{{{name}{star}}} a = b \\end{{{name}{star}}} holds"
    assert formulas(text) == [" a = b "]
    assert kinds(text) == [(name, False)]


@pytest.mark.parametrize("name", ["aligned", "document", "theorem", "tabular", "alignment"])
def test_other_environments_are_no_displays(name):
    assert formulas(f"\\begin{{{name}}} words here \\end{{{name}}}") == []


@pytest.mark.parametrize(
    "inside",
    [
        r"\begin{split} a &= b \\ &= c \end{split}",
        r"\begin{aligned} a &= b \\[2pt] &= c \end{aligned}",
        r"a = \begin{cases} 1 \\ 2 \end{cases}",
    ],
)
@pytest.mark.parametrize(
    ("opening", "closing"),
    [("$$", "$$"), (r"\[", r"\]"), (r"\begin{equation*}", r"\end{equation*}"), ("$", "$")],
)
def test_an_environment_in_a_display_starts_no_other(inside, opening, closing):
    page = read_document(opening + inside + closing, "page")
    assert [page.text[d.start : d.end] for d in page.displays] == [inside]


def test_an_end_with_a_star_does_not_close_one_without():
    assert "\\end{align} closes it" in refused(r"\begin{align} x \end{align*}").message


@pytest.mark.parametrize(
    "text", [r"\[ a \\] b \]", r"$$ a = \$ 5 \$$$", r"$ a = \$ $", r"\( a \\) \)"]
)
def test_what_is_escaped_closes_nothing(text):
    (display,) = read_document(text, "page").displays
    edge = 2 if text[1] != " " else 1
    assert (display.start, display.end) == (edge, len(text) - edge)


def test_dollars_side_by_side():
    assert formulas("$a$$b$ and $$c$$$d$") == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $6 for all of us.",
        "It costs $5, or $7, and\nthen some $10.",
        "From $5-$6 in all.",
        "It costs $5 (that is y_1 here) and that is a lot of $ indeed.",
        "A range of 5$ to 6$ is fair.",
        "Set $HOME_DIR and $PATH_TO first.",
        r"That is, \$5 = x\$ in all and for everybody.",
        "Cheap $, medium $$$, expensive $$$$.",
        "One $\n\nand another $ far away.",
        r"Each in its own $; \times and x_1 follow.",
    ],
)
def test_prices_and_variables_are_no_formulas(text):
    assert formulas(text) == []


def test_a_price_swallows_no_formula_after_it():
    assert formulas("It costs $5 and the answer is $x = 2$, or $y$.") == ["x = 2", "y"]
    assert formulas("The number $5$ and the factor $2 x$.") == ["5", "2 x"]


def test_spaces_inside_are_allowed_where_mathematics_stands():
    assert formulas(r"Let $ x = 1 $ and $ \theta $ and $ a_1 $ and $x^2 $.") == [
        " x = 1 ",
        r" \theta ",
        " a_1 ",
        "x^2 ",
    ]
    assert formulas("one $ x $ two") == []


def test_inline_formulas_cross_a_line_but_no_blank_line():
    assert formulas("so $a +\nb$ is") == ["a +\nb"]
    assert formulas("so $a\n \nb$ is") == []
    assert "$ closes it in the same paragraph" in refused("so $a = b\n \nb$ is").message


@pytest.mark.parametrize(
    ("text", "opening", "closing"),
    [
        (r"\begin{align} x = 1", r"\begin{align}", r"\end{align}"),
        (r"\begin{gather*} x = 1 \end{gather}", r"\begin{gather*}", r"\end{gather*}"),
        ("$$ x = 1", "$$", "$$"),
        (r"\[ x = 1 \)", r"\[", r"\]"),
        (r"\( x = 1 \]", r"\(", r"\)"),
        (r"$\theta = 1", "$", "$"),
        ("```math\nx = 1\n", "```", "```"),
        ("~~~~toml gradverify\nx = 1\n~~~", "~~~~", "~~~~"),
        ("<!-- $x$", "<!--", "-->"),
        (r"\begin{verbatim} $x$", r"\begin{verbatim}", r"\end{verbatim}"),
    ],
)
def test_a_delimiter_that_is_never_closed(text, opening, closing):
    error = refused("First $a$.\n\n" + text)
    assert error.span.start == len("First $a$.\n\n")
    assert error.message.startswith("this " + opening)
    assert f"never closed; {closing} closes it" in error.message
    assert error.construct == "unclosed delimiter"
    assert error.span.end - error.span.start >= len(opening)


def test_the_unclosed_one_is_the_one_before_the_next_of_its_kind():
    text = "\\begin{align} a\n\nprose\n\n\\begin{align} b \\end{align}"
    assert refused(text).span.start == 0
    assert refused(r"\[ a and \[ b \]").span.start == 0


@pytest.mark.parametrize(
    "code",
    [
        "```\n$x = 1$\n```",
        "```python\ncost = '$x = 1$'\n```",
        "~~~tex\n\\begin{align} x\n~~~",
        "````\n```math\nx = 1\n```\n````",
        "- item\n  ```\n  $$ x\n  ```",
        "`$x = 1$`",
        "`` a ` $x = 1 ``",
        "`$$`",
        "<!-- $$ x = 1 -->",
        "<!--\n\n\\[\n\n-->",
        "\\begin{verbatim}\n$x = 1$ \\[\n\\end{verbatim}",
        "\\begin{lstlisting}\n$x = 1\n\\end{lstlisting}",
    ],
)
def test_code_and_comments_are_not_searched(code):
    assert formulas(f"Before $a$\n{code}\nafter $b$.") == ["a", "b"]
    assert formulas(f"Before\n{code}\nafter.") == []


def test_a_fence_that_is_never_closed_goes_to_the_end():
    assert formulas("$a$\n```\n$b$\n") == ["a"]


def test_backticks_that_are_no_code():
    assert formulas("a ` and $x$ only") == ["x"]
    assert formulas("a ` and $x$\n\nthen ` there") == ["x"]
    assert formulas("a `` and $x$ and ` there") == ["x"]
    assert formulas("so ``called'' $x$ or ``named'' $y$") == ["x", "y"]
    assert formulas("the `$a$`` and $x$") == ["a", "x"]
    assert formulas(r"the \` and $x$ and \`") == ["x"]


LATEX = r"""\documentclass{article}
\newcommand{\cost}{$5 \[}
% \begin{document} $no$
\begin{document}
``Quotes'' of $a$ and ``others'' are 5\% of $b$. % not $c$ \[
\begin{equation} d % \end{equation}
\end{equation}
\verb|$e$| \input{secret} \\[2pt] $5$ and $ 6 $
\def\x{y}
\end{document} $f$
"""


def test_a_latex_document():
    found = [LATEX[d.start : d.end] for d in read_document(LATEX, "p").displays]
    assert found == ["a", "b", " d % \\end{equation}\n", "5", " 6 "]


def test_a_latex_document_leaves_no_dollar_open():
    text = "\\documentclass{article}\n\\begin{document}\nIt is $5.\n\n\\end{document}"
    assert position(text, refused(text).span.start) == (3, 7)


def test_percent_is_a_comment_only_in_latex():
    assert formulas("5% of $a$") == ["a"]
    assert formulas("\\begin{document} 5% of $a$") == []


def test_markdown_about_latex_is_markdown():
    text = "See $a$.\n```tex\n\\documentclass{x}\n\\begin{document}\n```\n50% of $b$."
    assert formulas(text) == ["a", "b"]
    assert formulas("A `\\documentclass` line; 50% of $b$.") == ["b"]


def test_nothing_is_interpreted_or_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.tex").write_text("$x$")
    text = "\\input{other} \\include{other.tex} \\def\\f{z} \\newcommand{\\g}{w} $\\f = \\g$"
    assert formulas(text) == [r"\f = \g"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["+++", "---"])
def test_front_matter(mark, newline):
    toml = newline.join(["[symbols]", 'x = "$vector$"', ""])
    page = read(newline.join([mark, toml + mark, "Then $y$.", ""]))
    assert page.declarations == toml
    assert page.declarations_start == len(mark + newline)
    assert [page.text[d.start : d.end] for d in page.displays] == ["y"]


def test_front_matter_after_a_byte_order_mark():
    assert read("\ufeff+++\na = 1\n+++\n").declarations == "a = 1\n"


def test_front_matter_in_yaml_is_passed_over():
    page = read("---\ntitle: costs $x\nmath: true\n---\nThen $y$.")
    assert (page.declarations, page.declarations_start) == ("", 0)
    assert [page.text[d.start : d.end] for d in page.displays] == ["y"]


def test_a_rule_across_the_page_is_no_front_matter():
    assert formulas("---\n\nThen $x$.\n\n---\n\n$y$") == ["x", "y"]
    assert formulas("---\nThen $x$.") == ["x"]
    assert read("Then\n+++\na = 1\n+++\n").declarations == ""


def test_front_matter_that_never_closes():
    error = refused("+++\na = 1\n\nThen $x$.")
    assert (error.span.start, error.span.end) == (0, 3)
    assert "a line +++ closes it" in error.message


@pytest.mark.parametrize("fence", ["```", "~~~~"])
def test_a_fenced_block_declares(fence):
    start = f"See $a$.\n\n{fence}toml gradverify\n"
    text = start + f'x = "$5"\n{fence}\nand $b$.\n```toml gradverify\ny = 1\n```\n'
    page = read(text)
    assert page.declarations == 'x = "$5"\n'
    assert page.declarations_start == len(start)
    assert formulas(text) == ["a", "b"]


def test_a_fenced_block_that_is_quoted_does_not_declare():
    assert read("````\n```toml gradverify\nx = 1\n```\n````").declarations == ""
    assert read("```toml\nx = 1\n```").declarations == ""


def test_a_fenced_block_counts_before_front_matter_for_others():
    page = read("+++\ntitle = 1\n+++\n```toml gradverify\nx = 1\n```\n")
    assert page.declarations == "x = 1\n"


def test_declarations_of_a_latex_document():
    block = "```toml gradverify\nx = '$'\n```\n"
    for text in (block + LATEX, LATEX + block, LATEX.replace("\\def", block + "\\def")):
        page = read_document(text, "page")
        assert page.declarations == "x = '$'\n"
        assert len(page.displays) == 5
    assert read_document("+++\na = 1\n+++\n" + LATEX, "page").declarations == "a = 1\n"


def test_very_long_front_matter_is_refused():
    for mark in ("+++", "---"):
        error = refused(f"{mark}\n{'a.' * document.MAX_DECLARATIONS}\n{mark}\n")
        assert error.construct == "very long front matter"
    assert read("---\n" + "a." * 5000 + "\n---\n").declarations == ""
    assert read("---\na = " + "[" * 9000 + "\n---\n").declarations == ""


PLAIN = """The gradient of the loss with respect to the weights = what we want here.

E = 1/2 (y - t)^2
dE/dw
  = (y - t) dy/dw
  = (y - t) x   where the input of the last layer stands
= 0

Title
=====
- b = log(exp(c)) + max(sqrt(d), tanh(e))
2) g = 1
see https://example.org/?a=b

h
\t= i

  = j
"""


def test_plain_text_without_delimiters():
    assert formulas(PLAIN) == [
        "E = 1/2 (y - t)^2",
        "dE/dw\n  = (y - t) dy/dw",
        "= 0",
        "b = log(exp(c)) + max(sqrt(d), tanh(e))",
        "g = 1",
        "h\n\t= i",
        "= j",
    ]
    assert set(kinds(PLAIN)) == {("", False)}


def test_plain_lines_count_only_where_no_delimiter_stands():
    assert formulas("a = b\n\nand $c$") == ["c"]
    assert formulas("a = b\n\nand $$ $$") == []
    assert formulas("a = b\n= c") == ["a = b\n= c"]


def test_commands_are_no_words():
    line = r"\frac{\partial E}{\partial w} = \text{some more words in text} \alpha \beta \gamma"
    assert formulas(line) == [line]


def test_code_and_declarations_are_no_plain_formulas():
    assert formulas("+++\na = 1\n+++\n```\nb = 2\n```\n`c = 3`\nd = 4\n") == ["d = 4"]
    assert formulas("e = 5\n<!--\nf = 6\n-->\n= 7\n") == ["e = 5", "= 7"]


def test_nothing_at_all():
    assert read("").displays == ()
    assert read("Only words.\n").displays == ()


def test_a_document_that_is_too_long_is_refused():
    assert refused("a" * (document.MAX_CHARACTERS + 1)).construct == "very long document"
    assert refused("$a$ " * (document.MAX_DELIMITERS + 1)).construct == "very long document"
    assert refused("a = b\n" * (document.MAX_DELIMITERS + 1)).construct == "very long document"


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        ("", "$"),
        ("", "$ "),
        ("", "\\begin{align}"),
        ("", "` `` "),
        ("", "<!--"),
        ("", "```\n"),
        ("", "=\n"),
        ("\\documentclass{article}\n", "$a$ "),
        ("\\documentclass{article}\n\\begin{document}", "\\["),
        ("\\begin{align}", "\\end{ "),
        ("$", "a"),
        ("`", "a "),
    ],
)
def test_hostile_documents_take_bounded_time(start, piece):
    text = start + piece * ((document.MAX_CHARACTERS - len(start)) // len(piece))
    started = time.process_time()
    with contextlib.suppress(FormulaError):
        read_document(text, "page")
    assert time.process_time() - started < 10  # about 1 s; quadratic would be hours
