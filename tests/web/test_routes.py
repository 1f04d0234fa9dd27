"""The door: every route has its entry, and each entry lets in whom it says, by role, with and without a session."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.api.table import API_ENTRIES
from app.core.roles import PERMISSIONS, ROLES, SCOPE_PERMISSIONS, SCOPES, Role, Scope
from app.door.entry import Entry
from app.door.guard import routes_of
from app.engine.ports import Ports
from app.main import Parts, build_app
from app.people import store as people
from app.web.errors import answer_error
from app.web.table import WEB_ENTRIES
from tests.support.people import hire, signed_in

ENTRIES: Final = (*API_ENTRIES, *WEB_ENTRIES)
UNSAFE: Final = tuple(e for e in ENTRIES if e.method not in ("GET", "WS"))
LET_THROUGH: Final = 204


async def _through(_: Request) -> Response:
    return Response(status_code=LET_THROUGH)


async def _socket_through(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close(1000)


@pytest.fixture
def door(ports: Ports) -> Iterator[TestClient]:
    """The real table and the real guard in front of handlers that only say that they were reached."""
    probes = [replace(e, handler=_socket_through if e.method == "WS" else _through) for e in ENTRIES]
    app = Starlette(routes=list(routes_of(probes, ports, answer_error)))
    with TestClient(app, base_url=ports.settings.base_url, follow_redirects=False) as made:
        yield made


def path_of(entry: Entry) -> str:
    """The entry's path with something in its places."""
    return re.sub(r"\{[^}]+\}", "0" * 20, entry.path)


def knock(door: TestClient, entry: Entry, headers: dict[str, str]) -> int:
    """The status the guard answers with; of a socket 204 when it was let through, else 401 or 403."""
    if entry.method != "WS":
        return door.request(entry.method, path_of(entry), headers=headers).status_code
    with door.websocket_connect(path_of(entry), headers=headers) as socket:
        try:
            said = socket.receive_json()
        except WebSocketDisconnect as closed:
            return LET_THROUGH if closed.code == 1000 else 403
        assert said == {"type": "signed_out"}
        return 401


def expected(entry: Entry, permissions: frozenset[str] | None) -> set[int]:
    """What the guard must answer to somebody with these permissions, None for nobody."""
    if entry.access.public:
        return {LET_THROUGH}
    if permissions is None:
        return {401, 303} if entry.method == "GET" else {401}
    wanted = entry.access.permission
    return {LET_THROUGH} if wanted is None or wanted in permissions else {403}


def wrong(door: TestClient, headers: dict[str, str], permissions: frozenset[str] | None) -> list[str]:
    """Every entry that answers otherwise than its access says."""
    found = []
    for entry in ENTRIES:
        status = knock(door, entry, headers)
        if status not in (right := expected(entry, permissions)):
            found.append(f"{entry.method} {entry.path}: {status}, not {sorted(right)}")
    return found


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_what_its_entry_allows(role: Role, ports: Ports, door: TestClient) -> None:
    who = signed_in(ports, hire(ports, "Someone", role))
    headers = who.headers | {"X-CSRF-Token": who.visitor.csrf, "Origin": ports.settings.base_url}
    assert not (found := wrong(door, headers, PERMISSIONS[role])), "\n".join(found)


@pytest.mark.parametrize("scope", SCOPES)
def test_each_token_reaches_what_its_scope_allows(scope: Scope, ports: Ports, door: TestClient) -> None:
    with ports.db.write() as tx:
        people.add_token(tx, secret=f"secret-{scope}", name="a program", scope=scope, person=None)
    assert not (found := wrong(door, {"Authorization": f"Bearer secret-{scope}"}, SCOPE_PERMISSIONS[scope])), "\n".join(found)


@pytest.mark.parametrize(
    "headers", [{}, {"Cookie": "earshot=made-up"}, {"Authorization": "Bearer made-up"}, {"Authorization": "Basic YTpi"}]
)
def test_nobody_reaches_only_what_is_public(headers: dict[str, str], door: TestClient) -> None:
    assert not (found := wrong(door, headers, None)), "\n".join(found)


def test_a_token_never_exceeds_its_person(ports: Ports, door: TestClient) -> None:
    trainee = hire(ports, "Tim", "trainee")
    with ports.db.write() as tx:
        people.add_token(tx, secret="s", name="a program", scope="admin", person=trainee.person())
    may = PERMISSIONS["trainee"] & SCOPE_PERMISSIONS["admin"] | {"ingest"}  # to deliver is a right of tokens alone
    assert not (found := wrong(door, {"Authorization": "Bearer s"}, may)), "\n".join(found)


def test_a_write_with_a_session_needs_its_csrf_token(ports: Ports, door: TestClient) -> None:
    who, other = (signed_in(ports, hire(ports, name, "admin")) for name in ("Ada", "Eve"))
    for entry in UNSAFE:
        if entry.access.public:
            continue
        for token in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "x" * 64}, {"X-CSRF-Token": other.visitor.csrf}):
            assert knock(door, entry, who.headers | token) == 403, f"{entry.method} {entry.path} took {token}"


@pytest.mark.parametrize(
    "foreign",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.example:8000"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Host": "evil.example"},
    ],
)
def test_a_write_from_another_site_is_refused(foreign: dict[str, str], ports: Ports, door: TestClient) -> None:
    who = signed_in(ports, hire(ports, "Ada", "admin"))
    for entry in UNSAFE:
        headers = who.headers | {"X-CSRF-Token": who.visitor.csrf} | foreign
        assert knock(door, entry, headers) == 403, f"{entry.method} {entry.path}"
    for entry in (e for e in ENTRIES if e.method == "WS"):
        assert knock(door, entry, who.headers | foreign) == 403, entry.path


def test_a_socket_with_a_session_must_say_where_it_comes_from(ports: Ports, door: TestClient) -> None:
    who = signed_in(ports, hire(ports, "Ana"))
    for entry in (e for e in ENTRIES if e.method == "WS"):
        assert knock(door, entry, who.headers) == 403, entry.path
        assert knock(door, entry, who.headers | {"Sec-Fetch-Site": "same-origin"}) == LET_THROUGH, entry.path


def test_every_route_of_the_application_comes_from_an_entry(ports: Ports) -> None:
    entries = {(e.method, e.path) for e in ENTRIES}
    assert len(entries) == len(ENTRIES), "an entry stands twice"
    found = set()
    for route in build_app(ports, Parts(jobs=False)).routes:
        if isinstance(route, Mount):
            assert route.path == "/static"
        elif isinstance(route, WebSocketRoute):
            found.add(("WS", route.path))
        else:
            assert isinstance(route, Route)
            found |= {(method, route.path) for method in (route.methods or set()) - {"HEAD"}}
    assert found == entries


def test_an_entry_cannot_be_made_without_saying_who_may() -> None:
    with pytest.raises(TypeError):
        Entry("GET", "/x", _through)  # type: ignore[call-arg]  # the missing access is the point


def test_what_no_entry_names_is_not_there(client: TestClient) -> None:
    for path in (
        "/nothing",
        "/api/v1/nothing",
        "/docs",
        "/metrics/x",
        "/cases/x/y/z",
        "/static/../app/main.py",
        "/static/%2e%2e/app/main.py",
    ):
        assert client.get(path).status_code == 404, path
    assert client.request("DELETE", "/inbox").status_code in (404, 405)
    assert client.request("TRACE", "/inbox").status_code in (404, 405)


def test_public_entries_are_the_few_that_must_be() -> None:
    assert {(e.method, e.path) for e in ENTRIES if e.access.public} == {
        ("GET", "/"), ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/api/openapi.json"),
        ("GET", "/metrics"),
    }  # fmt: skip


def test_metrics_are_open_to_the_own_machine_only(ports: Ports, client: TestClient) -> None:
    who = signed_in(ports, hire(ports, "Aud", "auditor"))
    assert client.get("/metrics").status_code == 401, "the test's client has no address of this machine"
    assert client.get("/metrics", headers=who.headers).status_code == 200
