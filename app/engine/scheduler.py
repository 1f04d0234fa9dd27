"""APScheduler as the tick and nothing else: it says "now" every so often. What is due stands in the database.

As a keeper of deadlines it lost all of them after a three-second stall; see docs/decisions. As a tick it has one weakness left: it
notes the next run by the machine's clock, so a clock that is put back an hour stops it for that hour. A watch by steady time sees to that.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from app.core.clock import SystemClock

LOOK_SECONDS: Final = 0.25
_THREADS: Final = 2


class Ticker:
    """Calls functions at a fixed pace, one run of each at a time, late rather than never, whatever becomes of the machine's clock."""

    def __init__(self) -> None:
        # A run that lasts longer than its pace is no news: the tick stays awake for what is due before the next one.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(_THREADS)}, timezone="UTC")
        self._paces: dict[str, timedelta] = {}
        self._clock = SystemClock()  # the one APScheduler reads, whichever the desk itself goes by
        self._stopped = threading.Event()
        self._watch = threading.Thread(target=self._look, name="tick watch", daemon=True)

    def every(self, seconds: float, name: str, call: Callable[[], object]) -> None:
        """Call from now on."""
        self._paces[name] = timedelta(seconds=seconds)
        self._scheduler.add_job(call, "interval", seconds=seconds, id=name, misfire_grace_time=None, coalesce=True, max_instances=1)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """End; a run that has begun is finished."""
        self._stopped.set()
        self._watch.join()
        self._scheduler.shutdown(wait=True)

    def _look(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            now = self._clock.now()
            for name, pace in self._paces.items():
                job = self._scheduler.get_job(name)
                if job is not None and job.next_run_time - now > pace + pace:
                    job.modify(next_run_time=now)
