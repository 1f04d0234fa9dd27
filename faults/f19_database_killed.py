"""F19: every process of the database server is killed under load and started again at once, over and over.

PostgreSQL alone: SQLite has no server, it dies with the desk, which is F1. The first deliveries after a start come by another process
than the one that works them through, and its wake-ups were lost with their connection: the slow look beneath must find them.
"""

import time
from collections import Counter
from contextlib import ExitStack
from typing import Final

from faults import checker
from faults.model import CannotRun, Count, Fault, Place, Row, Scale
from rig.load import Load
from rig.sending import sending
from rig.waiting import until
from rig.watching import watching

FOUND_SECONDS: Final = 2.0
_AMONG_OTHERS_SECONDS: Final = 8.0  # short runs stand in test runs that keep the processors busy
GOAL: Final = "0 lost, 0 doubled, 0 answers of 5xx but 503, work without a wake-up found within 2 s"
_PAGE: Final = "/api/v1/cases"
_BETWEEN_SECONDS: Final = 3.0


def run(place: Place, scale: Scale) -> Row:
    """Kill, start, wait until it flows again."""
    rounds = scale.of(5, 1)
    found_after = []
    if place.cluster is None:
        raise CannotRun("it needs a cluster to kill")
    with place.site() as site, ExitStack() as stack:
        web, worker = stack.enter_context(site.processes("web", "worker"))
        watched = stack.enter_context(watching(web.url, {_PAGE: site.token("read")}))
        load = Load([web.url], site.token(), connections=scale.of(8, 4), rate=scale.of(100, 30), redelivery=0.05)
        sender = stack.enter_context(sending(load, place.folder))
        until(lambda: checker.stored(site) > 0, "work")
        for number in range(rounds):
            time.sleep(scale.of(_BETWEEN_SECONDS, 1.0))
            place.cluster.kill()
            place.cluster.start()
            answering = time.monotonic()
            site.ports.db.close()  # the rig's own connections died too
            before, stored = len(sender.acknowledged()), checker.stored(site)
            until(lambda before=before: len(sender.acknowledged()) > before, "the next acknowledgement")  # type: ignore[misc]  # bound at once
            taken_in = time.monotonic()
            until(lambda stored=stored: checker.stored(site) > stored, "the next mention worked through")  # type: ignore[misc]  # bound at once
            found_after.append(max(0.0, time.monotonic() - taken_in))
            place.say(
                f"kill {number + 1} of {rounds}: taken in after {taken_in - answering:.1f} s, worked after {found_after[-1]:.1f} s more"
            )
        summary = sender.stop()
        checker.drained(site)
        found, alive = checker.damage(site, sender.acknowledged()), web.alive and worker.alive
    statuses = watched[_PAGE].statuses + Counter(summary.statuses)
    others = sum(n for status, n in statuses.items() if status.startswith("5") and status != "503")
    counted: dict[str, Count] = {
        "kills": rounds, "acked": found.acknowledged, "lost": found.lost, "doubled": found.doubled, "undecided": found.undecided,
        "503": statuses["503"], "other 5xx": others, "found after s": round(max(found_after), 1), "integrity": found.integrity,
        "same processes": "yes" if alive else "no",
    }  # fmt: skip
    bound = scale.of(FOUND_SECONDS, _AMONG_OTHERS_SECONDS)
    met = found.none and others == 0 and alive and summary.unacknowledged == 0 and max(found_after) <= bound
    return Row("F19", place.database, counted, GOAL, met)


FAULT = Fault("F19", "database server killed and restarted", run, ("postgresql",))
