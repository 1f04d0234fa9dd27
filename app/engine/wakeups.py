"""Carries the bus between the processes of a desk on PostgreSQL, by LISTEN and NOTIFY on two connections of its own.

Sent outside every data transaction, because a NOTIFY in one is delivered under a lock that all commits would wait for. What comes
thick is merged: of many wake-ups of one topic within ``MERGE_SECONDS`` one is sent. Anything here may be lost: when the connection
comes back everybody is woken once, and beneath it all whoever waits also looks by itself, every second or two.
"""

import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from app.engine.bus import Bus
from app.engine.database import Database
from app.engine.postgresql import address_of, connect_options
from app.engine.telemetry import log as logger

CHANNEL: Final = "earshot"
MERGE_SECONDS: Final = 0.005
WORDS_KEPT: Final = 1_000
"""Words told and not yet sent; above it the oldest are forgotten, for the newest say how things are."""
_AT_ONCE: Final = 100
_AGAIN_SECONDS: Final = (0.1, 0.2, 0.5, 1.0)  # between attempts to connect, the last one from then on
_BETWEEN: Final = "\x1f"
_LOOK_UP_SECONDS: Final = 0.25  # how soon a thread that only listens sees that it is to stop
Connection = psycopg.Connection[tuple[object, ...]]
_SEND: Final = "SELECT pg_notify(%s, word) FROM unnest(%s::text[]) AS word"


class Wakeups:
    """One sender and one reader thread. ``start`` once, ``stop`` once."""

    def __init__(self, url: str, bus: Bus) -> None:
        self._url, self._bus = url, bus
        self._own = secrets.token_hex(4)  # what comes back to its sender is not news there
        self._changed = threading.Condition()
        self._topics: set[str] = set()  # as many as the code names
        self._words: deque[tuple[str, str]] = deque(maxlen=WORDS_KEPT)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._kept_alive, args=(self._send,), name="wake-ups out", daemon=True),
            threading.Thread(target=self._kept_alive, args=(self._read,), name="wake-ups in", daemon=True),
        ]

    def start(self) -> None:
        """Begin; does not wait for a connection."""
        self._bus.outward = self._take
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both threads; what is not yet sent is forgotten."""
        self._bus.outward = None
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(_LOOK_UP_SECONDS * 4)  # a frozen database must not hold up the end of the process

    def _take(self, topic: str, payload: str | None) -> None:
        with self._changed:
            if payload is None:
                self._topics.add(topic)
            else:
                self._words.append((topic, payload))
            self._changed.notify_all()

    def _send(self, connection: Connection) -> None:
        while not self._stopping.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._stopping.is_set() or bool(self._topics or self._words))
                topics, self._topics = self._topics, set()
                words = [self._words.popleft() for _ in range(min(len(self._words), _AT_ONCE))]
            try:
                connection.execute(_SEND, (CHANNEL, [self._spelt(t, None) for t in sorted(topics)] + [self._spelt(t, p) for t, p in words]))
            except psycopg.Error:
                with self._changed:
                    self._topics |= topics  # the words are stale by the time the connection is back
                raise
            self._stopping.wait(MERGE_SECONDS)

    def _read(self, connection: Connection) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        self._bus.wake_all_here()  # whatever was said while nobody listened
        while not self._stopping.is_set():
            for notice in connection.notifies(timeout=_LOOK_UP_SECONDS):
                self._heard(notice.payload)

    def _heard(self, spelt: str) -> None:
        own, topic, *payload = spelt.split(_BETWEEN, 2)
        if own == self._own:
            return
        if payload:
            self._bus.tell_here(topic, payload[0])
        else:
            self._bus.wake_here(topic)

    def _spelt(self, topic: str, payload: str | None) -> str:
        return _BETWEEN.join((self._own, topic) if payload is None else (self._own, topic, payload.replace("\x00", "")))

    def _kept_alive(self, run: Callable[[Connection], None]) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                with psycopg.connect(address_of(self._url), autocommit=True, **connect_options("earshot wake-ups")) as connection:
                    failures = 0
                    run(connection)
            except psycopg.Error as error:
                if failures == 0:
                    logger.warning(
                        "wake-ups from other processes have stopped; everyone looks by themselves meanwhile", error=str(error).strip()
                    )
                self._stopping.wait(_AGAIN_SECONDS[min(failures, len(_AGAIN_SECONDS) - 1)])
                failures += 1


@contextmanager
def joined(db: Database, bus: Bus) -> Iterator[None]:
    """Wake-ups and words travel between this process and the others of the desk; on SQLite, where there are none, nothing happens."""
    if db.embedded:
        yield
        return
    wakeups = Wakeups(db.url, bus)
    wakeups.start()
    try:
        yield
    finally:
        wakeups.stop()
