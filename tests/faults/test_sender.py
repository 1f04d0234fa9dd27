"""The sender against a receiver that fails: it goes on until it is answered, and its ledger says what it was answered, in time."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rig.load import Load
from rig.sending import sending
from rig.waiting import until


class Receiver(ThreadingHTTPServer):
    """Refuses every third call, cuts every fifth, takes the others; remembers what it took."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Takes)
        self.calls = 0
        self.taken: list[str] = []
        self.guard = threading.Lock()


class Takes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        body: Any = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ids = [m["external_id"] for m in (body if isinstance(body, list) else [body])]
        with self.server.guard:
            self.server.calls += 1
            number = self.server.calls
            if number % 3 and number % 5:
                self.server.taken += ids
        if number % 5 == 0:
            self.close_connection = True
            return
        if number % 3 == 0:
            self._answer(429, {}, **{"Retry-After": "0.01"})
        else:
            self._answer(202, {"results": [{"external_id": id, "status": "accepted"} for id in ids]})

    def _answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
        said = json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(said))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def url(receiver: Receiver) -> str:
    return f"http://127.0.0.1:{receiver.server_address[1]}"


def test_it_goes_on_until_everything_is_acknowledged(receiver: Receiver, tmp_path: Path) -> None:
    with sending(Load([url(receiver)], {}, connections=4, total=40, batch=2), tmp_path) as sender:
        summary = sender.wait()
        acknowledged = set(sender.acknowledged())
    assert (summary.made, summary.acknowledged, summary.unacknowledged) == (40, 40, 0)
    assert acknowledged == set(receiver.taken) == {f"m{n}" for n in range(40)}
    assert summary.statuses["429"] == summary.refused == summary.retry_after > 0
    assert sum(summary.errors.values()) > 0


def test_without_retries_the_ledger_holds_only_what_was_taken(receiver: Receiver, tmp_path: Path) -> None:
    load = Load([url(receiver)], {}, connections=2, total=30, rate=300.0, retry=False)
    with sending(load, tmp_path) as sender:
        summary = sender.wait()
        acknowledged = set(sender.acknowledged())
    assert 0 < summary.acknowledged < 30
    assert acknowledged <= set(receiver.taken)


def test_what_is_told_to_stop_finishes_what_is_open(receiver: Receiver, tmp_path: Path) -> None:
    with sending(Load([url(receiver)], {}, connections=2), tmp_path) as sender:
        until(lambda: len(receiver.taken) >= 10, "ten mentions")
        summary = sender.stop()
    assert summary.unacknowledged == 0
    assert summary.acknowledged == summary.made
