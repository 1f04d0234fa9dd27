"""F18: the disk answers with errors, with "no space", and late, while mentions come in.

On SQLite the desk itself meets them. On PostgreSQL the server does: a write-ahead log that cannot be flushed makes it stop and recover
by design, since no later flush could be trusted. Its restarts are counted, and the desk must take them as it takes any outage.
"""

import time
from contextlib import ExitStack
from typing import Final

from faults import checker
from faults.model import CannotRun, Count, Fault, Place, Row, Scale
from rig.bad_disk import NoStrace, failing
from rig.desk import Running
from rig.load import Load
from rig.sending import Sending, sending
from rig.waiting import until

GOAL: Final = "0 lost, 0 ghosts, 0 doubled, the desk's processes live, well again by themselves"
TRIALS: Final = (
    ("EIO at a flush", "fsync,fdatasync", "error=EIO:when=2+3"),
    ("no space at a write", "pwrite64", "error=ENOSPC:when=3+7"),
    ("200 ms a flush", "fsync,fdatasync", "delay_exit=200000"),
)
# A server that cannot flush its log stops, and it flushes its log by fdatasync: met at every few calls it would do nothing else.
SERVER_TRIALS: Final = (
    ("EIO at a flush", "fdatasync", "error=EIO:when=6+1000"),
    ("no space at a write", "pwrite64", "error=ENOSPC:when=40+1000"),
    ("200 ms a flush", "fdatasync", "delay_exit=200000"),
)


def run(place: Place, scale: Scale) -> Row:
    """Each kind of failure for a while, one after the other."""
    stops, by_hand = _stops(place), 0
    with place.site() as site, ExitStack() as stack:
        desk = stack.enter_context(site.serve())
        load = Load([desk.url], site.token(), connections=4, batch=2, rate=scale.of(40, 20), timeout_seconds=30)
        sender = stack.enter_context(sending(load, place.folder))
        until(lambda: checker.stored(site) > 0, "work")
        for name, calls, how in TRIALS if place.cluster is None else SERVER_TRIALS:
            by_hand += _tried(place, desk, sender, calls, how, scale.of(10.0, 1.5))
            place.say(f"{name}: {len(sender.acknowledged()):,} acknowledged so far")
        summary = sender.stop()
        checker.drained(site)
        found, alive = checker.damage(site, sender.acknowledged()), desk.alive
        ghosts = checker.stored(site) - found.acknowledged
    counted: dict[str, Count] = {
        "acked": found.acknowledged, "lost": found.lost, "ghosts": ghosts, "doubled": found.doubled, "undecided": found.undecided,
        "503": summary.statuses.get("503", 0), "500": summary.statuses.get("500", 0), "integrity": found.integrity,
        "same process": "yes" if alive else "no",
    }  # fmt: skip
    if place.cluster is not None:
        counted |= {"server stops": _stops(place) - stops, "server started by hand": by_hand}
    met = found.none and ghosts == 0 and alive and summary.unacknowledged == 0
    return Row("F18", place.database, counted, GOAL, met)


def _tried(place: Place, desk: Running, sender: Sending, calls: str, how: str, seconds: float) -> bool:
    """Fail for so long, and wait until it flows again; whether the server had to be started by hand for that."""
    pids = [desk.pid] if place.cluster is None else place.cluster.pids()
    try:
        with failing(pids, calls, how):
            time.sleep(seconds)
    except NoStrace as why:
        raise CannotRun(str(why)) from why
    stopped = place.cluster is not None and not place.cluster.pids()
    if place.cluster is not None and stopped:
        place.cluster.start()
    before = len(sender.acknowledged())
    until(lambda: len(sender.acknowledged()) > before, "the next acknowledgement")
    return stopped


def _stops(place: Place) -> int:
    return 0 if place.cluster is None else place.cluster.log.read_text(errors="replace").count("PANIC:")


FAULT = Fault("F18", "disk errors and a slow disk", run)
