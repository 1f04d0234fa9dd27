"""F26: a worker is frozen while it holds leases, others take over what it held, and half a minute later it is thawed.

Once for sending: it is frozen while the network has its answers in hand, so that it comes back with an outcome that is not its own to
write any more. Once for timers: it is frozen while it holds the tick and timers fall due. Counted is what was done twice.
"""

import sqlite3
import time
from collections import Counter
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from app.actions.side_effects import WAKE
from app.actions.snooze_case import snooze_case
from app.cases.tables import REPLY
from app.core.asker import DESK
from app.engine import timers
from app.engine.leases import LEASE
from app.engine.log import EVENT
from app.engine.timers import TIMER, Timer
from app.jobs.deadlines import DUTY
from faults.model import Count, Fault, Place, Row, Scale
from faults.outgoing import Ground, ground, hear, queue, settled, standing, together
from rig.desk import Running
from rig.network import KINDS, Kind, Trouble
from rig.waiting import until

GOAL: Final = "0 posted twice, 0 told twice, 0 told falsely, 0 timers fired twice or never; taken over while it was frozen"
_ONE_KIND: Final[dict[str, tuple[Kind, ...]]] = {"sqlite": ("key",), "postgresql": ("look-up",)}
_TIMERS_OVER_SECONDS: Final = 3.0
_STILL_SECONDS: Final = 1.5  # whatever a thawed process would still do, it does at once
_IN_HAND: Final = 4


def run(place: Place, scale: Scale) -> Row:
    """Each kind of network in turn, answers and timers at once."""
    frozen = scale.of(30.0, 9.0)
    found, fired = [], Counter[str]()
    for kind in scale.of(KINDS, _ONE_KIND[place.database]):
        with ground(place, kind) as on:
            timeout = scale.of(5.0, 2.0)
            queue(on, scale.of(40, 6), "@first")
            queue(on, scale.of(40, 6), "@second")
            cases = _put_away(on, scale.of(40, 6))
            on.network.tail(0.05)
            on.network.meets(Trouble("slow", 4 * _IN_HAND, timeout * 0.75))
            _freeze_and_thaw(on, frozen, timeout, cases)
            fired.update(_fired(on, cases))
            found.append(standing(on))
            place.say(f"{kind}: {found[-1]}, timers {dict(fired)}")
    sums = together(found)
    counted: dict[str, Count] = {
        "frozen s": frozen, "answers": scale.of(80, 12) * len(found), "posted twice": sums["twice"], "told twice": sums["told twice"],
        "told falsely": sums["false"], "for a person": sums["handed"], "timers": fired["armed"], "fired twice": fired["twice"],
        "never fired": fired["never"],
    }  # fmt: skip
    wrong = sums["twice"] + sums["told twice"] + sums["false"] + fired["twice"] + fired["never"]
    return Row("F26", place.database, counted, GOAL, wrong == 0)


def _put_away(on: Ground, count: int) -> list[str]:
    """Cases that come back by their timers."""
    ids = hear(on, count, "@later")
    for id in ids:
        snooze_case(on.site.ports, DESK, id, on.site.ports.clock.now() + timedelta(days=1))
    return ids


def _freeze_and_thaw(on: Ground, frozen: float, timeout: float, cases: list[str]) -> None:
    """Freeze whoever has the tick, and calls in hand; wait until the other has done its work; thaw it."""
    settings = on.network.settings() | {
        "EARSHOT_WEBHOOK_TIMEOUT_SECONDS": f"{timeout:g}", "EARSHOT_WEBHOOK_SETTLE_SECONDS": f"{timeout:g}", "EARSHOT_UNDO_SECONDS": "0",
    }  # fmt: skip
    with on.site.processes("worker", "worker", **settings) as workers:
        until(lambda: len(on.network.book()["calls"]) >= _IN_HAND, "calls in hand")
        begin = on.site.ports.clock.now()
        with on.site.ports.db.write() as tx:
            each = timedelta(seconds=_TIMERS_OVER_SECONDS / len(cases))
            timers.arm_all(tx, [Timer(id, WAKE, begin + each * n, {}) for n, id in enumerate(cases)])
        until(lambda: _waiting(on, cases) < len(cases), "the first timer")
        first = next(w for w in workers if _holds_the_tick(on, w))
        others = [w for w in workers if w is not first]
        _freeze_outside_a_write(on, first)
        thaws = time.monotonic() + frozen
        taken = lambda: any(_holds_the_tick(on, w) for w in others) and not _waiting(on, cases) and not _unclaimed(on)  # noqa: E731
        until(taken, "another's taking over")
        time.sleep(max(0.0, thaws - time.monotonic()))
        first.thaw()
        settled(on, 120)
        time.sleep(_STILL_SECONDS)


def _freeze_outside_a_write(on: Ground, worker: Running) -> None:
    """SQLite has one writer, and one that is frozen in its write is waited for by everyone: that stands in docs/operations.md and is
    not what is tried here. PostgreSQL ends such a session by itself."""
    worker.freeze()
    while on.site.ports.db.embedded and not _writable(on):
        worker.thaw()
        time.sleep(0.05)
        worker.freeze()


def _writable(on: Ground) -> bool:
    file = sqlite3.connect(on.site.database_url.removeprefix("sqlite:///"), timeout=1, isolation_level=None)
    try:
        file.execute("BEGIN IMMEDIATE")
        file.execute("ROLLBACK")
        return True
    except sqlite3.OperationalError:
        return False
    finally:
        file.close()


def _unclaimed(on: Ground) -> int:
    """Answers that nobody has taken up."""
    with on.site.ports.db.read() as conn:
        return conn.execute(select(func.count()).select_from(REPLY).where(REPLY.c.state == "queued")).scalar_one()


def _waiting(on: Ground, cases: list[str]) -> int:
    """How many timers have not fired."""
    with on.site.ports.db.read() as conn:
        query = select(func.count()).select_from(TIMER).where(TIMER.c.purpose == WAKE, TIMER.c.subject.in_(cases))
        return conn.execute(query).scalar_one()


def _holds_the_tick(on: Ground, worker: Running) -> bool:
    with on.site.ports.db.read() as conn:
        holder = conn.execute(select(LEASE.c.holder).where(LEASE.c.duty == DUTY)).scalar_one()
    return str(holder).startswith(f"{worker.pid}-")


def _fired(on: Ground, cases: list[str]) -> Counter[str]:
    with on.site.ports.db.read() as conn:
        woken = Counter(conn.execute(select(EVENT.c.case_id).where(EVENT.c.kind == "case.woken")).scalars())
    twice = sum(woken[id] > 1 for id in cases)
    return Counter({"armed": len(cases), "twice": twice, "never": sum(woken[id] == 0 for id in cases)})


FAULT = Fault("F26", "a worker is frozen and thawed", run)
