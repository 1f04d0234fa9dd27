"""The bus says "wake up", and passes small words that may be lost. Nothing of record depends on it.

Whoever waits also polls slowly and reads by cursor; whoever hears shows something that fades by itself (who looks at a case,
who types). ``wakeups`` carries both to the other processes of a desk on PostgreSQL.
"""

import asyncio
import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Final

MAX_PAYLOAD_BYTES: Final = 4_000  # PostgreSQL carries less than 8,000, the topic and our own marks included

Hearer = Callable[[str], None]
Outward = Callable[[str, str | None], None]
"""Takes a topic and its payload, None for a plain wake-up, to other processes; at once and without raising."""


class Bus:
    """Wake-ups and small messages by topic, from any thread. Wake-ups coalesce."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        self._hearing: dict[str, list[Hearer]] = defaultdict(list)
        self.outward: Outward | None = None

    def wake(self, topic: str) -> None:
        """Wake everyone who waits on the topic, in every process."""
        self.wake_here(topic)
        if (outward := self.outward) is not None:
            outward(topic, None)

    def tell(self, topic: str, payload: str) -> None:
        """Pass a word to everyone who hears the topic, in this process before the call returns, elsewhere soon or never.

        Raises ValueError above ``MAX_PAYLOAD_BYTES``.
        """
        if len(payload.encode()) > MAX_PAYLOAD_BYTES:
            raise ValueError(f"a message of {len(payload)} characters on {topic}: keep it under {MAX_PAYLOAD_BYTES} bytes")
        self.tell_here(topic, payload)
        if (outward := self.outward) is not None:
            outward(topic, payload)

    def hear(self, topic: str, callback: Hearer) -> Callable[[], None]:
        """Have ``callback`` called with each payload told on the topic, also our own; returns what ends that.

        It runs on the teller's thread, or on the one that reads from the database: it must be quick and hand over to its
        own loop by ``call_soon_threadsafe``.
        """
        with self._guard:
            self._hearing[topic].append(callback)

        def forget() -> None:
            with self._guard:
                self._hearing[topic].remove(callback)

        return forget

    def wake_here(self, topic: str) -> None:
        """Wake those who wait in this process."""
        with self._guard:
            waiting = list(self._waiting[topic])
        _set(waiting)

    def wake_all_here(self) -> None:
        """Wake everyone in this process: something may have been missed."""
        with self._guard:
            waiting = [entry for entries in self._waiting.values() for entry in entries]
        _set(waiting)

    def tell_here(self, topic: str, payload: str) -> None:
        """Pass a word to those who hear in this process."""
        with self._guard:
            hearing = list(self._hearing[topic])
        for callback in hearing:
            callback(payload)

    def listen(self, topic: str) -> "Listener":
        """A listener for the running loop; use as a context manager so that it is forgotten at the end."""
        return Listener(self, topic)


def _set(waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    for loop, signal in waiting:
        with contextlib.suppress(RuntimeError):  # its loop has closed: nobody waits any more
            loop.call_soon_threadsafe(signal.set)


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
