"""Tests use the real thing: no mocks of our own code, no waiting by the clock, a place that mirrors the package they test."""

import ast
from collections.abc import Iterable
from typing import Final

from tests.house.source import ROOT, Source, at, dotted, imports_of, python_files

# Folders of tests/ that belong to no package of app/.
OWN_FOLDERS: Final = {"house", "bench", "rig", "faults", "histories", "journeys", "browser", "postgres", "support", "scripts"}


def mocks_and_sleeps(files: Iterable[Source]) -> list[str]:
    """Imports of mock libraries, and sleeps of a fixed time."""
    found = []
    for source in files:
        found += [
            at(source, n, "no mocks: use the real part with a set clock")
            for n, name in imports_of(source.tree)
            if name in {"unittest.mock", "mock"}
        ]
        for node in ast.walk(source.tree):
            if not (
                isinstance(node, ast.Call) and dotted(node.func) in {"time.sleep", "asyncio.sleep", "anyio.sleep", "sleep"} and node.args
            ):
                continue
            length = node.args[0]
            if dotted(node.func) in {"time.sleep", "sleep"} or not (isinstance(length, ast.Constant) and length.value == 0):
                found.append(at(source, node, "no sleeps: wait for the event itself, or move the set clock"))
    return found


def strays(files: Iterable[Source], packages: set[str]) -> list[str]:
    """Test files in a folder that mirrors no package and is not one of the known others."""
    return [
        f"{s.path}: tests/{s.parts[1]}/ mirrors no package of app/"
        for s in files
        if len(s.parts) > 2 and s.stem.startswith("test_") and s.parts[1] not in packages | OWN_FOLDERS
    ]


def test_no_mocks_and_no_sleeps() -> None:
    assert not (found := mocks_and_sleeps(python_files("tests"))), "\n".join(found)


def test_tests_stand_where_their_package_stands() -> None:
    packages = {path.stem for path in (ROOT / "app").iterdir()}
    assert not (found := strays(python_files("tests"), packages)), "\n".join(found)


def test_the_checks_can_fail() -> None:
    assert mocks_and_sleeps([Source("tests/a/test_a.py", "from unittest.mock import patch\n")])
    assert mocks_and_sleeps([Source("tests/a/test_a.py", "import time\ntime.sleep(0.1)\n")])
    assert mocks_and_sleeps([Source("tests/a/test_a.py", "import asyncio\nasync def f():\n    await asyncio.sleep(1)\n")])
    assert not mocks_and_sleeps([Source("tests/a/test_a.py", "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n")])
    assert strays([Source("tests/elsewhere/test_a.py", "")], {"cases"})
