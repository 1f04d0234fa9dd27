"""The tick goes on whatever the machine's clock does."""

import threading
from datetime import timedelta

from app.core.clock import SystemClock
from app.engine.scheduler import Ticker
from rig.waiting import until


def test_a_clock_that_is_put_back_does_not_stop_the_tick() -> None:
    """To APScheduler a clock put back by an hour is a next run that lies an hour ahead."""
    ran = threading.Event()
    ticker = Ticker()
    ticker.every(0.05, "tick", ran.set)
    ticker.start()
    try:
        until(ran.is_set, "the first tick")
        ticker._scheduler.modify_job("tick", next_run_time=SystemClock().now() + timedelta(hours=1))
        ran.clear()
        until(ran.is_set, "the next tick")
    finally:
        ticker.stop()


def test_a_run_that_takes_longer_than_its_pace_is_not_run_beside_itself() -> None:
    running, most, runs = [], [], threading.Semaphore(0)
    hold = threading.Event()

    def slow() -> None:
        running.append(1)
        most.append(len(running))
        runs.release()
        hold.wait(0.2)
        running.pop()

    ticker = Ticker()
    ticker.every(0.02, "tick", slow)
    ticker.start()
    for _ in range(3):
        assert runs.acquire(timeout=60)
    ticker.stop()
    assert max(most) == 1
    assert not running, "a run that has begun is finished"
