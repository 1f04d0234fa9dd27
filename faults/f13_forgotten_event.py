"""F13: an action changes what a page shows and leaves no event for it, or one that does not bring the change to open pages.

For every story of ``tests/support`` the pages of several people are opened, each deed is done, what is pushed is applied to the old
pages, and these must then equal the pages fetched afresh. The tests that hold this are run as they stand, in a process of their own;
they also fail when a verb or a kind of event has no story.
"""

import os
import re
import subprocess
import sys
from typing import Final

from faults.model import CannotRun, Count, Fault, Place, Row, Scale
from rig.desk import ROOT

_TESTS: Final = "tests/web/test_live.py"
_SHORT: Final = "claim_and_release or the_policies_change or every"
_LONGEST_SECONDS: Final = 1_800
_NONE_RAN: Final = 5


def run(place: Place, scale: Scale) -> Row:
    """Run them on this kind of database."""
    if not (ROOT / _TESTS).exists():
        raise CannotRun("the tests are not here: run this in a clone of the repository")
    other = "postgresql" if place.database == "sqlite" else "sqlite"
    which = f"not {other}" + f" and ({_SHORT})" * scale.short
    command = [sys.executable, "-m", "pytest", "-q", "--tb=line", _TESTS, "-k", which]
    ran = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=_LONGEST_SECONDS, check=False)
    if ran.returncode == _NONE_RAN or "skipped" in ran.stdout.splitlines()[-1]:
        raise CannotRun("no PostgreSQL server: scripts/test_tools.sh installs one")
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", ran.stdout)}
    failed = re.findall(r"^FAILED \S+::(\S+)", ran.stdout, re.MULTILINE)
    counted: dict[str, Count] = {
        "stories and checks": counts.get("passed", 0), "not equal": counts.get("failed", 0) + counts.get("error", 0),
        "which": ", ".join(failed) or "none",
    }  # fmt: skip
    return Row("F13", place.database, counted, "old page and pushed frames = fresh page; every verb and kind covered", ran.returncode == 0)


FAULT: Final = Fault("F13", "An event is forgotten", run)
