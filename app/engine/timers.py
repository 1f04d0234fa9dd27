"""Timers: a due row is the timer. (subject, purpose) is its identity, so arming again moves it and never doubles it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Index, String, delete, select
from sqlmodel import Field, SQLModel

from app.engine.bulk import insert_rows
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


def disarm(tx: Transaction, subject: str, purpose: str | None = None) -> None:
    """Disarm one timer, or every timer of the subject."""
    statement = delete(TIMER).where(TIMER.c.subject == subject)
    tx.conn.execute(statement if purpose is None else statement.where(TIMER.c.purpose == purpose))


def due(conn: Connection, now: datetime, limit: int = 200) -> list[Timer]:
    """Timers due by ``now``, the longest due first."""
    rows = conn.execute(select(TIMER).where(TIMER.c.due_at <= now).order_by(TIMER.c.due_at).limit(limit))
    return [Timer(r.subject, r.purpose, r.due_at, r.data) for r in rows]


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
