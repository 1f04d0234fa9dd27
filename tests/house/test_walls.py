"""The walls import-linter cannot see: judges are pure, pages and API never touch rows, an actions file holds one verb."""

import ast
import re
import tomllib
from collections.abc import Iterable
from typing import Final

from tests.house.source import ROOT, Source, at, imports_of, python_files

DOMAINS: Final = {
    "channels", "mentions", "analysis", "customers", "priority", "routing",
    "cases", "policy", "sla", "escalation", "people", "measures",
}  # fmt: skip
# In a domain, these stems may touch the database; every other file is its model or a judge.
ROW_STEMS: Final = re.compile(r"(tables|store)(_\w+)?|\w+_store")
# What makes code impure: databases, networks, servers, files read behind the caller's back.
OUTSIDE: Final = {
    "sqlalchemy",
    "sqlmodel",
    "psycopg",
    "sqlite3",
    "starlette",
    "uvicorn",
    "httpx2",
    "websockets",
    "apscheduler",
    "subprocess",
    "socket",
}
# Files that stand in a domain and are meant to reach outside, each with its reason.
REACHING_OUT: Final = {
    "app/channels/": "a channel talks to its network",
}


Doors = dict[str, str]


def doors(kind: str) -> Doors:
    """The known exceptions of one kind from ``walls.toml``: path to reason."""
    table: dict[str, Doors] = tomllib.loads((ROOT / "tests/house/walls.toml").read_text())
    for path, reason in table[kind].items():
        assert len(reason.split()) >= 4, f"{path}: its entry in walls.toml gives no reason"
    return table[kind]


def _is_judge(source: Source, sql: Doors) -> bool:
    inside = len(source.parts) > 2 and source.parts[0] == "app" and source.parts[1] in DOMAINS
    reaches_out = any(source.path.startswith(prefix) for prefix in REACHING_OUT)
    return inside and not reaches_out and source.stem != "__init__" and not ROW_STEMS.fullmatch(source.stem) and source.path not in sql


def impure_judges(files: Iterable[Source], sql: Doors) -> list[str]:
    """Judges that import the engine, an outside world, or a file that holds SQL; and doors in the wall that are not used."""
    holds_sql = {path.removesuffix(".py").replace("/", ".") for path in sql}
    found, used = set(), set()
    for source in files:
        for node, name in imports_of(source.tree):
            parts = name.split(".")
            rows = parts[0] == "app" and len(parts) > 2 and (ROW_STEMS.fullmatch(parts[2]) or ".".join(parts[:3]) in holds_sql)
            if parts[0] in OUTSIDE or name.startswith("app.engine") or rows:
                used.add(source.path)
                if _is_judge(source, sql):
                    found.add(at(source, node, f"a judge imports {name}: a file of SQL is named store_* or listed in walls.toml"))
    return sorted(found) + [f"tests/house/walls.toml: {path} needs no door any more" for path in sql if path not in used]


def rows_in_pages(files: Iterable[Source]) -> list[str]:
    """Pages and API that import tables, stores or SQL, or judges of a domain: of a domain they may know its model only."""
    found = []
    for source in files:
        if source.parts[:2] not in {("app", "web"), ("app", "api")}:
            continue
        for node, name in imports_of(source.tree):
            parts = name.split(".")
            of_domain = parts[0] == "app" and len(parts) > 2 and parts[1] in DOMAINS and parts[2] != "model"
            if parts[0] in {"sqlalchemy", "sqlmodel", "psycopg"} or of_domain:
                found.append(at(source, node, f"pages and API see frozen records only, but this imports {name}: ask an action or a query"))
    return sorted(set(found))


def files_without_their_verb(files: Iterable[Source], steps: Doors) -> list[str]:
    """Files of ``actions/`` that neither define the verb they are named after nor are known as shared steps."""
    found, used = [], set()
    for source in files:
        if source.parts[:-1] != ("app", "actions") or source.stem == "__init__":
            continue
        defined = {n.name for n in source.tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
        if source.stem not in defined:
            used.add(source.path)
            if source.path not in steps:
                found.append(f"{source.path}: an actions file holds one verb and bears its name, but there is no {source.stem}() in it")
    return found + [f"tests/house/walls.toml: {path} needs no door any more" for path in steps if path not in used]


def loose_records(files: Iterable[Source]) -> list[str]:
    """Dataclasses in core, models and queries that are not frozen."""
    found = []
    for source in files:
        if source.parts[:2] not in {("app", "core"), ("app", "queries")} and source.stem != "model":
            continue
        for node in (n for n in ast.walk(source.tree) if isinstance(n, ast.ClassDef)):
            for mark in node.decorator_list:
                if "dataclass" in ast.unparse(mark) and "frozen=True" not in ast.unparse(mark):
                    found.append(at(source, node, f"{node.name} is a record: @dataclass(frozen=True)"))
    return found


def test_judges_are_pure() -> None:
    assert not (found := impure_judges(python_files("app"), doors("sql"))), "\n".join(found)


def test_pages_and_api_see_no_rows() -> None:
    assert not (found := rows_in_pages(python_files("app"))), "\n".join(found)


def test_an_actions_file_holds_its_verb() -> None:
    assert not (found := files_without_their_verb(python_files("app"), doors("steps"))), "\n".join(found)


def test_records_are_frozen() -> None:
    assert not (found := loose_records(python_files("app"))), "\n".join(found)


def test_the_checks_can_fail() -> None:
    assert impure_judges([Source("app/routing/decide.py", "from app.engine.database import Database\n")], {})
    assert impure_judges([Source("app/routing/decide.py", "from app.routing import store\n")], {})
    assert impure_judges([Source("app/routing/decide.py", "import sqlalchemy\n")], {})
    assert not impure_judges([Source("app/routing/store.py", "import sqlalchemy\n")], {})
    assert not impure_judges(
        [Source("app/routing/decide.py", "from app.core.facts import Facts\nfrom app.routing.model import Rule\n")], {}
    )
    assert impure_judges([Source("app/cases/decide.py", "from app.cases import outbox\n")], {"app/cases/outbox.py": "a table of its own"})
    assert not impure_judges([Source("app/cases/outbox.py", "import sqlalchemy\n")], {"app/cases/outbox.py": "a table of its own"})
    assert rows_in_pages([Source("app/web/pages/inbox.py", "from app.cases.store import open_cases\n")])
    assert rows_in_pages([Source("app/api/cases.py", "from sqlmodel import select\n")])
    assert not rows_in_pages([Source("app/web/pages/inbox.py", "from app.cases.model import Case\nfrom app.queries.inbox import inbox\n")])
    assert files_without_their_verb([Source("app/actions/send_reply.py", "def send():\n    return 1\n")], {})
    assert files_without_their_verb([], {"app/actions/gone.py": "was shared once by two verbs"})
    assert loose_records([Source("app/cases/model.py", "from dataclasses import dataclass\n@dataclass\nclass Case:\n    id: str\n")])
