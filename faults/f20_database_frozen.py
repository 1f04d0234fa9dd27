"""F20: the database stands still: PostgreSQL is frozen, or another program sits on SQLite's lock, or on the row everybody needs.

What must hold: the event loop goes on, /readyz says so within seconds, deliveries are told to come again, and when the database is
back everything goes on by itself. A locked row is no reason to call the whole desk not ready.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Final

import psycopg

from faults import checker
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import Site
from rig.load import Load
from rig.sending import Sending, sending
from rig.waiting import until
from rig.watching import Watched, lag_counts, lag_quantile, watching

FLIP_SECONDS: Final = 5.0
RECOVER_SECONDS: Final = 5.0
LAG_SECONDS: Final = 0.1
_LAG_AMONG_OTHERS_SECONDS: Final = 1.0  # short runs stand in test runs that keep the processors busy
_WENT_ON: Final = "all went on"
GOAL: Final = "loop lag p99 ≤ 100 ms, not ready within 5 s, 0 lost, 0 answers of 5xx but 503, well again within 5 s"
_QUICK: Final = "/healthz"
_READY: Final = "/readyz"


def run(place: Place, scale: Scale) -> Row:
    """Freeze, look, thaw, look."""
    seconds = scale.of(30.0, 6.5)
    with place.site() as site, ExitStack() as stack:
        desk = stack.enter_context(site.serve())
        watched = stack.enter_context(watching(desk.url, {_QUICK: {}, _READY: {}}))
        until(lambda: watched[_READY].first(200, 0) is not None, "ready")
        load = Load([desk.url], site.token(), connections=4, rate=scale.of(50, 20), timeout_seconds=20)
        sender = stack.enter_context(sending(load, place.folder))
        until(lambda: len(sender.acknowledged()) > load.connections, "a stream")
        earlier, began = lag_counts(desk.url), time.monotonic()
        with _stood_still(place):
            time.sleep(seconds)
        ended, before = time.monotonic(), len(sender.acknowledged())
        until(lambda: len(sender.acknowledged()) > before, "the next acknowledgement")
        taken_again = time.monotonic() - ended
        until(lambda: watched[_READY].first(200, ended) is not None, "ready again")
        lag = lag_quantile(earlier, lag_counts(desk.url), 0.99)
        flip, well = watched[_READY].first(503, began), watched[_READY].first(200, ended)
        locked = _row_locked(site, sender, watched[_READY], scale.of(10.0, 2.0)) if place.cluster is not None else None
        summary = sender.stop()
        checker.drained(site)
        found, alive = checker.damage(site, sender.acknowledged()), desk.alive
    others = sum(n for status, n in summary.statuses.items() if status.startswith("5") and status != "503")
    counted: dict[str, Count] = {
        "stood still s": seconds, "loop lag p99 ms": round(lag * 1000), "slowest /healthz ms": round(watched[_QUICK].slowest() * 1000),
        "not ready after s": _shown(flip), "ready after s": _shown(well), "taken in after s": round(taken_again, 1),
        "acked": found.acknowledged, "lost": found.lost, "doubled": found.doubled, "503": summary.statuses.get("503", 0),
        "other 5xx": others, "same process": "yes" if alive else "no",
    }  # fmt: skip
    if locked is not None:
        counted["while one row was locked"] = locked
    quick = (
        flip is not None
        and flip <= scale.within(FLIP_SECONDS)
        and well is not None
        and max(well, taken_again) <= scale.within(RECOVER_SECONDS)
    )
    kept = found.none and others == 0 and alive and summary.unacknowledged == 0 and locked in (None, _WENT_ON)
    return Row("F20", place.database, counted, GOAL, quick and kept and lag <= scale.of(LAG_SECONDS, _LAG_AMONG_OTHERS_SECONDS))


def _row_locked(site: Site, sender: Sending, ready: Watched, seconds: float) -> str:
    """Another session holds one case's row; deliveries and readiness must not care."""
    began, before = time.monotonic(), len(sender.acknowledged())
    with psycopg.connect(site.database_url) as other:
        other.execute('SELECT id FROM "case" ORDER BY id LIMIT 1 FOR UPDATE')
        time.sleep(seconds)
        acked = len(sender.acknowledged()) - before
    if ready.first(503, began) is not None:
        return "not ready"
    return _WENT_ON if acked else "nothing was taken in"


def _shown(seconds: float | None) -> Count:
    return "never" if seconds is None else round(seconds, 1)


@contextmanager
def _stood_still(place: Place) -> Iterator[None]:
    if place.cluster is not None:
        place.cluster.freeze()
        try:
            yield
        finally:
            place.cluster.thaw()
        return
    with closing(sqlite3.connect(place.database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


FAULT = Fault("F20", "database frozen, or its lock held", run)
