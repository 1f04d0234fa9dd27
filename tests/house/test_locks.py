"""The locks hold what the floors ask for, with hashes and without addresses, and the tests run on the versions that are shipped."""

import json
import re
from typing import Any, Final

from tests.house.source import ROOT

LOCKS: Final = ("requirements.lock", "requirements-dev.lock", "requirements-installer.lock", "requirements-node.lock")
PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; [^\\]+)? \\$", re.MULTILINE)


def asked_for(floors: str) -> set[str]:
    """The names a list of floors asks for, spelt as locks spell them."""
    lines = (line.split("#")[0].strip() for line in floors.splitlines())
    names = (re.match(r"[\w.-]+", line) for line in lines if line and not line.startswith("-"))
    return {re.sub(r"[._-]+", "-", name[0]).lower() for name in names if name}


def pins(lock: str) -> set[tuple[str, str]]:
    """Name and version of every entry; one name may have several versions, for several Pythons."""
    return set(PIN.findall(lock))


def addressed(node_lock: dict[str, Any]) -> list[str]:
    """Entries of npm's lock that name an address or have no hash."""
    entries = {name: entry for name, entry in node_lock["packages"].items() if name}
    return [name for name, entry in entries.items() if "resolved" in entry or not entry.get("integrity")]


def unhashed(lock: str) -> list[str]:
    """Lines of a lock that give a version and no hash after it, or an address."""
    lines = lock.splitlines()
    bare = [line for line, after in zip(lines, [*lines[1:], ""], strict=True) if re.match(r"[\w.-]+==", line) and "--hash=" not in after]
    return bare + [line for line in lines if "://" in line]


def test_each_floor_is_locked() -> None:
    for lock in LOCKS:
        floors = asked_for((ROOT / lock.replace(".lock", ".in")).read_text())
        missing = floors - {name for name, _ in pins((ROOT / lock).read_text())}
        assert floors
        assert not missing, f"{lock}: lacks {missing}: run make lock"


def test_locks_have_hashes_and_no_addresses() -> None:
    for lock in LOCKS:
        assert not (found := unhashed((ROOT / lock).read_text())), "\n".join(found)
    assert not addressed(json.loads((ROOT / "package-lock.json").read_text()))


def test_tests_run_on_the_shipped_versions() -> None:
    shipped, tested = (pins((ROOT / lock).read_text()) for lock in LOCKS[:2])
    assert shipped
    assert not shipped - tested, "run make lock"


def test_the_checks_can_fail() -> None:
    assert asked_for("# words\n-r other.in\nsqlalchemy>=2,<3\nruamel.yaml>=0.18\n") == {"sqlalchemy", "ruamel-yaml"}
    assert pins("anyio==4.1 \\\n    --hash=sha256:00\nuvloop==1.0 ; sys_platform != 'win32' \\\n") == {("anyio", "4.1"), ("uvloop", "1.0")}
    assert unhashed("anyio==4.1\n    # via starlette\n")
    assert unhashed("--index-url https://mirror.example/simple\n")
    assert addressed({"packages": {"": {}, "node_modules/a": {"integrity": "sha512-x", "resolved": "https://mirror.example/a.tgz"}}})
