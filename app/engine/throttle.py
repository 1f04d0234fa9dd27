"""Counts attempts by name within a sliding minute, so that whoever guesses is slowed and nobody is locked out for ever.

One count a process, in memory: it is no record, and a restart forgives a minute at most.
"""

import threading
from collections.abc import Callable


class Throttle:
    """The counts of one desk. Any thread may ask; a name that has been quiet for two minutes takes no room."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._hit: Callable[[int, str, str], bool] | None = None

    def within(self, a_minute: int, kind: str, name: str) -> bool:
        """Count one attempt of ``name``, unless that would be more than ``a_minute``: then it is not counted, and False."""
        with self._guard:
            if self._hit is None:
                self._hit = _counter()
            return self._hit(a_minute, kind, name)


def _counter() -> Callable[[int, str, str], bool]:
    """Made at the first attempt: what it is made with takes a tenth of a second to read."""
    from limits import RateLimitItemPerMinute
    from limits.storage import MemoryStorage
    from limits.strategies import SlidingWindowCounterRateLimiter

    limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
    return lambda a_minute, kind, name: limiter.hit(RateLimitItemPerMinute(a_minute), kind, name)
