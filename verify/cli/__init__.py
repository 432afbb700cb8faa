"""The command line: `gradverify run`, `gate`, `check`, `list`, `explain`, `compare`, `replay`."""

from verify.cli.app import main as main
