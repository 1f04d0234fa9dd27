"""Imports stand at the top and are never conditional on the type checker: a detour means the layer is wrong.

What is read late on purpose stands in ``walls.toml`` with its reason.
"""

import ast
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.house.source import Source, at, python_files

LATE: Final[dict[str, str]] = tomllib.loads(Path(__file__).with_name("walls.toml").read_text(encoding="utf-8"))["late"]


def detours(files: Iterable[Source]) -> list[str]:
    """Imports inside functions, and TYPE_CHECKING blocks."""
    found = []
    for source in files:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [i for i in ast.walk(node) if isinstance(i, ast.Import | ast.ImportFrom)]
                found += [at(source, i, f"import inside {node.name}(): move it to the top, or the module to its layer") for i in inner]
            elif isinstance(node, ast.Name | ast.Attribute) and "TYPE_CHECKING" in (getattr(node, "id", ""), getattr(node, "attr", "")):
                found.append(at(source, node, "a TYPE_CHECKING detour: the layer is wrong"))
    return found


def test_imports_stand_at_the_top() -> None:
    files = python_files("app", "bench", "rig", "faults", "tests", "scripts")
    assert not (found := detours(f for f in files if f.path not in LATE)), "\n".join(found)


def test_what_is_read_late_still_is_and_says_why() -> None:
    by_path = {f.path: f for f in python_files("app")}
    assert all(reason and detours([by_path[path]]) for path, reason in LATE.items())


def test_the_check_can_fail() -> None:
    assert detours([Source("app/a.py", "def f():\n    import json\n")])
    assert detours([Source("app/a.py", "import typing\nif typing.TYPE_CHECKING:\n    import json\n")])
    assert not detours([Source("app/a.py", "import json\n")])
