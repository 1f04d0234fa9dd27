"""How long from a POST of a mention to the frame with its row at a browser's socket: 50 a second, 20 inboxes open.

The desk runs as ``earshot serve`` in a process of its own with its jobs; the load is open-loop, so a slow answer delays no
later mention, and time counts from the moment a mention was meant to be sent. The reference is a bare broadcast through the
same client on the same machine in the same run, which shows what network, client and scheduler take.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import httpx2
from websockets.asyncio.client import connect

from app.actions.add_person import add_person
from app.actions.create_token import create_token
from app.core.asker import DESK
from app.engine.ports import Ports
from bench.desk import desk_in, environment_of
from bench.figures import Figure, Result, quantile
from bench.server import Server, free_port, running
from bench.texts import texts

GOAL_MILLISECONDS: Final = 100.0
_RATE: Final = 50
_SOCKETS: Final = 20
_WARM_UP_SECONDS: Final = 3.0  # the judges read their lists in the first second; what is measured is a desk at work
_LAST_FRAMES_SECONDS: Final = 5.0
_EMAIL: Final = "bench@acme.example"
_PASSWORD: Final = "a bench alone knows this"  # noqa: S105  # of a desk that lives for a minute
_NUMBER: Final = re.compile(r"benchmark_(\d+)_")


@dataclass(slots=True)
class _Load:
    """What was sent when, and when each socket first showed it. Moments are of ``perf_counter``."""

    sent: dict[int, float] = field(default_factory=dict)
    seen: list[dict[int, float]] = field(default_factory=list)
    refused: int = 0

    def milliseconds(self, since: int) -> list[float]:
        """Each socket's wait for each mention from number ``since`` on."""
        return [(at - self.sent[n]) * 1000 for socket in self.seen for n, at in socket.items() if n >= since and n in self.sent]

    def missed(self, since: int) -> int:
        """How many a socket never showed."""
        return sum(1 for socket in self.seen for n in self.sent if n >= since and n not in socket)


def run(seconds: float = 10.0, rate: int = _RATE, sockets: int = _SOCKETS) -> list[Result]:
    """The desk, then the bare broadcast, under the same load."""
    bare = asyncio.run(_bare(seconds, rate, sockets))
    desk = asyncio.run(_desk(seconds, rate, sockets))
    warm = int(_WARM_UP_SECONDS * rate)
    waits, reference = desk.milliseconds(warm), bare.milliseconds(warm)
    note = f"{rate} a second for {seconds:g} s, {sockets} inboxes open, {desk.missed(warm)} frames missed, {desk.refused} posts refused"
    return [
        Figure(
            f"live, p{round(share * 100)}", quantile(waits, share), "ms POST to frame", quantile(reference, share), "bare broadcast",
            goal=GOAL_MILLISECONDS if share == 0.99 else None, note=note if share == 0.99 else "",
        )
        for share in (0.5, 0.9, 0.99)
    ]  # fmt: skip


async def _bare(seconds: float, rate: int, sockets: int) -> _Load:
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder,
        running(["-m", "bench.broadcast"], port, {"EARSHOT_DATA_DIR": folder}, "/readyz") as server,
    ):
        return await _loaded(server, {}, {}, seconds, rate, sockets)


async def _desk(seconds: float, rate: int, sockets: int) -> _Load:
    with serving() as (server, token, cookie):
        agent = {"Cookie": cookie, "Origin": server.address}
        return await _loaded(server, agent, {"Authorization": f"Bearer {token}"}, seconds, rate, sockets)


@contextmanager
def serving() -> Iterator[tuple[Server, str, str]]:
    """A desk that serves with its jobs, a token that may deliver, and the cookie of a signed-in agent."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name:
        folder = Path(name)
        with desk_in(folder) as ports:
            token = _peopled(ports)
        port = free_port()
        with running(["-m", "app", "serve", "--port", str(port)], port, environment_of(folder), "/readyz") as server:
            form = {"email": _EMAIL, "password": _PASSWORD}
            answer = httpx2.post(f"{server.address}/sign-in", data=form, headers={"Origin": server.address})
            cookies = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
            if not cookies:
                raise RuntimeError(f"signing in was answered with {answer.status_code}")
            yield server, token, cookies


def _peopled(ports: Ports) -> str:
    add_person(ports, DESK, email=_EMAIL, name="Bench Agent", role="agent", password=_PASSWORD)
    return create_token(ports, DESK, name="bench", scope="ingest").secret


async def _loaded(server: Server, agent: dict[str, str], program: dict[str, str], seconds: float, rate: int, sockets: int) -> _Load:
    load = _Load(seen=[{} for _ in range(sockets)])
    address = server.address.replace("http://", "ws://") + "/live?page=inbox%3Aview%3Dall"
    origin = agent.get("Origin")
    headers = {name: value for name, value in agent.items() if name != "Origin"}
    async with httpx2.AsyncClient(base_url=server.address, headers=program, timeout=30.0) as client:
        opened = asyncio.Semaphore(0)
        readers = [asyncio.create_task(_read(address, origin, headers, seen, opened)) for seen in load.seen]
        try:
            for _ in readers:
                await opened.acquire()
            await _post_all(client, load, int((seconds + _WARM_UP_SECONDS) * rate), rate)
            async with asyncio.timeout(_LAST_FRAMES_SECONDS):
                while load.missed(0):  # noqa: ASYNC110  # twenty readers fill it; asking is simpler than twenty signals
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pass  # what is missing is counted and said
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
    return load


async def _read(address: str, origin: Any, headers: dict[str, str], seen: dict[int, float], opened: asyncio.Semaphore) -> None:
    async with connect(address, origin=origin, additional_headers=headers, compression=None, max_size=None) as socket:
        await socket.recv()  # hello
        opened.release()
        async for frame in socket:
            now = time.perf_counter()
            for number in _NUMBER.findall(str(frame)):
                seen.setdefault(int(number), now)


async def _post_all(client: httpx2.AsyncClient, load: _Load, count: int, rate: int) -> None:
    said = cycle(texts(200).mentions)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as posts:
        for number in range(count):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            posts.create_task(_post(client, load, number, due, _mention(number, next(said))))


async def _post(client: httpx2.AsyncClient, load: _Load, number: int, due: float, body: dict[str, Any]) -> None:
    load.sent[number] = due
    answer = await client.post("/api/v1/mentions", json=body)
    if answer.status_code != httpx2.codes.ACCEPTED:
        load.refused += 1
        del load.sent[number]


def _mention(number: int, said: dict[str, Any]) -> dict[str, Any]:
    author = {"handle": f"benchmark_{number}_", "name": "Ben Chmark", "followers": 100}
    now = datetime.now(UTC).isoformat(timespec="milliseconds")  # a program that delivers knows no clock of ours
    return said | {"external_id": f"live-{number}", "author": author, "created_at": now, "in_reply_to": None, "thread": None}
