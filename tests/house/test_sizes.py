"""A file has one subject, so it is short: 300 lines, unless ``sizes.toml`` gives a bound and a reason."""

import tomllib
from collections.abc import Iterable
from typing import Any, Final

from tests.house.source import ROOT, Source, repository

LONGEST_LINES: Final = 300
MEASURED: Final = (".py", ".js", ".css", ".html", ".sh")


def too_long(files: Iterable[Source], allowed: dict[str, dict[str, Any]]) -> list[str]:
    """Files over their bound, and allowances that are not used or give no reason."""
    lengths = {s.path: s.text.count("\n") for s in files if s.path.endswith(MEASURED)}
    found = []
    for path, lines in lengths.items():
        bound = allowed.get(path, {}).get("lines", LONGEST_LINES)
        if lines > bound:
            found.append(f"{path}: {lines} lines, its bound is {bound}: cut it by subject")
    for path, allowance in allowed.items():
        if lengths.get(path, 0) <= LONGEST_LINES:
            found.append(f"{path}: needs no entry in sizes.toml any more")
        if len(str(allowance.get("reason", "")).split()) < 4:
            found.append(f"{path}: its entry in sizes.toml gives no reason")
    return found


def test_files_are_short() -> None:
    allowed = tomllib.loads((ROOT / "tests/house/sizes.toml").read_text())
    assert not (found := too_long(repository(), allowed)), "\n".join(found)


def test_the_check_can_fail() -> None:
    long = Source("app/long.py", "x = 1\n" * 301)
    reason = "one table that belongs together"
    assert too_long([long], {})
    assert not too_long([long], {"app/long.py": {"lines": 310, "reason": reason}})
    assert too_long([long], {"app/long.py": {"lines": 310, "reason": ""}})
    assert too_long([], {"app/gone.py": {"lines": 310, "reason": reason}})
