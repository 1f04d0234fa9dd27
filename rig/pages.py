"""Many browsers without a screen: each holds the live socket of a page and comes back by the rules of ``static/js/live.js``.

They keep their cursor, spread their return as the server's first frame says, and go to the next address when one does not answer.
What they were told, when they connected and how each connection ended is noted. A thread of its own.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Origin

from rig.own_loop import OwnLoop

_LONGEST_SECONDS: Final = 20.0
_PATIENCE_SECONDS: Final = 15.0


@dataclass(slots=True)
class Page:
    """One browser. ``told`` are the ids of rows in their order, ``at`` when each first came (``time.monotonic``)."""

    headers: Mapping[str, str]
    told: list[str] = field(default_factory=list)
    at: dict[str, float] = field(default_factory=dict)
    backwards: int = 0
    resets: int = 0
    cursor: str | None = None
    open: bool = False


class Pages(OwnLoop):
    """So many browsers with one page open."""

    def __init__(self, urls: Sequence[str], headers: Sequence[Mapping[str, str]], page: str) -> None:
        super().__init__("pages")
        self.urls = list(urls)
        self._path = f"/live?page={quote(page)}"
        self.pages = [Page(one) for one in headers]
        self.connected_at: list[float] = []
        """When each handshake succeeded (``time.monotonic``)."""
        self.closed: Counter[str] = Counter()
        """How connections ended, by code; "cut" is an end without a word."""
        self.refused: Counter[str] = Counter()
        """Handshakes that did not succeed, by status or kind."""

    @property
    def open(self) -> int:
        """How many are greeted."""
        return sum(page.open for page in self.pages)

    def missed(self, rows: set[str]) -> int:
        """How many of the rows were not told, over all browsers."""
        return sum(len(rows - page.at.keys()) for page in self.pages)

    async def _run(self) -> None:
        tasks = [asyncio.create_task(self._browse(page, number)) for number, page in enumerate(self.pages)]
        await self._over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _browse(self, page: Page, number: int) -> None:
        at, tries, spread, wait = number, 0, 1.0, 0.0
        while True:
            await asyncio.sleep(wait)
            url = self.urls[at % len(self.urls)]
            address = url.replace("http", "ws") + self._path + ("" if page.cursor is None else f"&since={page.cursor}")
            try:
                async with connect(
                    address,
                    additional_headers=dict(page.headers),
                    origin=Origin(url),
                    open_timeout=_PATIENCE_SECONDS,
                    compression=None,
                    proxy=None,
                    max_size=None,
                    ping_interval=None,
                ) as socket:
                    self.connected_at.append(time.monotonic())
                    tries = 0
                    spread = await self._listen(page, socket, spread)
            except ConnectionClosed as closed:
                self.closed[str(closed.rcvd.code) if closed.rcvd is not None else "cut"] += 1
            except InvalidStatus as refused:
                self.refused[str(refused.response.status_code)] += 1
            except (OSError, TimeoutError, WebSocketException) as error:
                self.refused[type(error).__name__] += 1
                at += 1
            finally:
                page.open = False
            most = max(spread, min(_LONGEST_SECONDS, spread * 2 ** (tries - 1)))
            tries += 1
            wait = random.random() * most

    async def _listen(self, page: Page, socket: ClientConnection, spread: float) -> float:
        try:
            async for said in socket:
                frame = json.loads(said)
                spread = frame.get("spread_seconds", spread)
                self._take(page, frame)
        except ConnectionClosed as closed:
            self.closed[str(closed.rcvd.code) if closed.rcvd is not None else "cut"] += 1
        return spread

    def _take(self, page: Page, frame: dict[str, Any]) -> None:
        page.open = True
        now = time.monotonic()
        for region in frame.get("regions", ()):
            if region["id"].startswith("row-"):
                page.told.append(region["id"])
                page.at.setdefault(region["id"], now)
        if frame["type"] == "reset":
            page.resets += 1
        if frame["type"] != "hello" and (cursor := frame.get("cursor")) is not None:
            if page.cursor is not None and int(cursor.split("-")[0]) < int(page.cursor.split("-")[0]):
                page.backwards += 1
            page.cursor = cursor


@contextmanager
def pages(urls: Sequence[str], headers: Sequence[Mapping[str, str]], page: str = "inbox:view=all") -> Iterator[Pages]:
    """Browsers with this page open until the block ends, one for each set of headers."""
    opened = Pages(urls, headers, page)
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()
