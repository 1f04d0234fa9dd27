"""How many calls of one entry may be inside at once. Whoever finds it full is told at once and when to come back.

Without it a stream above what the desk can take does not fail, it waits: each caller a little longer than the one before, until all
of them have given up and come again. The bounds stand in the entry: so many calls, and so many bytes between them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from app.core.errors import TooMany
from app.door.entry import Entry

COME_BACK_SECONDS: Final = 1


class Crowd:
    """The calls inside. Used from the event loop alone."""

    def __init__(self, entry: Entry) -> None:
        self._calls_bound = entry.at_once
        self._bytes_bound = entry.bytes_at_once
        self._calls = 0
        self._bytes = 0

    @contextmanager
    def inside(self, size: int) -> Iterator[None]:
        """Be counted with a body of ``size`` bytes until the block ends. TooMany at a bound; a call that is alone always enters."""
        full = self._calls_bound is not None and self._calls >= self._calls_bound
        heavy = self._bytes_bound is not None and self._calls > 0 and self._bytes + size > self._bytes_bound
        if full or heavy:
            raise TooMany("The desk takes in as much at once as it can. Send again in a moment.", retry_after_seconds=COME_BACK_SECONDS)
        self._calls += 1
        self._bytes += size
        try:
            yield
        finally:
            self._calls -= 1
            self._bytes -= size
