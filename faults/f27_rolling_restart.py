"""F27: the desk is deployed: its processes are told to stop and started anew, one after the other, while everybody goes on.

Two web processes behind a balancer that follows /readyz, and a worker. Senders deliver, a person reads pages, and programs hold
sockets; all of them know only the balancer. Each stop is timed from SIGTERM to the end of the process.
"""

import threading
import time
from collections import Counter
from typing import Final

from httpx2 import HTTPError

from app.engine import log
from faults import checker
from faults.model import Count, Fault, Place, Row, Scale
from rig.balancer import Balancer, balancing
from rig.desk import Agent, Running
from rig.listeners import listening
from rig.load import Load
from rig.sending import sending
from rig.waiting import until

EXIT_WITHIN_SECONDS: Final = 10.0
RESTART: Final = "1012"
GOAL: Final = "exit ≤ 10 s, 0 lost, 0 answers of 5xx, every socket closed with 1012, 0 events missed"
_BETWEEN_PAGES_SECONDS: Final = 0.05
_RATE: Final = 40.0  # what two processors keep up with while fifteen processes start on them


def run(place: Place, scale: Scale) -> Row:
    """Restart every process in turn, and count what anybody noticed."""
    rounds, sockets, senders = scale.of(5, 1), scale.of(50, 10), scale.of(8, 2)
    with (
        place.site() as site,
        site.processes("web", "web", "worker", EARSHOT_DRAIN_SECONDS="1") as processes,
        balancing([process.url for process in processes[:2]]) as balancer,
        site.signed_in(site.person("Ana"), balancer.url) as agent,
        listening(balancer.url, site.token("read"), sockets, spread=scale.of(0.5, 0.1)) as listeners,
    ):
        until(lambda: balancer.ready == 2 and listeners.open == sockets, "everybody at their places")
        load = Load([balancer.url], site.token(), connections=senders, rate=_RATE, redelivery=0.05)
        with sending(load, place.folder) as sender, _reading(agent) as pages:
            until(lambda: len(sender.acknowledged()) > senders, "a stream")
            exits = [_restarted(process, balancer) for _ in range(rounds) for process in (processes if not scale.short else processes[:1])]
            summary = sender.stop()
        checker.drained(site)
        with site.ports.db.read() as conn:
            newest = log.head(conn)
        until(lambda: listeners.all_heard(newest), "every listener at the newest event")
        told = [[seq for seq in heard if seq <= newest] for heard in listeners.heard]  # the clocks go on making events meanwhile
        missed = sum(heard != list(range(heard[0], newest + 1)) for heard in told)
        found = checker.damage(site, sender.acknowledged())
    statuses = Counter(summary.statuses) + pages
    fives = sum(n for status, n in statuses.items() if status.startswith("5"))
    place.say(f"answers {dict(statuses)}, errors {dict(summary.errors)} {' '.join(summary.details)}")
    otherwise = sum(n for code, n in listeners.closed.items() if code != RESTART)
    counted: dict[str, Count] = {
        "restarts": len(exits), "longest exit s": round(max(exits), 1), "acked": found.acknowledged, "lost": found.lost,
        "doubled": found.doubled, "unacked": summary.unacknowledged, "5xx": fives,
        "connections cut": sum(summary.errors.values()) + pages["cut"],
        "closed 1012": listeners.closed[RESTART], "closed otherwise": otherwise, "listeners that missed": missed,
        "p99 ms": round(summary.p99_ms), "longest ms": round(summary.max_ms),
    }  # fmt: skip
    kept = found.none and summary.unacknowledged == 0 and missed == 0
    polite = fives == otherwise == 0 and listeners.closed[RESTART] > 0 and max(exits) <= scale.within(EXIT_WITHIN_SECONDS)
    return Row("F27", place.database, counted, GOAL, kept and polite)


def _restarted(process: Running, balancer: Balancer) -> float:
    """Told to stop, gone, back and found again; the seconds from the word to the end."""
    began = time.monotonic()
    process.terminate()
    took = time.monotonic() - began
    process.again()
    process.wait_until_ready()
    until(lambda: balancer.ready == 2, "the balancer's trust")
    return took


class _reading:  # noqa: N801  # reads as a verb where it is used, as the others do
    """A person who turns pages all the while; afterwards the statuses of what was answered, and "cut" for what was not."""

    def __init__(self, agent: Agent) -> None:
        self._agent, self._seen, self._over = agent, Counter[str](), threading.Event()
        self._thread = threading.Thread(target=self._turn, name="reader", daemon=True)

    def __enter__(self) -> Counter[str]:
        self._thread.start()
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _turn(self) -> None:
        while not self._over.wait(_BETWEEN_PAGES_SECONDS):
            try:
                self._seen[str(self._agent.client.get("/inbox").status_code)] += 1
            except HTTPError:
                self._seen["cut"] += 1


FAULT = Fault("F27", "rolling restart under load", run)
