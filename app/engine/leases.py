"""Leases: one holder per duty, with a fencing number that grows at each change of hands."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Column, Connection, Integer, String, or_, select, text, update
from sqlmodel import Field, SQLModel

from app.core.clock import SystemClock
from app.engine.columns import UtcDateTime, table_of
from app.engine.database import Database
from app.engine.inserts import insert_for


class LeaseRow(SQLModel, table=True):
    """Who does a duty, until when."""

    __tablename__ = "lease"
    duty: str = Field(sa_column=Column(String(40), primary_key=True))
    holder: str = Field(sa_column=Column(String(40), nullable=False))
    fence: int = Field(sa_column=Column(Integer, nullable=False))
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


LEASE: Final = table_of(LeaseRow)
_RENEWED_AT: Final = 0.6  # of its time: a holder that looks twice in that time misses one look without losing the duty
_SERVERS_PRESENT: Final = text("SELECT clock_timestamp()")


def hold(db: Database, duty: str, holder: str, seconds: float) -> int | None:
    """Take or renew a duty. Its fencing number when it is ours, None while another holds it.

    Costs one read where there is nothing to do yet: another holds it, or ours has more than ``_RENEWED_AT`` of its time before it.
    """
    with db.read() as conn:
        row = conn.execute(select(LEASE).where(LEASE.c.duty == duty)).first()
        left = None if row is None else (row.until - _present(db, conn)).total_seconds()
    # A lease good for longer than one can be was written before the clock was put back: it binds nobody.
    if row is not None and left is not None and left <= seconds:
        if row.holder not in ("", holder) and left > 0:
            return None
        if row.holder == holder and left > seconds * _RENEWED_AT:
            return int(row.fence)
    with db.write() as tx:
        now = _present(db, tx.conn)
        until = now + timedelta(seconds=seconds)
        tx.conn.execute(insert_for(tx.conn, LEASE).values(duty=duty, holder="", fence=0, until=now).on_conflict_do_nothing())
        tx.conn.execute(
            update(LEASE)
            .where(LEASE.c.duty == duty, LEASE.c.holder != holder, or_(LEASE.c.until <= now, LEASE.c.until > until, LEASE.c.holder == ""))
            .values(holder=holder, fence=LEASE.c.fence + 1)
        )
        kept = tx.conn.execute(update(LEASE).where(LEASE.c.duty == duty, LEASE.c.holder == holder).values(until=until))
        if kept.rowcount != 1:
            return None
        fence: int = tx.conn.execute(select(LEASE.c.fence).where(LEASE.c.duty == duty)).scalar_one()
        return fence


def let_go(db: Database, duty: str, holder: str) -> None:
    """Give a duty up at once, so that another process need not wait for its end."""
    with db.write() as tx:
        tx.conn.execute(update(LEASE).where(LEASE.c.duty == duty, LEASE.c.holder == holder).values(holder="", until=_present(db, tx.conn)))


def _present(db: Database, conn: Connection) -> datetime:
    """The server's own present on PostgreSQL: a machine whose clock is an hour ahead would else keep a duty for an hour after its death."""
    if db.embedded or not isinstance(db.clock, SystemClock):
        return db.clock.now()
    at: datetime = conn.execute(_SERVERS_PRESENT).scalar_one()
    return at.astimezone(UTC)


def any_held(conn: Connection, now: datetime) -> bool:
    """Whether any process does any duty now, that is, whether a worker runs on this database."""
    return conn.execute(select(LEASE.c.duty).where(LEASE.c.holder != "", LEASE.c.until > now).limit(1)).first() is not None
