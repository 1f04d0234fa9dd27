"""Names say what a thing is, packages say what they are for, and nothing is left for later."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from typing import Final

from tests.house.source import Source, at, python_files, repository

EMPTY_WORDS: Final = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
EMPTY_STEMS: Final = {"base", "base_service", "shared", "stuff"}
# One letter of each stands in brackets, so that this file does not find itself.
LATER: Final = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X)\b")
IGNORE: Final = re.compile(r"#\s*type:\s*ignore(\[[\w\-, ]+\])?(?P<rest>.*)")
SHORTEST_PARAGRAPH: Final = 80  # characters: one full sentence with its object


def empty_names(files: Iterable[Source]) -> list[str]:
    """Modules, packages and classes whose name says nothing."""
    found = []
    for source in files:
        for part in (*source.parts[:-1], source.stem):
            if part in EMPTY_STEMS or EMPTY_WORDS & set(part.lower().split("_")):
                found.append(f"{source.path}: {part!r} names nothing: name the thing, or put it where it is used")
        for node in (n for n in ast.walk(source.tree) if isinstance(n, ast.ClassDef)):
            last = re.findall(r"[A-Z][a-z0-9]*", node.name)[-1:]
            if last and last[0].lower() in EMPTY_WORDS:
                found.append(at(source, node, f"{node.name}: name the thing it is"))
    return found


def silent_packages(files: Iterable[Source]) -> list[str]:
    """Packages that do not open with a paragraph, and folders of modules without an ``__init__.py``."""
    sources = {s.path: s for s in files}
    folders = {path.rpartition("/")[0] for path in sources}
    found = []
    for folder in sorted(folders):
        opening = sources.get(f"{folder}/__init__.py")
        if opening is None:
            found.append(f"{folder}: has no __init__.py with its paragraph")
        elif len(ast.get_docstring(opening.tree) or "") < SHORTEST_PARAGRAPH:
            found.append(f"{opening.path}: opens with one paragraph: what for, what not, where next")
    return found


def _comments(source: Source) -> Iterator[tuple[int, str]]:
    """Each comment with its line. In Python only real comments: a text may hold any word, in any language."""
    if not source.path.endswith(".py"):
        yield from enumerate(source.text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def left_for_later(files: Iterable[Source]) -> list[str]:
    """Notes to do something one day, and type ignores that give no rule or no reason."""
    found = []
    for source in files:
        if not source.path.endswith((".py", ".js", ".css", ".html", ".sh", ".toml")):
            continue
        for line, text in _comments(source):
            if LATER.search(text):
                found.append(f"{source.path}:{line}: a note for later is not a comment: do it, or open an issue")
            ignore = IGNORE.search(text) if source.path.endswith(".py") else None
            if ignore and (not ignore[1] or len(ignore["rest"].strip("# ").split()) < 2):
                found.append(f"{source.path}:{line}: an ignore names its rule and carries its reason: # type: ignore[rule]  # why")
    return found


def test_names_name_something() -> None:
    assert not (found := empty_names(python_files("app", "bench", "rig", "faults", "tests", "scripts"))), "\n".join(found)


def test_packages_open_with_a_paragraph() -> None:
    assert not (found := silent_packages(s for s in python_files("app", "bench", "rig", "faults") if "versions" not in s.parts)), "\n".join(
        found
    )


def test_nothing_is_left_for_later() -> None:
    assert not (found := left_for_later(repository())), "\n".join(found)


def test_the_checks_can_fail() -> None:
    assert empty_names([Source("app/cases/case_utils.py", "")])
    assert empty_names([Source("app/cases/lease.py", "class LeaseManager:\n    x = 1\n")])
    assert not empty_names([Source("app/cases/lease.py", "class Lease:\n    x = 1\n")])
    assert silent_packages([Source("app/cases/__init__.py", '"""Cases."""\n')])
    assert silent_packages([Source("app/cases/model.py", "")])
    assert left_for_later([Source("app/a.py", "x = 1  # TO" + "DO: more\n")])
    assert not left_for_later([Source("app/a.py", "text = 'TO" + "DO MAL'\n")])
    assert left_for_later([Source("app/a.py", "x = f()  # type: " + "ignore[arg-type]\n")])
    assert not left_for_later([Source("app/a.py", "x = f()  # type: " + "ignore[arg-type]  # the stub lacks None\n")])
