"""A process that is told to stop: it lets a balancer look away, sends its sockets away, finishes what it took, and ends in time."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from httpx2 import Client, ConnectError, ReadError, Response
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from app.core.clock import rfc3339
from app.engine.intake_queue import INTAKE
from app.engine.leases import LEASE
from app.engine.stopping import SPREAD_SECONDS
from app.mentions.tables import MENTION
from app.serving.stopper import FORCED, HURRY_SECONDS, STOP_SECONDS
from rig.desk import ROOT, Running, Site
from rig.waiting import until
from tests.support.desk import mention

RESTART: Final = 1012
SOON_SECONDS: Final = 20.0  # on a busy machine; an idle desk ends in a tenth of a second after its drain


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path / "site", f"sqlite:///{tmp_path / 'desk.db'}") as made:
        yield made


def told(running: Running, *more: signal.Signals) -> float:
    """Tell it to stop, and be its exit's wait: the seconds it took."""
    began = time.monotonic()
    for one in more or (signal.SIGTERM,):
        running.process.send_signal(one)
    running.process.wait(STOP_SECONDS + SOON_SECONDS)
    return time.monotonic() - began


def said(id: str) -> dict[str, Any]:
    return mention(id, f"@acme parcel {id} is late", handle=f"a{id}", created_at=rfc3339(datetime.now(UTC)))


def page_socket(site: Site, running: Running, cookie: str) -> ClientConnection:
    return connect(
        running.url.replace("http", "ws") + "/live?page=inbox", additional_headers={"Cookie": cookie}, origin=Origin(running.url)
    )


def api_socket(running: Running, token: dict[str, str]) -> ClientConnection:
    return connect(running.url.replace("http", "ws") + "/api/v1/live", additional_headers=token)


def last_words(line: ClientConnection) -> tuple[dict[str, Any], int | None]:
    """The last frame of a socket that is being closed, and the code it was closed with."""
    frame: dict[str, Any] = {}
    while True:
        try:
            frame = json.loads(line.recv(SOON_SECONDS))
        except ConnectionClosed as closed:
            return frame, closed.rcvd.code if closed.rcvd is not None else None


def test_while_it_drains_it_is_not_ready_and_answers_everything(site: Site) -> None:
    token = site.token()
    with site.serve(EARSHOT_DRAIN_SECONDS="3") as desk, Client(base_url=desk.url, headers=token) as program:
        assert until(lambda: program.get("/readyz").status_code == 200, "ready")
        desk.process.send_signal(signal.SIGTERM)
        refused = until(lambda: answer if (answer := program.get("/readyz")).status_code == 503 else None, "not ready")
        assert [c["name"] for c in refused.json()["checks"]] == ["process"]
        assert refused.headers["connection"] == "close"
        assert program.post("/api/v1/mentions", json=[said("1")]).status_code == 202
        assert desk.process.wait(SOON_SECONDS) == 0
    with site.ports.db.read() as conn:
        rows = [*conn.execute(select(INTAKE.c.key)), *conn.execute(select(MENTION.c.external_id))]
    assert len(rows) == 1, "what was taken while it drained is kept, once"


def test_sockets_and_long_polls_are_sent_away_with_a_word(site: Site) -> None:
    ana, token = site.person("Ana"), site.token("read")
    with (
        site.serve(EARSHOT_DRAIN_SECONDS="0") as desk,
        site.signed_in(ana, desk.url) as agent,
        page_socket(site, desk, agent.cookie) as page,
        api_socket(desk, token) as stream,
        Client(base_url=desk.url, headers=token) as reader,
    ):
        for line in (page, stream):
            assert json.loads(line.recv(SOON_SECONDS))["type"] == "hello"
        polled: list[Response] = []
        poll = threading.Thread(target=lambda: polled.append(reader.get("/api/v1/events?wait=50", timeout=60)))
        poll.start()
        until(lambda: "earshot_live_connections 2.0" in reader.get("/metrics").text, "both sockets")
        seconds = told(desk)
        assert desk.process.returncode == 0
        assert seconds < SOON_SECONDS
        for line in (page, stream):
            assert last_words(line) == ({"type": "restart", "spread_seconds": SPREAD_SECONDS}, RESTART)
        poll.join(SOON_SECONDS)
        assert [(p.status_code, p.json()["items"]) for p in polled] == [(200, [])]


@pytest.mark.parametrize("part", ["web", "worker", "serve"])
def test_each_kind_of_process_ends_well_by_either_signal(site: Site, part: Any) -> None:
    for way in (signal.SIGTERM, signal.SIGINT):
        desk = site.start(part, EARSHOT_DRAIN_SECONDS="0")
        try:
            desk.wait_until_ready()
            assert told(desk, way) < SOON_SECONDS
            assert desk.process.returncode == 0, desk.said()
        finally:
            desk.end()
    with site.ports.db.read() as conn:
        assert {holder for (holder,) in conn.execute(select(LEASE.c.holder))} <= {""}, "its duties are free for others at once"
    assert '"level": "error"' not in site.logs()


def test_what_is_being_taken_in_is_committed_and_nothing_after(site: Site) -> None:
    """Senders without pause while it stops: each gets 202 or no connection, never an error; what got 202 is there."""
    token, kept = site.token(), []
    wrong: list[str] = []
    with site.serve(EARSHOT_DRAIN_SECONDS="0.2") as desk:

        def send(name: int) -> None:
            with Client(base_url=desk.url, headers=token, timeout=30) as program:
                for count in range(100_000):
                    id = f"{name}-{count}"
                    try:
                        answer = program.post("/api/v1/mentions", json=[said(id)])
                    except (ConnectError, ReadError):
                        return
                    except Exception as error:  # what else a client meets when its server goes
                        if "disconnected" not in str(error):
                            wrong.append(repr(error))
                        return
                    if answer.status_code == 202:
                        kept.append(id)
                    else:
                        wrong.append(f"{answer.status_code} {answer.text}")

        senders = [threading.Thread(target=send, args=(n,)) for n in range(4)]
        for sender in senders:
            sender.start()
        until(lambda: len(kept) > 20, "a stream")
        assert told(desk) < SOON_SECONDS
        assert desk.process.returncode == 0
        for sender in senders:
            sender.join(SOON_SECONDS)
    assert not wrong
    with site.ports.db.read() as conn:
        waiting = {row.key.split("\x1f")[2] for row in conn.execute(select(INTAKE.c.key))}
        stored = {row.external_id for row in conn.execute(select(MENTION.c.external_id))}
    assert set(kept) <= waiting | stored


SCRIPT: Final = """
import asyncio, threading, sys
from app.engine.stopping import Stopping
from app.serving.stopper import Stopper

async def main():
    stopper = Stopper(Stopping(), {drain})
    with stopper.hearing():
        print("up", flush=True)
        {how}

asyncio.run(main())
"""


def started(how: str, *, drain: int = 0) -> "subprocess.Popen[bytes]":
    """A process that hears signals, and does ``how``."""
    script = SCRIPT.format(how=how, drain=drain)
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def test_a_second_signal_cuts_the_drain_short() -> None:
    """Of an hour: whoever went on draining would be ended for it, and with another status."""
    process = started('await stopper._told.wait(); print("told", flush=True); await stopper.until_told()', drain=3_600)
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert process.stdout.readline() == b"told\n"
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=STOP_SECONDS + SOON_SECONDS)
    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize(
    "how", ["await asyncio.to_thread(threading.Event().wait)", "threading.Event().wait()", "\n        while True: pass"],
    ids=["a thread", "the loop in a call", "the loop in a circle"],
)  # fmt: skip
def test_whatever_hangs_the_process_ends(how: str) -> None:
    process = started(how)
    began = time.monotonic()
    for one in (signal.SIGTERM, signal.SIGINT):  # two of a kind would be one to a process that has not looked yet
        process.send_signal(one)
    told, _ = process.communicate(timeout=STOP_SECONDS + SOON_SECONDS)
    assert process.returncode == FORCED
    assert time.monotonic() - began < HURRY_SECONDS + SOON_SECONDS
    assert b"did not end in time" in told
    assert b"most recent call first" in told, "where it hung is said"
