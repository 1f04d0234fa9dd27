"""A coroutine in a thread and a loop of its own, so that what breaks the desk does not share a loop with what watches it."""

import asyncio
import threading
from abc import ABC, abstractmethod


class OwnLoop(ABC):
    """``start`` once, ``stop`` once. ``_run`` ends soon after ``_over`` is set."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._whole, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Hang up, cut what is open, and end."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    @abstractmethod
    async def _run(self) -> None: ...

    def _whole(self) -> None:
        self._loop.run_until_complete(self._run())
