"""Timers: a due row is the timer. (subject, purpose) is its identity, so arming again moves it and never doubles it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Index, String, bindparam, delete, select
from sqlmodel import Field, SQLModel

from app.core.records import quick
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.columns import Json, UtcDateTime, table_of
from app.engine.database import Transaction
from app.engine.inserts import upsert_for


class TimerRow(SQLModel, table=True):
    """One armed timer; it is deleted in the transaction that acts on it."""

    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due_at", "due_at"),)
    subject: str = Field(sa_column=Column(String(40), primary_key=True))
    purpose: str = Field(sa_column=Column(String(40), primary_key=True))
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    data: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))


TIMER: Final = table_of(TimerRow)
_ROW: Final = (TIMER.c.subject, TIMER.c.purpose, TIMER.c.due_at, TIMER.c.data)
_DUE: Final = select(*_ROW).where(TIMER.c.due_at <= bindparam("now")).order_by(TIMER.c.due_at, TIMER.c.subject).limit(bindparam("most"))
# Locked in one order on PostgreSQL, so that two that take the same ones do not wait in a circle.
_THERE: Final = select(*_ROW[:3]).where(among(TIMER.c.subject, "subjects")).order_by(TIMER.c.subject, TIMER.c.purpose).with_for_update()
_TAKE: Final = delete(TIMER).where(
    among(TIMER.c.subject, "subjects"), TIMER.c.purpose == bindparam("of_purpose"), TIMER.c.due_at <= bindparam("until")
)
_DISARM: Final = delete(TIMER).where(among(TIMER.c.subject, "subjects"), among(TIMER.c.purpose, "purposes"))
_DISARM_SUBJECT: Final = delete(TIMER).where(TIMER.c.subject == bindparam("of_subject"))
_DISARM_ONE: Final = _DISARM_SUBJECT.where(TIMER.c.purpose == bindparam("of_purpose"))
_DISARM_THESE: Final = _DISARM_SUBJECT.where(among(TIMER.c.purpose, "purposes")).returning(TIMER.c.purpose)


@quick
@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that is armed."""

    subject: str
    purpose: str
    due_at: datetime
    data: dict[str, Any]


def arm(tx: Transaction, subject: str, purpose: str, due_at: datetime, data: dict[str, Any] | None = None) -> None:
    """Arm or move the timer of this subject and purpose."""
    arm_all(tx, [Timer(subject, purpose, due_at, data or {})])


def arm_all(tx: Transaction, timers: Sequence[Timer]) -> None:
    """Arm or move several timers in one statement."""
    statement = upsert_for(tx.conn, TIMER, ("subject", "purpose"), ("due_at", "data"))
    last = {(t.subject, t.purpose): t for t in timers}.values()
    rows = ((t.subject, t.purpose, t.due_at, t.data) for t in last)
    insert_rows(tx.conn, statement, ("subject", "purpose", "due_at", "data"), rows, distinct=True)


def disarm(tx: Transaction, subject: str, purpose: str | None = None) -> int:
    """Disarm one timer, or every timer of the subject; how many there were."""
    if purpose is None:
        return insert_rows(tx.conn, _DISARM_SUBJECT, ("of_subject",), [(subject,)])
    return insert_rows(tx.conn, _DISARM_ONE, ("of_subject", "of_purpose"), [(subject, purpose)])


def disarm_of(tx: Transaction, subject: str, purposes: Collection[str]) -> frozenset[str]:
    """Disarm the timers of these purposes of one subject, in one statement; the purposes of those that were armed."""
    given = {"of_subject": subject, "purposes": sorted(purposes)}
    return frozenset(purpose for (purpose,) in read_rows(tx.conn, _DISARM_THESE, given)) if purposes else frozenset()


def disarm_all(tx: Transaction, subjects: Collection[str], *purposes: str) -> None:
    """Disarm the timers of these purposes of many subjects, in one statement."""
    if subjects:
        insert_rows(tx.conn, _DISARM, ("subjects", "purposes"), [(sorted(subjects), sorted(purposes))])


def due(conn: Connection, now: datetime, limit: int = 200) -> list[Timer]:
    """Timers due by ``now``, the longest due first."""
    return [Timer(*row) for row in read_rows(conn, _DUE, {"now": now, "most": limit})]


def of_subject(conn: Connection, subject: str) -> list[Timer]:
    """What is armed for this subject, the soonest first."""
    return [Timer(*row) for row in conn.execute(select(*_ROW).where(TIMER.c.subject == subject).order_by(TIMER.c.due_at, TIMER.c.purpose))]


def next_due(conn: Connection) -> datetime | None:
    """When the next timer is due, None when none is armed."""
    row = conn.execute(select(TIMER.c.due_at).order_by(TIMER.c.due_at).limit(1)).first()
    return row.due_at if row else None


def take(tx: Transaction, timer: Timer) -> bool:
    """Claim a due timer for this transaction; False when another took, moved or disarmed it meanwhile."""
    gone = tx.conn.execute(
        delete(TIMER).where(TIMER.c.subject == timer.subject, TIMER.c.purpose == timer.purpose, TIMER.c.due_at == timer.due_at)
    )
    return gone.rowcount == 1


def take_all(tx: Transaction, timers: Collection[Timer]) -> list[Timer]:
    """Claim several in two statements and one more a purpose; those of them that nobody else took, moved or disarmed, in their order."""
    there = set(read_rows(tx.conn, _THERE, {"subjects": sorted({t.subject for t in timers})})) if timers else set()
    taken = [t for t in timers if (t.subject, t.purpose, t.due_at) in there]
    for purpose in sorted({t.purpose for t in taken}):
        of_purpose = [t for t in taken if t.purpose == purpose]
        values = {"subjects": [t.subject for t in of_purpose], "of_purpose": purpose, "until": max(t.due_at for t in of_purpose)}
        insert_rows(tx.conn, _TAKE, tuple(values), [tuple(values.values())])
    return taken
