"""The table as a whole: each scope at each entry, and what is said for addresses, methods and tokens that are none."""

import re
from typing import Any

import pytest

from app.api.table import API_ENTRIES
from app.core.roles import ROLES, SCOPE_PERMISSIONS, SCOPES, Role, Scope, may
from app.door.entry import Entry
from tests.api.desk import Desk

HTTP = [e for e in API_ENTRIES if e.method != "WS"]
NOBODY = "0" * 20


def call(desk: Desk, entry: Entry, headers: dict[str, str]) -> Any:
    path = re.sub(r"\{id\}", NOBODY, re.sub(r"\{(ref|policy)(:\w+)?\}", "nobody", entry.path))
    body = None if entry.method in ("GET", "DELETE") else {}
    return desk.client.request(entry.method, path, json=body, headers=headers)


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_is_let_in_or_refused_at_each_entry(desk: Desk, scope: Scope) -> None:
    headers = desk.headers(scope)
    for entry in HTTP:
        if entry.access.public:
            continue
        assert entry.access.permission is not None, f"{entry.path}: an entry of the API names its permission"
        status = call(desk, entry, headers).status_code
        if entry.access.permission in SCOPE_PERMISSIONS[scope]:
            assert status < 500, (entry.method, entry.path, status)
        else:
            assert status == 403, (entry.method, entry.path, status)


@pytest.mark.parametrize("role", ROLES)
def test_a_token_never_exceeds_its_person(desk: Desk, role: Role) -> None:
    headers = desk.headers("admin", role)
    for entry in HTTP:
        permission = entry.access.permission
        if permission is not None and permission != "ingest" and not may(role, permission):
            assert call(desk, entry, headers).status_code == 403, (entry.method, entry.path)


def test_without_a_live_token_every_guarded_entry_says_401(desk: Desk) -> None:
    for entry in HTTP:
        if not entry.access.public:
            for headers in ({}, {"Authorization": "Bearer unknown"}, {"Authorization": "Basic YTpi"}):
                answer = call(desk, entry, headers)
                assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), (entry.method, entry.path)


def test_what_changes_data_is_never_open_and_never_a_read_permission() -> None:
    reads = {"POST /api/v1/rules/check", "POST /api/v1/rules/backtest"}
    for entry in HTTP:
        if entry.method != "GET" and f"{entry.method} {entry.path}" not in reads:
            assert entry.access.permission is not None
            assert not entry.access.permission.endswith(".read"), entry.path


def test_an_address_that_is_none_is_a_problem(desk: Desk) -> None:
    for path in ("/api/v1/nothing", "/api", "/api/v2/cases"):
        answer = desk.client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "not_found"
    assert desk.client.get("/elsewhere").headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/api/v1/cases", "GET, HEAD"),
        ("PATCH", f"/api/v1/customers/{NOBODY}", "DELETE, GET, HEAD"),
        ("GET", "/api/v1/mentions", "POST"),
        ("POST", "/api/v1/rules", "GET, HEAD, PUT"),
    ],
)
def test_a_wrong_method_is_a_problem_that_lists_the_right_ones(desk: Desk, method: str, path: str, allow: str) -> None:
    answer = desk.client.request(method, path, headers=desk.headers("admin"))
    assert answer.status_code == 405
    assert answer.headers["allow"] == allow
    assert answer.json()["code"] == "method_not_allowed"


def test_a_surprise_is_a_problem_without_a_word_of_the_inside(desk: Desk) -> None:
    headers = desk.headers("read")
    with desk.ports.db.write() as tx:
        tx.conn.exec_driver_sql('ALTER TABLE "case" RENAME TO elsewhere')
    answer = desk.client.get("/api/v1/cases", headers=headers)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "elsewhere" not in answer.text
    assert "SELECT" not in answer.text
