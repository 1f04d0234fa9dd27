"""Programs that listen to the API's live stream over sockets, each with its own cursor, and come again whenever they are sent away.

They note with which code each connection ended, and every event they were sent. A thread of its own.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from rig.own_loop import OwnLoop

_AGAIN_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 10.0


class Listeners(OwnLoop):
    """So many sockets on one address."""

    def __init__(self, url: str, headers: Mapping[str, str], count: int, *, spread: float = 1.0) -> None:
        super().__init__("listeners")
        self._address = url.replace("http", "ws") + "/api/v1/live"
        self._headers = dict(headers)
        self._spread = spread
        self.closed: Counter[str] = Counter()
        """By code; "cut" is an end without a word."""
        self.refused: Counter[str] = Counter()
        """Handshakes that did not succeed, by kind."""
        self.hints = 0
        """How often a connection was told when to come back."""
        self.heard: list[list[int]] = [[] for _ in range(count)]
        """The seqs each was sent, in their order."""
        self.open = 0

    def all_heard(self, seq: int) -> bool:
        """Whether each has got as far as this event."""
        return all(heard and heard[-1] >= seq for heard in self.heard)

    async def _run(self) -> None:
        tasks = [asyncio.create_task(self._listen(heard)) for heard in self.heard]
        await self._over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, heard: list[int]) -> None:
        cursor: int | None = None
        wait = random.random() * _AGAIN_SECONDS
        while True:
            await asyncio.sleep(wait)
            wait = _AGAIN_SECONDS * (0.5 + random.random())
            address = self._address if cursor is None else f"{self._address}?since={cursor}"
            try:
                async with connect(address, additional_headers=self._headers, open_timeout=_PATIENCE_SECONDS, proxy=None) as socket:
                    self.open += 1
                    try:
                        while True:
                            frame: dict[str, Any] = json.loads(await socket.recv())
                            cursor = self._taken(frame, heard, cursor)
                            if frame["type"] == "restart":
                                self.hints += 1
                                wait = random.random() * frame["spread_seconds"] * self._spread
                    finally:
                        self.open -= 1
            except ConnectionClosed as closed:
                self.closed[str(closed.rcvd.code) if closed.rcvd is not None else "cut"] += 1
            except (OSError, TimeoutError, InvalidHandshake) as error:
                self.refused[type(error).__name__] += 1

    def _taken(self, frame: dict[str, Any], heard: list[int], cursor: int | None) -> int | None:
        if frame["type"] == "hello":
            return int(frame["head"]) if cursor is None else cursor
        if frame["type"] == "reset":
            heard.append(-1)
            return int(frame["head"])
        if "seq" in frame:
            heard.append(int(frame["seq"]))
            return int(frame["seq"])
        return cursor


@contextmanager
def listening(url: str, headers: Mapping[str, str], count: int, *, spread: float = 1.0) -> Iterator[Listeners]:
    """Listeners at this address. ``spread`` is the share of the time they were told to take that they take to come back."""
    listeners = Listeners(url, headers, count, spread=spread)
    listeners.start()
    try:
        yield listeners
    finally:
        listeners.stop()
