"""A browser's open page without the browser: the page's live socket, and when each name was first shown on it. A thread of its own."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from rig.desk import Agent

_GREETED_WITHIN_SECONDS: Final = 20.0
_LOOK_UP_SECONDS: Final = 0.2


class Screen:
    """Notes what matches ``pattern`` in any frame, with the time (seconds since the epoch) at which it first came."""

    def __init__(self, socket: ClientConnection, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        self._socket = socket
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="screen", daemon=True)
        self.seen: dict[str, float] = {}
        self.frames = 0
        self._thread.start()

    def close(self) -> None:
        """Watch no more."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            try:
                frame = self._socket.recv(_LOOK_UP_SECONDS)
            except TimeoutError:
                continue
            except ConnectionClosed:
                return
            now = time.time()
            self.frames += 1
            for name in self._pattern.findall(str(frame)):
                self.seen.setdefault(name, now)


@contextmanager
def screen(agent: Agent, page: str, pattern: str) -> Iterator[Screen]:
    """An open page until the block ends."""
    address = agent.url.replace("http", "ws") + f"/live?page={page}"
    cookie = {"Cookie": agent.cookie}
    # No pings of our own: a browser sends none, and the server's are answered.
    with connect(
        address, additional_headers=cookie, origin=Origin(agent.url), open_timeout=_GREETED_WITHIN_SECONDS, ping_interval=None
    ) as socket:
        opened = Screen(socket, pattern)
        try:
            yield opened
        finally:
            opened.close()
