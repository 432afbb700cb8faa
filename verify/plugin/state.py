"""What one pytest process was asked for and has found."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from verify.findings import Finding, Results


@dataclass
class Session:
    """What one pytest process has found so far."""

    seed: int
    test_cases: int
    report: Path | None
    is_worker: bool
    command: str
    started: float = field(default_factory=time.perf_counter)
    # By identity: the same problem in two test files is searched once.
    searched: dict[int, "Results"] = field(default_factory=dict)
    findings: dict[str, "Finding"] = field(default_factory=dict)
    note: str = ""


SESSION = pytest.StashKey[Session]()
