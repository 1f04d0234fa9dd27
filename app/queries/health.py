"""How the desk itself is: the checks of readiness, what waits in the intake and the outbox, the log, the database, the leases."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select, text

from app.cases.model import ReplyState
from app.cases.tables import CASE, REPLY
from app.channels.networks import network
from app.core.asker import Asker
from app.core.ids import CaseId, first_id
from app.engine import intake_queue, ledger, log
from app.engine.intake_queue import INTAKE
from app.engine.leases import LEASE
from app.engine.ports import Ports
from app.engine.timers import TIMER, next_due
from app.queries.api_readiness import ReadyCheck, api_readiness
from app.queries.webhooks import WebhooksShown, webhooks

PARKED_SHOWN: Final = 100
OUTBOX_DAYS: Final = 30
LATE_SECONDS: Final = 5.0
_TROUBLES_SHOWN: Final = 50
_EXCERPT: Final = 200
_COUNTED: Final[tuple[ReplyState, ...]] = ("queued", "sending", "pending_approval", "by_hand", "unknown", "failed")
_TROUBLES: Final[tuple[ReplyState, ...]] = ("unknown", "failed", "by_hand")


@dataclass(frozen=True, slots=True)
class Parked:
    """A mention that the pipeline could not take: where it came from, why it failed, how it begins."""

    id: int
    received_at: datetime
    source: str
    network: str
    external_id: str
    author: str
    text: str
    error: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """An answer that wants a person: unknown, failed or to be posted by hand."""

    reply: str
    case: CaseId
    who: str
    mark: str
    network: str
    state: ReplyState
    error: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """Who does a duty, until when. ``held`` is whether anyone does it now."""

    duty: str
    holder: str
    until: datetime
    held: bool


@dataclass(frozen=True, slots=True)
class Health:
    """The whole page. ``size_bytes`` is None where it cannot be told; ``timers_late_seconds`` is how long ago the oldest timer was due
    that has not fired: more than ``LATE_SECONDS`` of it and nobody looks after the deadlines."""

    checks: tuple[ReadyCheck, ...]
    waiting: int
    waiting_bound: int
    parked: tuple[Parked, ...]
    parked_count: int
    outbox: tuple[tuple[ReplyState, int], ...]
    troubles: tuple[Trouble, ...]
    head: int
    head_at: datetime | None
    oldest: int
    unsealed: int
    database: str
    size_bytes: int | None
    leases: tuple[Lease, ...]
    webhooks: WebhooksShown
    timers: int
    timers_late_seconds: float
    may_repair: bool

    @property
    def timers_late(self) -> bool:
        """Whether deadlines do not fire: said loudly, because rules that wait for them keep silent about it."""
        return self.timers_late_seconds > LATE_SECONDS


def health(ports: Ports, conn: Connection, asker: Asker) -> Health:
    """How everything stands now."""
    asker.need("settings.edit")
    now = ports.clock.now()
    bound = ports.settings.earshot_intake_bound
    parked = tuple(_parked(row) for row in intake_queue.parked(conn, PARKED_SHOWN))
    recent = log.read_since(conn, log.head(conn) - 1, 1)
    return Health(
        checks=api_readiness(ports).checks,
        waiting=intake_queue.depth(conn, bound),
        waiting_bound=bound,
        parked=parked,
        parked_count=conn.execute(select(func.count()).select_from(INTAKE).where(INTAKE.c.state == "parked")).scalar_one(),
        outbox=_outbox(conn, now),
        troubles=_troubles(conn, now),
        head=recent[0].seq if recent else 0,
        head_at=recent[0].at if recent else None,
        oldest=log.oldest(conn),
        unsealed=ledger.unsealed(conn),
        database="SQLite, embedded" if ports.db.embedded else "PostgreSQL",
        size_bytes=_size(ports, conn),
        leases=tuple(
            Lease(r.duty, r.holder, r.until, bool(r.holder) and r.until > now) for r in conn.execute(select(LEASE).order_by(LEASE.c.duty))
        ),
        webhooks=webhooks(ports, conn, asker),
        timers=conn.execute(select(func.count()).select_from(TIMER)).scalar_one(),
        timers_late_seconds=max(0.0, (now - oldest).total_seconds()) if (oldest := next_due(conn)) else 0.0,
        may_repair=asker.may("intake.repair"),
    )


def _parked(row: intake_queue.Waiting) -> Parked:
    body = row.body
    author = body.get("author")
    who = str(author.get("handle") or author.get("external_id") or "") if isinstance(author, dict) else ""
    said = str(body.get("text", ""))[:_EXCERPT]
    return Parked(
        row.id, row.received_at, row.source, str(body.get("network", "")), str(body.get("external_id", "")), who, said, row.error or ""
    )


def _outbox(conn: Connection, now: datetime) -> tuple[tuple[ReplyState, int], ...]:
    since = REPLY.c.id >= first_id(now - timedelta(days=OUTBOX_DAYS))
    query = select(REPLY.c.state, func.count().label("n")).where(since, REPLY.c.state.in_(_COUNTED)).group_by(REPLY.c.state)
    found: dict[str, int] = {row.state: row.n for row in conn.execute(query)}
    return tuple((state, found.get(state, 0)) for state in _COUNTED)


def _troubles(conn: Connection, now: datetime) -> tuple[Trouble, ...]:
    query = (
        select(
            REPLY.c.id, REPLY.c.case_id, REPLY.c.state, REPLY.c.error, REPLY.c.by_name, REPLY.c.created_at, CASE.c.author_handle,
            CASE.c.network,
        )
        .join(CASE, CASE.c.id == REPLY.c.case_id)
        .where(REPLY.c.id >= first_id(now - timedelta(days=OUTBOX_DAYS)), REPLY.c.state.in_(_TROUBLES))
        .order_by(REPLY.c.id.desc())
        .limit(_TROUBLES_SHOWN)
    )  # fmt: skip
    return tuple(
        Trouble(
            r.id, CaseId(r.case_id), r.author_handle, network(r.network).mark, r.network, r.state, r.error or "", r.by_name, r.created_at
        )
        for r in conn.execute(query)
    )


def _size(ports: Ports, conn: Connection) -> int | None:
    if not ports.db.embedded:
        size: int = conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        return size
    path = Path(ports.db.url.removeprefix("sqlite:///"))
    return sum(part.stat().st_size for part in (path, path.with_name(path.name + "-wal")) if part.exists())
