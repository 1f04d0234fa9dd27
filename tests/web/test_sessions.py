"""A session ends everywhere at once: for the next request, and on sockets that stand open."""

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from app.actions.disable_person import disable_person
from app.core.clock import SetClock
from app.core.roles import Role
from app.engine.ports import Ports
from app.people import store as people
from app.web.live import feed
from tests.support.people import Signed, hire, signed_in
from tests.support.scene import Scene


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed looks after its sessions more often than in life, where five seconds are the bound."""
    assert feed.RECHECK_SECONDS <= 5
    monkeypatch.setattr(feed, "RECHECK_SECONDS", 0.05)
    monkeypatch.setattr(feed, "POLL_SECONDS", 0.05)


def connect(client: TestClient, ports: Ports, who: Signed, page: str = "inbox:") -> WebSocketTestSession:
    """The live socket of a page."""
    return client.websocket_connect(f"/live?page={page}", headers=who.headers | {"Origin": ports.settings.base_url})


def last_words(opened: WebSocketTestSession) -> tuple[list[str], int]:
    """The kinds of frames until the socket is closed, and the code it is closed with."""
    kinds: list[str] = []
    while True:
        try:
            kinds.append(opened.receive_json()["type"])
        except WebSocketDisconnect as closed:
            return kinds, closed.code


def test_after_signing_out_the_old_cookie_is_dead(ports: Ports, client: TestClient) -> None:
    who = signed_in(ports, hire(ports, "Ana"))
    assert client.get("/inbox", headers=who.headers).status_code == 200
    answer = client.post("/sign-out", headers=who.headers | {"X-CSRF-Token": who.visitor.csrf})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "earshot=" in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache"'
    again = client.get("/inbox", headers=who.headers)
    assert (again.status_code, again.headers["location"]) == (303, "/sign-in?next=/inbox")
    assert client.post("/cases/next", headers=who.headers | {"X-CSRF-Token": who.visitor.csrf}).status_code == 401


def test_signing_out_ends_ones_open_sockets_and_no_others(scene: Scene, client: TestClient) -> None:
    ports, first, second = scene.ports, signed_in(scene.ports, scene.ana), signed_in(scene.ports, scene.ben)
    with connect(client, ports, first) as opened, connect(client, ports, second) as other:
        assert opened.receive_json()["type"] == other.receive_json()["type"] == "hello"
        client.post("/sign-out", headers=first.headers | {"X-CSRF-Token": first.visitor.csrf})
        kinds, code = last_words(opened)
        assert (kinds[-1], code) == ("signed_out", 1008)
        scene.hear()
        assert other.receive_json()["type"] == "patch"


def test_whoever_is_disabled_is_out_at_once(ports: Ports, client: TestClient) -> None:
    chief, who = hire(ports, "Ada", "admin"), signed_in(ports, hire(ports, "Ana"))
    with connect(client, ports, who) as opened:
        disable_person(ports, chief, "ana@desk.example")
        assert last_words(opened)[1] == 1008
    assert client.get("/inbox", headers=who.headers).status_code == 303


@pytest.mark.parametrize("role", ["trainee", "auditor"])
def test_a_changed_role_takes_a_new_connection(ports: Ports, client: TestClient, role: Role) -> None:
    asker = hire(ports, "Sue", "supervisor")
    who = signed_in(ports, asker)
    with connect(client, ports, who) as opened:
        with ports.db.write() as tx:
            people.change(tx, asker.person(), role=role)
        assert last_words(opened)[1] == 1008


def test_a_session_has_an_end(ports: Ports, client: TestClient, clock: SetClock) -> None:
    who = signed_in(ports, hire(ports, "Ana"))
    with connect(client, ports, who) as opened:
        clock.move(hours=ports.settings.earshot_session_hours)
        assert last_words(opened)[1] == 1008
    assert client.get("/inbox", headers=who.headers).status_code == 303


def test_a_token_opens_no_page_socket(ports: Ports, client: TestClient) -> None:
    with ports.db.write() as tx:
        people.add_token(tx, secret="s", name="a program", scope="admin", person=None)
    with client.websocket_connect("/live?page=inbox:", headers={"Authorization": "Bearer s"}) as opened:
        assert last_words(opened)[1] == 1008


def test_the_api_answers_a_dead_session_with_a_problem(ports: Ports, client: TestClient) -> None:
    answer = client.get("/api/v1/cases", headers={"Cookie": "earshot=dead"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
