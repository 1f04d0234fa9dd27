"""Whose turn it is to write to the embedded database: one after the other, and nobody waits for ever.

Within the process a lock gives the turns; between processes SQLite's own does, and another program that sits on it holds everybody up.
Both waits have an end, after which the asker is told to come again, and how long the present one lasts is there to be read.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from app.engine.outage import busy

TURN_SECONDS: Final = 4.0
"""How long a writer waits for those before it in this process, and then as long again for other processes."""


class Turn:
    """The turns of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at: float | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While it is the caller's turn. Raises DatabaseAway when it does not come in time."""
        if not self._lock.acquire(timeout=TURN_SECONDS):
            raise busy("another transaction of this process takes too long")
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While the one whose turn it is asks for the lock of the file."""
        self._asked_at = time.monotonic()
        try:
            yield
        finally:
            self._asked_at = None

    @property
    def waits_seconds(self) -> float:
        """How long the one whose turn it is has been waiting for another process."""
        asked_at = self._asked_at
        return 0.0 if asked_at is None else time.monotonic() - asked_at
