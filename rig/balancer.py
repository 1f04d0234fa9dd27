"""A balancer of TCP connections that follows /readyz, as those before a real desk do: new connections go to processes that are ready.

What is open stays where it is until one side ends it. A thread of its own; nothing of what passes is looked at or repeated.
"""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from rig.loopback import HOST
from rig.own_loop import OwnLoop

LOOK_SECONDS: Final = 0.2
_LOOK_PATIENCE_SECONDS: Final = 1.0
_CHUNK_BYTES: Final = 65_536


class Balancer(OwnLoop):
    """``url`` is where clients go. Backends are tried in turn, those that are ready first."""

    def __init__(self, backends: Sequence[str]) -> None:
        super().__init__("balancer")
        self._backends = [(str(to.hostname), int(to.port or 80)) for to in map(urlsplit, backends)]
        self._ready: set[tuple[str, int]] = set()
        self._turn = 0
        self._up = threading.Event()
        self.url = ""

    def start(self) -> None:
        """Listen; returns when it does."""
        super().start()
        self._up.wait()

    @property
    def ready(self) -> int:
        """How many backends are ready."""
        return len(self._ready)

    async def _run(self) -> None:
        server = await asyncio.start_server(self._serve, HOST, 0, backlog=1024)
        self.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
        looking = [asyncio.create_task(self._look(backend)) for backend in self._backends]
        self._up.set()
        await self._over.wait()
        server.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in (*looking, *rest):
            task.cancel()
        await asyncio.gather(*looking, *rest, return_exceptions=True)

    async def _look(self, backend: tuple[str, int]) -> None:
        while True:
            if await self._is_ready(backend):
                self._ready.add(backend)
            else:
                self._ready.discard(backend)
            await asyncio.sleep(LOOK_SECONDS)

    async def _is_ready(self, backend: tuple[str, int]) -> bool:
        try:
            async with asyncio.timeout(_LOOK_PATIENCE_SECONDS):
                reader, writer = await asyncio.open_connection(*backend)
                with closing(writer):
                    writer.write(b"GET /readyz HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n")
                    return b" 200 " in await reader.readline()
        except (OSError, TimeoutError):
            return False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await self._pass_on(reader, writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._turn += 1
        turned = [self._backends[(self._turn + i) % len(self._backends)] for i in range(len(self._backends))]
        for backend in sorted(turned, key=lambda one: one not in self._ready):
            try:
                there, back = await asyncio.open_connection(*backend)
            except OSError:
                self._ready.discard(backend)
                continue
            with closing(back), suppress(asyncio.CancelledError):
                await asyncio.gather(_carry(reader, back), _carry(there, writer))
            break


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@contextmanager
def balancing(backends: Sequence[str]) -> Iterator[Balancer]:
    """A balancer before these processes, named by their URLs."""
    balancer = Balancer(backends)
    balancer.start()
    try:
        yield balancer
    finally:
        balancer.stop()
