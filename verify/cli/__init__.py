"""The command line: `gradverify run`, `gate`, `list`, `explain`."""

from verify.cli.app import main as main
