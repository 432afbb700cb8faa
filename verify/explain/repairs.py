"""Edits of a variant's source that make it right, as lines before and after."""

from dataclasses import dataclass

from verify.evaluator.source import source_of
from verify.explain.words import place
from verify.findings import Finding


@dataclass(frozen=True)
class LineRepair:
    """One edit of a line: what stands before `was`, what replaces it, and what follows."""

    what: str
    place: str
    before: str
    was: str
    text: str
    after: str

    @property
    def lines(self) -> tuple[str, str]:
        """The line as it is and as it should be."""
        return f"{self.before}{self.was}{self.after}", f"{self.before}{self.text}{self.after}"


def line_repairs(finding: Finding) -> tuple[LineRepair, ...]:
    """Return the repairs of a finding with the line that each is in."""
    source = source_of(finding.claim.variant)
    if source is None:
        return ()
    found = []
    for repair in finding.repairs:
        text = source.text
        start = text.rfind("\n", 0, repair.start) + 1
        end = text.find("\n", repair.end)
        line = source.line + text.count("\n", 0, repair.start)
        found.append(
            LineRepair(
                repair.what,
                place(finding.claim.variant.path, line),
                text[start : repair.start].lstrip(),
                text[repair.start : repair.end],
                repair.text,
                text[repair.end : end if end >= 0 else len(text)],
            )
        )
    return tuple(found)
