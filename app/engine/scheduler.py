"""APScheduler as the tick and nothing else: it says "now" every so often. What is due stands in the database.

Kept here because as a keeper of deadlines it lost all of them after a three-second stall; see docs/decisions.
"""

from collections.abc import Callable
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

_THREADS: Final = 2


class Ticker:
    """Calls functions at a fixed pace, one run of each at a time, late rather than never."""

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(_THREADS)}, timezone="UTC")

    def every(self, seconds: float, name: str, call: Callable[[], object]) -> None:
        """Call from now on."""
        self._scheduler.add_job(call, "interval", seconds=seconds, id=name, misfire_grace_time=None, coalesce=True, max_instances=1)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a run that has begun is finished."""
        self._scheduler.shutdown(wait=True)
