"""The tick: twice a second, in the one process that holds its lease, fire the timers that are due.

The rows are the timers; ``engine.scheduler`` only says "now". After downtime or a clock that was moved, the same question catches up.
"""

from collections.abc import Sequence
from typing import Final

from app.actions.fire_timer import fire_timers, put_off_timer
from app.core.errors import Unavailable
from app.engine import leases, timers
from app.engine.ports import Ports
from app.engine.telemetry import TICK_AGE
from app.engine.telemetry import log as logger
from app.engine.timers import Timer

DUTY: Final = "tick"
TICK_SECONDS: Final = 0.5
LEASE_SECONDS: Final = 1.2  # with the half second to the next look, taken over in under two seconds after its holder's death
PUT_OFF_SECONDS: Final = 60.0
AT_ONCE: Final = 250  # a transaction; more would keep mentions that are being delivered waiting for too long


def fire_due(ports: Ports) -> int:
    """Fire what is due, or as much of it as there is time for before this process ends; returns how many fired."""
    fired = 0
    while not ports.stopping.closing:  # after a long downtime thousands may be due, and whoever comes next goes on with them
        with ports.db.read() as conn:
            due = timers.due(conn, ports.clock.now(), AT_ONCE)
        if not due:
            break
        fired += _fire(ports, due)
    return fired


def tick(ports: Ports, holder: str) -> None:
    """One tick, if the duty is ours."""
    if leases.hold(ports.db, DUTY, holder, LEASE_SECONDS) is not None:
        fire_due(ports)
        TICK_AGE.set(ports.clock.now().timestamp())


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
