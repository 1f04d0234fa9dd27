"""The clock port: every moment in Earshot comes from here, as aware UTC."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

# Goes on while the machine sleeps, where the system has such a clock; the monotonic one stops there and a deadline would not pass.
_STEADY: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """Tells the present moment."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's present, aware, in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is moved: for tests, replays and backtests."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._guard = threading.Lock()

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self._at

    def move(self, **by: float) -> None:
        """Move by a ``timedelta`` given in its own keywords, e.g. ``move(minutes=5)``."""
        with self._guard:  # two threads that move it at once would move it back
            self._at += timedelta(**by)

    def set(self, at: datetime) -> None:
        """Jump to a moment."""
        self._at = at


def steady() -> float:
    """Seconds since some moment, for measuring how long something takes: never set back, and counting while a process is stopped."""
    return time.clock_gettime(_STEADY)


def rfc3339(at: datetime) -> str:
    """``at`` as RFC 3339 in UTC with milliseconds, the form of every time in the API."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_rfc3339(text: str) -> datetime:
    """The moment ``text`` names, in UTC.

    Raises ValueError when the text is no RFC 3339 time or names no zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("the time has no zone: write it like 2026-02-24T19:35:52Z")
    return at.astimezone(UTC)
