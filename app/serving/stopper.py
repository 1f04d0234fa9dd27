"""Told to stop: signals heard, the stages of ``engine.stopping`` gone through, and an end within the time in every case.

The first SIGTERM begins the drain, the first SIGINT (Ctrl+C, or a foreman that stops its whole group) goes on to the close at
once, and a second signal of either kind hurries. Whatever hangs then, a loop, a thread or a database, a watchdog thread ends
the process: what was acknowledged is committed, and what was not is rolled back by the database.
"""

import asyncio
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from app.engine.stopping import Stopping
from app.engine.telemetry import log

STOP_SECONDS: Final = 9.0
"""From the first signal to the end of the process at the latest; supervisors commonly kill after ten."""
HURRY_SECONDS: Final = 2.0
"""The same from the second signal."""
FORCED: Final = 70
"""Exit status when the watchdog had to end the process (EX_SOFTWARE)."""
_LOOK_SECONDS: Final = 0.05
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Stopper:
    """Hears the signals of one process. Made and used on its event loop, in the main thread."""

    def __init__(self, stopping: Stopping, drain_seconds: float) -> None:
        self._stopping = stopping
        self._drain_seconds = drain_seconds
        self._loop = asyncio.get_running_loop()
        self._told, self._hurried = asyncio.Event(), asyncio.Event()
        self._heard = 0
        self._end_at = float("inf")

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """Take the signals over, and give them back at the end."""
        # signal.signal and not the loop's own way: a loop that is stuck would never come to hear of it.
        before = {one: signal.signal(one, self._hear) for one in _SIGNALS}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    async def until_told(self) -> None:
        """Until the first signal, and then through the drain; a second signal cuts it short."""
        await self._told.wait()
        try:
            async with asyncio.timeout(self._drain_seconds):
                await self._hurried.wait()
        except TimeoutError:
            pass

    async def until_hurried(self) -> None:
        """Until the second signal."""
        await self._hurried.wait()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self._heard += 1
        now = time.monotonic()
        if self._heard == 1:
            self._stopping.drain()
            self._end_at = now + STOP_SECONDS
            threading.Thread(target=self._end_in_time, name="stop watchdog", daemon=True).start()
            if number == signal.SIGINT:
                self._drain_seconds = 0
            self._loop.call_soon_threadsafe(self._told.set)
        else:
            self._end_at = min(self._end_at, now + HURRY_SECONDS)
            self._loop.call_soon_threadsafe(self._hurried.set)

    def _end_in_time(self) -> None:
        """Runs while the interpreter waits for its threads, and ends with it: only a process that hangs gets to its last lines."""
        pause = threading.Event()
        while time.monotonic() < self._end_at:
            pause.wait(_LOOK_SECONDS)
        log.error("the process did not end in time and is ended; where its threads stand follows")
        faulthandler.dump_traceback(sys.stderr, all_threads=True)
        sys.stderr.flush()
        os._exit(FORCED)
