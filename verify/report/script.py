"""The script of the page, and the policy that lets the page run that and nothing else."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

SCRIPT = Path(__file__).parent / "templates" / "report.js"


@cache
def script() -> Markup:
    """Return the script, indentation left out, as it stands between its tags."""
    lines = SCRIPT.read_text("utf-8").splitlines()
    return Markup("\n".join(line.strip() for line in lines))


@cache
def policy() -> str:
    """Return the content security policy: inline styles, this one script, no request at all."""
    digest = b64encode(sha256(script().encode()).digest()).decode("ascii")
    return (
        "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; "
        f"form-action 'none'; script-src 'sha256-{digest}'"
    )
