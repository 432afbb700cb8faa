"""Print the n-th shell command of the README, so that CI runs what the README says."""

import pathlib
import re
import sys

README = pathlib.Path(__file__).parent.parent / "README.md"
print(
    re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.S)[int(sys.argv[1]) - 1]
)
