"""What the house checks read: the repository's own files, and Python files as syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", ".venv", "node_modules", "data", "__pycache__", "vendor"}


@dataclass(frozen=True)
class Source:
    """One text file. ``path`` is relative to the repository, with forward slashes."""

    path: str
    text: str

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return Path(self.path).stem

    @property
    def parts(self) -> tuple[str, ...]:
        """The path cut at its slashes."""
        return tuple(self.path.split("/"))

    @cached_property
    def tree(self) -> ast.Module:
        """The file as a syntax tree."""
        return ast.parse(self.text, self.path)


def _names() -> Iterator[str]:
    """Files that are in git or would be: tracked, and new ones that are not ignored."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        yield from subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):  # A copy without git: everything but what set-up makes.
        for path in ROOT.rglob("*"):
            name = path.relative_to(ROOT)
            if path.is_file() and not NOT_OURS & set(name.parts):
                yield name.as_posix()


@cache
def repository() -> tuple[Source, ...]:
    """Every text file of the repository; pictures and other binary files are left out."""
    found = []
    for name in sorted(set(_names())):
        path = ROOT / name
        if not path.is_file():
            continue
        try:
            found.append(Source(name, path.read_bytes().decode()))
        except UnicodeDecodeError:
            continue
    return tuple(found)


def python_files(*folders: str) -> list[Source]:
    """The Python files below the named top folders."""
    return [s for s in repository() if s.path.endswith(".py") and s.parts[0] in folders]


def at(source: Source, node: ast.stmt | ast.expr, words: str) -> str:
    """One finding, in the form an editor can jump to."""
    return f"{source.path}:{node.lineno}: {words}"


def imports_of(tree: ast.AST) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """Every imported module's dotted name. ``from a import b`` gives both ``a`` and ``a.b``, for b may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for a chain of names; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := dotted(node.value)):
        return f"{left}.{node.attr}"
    return ""
