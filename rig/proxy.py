"""A TCP proxy that breaks things: cuts connections, refuses new ones, swallows bytes, holds them back. A thread of its own.

Point a client at ``url`` instead of the desk. What it does to connections it does to all there are; new ones pass as ``refusing`` says.
"""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Final

from rig.loopback import HOST
from rig.own_loop import OwnLoop

_CHUNK_BYTES: Final = 65_536
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing sends a reset, as a lost route does


class Proxy(OwnLoop):
    """Stands before ``to``, ``host:port``."""

    def __init__(self, to: str) -> None:
        super().__init__("proxy")
        host, _, port = to.partition(":")
        self._to = (host, int(port))
        self._listening = socket.create_server((HOST, 0), backlog=1_024)
        self.port: int = self._listening.getsockname()[1]
        self._links: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self.refusing = False
        """New connections are reset at once."""
        self._dead: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self.delay_seconds = 0.0
        """How long each piece is held back."""
        self.accepted_at: list[float] = []
        """When each connection was tried (``time.monotonic``)."""

    @property
    def url(self) -> str:
        """Where clients go instead."""
        return f"http://{HOST}:{self.port}"

    @property
    def accepted(self) -> int:
        """How many connections were tried."""
        return len(self.accepted_at)

    @property
    def open(self) -> int:
        """How many connections go through it now."""
        return len(self._links)

    def cut(self) -> int:
        """Reset every connection at once; how many there were."""
        done = threading.Event()
        count = len(self._links)
        self._loop.call_soon_threadsafe(self._cut, done)
        done.wait()
        return count

    def swallow(self) -> int:
        """From now on the bytes of all present connections vanish and nobody is told: half-open links. How many there are."""
        self._dead |= self._links
        return len(self._dead)

    def _cut(self, done: threading.Event) -> None:
        for link in tuple(self._links):
            for writer in link:
                _reset(writer)
        done.set()

    async def _run(self) -> None:
        tasks: set[asyncio.Task[None]] = set()

        def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.add(task := asyncio.create_task(self._pass(reader, writer)))
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(taken, sock=self._listening)
        async with server:
            await self._over.wait()
            self._cut(threading.Event())
            await asyncio.sleep(0)  # a task that has not begun closes nothing
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await self._pass_on(reader, writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted_at.append(time.monotonic())
        if self.refusing:
            _reset(writer)
            return
        try:
            beyond, onward = await asyncio.open_connection(*self._to)
        except OSError:
            _reset(writer)
            return
        link = (writer, onward)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, onward, link))
                both.create_task(self._carry(beyond, writer, link))
        except* OSError:
            pass
        finally:
            self._links.discard(link)
            self._dead.discard(link)
            for end in link:
                end.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    ) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            if self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            if link not in self._dead:
                writer.write(chunk)
                await writer.drain()
        if link not in self._dead:  # an end that nobody hears of belongs to such a link
            writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    link: socket.socket | None = writer.get_extra_info("socket")
    with suppress(OSError):
        if link is not None:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


@contextmanager
def proxy(to: str) -> Iterator[Proxy]:
    """A proxy before this address (``host:port``, or a URL) until the block ends."""
    made = Proxy(to.removeprefix("http://"))
    made.start()
    try:
        yield made
    finally:
        made.stop()
