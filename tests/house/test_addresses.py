"""The repository works on any machine and with any mirror: no registry's address, no path of one machine, is in it."""

import re
from collections.abc import Iterable
from typing import Final

from tests.house.source import Source, repository

# One letter of each stands in brackets, so that this file does not find itself.
REGISTRIES: Final = re.compile(
    r"[p]ypi\.org|[p]ythonhosted\.org|[n]pmjs\.(org|com)|[y]arnpkg\.com|[u]npkg\.com|[j]sdelivr\.net|[c]dnjs\.|[a]naconda\.org|[g]oogleapis\.com",
    re.IGNORECASE,
)
MACHINE_PATHS: Final = re.compile(r"(?<![\w.:/~-])/(?:root|work|home/\w+|Users/\w+|mnt/\w+|private/var)(?:/|\b(?=[\s\"'`)]))")


def addresses(files: Iterable[Source]) -> list[str]:
    """Lines that name a package registry, a script host, or an absolute path of somebody's machine."""
    found = []
    for source in files:
        for number, line in enumerate(source.text.splitlines(), 1):
            if match := REGISTRIES.search(line) or MACHINE_PATHS.search(line):
                found.append(f"{source.path}:{number}: {match[0]!r} ties the repository to one registry or machine")
    return found


def test_no_registry_and_no_machine_is_named() -> None:
    assert not (found := addresses(repository())), "\n".join(found)


def test_the_check_can_fail() -> None:
    assert addresses([Source("requirements.lock", "--index-url https://py" + "pi.org/simple\n")])
    assert addresses([Source("docs/a.md", "see /ro" + "ot/notes.txt\n")])
    assert addresses([Source("app/a.py", "folder = '/ho" + "me/ann/earshot'\n")])
    assert not addresses([Source("app/a.py", "browser = '/usr/bin/chromium'\npage = 'https://x.example/home/ann/'\n")])
