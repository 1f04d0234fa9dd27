"""A network that is not there: a process of its own that takes posts as a webhook's receiver does, and fails on command.

It honours keys (``key``), can be asked (``look-up``), or offers ``neither``. No code of the desk is in it, so what it counted is
another's word: every call with its time, key and customer, every post that stands on it, every signature that was false.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote

from httpx2 import Client, TransportError
from standardwebhooks import Webhook, WebhookVerificationError

from rig.loopback import HOST
from rig.waiting import until

Kind = Literal["key", "look-up", "neither"]
KINDS: Final[tuple[Kind, ...]] = ("key", "look-up", "neither")
FaultName = Literal["429", "503", "500", "500 after posting", "hang", "broken body", "slow", "cut", "400"]
_ROOT: Final = Path(__file__).resolve().parent.parent
_ON_THE_WAY_SECONDS: Final = 0.5  # a call may already have been on the wire when a 429 for its account was answered
_LONGEST_BODY: Final = 1_000_000


@dataclass(frozen=True)
class Trouble:
    """What the next ``times`` calls meet, on one account or on any. ``seconds`` is Retry-After, or how long it hangs or works
    before it posts."""

    name: FaultName
    times: int = 1
    seconds: float = 0.0
    account: str | None = None


@dataclass
class _Book:
    """What the network remembers; every change under ``guard``."""

    kind: Kind
    secret: str
    tail_seconds: float
    ledger: Path
    posts: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    by_key: dict[str, dict[str, Any]] = field(default_factory=dict)
    at_work: set[str] = field(default_factory=set)
    quiet: dict[str, tuple[float, float]] = field(default_factory=dict)
    false_signatures: int = 0
    early_same_reply: int = 0
    early_same_account: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, key: str, data: dict[str, Any], attempt: str) -> Trouble | None:
        """Note a call, and what it shall meet."""
        now, account = time.time(), str(data.get("account"))
        with self.guard:
            told, over = self.quiet.get(f"reply {key}", (0.0, 0.0))
            self.early_same_reply += told < now < over
            told, over = self.quiet.get(f"account {account}", (0.0, 0.0))
            self.early_same_account += told + _ON_THE_WAY_SECONDS < now < over
            trouble = next((t for t in self.troubles if t.account in (None, account)), None)
            if trouble is not None:
                at, left = self.troubles.index(trouble), trouble.times - 1
                self.troubles[at : at + 1] = [replace(trouble, times=left)] if left else []
            met = trouble.name if trouble else ""
            self.calls.append({"at": now, "key": key, "account": account, "attempt": attempt, "met": met})
            if trouble and trouble.name in ("429", "503"):
                self.quiet[f"reply {key}"] = self.quiet[f"account {account}"] = (now, now + trouble.seconds)
            return trouble

    def post(self, key: str, data: dict[str, Any]) -> dict[str, Any]:
        """Put it on the network: once for a key where keys are honoured, else each time it comes."""
        with self.guard:
            if self.kind == "key" and key in self.by_key:
                return self.by_key[key]
            id = f"n{len(self.posts) + 1}"
            to = data["in_reply_to"]
            made = {"id": id, "at": time.time(), "key": key, "customer": to["author"], "to": to["external_id"], "text": data["text"]}
            self.posts.append(made)
            self.by_key[key] = made
            with self.ledger.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(made) + "\n")
            return made


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    book: _Book

    def log_message(self, format: str, *args: object) -> None:
        """Its ledger says what it did."""

    def do_GET(self) -> None:
        """A look-up, or the whole book for the checker."""
        if self.path == "/control":
            with self.book.guard:
                told = {k: getattr(self.book, k) for k in ("posts", "calls", "false_signatures", "early_same_reply", "early_same_account")}
            self._answer(200, told)
            return
        key = unquote(self.path.removeprefix("/posts/"))
        if self.book.kind != "look-up" or not self._signed(""):
            self._answer(403, {"detail": "this network cannot be asked so"})
            return
        with self.book.guard:
            found = self.book.by_key.get(key)
        if found is None:
            self._answer(404, {"detail": "no such post"})
        else:
            self._answer(200, {"external_id": found["id"], "url": f"https://network.example/{found['id']}"})

    def do_POST(self) -> None:
        """A post, or the control's list of what the next calls shall meet."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _LONGEST_BODY)).decode()
        if self.path == "/control":
            given = json.loads(body)
            with self.book.guard:
                self.book.tail_seconds = given.get("tail_seconds", self.book.tail_seconds)
                if "troubles" in given:
                    self.book.troubles[:] = [Trouble(**one) for one in given["troubles"]]
            self._answer(200, {})
            return
        if not self._signed(body):
            with self.book.guard:
                self.book.false_signatures += 1
            self._answer(401, {"detail": "the signature is false"})
            return
        self._take(self.headers["webhook-id"], json.loads(body)["data"])

    def _take(self, key: str, data: dict[str, Any]) -> None:
        trouble = self.book.begin(key, data, self.headers.get("earshot-attempt", ""))
        name = trouble.name if trouble else None
        seconds = trouble.seconds if trouble else 0.0
        if name in ("429", "503"):
            self._answer(int(name), {"detail": "slow down"}, {"Retry-After": f"{seconds:.0f}"})
        elif name == "500":
            self._answer(500, {"detail": "out of order"})
        elif name == "400":
            self._answer(400, {"detail": "this text is <b>not</b> wanted here"})
        elif name == "cut":
            self.close_connection = True
        elif not self._enter(key):
            self._answer(409, {"detail": "a request with this key is being worked on"})
        else:
            try:
                self._post(key, data, name, seconds)
            finally:
                with self.book.guard:
                    self.book.at_work.discard(key)

    def _enter(self, key: str) -> bool:
        with self.book.guard:
            busy = self.book.kind == "key" and key in self.book.at_work
            self.book.at_work.add(key)
            return not busy

    def _post(self, key: str, data: dict[str, Any], name: FaultName | None, seconds: float) -> None:
        if name == "slow":
            time.sleep(seconds)
        made = self.book.post(key, data)
        time.sleep(seconds if name == "hang" else self.book.tail_seconds)
        if name == "500 after posting":
            self._answer(500, {"detail": "died after it had posted"})
        elif name == "broken body":
            self._answer(200, {"external_id": made["id"]}, {"Content-Length": "4000"})
            self.close_connection = True
        elif name == "hang":
            self.close_connection = True
        else:
            self._answer(200, {"external_id": made["id"], "url": f"https://network.example/{made['id']}"})

    def _signed(self, body: str) -> bool:
        try:
            Webhook(self.book.secret).verify(body, dict(self.headers), json_parse=False)
            return True
        except (WebhookVerificationError, ValueError):
            return False

    def _answer(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        told = {"Content-Type": "application/json", "Content-Length": str(len(body))} | (headers or {})
        try:
            self.send_response(status)
            for header in told.items():
                self.send_header(*header)
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # whoever asked is gone; that is part of the play
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed in mid-call is no error of the network."""


@dataclass
class Network:
    """A running network and what a desk's settings say of it."""

    kind: Kind
    url: str
    secret: str
    process: "subprocess.Popen[bytes]"
    control: Client

    def settings(self) -> dict[str, str]:
        """The environment that makes it a desk's webhook."""
        settings = {
            "EARSHOT_DEFAULT_PUBLISHER": "webhook", "EARSHOT_WEBHOOK_URL": f"{self.url}/posts", "EARSHOT_WEBHOOK_SECRET": self.secret,
            "EARSHOT_WEBHOOK_HONOURS_KEYS": str(self.kind == "key").lower(),
        }  # fmt: skip
        return settings | ({"EARSHOT_WEBHOOK_LOOKUP_URL": f"{self.url}/posts/{{key}}"} if self.kind == "look-up" else {})

    def meets(self, *troubles: Trouble) -> None:
        """What the next calls meet, in this order; none for good weather."""
        self.control.post("/control", json={"troubles": [asdict(t) for t in troubles]}).raise_for_status()

    def tail(self, seconds: float) -> None:
        """How long it takes to answer after it has posted."""
        self.control.post("/control", json={"tail_seconds": seconds}).raise_for_status()

    def book(self) -> dict[str, Any]:
        """Posts, calls and counts so far."""
        answer = self.control.get("/control")
        book: dict[str, Any] = answer.raise_for_status().json()
        return book

    def per_customer(self) -> Counter[str]:
        """How many posts each customer got."""
        return Counter(post["customer"] for post in self.book()["posts"])


@contextmanager
def network(folder: Path, kind: Kind, *, tail_seconds: float = 0.0) -> Iterator[Network]:
    """A network of this kind in a process of its own, ended with the block; its ledger stands in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    told = folder / "network.port"
    command = [sys.executable, "-P", "-m", "rig.network", kind, str(folder), str(tail_seconds)]
    environment = os.environ | {"PYTHONPATH": str(_ROOT), "NETWORK_SECRET": secret}
    with (folder / "network.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        port = until(lambda: (told.exists() and told.read_text().strip()) or None, "the network")
        with Client(base_url=f"http://{HOST}:{port}", timeout=60, trust_env=False) as control:
            made = Network(kind, f"http://{HOST}:{port}", secret, process, control)
            until(lambda: _up(made), "the network's first answer")
            yield made
    finally:
        process.kill()
        process.wait()
        told.unlink(missing_ok=True)


def _up(made: Network) -> bool:
    try:
        return bool(made.book())
    except TransportError:
        return False


def main() -> None:
    """The process: say the port in a file, then serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tail_seconds", type=float)
    given = parser.parse_args()
    _Handler.book = _Book(given.kind, os.environ["NETWORK_SECRET"], given.tail_seconds, given.folder / "network.jsonl")
    server = _Server((HOST, 0), _Handler)
    (given.folder / "network.port").write_text(f"{server.server_address[1]}\n")
    server.serve_forever()


if __name__ == "__main__":
    main()
