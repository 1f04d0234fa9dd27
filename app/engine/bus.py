"""The bus says only "wake up". Nothing depends on it to be correct: whoever waits also polls slowly and reads by cursor."""

import asyncio
import threading
from collections import defaultdict


class Bus:
    """In-process wake-ups by topic, from any thread to any waiting task. Wake-ups coalesce."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)

    def wake(self, topic: str) -> None:
        """Wake everyone who waits on the topic."""
        with self._guard:
            waiting = list(self._waiting[topic])
        for loop, signal in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(signal.set)

    def listen(self, topic: str) -> "Listener":
        """A listener for the running loop; use as a context manager so that it is forgotten at the end."""
        return Listener(self, topic)


class Listener:
    """Waits for one topic. A wake-up that came before ``wait`` is kept, so none falls between two waits."""

    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus, self._topic = bus, topic
        self._signal = asyncio.Event()
        self._entry = (asyncio.get_running_loop(), self._signal)

    def __enter__(self) -> "Listener":
        with self._bus._guard:
            self._bus._waiting[self._topic].add(self._entry)
        return self

    def __exit__(self, *_: object) -> None:
        with self._bus._guard:
            self._bus._waiting[self._topic].discard(self._entry)

    async def wait(self, at_most_seconds: float) -> bool:
        """Until woken or the time is over; True when woken."""
        try:
            # Not wait_for: up to Python 3.11 it swallows a cancellation that comes together with the signal, and a job
            # that was told to stop would go on for ever.
            async with asyncio.timeout(at_most_seconds):
                await self._signal.wait()
        except TimeoutError:
            return False
        self._signal.clear()
        return True
