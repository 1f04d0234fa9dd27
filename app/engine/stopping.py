"""How far this process is on its way out, for everyone who has to behave otherwise then.

First it drains: it calls itself not ready and still answers everything, so that a balancer can look away before anything is refused.
Then it closes: what is held open (sockets, long polls) is let go, what has reached it on an open connection is still answered, and the
server shuts its ears. It never goes back.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

SPREAD_SECONDS: Final = 5.0
"""Over how long those who are sent away should spread their coming back: a thousand at once would be a burst of sign-in checks."""


class Stopping:
    """The way out of one process. Any thread may ask; ``drain`` and ``close`` may be called again and change nothing then."""

    def __init__(self) -> None:
        self._draining = threading.Event()
        self._closing = threading.Event()
        self._guard = threading.Lock()
        self._open: set[Callable[[], None]] = set()  # as many as there are sockets, which have their own bound

    @property
    def draining(self) -> bool:
        """Whether this process has been told to stop: it is not ready any more."""
        return self._draining.is_set()

    @property
    def closing(self) -> bool:
        """Whether what is held open is let go, and no new work of its own begun."""
        return self._closing.is_set()

    @property
    def held_open(self) -> int:
        """How much still has to be let go."""
        with self._guard:
            return len(self._open)

    def drain(self) -> None:
        """Not ready from now on."""
        self._draining.set()

    def close(self) -> None:
        """Let go of everything that is held open. To be called on the loop that holds it."""
        self._draining.set()
        self._closing.set()
        with self._guard:
            letting_go = list(self._open)
        for let_go in letting_go:
            let_go()

    @contextmanager
    def holding(self, let_go: Callable[[], None]) -> Iterator[None]:
        """While something is held open: ``let_go`` is called at the close, at once if that has been already."""
        with self._guard:
            self._open.add(let_go)
            late = self._closing.is_set()
        try:
            if late:
                let_go()
            yield
        finally:
            with self._guard:
                self._open.discard(let_go)
