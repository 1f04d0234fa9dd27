"""The tick: every second, in the one process that holds its lease, fire the timers that are due.

The rows are the timers; APScheduler (``engine.scheduler``) only says "now". After downtime the same question catches up.
"""

from typing import Final

from app.actions.fire_timer import fire_timer
from app.engine import leases, timers
from app.engine.ports import Ports
from app.engine.telemetry import TICK_AGE

DUTY: Final = "tick"
LEASE_SECONDS: Final = 3.0  # taken over within two ticks of its holder's death
_AT_ONCE: Final = 200


def fire_due(ports: Ports) -> int:
    """Fire what is due; returns how many fired."""
    fired = 0
    while True:
        with ports.db.read() as conn:
            due = timers.due(conn, ports.clock.now(), _AT_ONCE)
        fired += sum(fire_timer(ports, timer) for timer in due)
        if len(due) < _AT_ONCE:
            return fired


def tick(ports: Ports, holder: str) -> None:
    """One tick, if the duty is ours."""
    if leases.hold(ports.db, DUTY, holder, LEASE_SECONDS) is not None:
        fire_due(ports)
        TICK_AGE.set(ports.clock.now().timestamp())
