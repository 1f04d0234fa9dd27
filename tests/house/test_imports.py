"""Imports stand at the top and are never conditional on the type checker: a detour means the layer is wrong."""

import ast
from collections.abc import Iterable

from tests.house.source import Source, at, python_files


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
    assert not (found := detours(python_files("app", "bench", "rig", "faults", "tests", "scripts"))), "\n".join(found)


def test_the_check_can_fail() -> None:
    assert detours([Source("app/a.py", "def f():\n    import json\n")])
    assert detours([Source("app/a.py", "import typing\nif typing.TYPE_CHECKING:\n    import json\n")])
    assert not detours([Source("app/a.py", "import json\n")])
