"""How long from a POST of a mention to the frame with its row at a browser's socket, by rate and number of open inboxes.

The desk runs as ``earshot serve`` in a process of its own with its jobs; every inbox is another agent's. The load is open-loop
(``posting``), the readers are raw sockets in a process of their own (``listeners``), and the reference is a bare broadcast through the
same two on the same machine in the same run, which shows what network, clients and scheduler take.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from app.actions.create_token import create_token
from app.core.asker import DESK
from app.engine.ports import Ports
from app.people import store as people
from bench.desk import ROOT, desk_in, environment_of
from bench.figures import Figure, Result, quantile
from bench.posting import Posted, post_all
from bench.server import Server, cpu_seconds, resident_mebibytes, running
from bench.texts import texts
from rig.loopback import HOST, free_port

GOAL_MILLISECONDS: Final = 100.0
GOAL_RATIO: Final = 5.0
GOAL_KIBIBYTES: Final = 60.0
CASES: Final[tuple[tuple[int, tuple[int, ...]], ...]] = ((20, (50, 200)), (200, (50, 200, 500)), (1_000, (50, 200)))
"""Open inboxes, and the rates a second that are tried with them."""
_SAMPLED: Final = 20  # sockets that note when a number came; the others only read
_WARM_UP_SECONDS: Final = 3.0  # the judges read their lists in the first second; what is measured is a desk at work
_LAST_FRAMES_SECONDS: Final = 2.0
_PATH: Final = "/live?page=inbox%3Aview%3Dall"


@dataclass(frozen=True, slots=True)
class Heard:
    """One load: what was posted, when the sampled sockets first showed it, and what it cost."""

    posted: Posted
    seen: tuple[dict[int, float], ...]
    frames: int
    mebibytes: float
    gone: int
    reader_share: float
    server_share: float

    def milliseconds(self, since: int) -> list[float]:
        """Each sampled socket's wait for each mention from number ``since`` on."""
        meant = self.posted.meant
        return [(at - meant[n]) * 1000 for socket in self.seen for n, at in socket.items() if n >= since and n in meant]

    def missed(self, since: int) -> int:
        """How many a sampled socket never showed."""
        return sum(1 for socket in self.seen for n in self.posted.meant if n >= since and n not in socket)


def run(seconds: float = 6.0, cases: Sequence[tuple[int, Sequence[int]]] = CASES) -> list[Result]:
    """Each number of inboxes with each rate: the desk, then the bare broadcast, under the same load."""
    results: list[Result] = []
    for sockets, rates in cases:
        with bare(sockets) as (server, readers, headers):
            reference = {rate: _loaded(server, readers, headers, seconds, rate) for rate in rates}
        with serving(sockets) as (server, readers, headers):
            before = resident_mebibytes(server.pid)
            with listening(server, readers) as listeners:
                results += _memory(server, before, sockets)
                listeners.ended()
            for rate in rates:
                results += _figures(_loaded(server, readers, headers, seconds, rate), reference[rate], sockets, rate)
    return results


def _figures(desk: Heard, bare: Heard, sockets: int, rate: int) -> list[Result]:
    warm = int(_WARM_UP_SECONDS * rate)
    waits, reference = desk.milliseconds(warm), bare.milliseconds(warm)
    if not waits or not reference:
        raise RuntimeError(f"with {sockets} inboxes at {rate}/s nothing was heard: {desk.posted.refused} posts refused")
    note = (
        f"{desk.missed(warm)} frames missed, {desk.posted.refused} posts refused, {desk.gone} sockets cut; one core: server "
        f"{desk.server_share:.0%} (bare {bare.server_share:.0%}), readers {desk.reader_share:.0%}; {desk.mebibytes:.0f} MiB of frames"
    )
    found: list[Result] = []
    for share in (0.5, 0.99):
        last = share == 0.99
        by_time = last and (sockets, rate) in ((20, 50), (1_000, 50))
        by_ratio = last and sockets == 200 and rate in (50, 200)
        found.append(
            Figure(
                f"live, {sockets:,} inboxes, {rate}/s, p{round(share * 100)}", quantile(waits, share), "ms POST to frame",
                quantile(reference, share), "bare broadcast", note=note if last else "",
                goal=GOAL_MILLISECONDS if by_time else GOAL_RATIO if by_ratio else None,
                goal_is="ratio at most" if by_ratio else "at most",
            )
        )  # fmt: skip
    return found


def _memory(server: Server, before: float | None, sockets: int) -> list[Result]:
    """What one open, idle inbox holds in the server."""
    after = resident_mebibytes(server.pid)
    if before is None or after is None:
        return []
    each = (after - before) * 1024 / sockets
    goal = GOAL_KIBIBYTES if sockets >= 1_000 else None  # with few, what the process keeps anyway weighs too much
    return [Figure(f"live, memory with {sockets:,} inboxes", each, "KiB each", goal=goal)]


def _loaded(server: Server, readers: list[dict[str, str]], headers: dict[str, str], seconds: float, rate: int) -> Heard:
    said = cycle(texts(200).mentions)
    run_of = time.monotonic_ns()  # external ids of one run are no duplicates of those before it

    def body(number: int) -> dict[str, Any]:
        author = {"handle": f"benchmark_{number}_", "name": "Ben Chmark", "followers": 100}
        now = datetime.now(UTC).isoformat(timespec="milliseconds")  # a program that delivers knows no clock of ours
        thread = {"external_id": f"live-{run_of}-{number}", "created_at": now, "in_reply_to": None, "thread": None}
        return next(said) | thread | {"author": author}

    port = int(server.address.rpartition(":")[2])
    with listening(server, readers) as listeners:
        began, used = time.monotonic(), cpu_seconds(server.pid) or 0.0
        count = int((seconds + _WARM_UP_SECONDS) * rate)
        posted = asyncio.run(post_all(HOST, port, "/api/v1/mentions", headers, body, count, rate))
        time.sleep(_LAST_FRAMES_SECONDS)
        took, used = time.monotonic() - began, (cpu_seconds(server.pid) or 0.0) - used
        heard = listeners.ended()
    seen = tuple({int(n): at for n, at in one.items()} for one in heard["seen"])
    return Heard(posted, seen, heard["frames"], heard["bytes"] / 2**20, heard["gone"], heard["cpu_seconds"] / took, used / took)


class Listeners:
    """The process of the readers."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ended(self) -> dict[str, Any]:
        """Have them stop; what they heard."""
        said, _ = self._process.communicate("enough\n", timeout=60)
        heard: dict[str, Any] = json.loads(said)
        return heard


@contextmanager
def listening(server: Server, readers: list[dict[str, str]]) -> Iterator[Listeners]:
    """Sockets that are open and greeted, one for each set of headers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.listeners"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # our own program
    try:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        wanted = {"host": HOST, "port": int(server.address.rpartition(":")[2]), "path": _PATH, "headers": readers, "sampled": _SAMPLED}
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
        if process.stdout.readline().strip() != "open":
            raise RuntimeError("the readers could not open their sockets")
        yield Listeners(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def bare(sockets: int) -> Iterator[tuple[Server, list[dict[str, str]], dict[str, str]]]:
    """The bare broadcast, whose sockets and posts carry nothing."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder,
        running(["-m", "bench.broadcast"], port, {"EARSHOT_DATA_DIR": folder}, "/readyz") as server,
    ):
        yield server, [{} for _ in range(sockets)], {}


@contextmanager
def serving(agents: int) -> Iterator[tuple[Server, list[dict[str, str]], dict[str, str]]]:
    """A desk that serves with its jobs; the headers of each agent's socket, and those of a program that delivers."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name:
        folder = Path(name)
        with desk_in(folder) as ports:
            cookies, token = _peopled(ports, agents)
        port = free_port()
        with running(["-m", "app", "serve", "--port", str(port)], port, environment_of(folder), "/readyz") as server:
            readers = [{"Cookie": f"earshot={cookie}", "Origin": server.address} for cookie in cookies]
            yield server, readers, {"Authorization": f"Bearer {token}"}


def _peopled(ports: Ports, agents: int) -> tuple[list[str], str]:
    """Agents with a session each, made without the price of a password."""
    cookies = [f"bench-{number:05}-{'x' * 32}" for number in range(agents)]
    with ports.db.write() as tx:
        for number, cookie in enumerate(cookies):
            id = people.add(tx, email=f"agent{number}@bench.example", name=f"Agent {number}", role="agent", password_hash="")
            people.start_session(tx, id, cookie, 12)
    return cookies, create_token(ports, DESK, name="bench", scope="ingest").secret
