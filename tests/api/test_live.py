"""The live stream: order, resumption, what each may see, the end of a right, and the reader that falls behind."""

import json
import socket as sockets
import threading
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from app.actions.set_presence import set_presence
from app.api import live
from app.api.events import PAGE_EVENTS, may_see
from app.core.asker import DESK, Asker
from app.core.clock import SetClock
from app.core.events import SYSTEM, Event, NewEvent
from app.core.roles import SCOPE_PERMISSIONS
from app.engine.log import EVENT, head
from app.engine.telemetry import REGISTRY
from app.people import store as people
from tests.api.desk import Desk, api_app
from tests.api.server import serving

LONG = 60
NOON = "2026-03-02T12:00:00.000Z"  # when the fixture's clock stands


def say(desk: Desk, count: int, kind: str = "notice.sent", **data: Any) -> None:
    with desk.ports.db.write() as tx:
        for n in range(count):
            tx.append(NewEvent(kind, SYSTEM, {"n": n} | data))


def newest(desk: Desk) -> int:
    with desk.ports.db.read() as conn:
        return head(conn)


def hear(socket: ClientConnection) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(socket.recv(LONG))
    return told


def ended(socket: ClientConnection) -> tuple[int, str]:
    """Code and reason with which the server closed, after whatever it still said."""
    with suppress(ConnectionClosed):
        while True:
            hear(socket)
    return socket.close_code or 0, socket.close_reason or ""


def dropped() -> float:
    """How many readers were let go so far."""
    return REGISTRY.get_sample_value("earshot_live_dropped_total") or 0.0


@pytest.fixture
def stream(desk: Desk):
    """Opens sockets on a real server."""
    with serving(api_app(desk.ports)) as address:
        yield lambda since=None, **headers: connect(
            f"ws://{address}/api/v1/live" + ("" if since is None else f"?since={since}"),
            additional_headers=headers or desk.headers("read"), compression=None, close_timeout=1,
        )  # fmt: skip


def test_hello_comes_first_and_then_every_event_once_and_in_order(desk: Desk, stream: Any) -> None:
    since = newest(desk)
    with stream() as socket:
        assert hear(socket) == {"type": "hello", "head": since, "at": NOON, "heartbeat_seconds": 15.0}
        say(desk, 600)
        seqs = [hear(socket)["seq"] for _ in range(600)]
    assert seqs == list(range(since + 1, since + 601))


def test_a_cursor_resumes_where_it_stood(desk: Desk, stream: Any) -> None:
    since = newest(desk)
    say(desk, PAGE_EVENTS + 10)
    with stream(since + 5) as socket:
        assert hear(socket)["type"] == "hello"
        assert [hear(socket)["seq"] for _ in range(PAGE_EVENTS + 5)] == list(range(since + 6, since + PAGE_EVENTS + 11))


def test_an_event_has_the_contracts_form(desk: Desk, stream: Any) -> None:
    since = newest(desk)
    say(desk, 1)
    with stream(since) as socket:
        hear(socket)
        told = hear(socket)
    assert told == {
        "seq": since + 1, "type": "notice.sent", "at": "2026-03-02T12:00:00.000Z", "case": None, "customer": None, "mention": None,
        "actor": {"kind": "system", "id": None}, "cause": None, "data": {"n": 0},
    }  # fmt: skip


@pytest.mark.parametrize("since", ["999999", "-1", "1e3", "9" * 40, "²", "abc"])
def test_a_cursor_from_nowhere_is_told_to_start_afresh_and_goes_on(desk: Desk, stream: Any, since: str) -> None:
    with stream(since) as socket:
        assert hear(socket)["type"] == "hello"
        assert hear(socket) == {"type": "reset", "head": newest(desk), "at": NOON}
        say(desk, 1)
        assert hear(socket)["seq"] == newest(desk)


def test_a_cursor_older_than_what_is_kept_is_told_so(desk: Desk, stream: Any) -> None:
    say(desk, 20)
    with desk.ports.db.write() as tx:
        tx.conn.execute(EVENT.delete().where(EVENT.c.seq <= newest(desk) - 5))
    with stream(newest(desk) - 6) as socket:
        assert [hear(socket)["type"] for _ in range(2)] == ["hello", "reset"]
    with stream(newest(desk) - 5) as socket:
        assert [hear(socket)["type"] for _ in range(6)] == ["hello"] + ["notice.sent"] * 5


def restored(desk: Desk, clock: SetClock, backed_up: int, grown: int) -> None:
    """Put a backup back, and let the desk go on for a while."""
    with desk.ports.db.write() as tx:
        tx.conn.execute(EVENT.delete().where(EVENT.c.seq > backed_up))
    clock.move(seconds=60)
    say(desk, grown)


@pytest.mark.parametrize("grown", [1, 8])
def test_a_restored_database_is_noticed_also_when_its_log_has_grown_past_the_cursor(
    desk: Desk, stream: Any, clock: SetClock, grown: int
) -> None:
    backed_up = newest(desk)
    say(desk, 4)
    cursor = f"{newest(desk)}&at={NOON}"
    with stream(cursor) as socket:
        assert hear(socket)["type"] == "hello"
        restored(desk, clock, backed_up, grown)
        assert hear(socket)["type"] == "reset", "an open stream is told too"
    with stream(cursor) as socket:
        assert [hear(socket)["type"] for _ in range(2)] == ["hello", "reset"]
    since, at = cursor.split("&at=")
    assert poll(desk, since=since, at=at).json()["type"] == "reset"
    page = poll(desk, since=newest(desk) - 1, at="2026-03-02T12:01:00Z").json()
    assert (page["type"], page["next"]) == ("events", newest(desk)) if grown > 1 else ("reset", newest(desk))


def test_a_quiet_stream_beats(desk: Desk, stream: Any) -> None:
    object.__setattr__(desk.ports, "settings", desk.ports.settings.model_copy(update={"earshot_heartbeat_seconds": 0.2}))
    with stream() as socket:
        assert hear(socket)["heartbeat_seconds"] == 0.2
        assert hear(socket) == {"type": "beat", "head": newest(desk), "at": NOON}


def test_each_sees_what_it_may(desk: Desk, stream: Any) -> None:
    def kinds(asker: Asker) -> set[str]:
        some = [
            "case.opened",
            "person.updated",
            "presence.changed",
            "intake.parked",
            "customer.erased",
            "rules.activated",
            "channel.changed",
        ]
        return {k for k in some if may_see(asker, Event(1, k, desk.ports.clock.now(), SYSTEM, {}, None, None, None, None, 0))}

    read = Asker(SYSTEM, SCOPE_PERMISSIONS["read"])
    assert kinds(read) == {"case.opened", "person.updated", "presence.changed", "customer.erased", "rules.activated"}
    assert "intake.parked" in kinds(DESK)
    assert kinds(Asker(SYSTEM, frozenset({"cases.read"}))) == {"case.opened"}
    with stream() as socket:
        hear(socket)
        say(desk, 1, "intake.parked")
        say(desk, 1)
        assert hear(socket)["type"] == "notice.sent"


def test_without_the_right_to_see_cases_the_door_stays_shut(desk: Desk, stream: Any) -> None:
    for headers, code in ((desk.headers("ingest"), "forbidden"), ({"Authorization": "Bearer no"}, "not_signed_in")):
        with stream(**headers) as socket:
            assert ended(socket) == (1008, code)


def test_a_right_that_ends_closes_the_stream(desk: Desk, stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RECHECK_SECONDS", 0.1)
    secret = desk.token("read")
    with stream(Authorization=f"Bearer {secret}") as socket:
        hear(socket)
        with desk.ports.db.write() as tx:
            found = people.token_and_person(tx.conn, secret)
            assert found is not None
            people.revoke_token(tx, found[0].id)
        assert ended(socket) == (1008, "signed_out")


def test_a_change_of_rights_is_heeded_before_the_next_event(desk: Desk, stream: Any) -> None:
    with stream(**desk.headers("agent", "agent")) as socket:
        hear(socket)
        with desk.ports.db.write() as tx:
            people.change(tx, desk.people["agent"], disabled=True)
            tx.append(NewEvent("person.updated", SYSTEM, {"person": desk.people["agent"]}))
            tx.append(NewEvent("notice.sent", SYSTEM, {}))
        assert hear(socket) == {"type": "signed_out"}


def test_one_who_says_much_is_shown_the_door_and_what_is_said_harms_nobody(desk: Desk, stream: Any) -> None:
    with stream() as socket:
        hear(socket)
        for word in ("{", "\x00", "a" * 60_000, "[" * 5_000):
            socket.send(word)
        say(desk, 1)
        assert hear(socket)["type"] == "notice.sent"
        with suppress(ConnectionClosed):
            for _ in range(live.MAX_FRAMES * 3):
                socket.send("{}")
        assert ended(socket) == (1008, "too many frames")


def test_a_reader_that_takes_nothing_is_let_go_and_the_others_hear_on(desk: Desk, stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SEND_SECONDS", 1.0)
    object.__setattr__(desk.ports, "settings", desk.ports.settings.model_copy(update={"earshot_heartbeat_seconds": 0.2}))
    before = dropped()
    with stream() as quick:
        hear(quick)
        address = quick.socket.getpeername()
        with sockets.socket() as slow:
            slow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
            slow.connect(address)
            head_lines = (
                "GET /api/v1/live HTTP/1.1", "Host: desk", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", f"Authorization: Bearer {desk.token('read')}", "", "",
            )  # fmt: skip
            slow.sendall("\r\n".join(head_lines).encode())
            assert b"101" in slow.recv(200)
            # Said beside, for who is to hear on has to read all the while: what is not taken within a second is not taken.
            saying = threading.Thread(target=lambda: [say(desk, 50, text="x" * 50_000) for _ in range(4)])
            saying.start()
            while dropped() == before:
                assert hear(quick)["type"] in ("notice.sent", "beat")
            saying.join()
            slow.settimeout(LONG)
            taken = 0
            with suppress(ConnectionError):
                while chunk := slow.recv(1_000_000):
                    taken += len(chunk)
    assert taken < 200 * 50_000, "the slow reader was let go before it had everything"


def poll(desk: Desk, **params: Any) -> Any:
    return desk.client.get("/api/v1/events", params=params, headers=desk.headers("read"))


def test_the_long_poll_gives_the_same_items_and_a_cursor(desk: Desk) -> None:
    since = newest(desk)
    assert poll(desk).json() == {"type": "events", "head": since, "items": [], "next": since, "next_at": NOON}
    say(desk, 3)
    page = poll(desk, since=since).json()
    assert [e["seq"] for e in page["items"]] == [since + 1, since + 2, since + 3]
    assert page["next"] == since + 3
    assert poll(desk, since=since + 99).json() == {"type": "reset", "head": since + 3, "items": [], "next": since + 3, "next_at": NOON}


def test_the_long_poll_waits_until_something_happens(desk: Desk) -> None:
    since = newest(desk)
    with serving(api_app(desk.ports)) as address, sockets.create_connection(address.split(":")) as asking:
        lines = (f"GET /api/v1/events?since={since}&wait=20 HTTP/1.1", "Host: desk", f"Authorization: Bearer {desk.token('read')}", "", "")
        asking.sendall("\r\n".join(lines).encode())
        set_presence(desk.ports, DESK, "away", "lunch", desk.people["agent"])
        asking.settimeout(LONG)
        answer = asking.recv(65_536)
        assert b"200 OK" in answer
        while b"presence.changed" not in answer:
            answer += asking.recv(65_536)


@pytest.mark.parametrize("params", [{"since": "x"}, {"since": -1}, {"wait": 61}, {"wait": -1}, {"wait": "nan"}, {"limit": 1}])
def test_a_wrong_poll_is_named(desk: Desk, params: dict[str, Any]) -> None:
    answer = poll(desk, **params)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["query", next(iter(params))])
