"""Whether this process can do its work: database, schema, intake, and the tick that fires deadlines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import Unavailable
from app.engine.intake_queue import INTAKE
from app.engine.leases import LEASE
from app.engine.ports import Ports
from app.engine.schema import is_current

TICK_DUTY: Final = "tick"
TICK_GRACE: Final = timedelta(seconds=10)
LOCKED_SECONDS: Final = 2.0
INTAKE_STUCK_AFTER: Final = timedelta(seconds=60)
_INTAKE_BOUND: Final = 10_000


@dataclass(frozen=True, slots=True)
class ReadyCheck:
    """One condition and what was found."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """``ready`` when every check holds."""

    ready: bool
    checks: tuple[ReadyCheck, ...]


AWAY: Final = Readiness(False, (ReadyCheck("database", False, "the database does not answer"),))


def api_readiness(ports: Ports) -> Readiness:
    """Every check; one that cannot be made counts as failed. Public, so it tells no data."""
    if ports.stopping.draining:
        return Readiness(False, (ReadyCheck("process", False, "is being stopped"),))
    named: tuple[tuple[str, Callable[[Ports], tuple[bool, str]]], ...] = (
        ("database", _database),
        ("migrations", _migrations),
        ("intake", _intake),
        ("scheduler", _scheduler),
    )
    checks = []
    for name, made in named:
        try:
            ok, detail = made(ports)
        except (SQLAlchemyError, Unavailable):
            ok, detail = False, "the database cannot be reached"
        checks.append(ReadyCheck(name, ok, detail))
    return Readiness(all(c.ok for c in checks), tuple(checks))


def intake_depth(ports: Ports) -> int:
    """How many mentions wait, counted up to a bound."""
    with ports.db.read() as conn:
        waiting = select(INTAKE.c.id).where(INTAKE.c.state == "waiting").limit(_INTAKE_BOUND).subquery()
        return conn.execute(select(func.count()).select_from(waiting)).scalar_one()


def _database(ports: Ports) -> tuple[bool, str]:
    with ports.db.read() as conn:
        conn.execute(select(1)).one()
    if ports.db.turn.waits_seconds > LOCKED_SECONDS:
        return False, "another process holds the lock of the database: nothing can be written"
    return True, "reachable"


def _migrations(ports: Ports) -> tuple[bool, str]:
    current = is_current(ports.db)
    return current, "current" if current else "not current: run earshot migrate"


def _intake(ports: Ports) -> tuple[bool, str]:
    """Stuck when the oldest mention that nobody has tried yet has waited for long."""
    with ports.db.read() as conn:
        query = select(INTAKE.c.received_at).where(INTAKE.c.state == "waiting", INTAKE.c.attempts == 0).order_by(INTAKE.c.id).limit(1)
        oldest = conn.execute(query).scalar()
    if oldest is None or ports.clock.now() - oldest < INTAKE_STUCK_AFTER:
        return True, "flowing"
    return False, f"stuck: a mention has waited since {oldest.isoformat(timespec='seconds')}"


def _scheduler(ports: Ports) -> tuple[bool, str]:
    with ports.db.read() as conn:
        until = conn.execute(select(LEASE.c.until).where(LEASE.c.duty == TICK_DUTY, LEASE.c.holder != "")).scalar()
    beating = until is not None and until + TICK_GRACE > ports.clock.now()
    return beating, "beating" if beating else "no process holds the tick: start earshot worker, or serve"
