"""How the documentation is built: `sphinx-build -W -b html docs build/docs`, warnings as errors.

Links: internal ones are checked by the build, and again by `tests/test_docs.py`, as they stand on
the page. External ones are checked there for their syntax only, since the machines on which this
project is developed reach package indexes and nothing else. `sphinx-build -b linkcheck` therefore
leaves them out unless it is told that the network is open: `GRADVERIFY_NETWORK=open`.
"""

import os
from importlib.metadata import version as installed
from typing import Any

from docutils.nodes import SkipNode
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from verify.formula.mathml import mathml
from verify.formula.parser import parse
from verify.formula.tokens import tokenize

project = "gradverify"
version = release = installed("gradverify")
project_copyright = "the gradverify authors, MIT licence"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["_static", "../verify/report/fonts"]
html_css_files = ["math.css"]
html_title = f"gradverify {release}"
html_copy_source = False
html_show_sphinx = False
# Commands are copied without their prompts, and without what they print.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
# Records of decisions and the change log are read on their own, too, and begin where they like.
suppress_warnings = ["myst.header"]

# Docstrings are plain text in which `code` stands in single backticks.
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
# A name of ours that is not documented is an error. Types of Python and NumPy are not looked up:
# that would need the network at every build.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!verify\.).*")]

linkcheck_ignore = [] if os.environ.get("GRADVERIFY_NETWORK") == "open" else [r"https://.*"]


def _written(node: Any, display: bool) -> str:
    source = node.astext()
    return mathml(parse(tokenize(source, 0, len(source))), display=display)


def _inline(translator: Any, node: Any) -> None:
    translator.body.append(_written(node, display=False))
    raise SkipNode


def _block(translator: Any, node: Any) -> None:
    translator.body.append(f"<p>{_written(node, display=True)}</p>")
    raise SkipNode


def setup(app: Sphinx) -> None:
    """Show formulas as MathML of our own making: no script, and nothing from the network.

    Pages with formulas are shown as they are: a lexer of Markdown takes indices for emphasis.
    """
    app.add_lexer("md", TextLexer)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
