"""The tick: twice a second, in the one process that holds its lease, fire the timers that are due, and those of the next half second
exactly when they are.

The rows are the timers; ``engine.scheduler`` only says "now". After downtime or a clock that was moved, the same question catches up.
"""

import threading
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from app.actions.fire_timer import fire_timers, put_off_timer
from app.actions.recompute_clocks import recompute_clocks
from app.core.clock import steady
from app.core.errors import Unavailable
from app.engine import leases, timers
from app.engine.ports import Ports
from app.engine.telemetry import TICK_AGE, TIMERS_LATE
from app.engine.telemetry import log as logger
from app.engine.timers import Timer

DUTY: Final = "tick"
TICK_SECONDS: Final = 0.5
LEASE_SECONDS: Final = 1.2  # with the half second to the next look, taken over in under two seconds after its holder's death
PUT_OFF_SECONDS: Final = 60.0
_SPARED_SECONDS: Final = 0.02  # before the next tick, and at least between two looks
AT_ONCE: Final = 400  # a transaction; more would keep mentions that are being delivered waiting for too long
_GIVE_WAY_SECONDS: Final = 0.001  # between two of them: a lock that is let go and asked for at once passes over who waits for it
AT_ONE_LOOK: Final = 2_400  # what falls due meanwhile waits for the end of it: some tenths of a second
LANES: Final = 2  # threads that fire on PostgreSQL; a third gains nothing on two processors


def fire_due(ports: Ports) -> int:
    """Fire what is due, or as much of it as there is time for before this process ends; returns how many fired."""
    fired = 0
    while not ports.stopping.closing:  # after a long downtime thousands may be due, and whoever comes next goes on with them
        with ports.db.read() as conn:
            due = timers.due(conn, ports.clock.now(), AT_ONE_LOOK)
        if not due:
            break
        fired += _fire_in_order(ports, due) if ports.db.embedded or len(due) <= AT_ONCE else _fire_side_by_side(ports, due)
    return fired


def beat(ports: Ports, holder: str) -> bool:
    """Take the duty or keep it, and say that somebody is at it; False when another process is."""
    if leases.hold(ports.db, DUTY, holder, LEASE_SECONDS) is None:
        return False
    TICK_AGE.set(ports.clock.now().timestamp())
    return True


def tick(ports: Ports, holder: str) -> None:
    """One tick, if the duty is ours."""
    if not beat(ports, holder):
        return
    with ports.db.read() as conn:
        oldest = timers.next_due(conn)
    TIMERS_LATE.set(max(0.0, (ports.clock.now() - oldest).total_seconds()) if oldest else 0.0)
    fire_due(ports)
    while recompute_clocks(ports) and not ports.stopping.closing:
        fire_due(ports)  # what the new targets make due at once, and whatever else fell due meanwhile


def tick_exactly(ports: Ports, holder: str, over: threading.Event) -> None:
    """``tick``, and again at the moment of each timer that is due before the next one; ``over`` ends the waiting.

    Steady time bounds it, so that a clock put back meanwhile keeps it from nothing: the tick after it asks anew.
    """
    until = steady() + TICK_SECONDS - _SPARED_SECONDS
    while True:
        tick(ports, holder)
        with ports.db.read() as conn:
            soonest = timers.next_due(conn)
        wait = (soonest - ports.clock.now()).total_seconds() if soonest is not None else TICK_SECONDS
        if steady() + wait > until or over.wait(max(wait, _SPARED_SECONDS)):
            return


def batches(due: Sequence[Timer], most: int) -> list[list[Timer]]:
    """Timers in their order, as transactions of at most so many: each case once in one, because what a timer does may move or disarm
    the next one of its case."""
    made: list[list[Timer]] = []
    after: dict[str, int] = {}
    first_with_room = 0
    for timer in due:
        case = _case_of(timer)
        at = max(after.get(case, 0), first_with_room)
        while at < len(made) and len(made[at]) == most:
            at += 1
        if at == len(made):
            made.append([])
        made[at].append(timer)
        after[case] = at + 1
        if len(made[first_with_room]) == most:
            first_with_room += 1
    return made


def _case_of(timer: Timer) -> str:
    """The case it is about; a broken one, which names none, stands for itself and fails by itself."""
    return str(timer.data.get("case", timer.subject))


def _fire_side_by_side(ports: Ports, due: Sequence[Timer]) -> int:
    """On PostgreSQL a few threads, each with cases of its own: while the server works for one, another judges."""
    lanes: list[list[Timer]] = [[] for _ in range(LANES)]
    for timer in due:
        lanes[zlib.crc32(_case_of(timer).encode()) % LANES].append(timer)
    with ThreadPoolExecutor(LANES, "deadlines") as beside:
        return sum(beside.map(partial(_fire_in_order, ports), lanes))


def _fire_in_order(ports: Ports, due: Sequence[Timer]) -> int:
    fired = 0
    for batch in batches(due, AT_ONCE):
        if ports.stopping.closing:
            break
        fired += _fire(ports, batch)
        if ports.db.embedded:
            threading.Event().wait(_GIVE_WAY_SECONDS)  # time.sleep fails where a clock that is put back is tried out (libfaketime)
    return fired


def _fire(ports: Ports, due: Sequence[Timer]) -> int:
    """Fire these together; if that fails in halves, so that one bad timer costs its neighbours a few transactions and no more."""
    try:
        return fire_timers(ports, due)
    except Unavailable:
        raise
    except Exception:
        if len(due) > 1:
            half = len(due) // 2
            return _fire(ports, due[:half]) + _fire(ports, due[half:])
        logger.exception("a timer failed; it is tried again later", subject=due[0].subject, purpose=due[0].purpose)
        put_off_timer(ports, due[0], PUT_OFF_SECONDS)
        return 0
