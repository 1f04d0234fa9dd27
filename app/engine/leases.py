"""Leases: one holder per duty, with a fencing number that grows at each change of hands."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Column, Connection, Integer, String, or_, select, update
from sqlmodel import Field, SQLModel

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


def hold(db: Database, duty: str, holder: str, seconds: float) -> int | None:
    """Take or renew a duty. Its fencing number when it is ours, None while another holds it."""
    with db.write() as tx:
        until = tx.now + timedelta(seconds=seconds)
        tx.conn.execute(insert_for(tx.conn, LEASE).values(duty=duty, holder="", fence=0, until=tx.now).on_conflict_do_nothing())
        tx.conn.execute(
            update(LEASE)
            .where(LEASE.c.duty == duty, LEASE.c.holder != holder, or_(LEASE.c.until <= tx.now, LEASE.c.holder == ""))
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
        tx.conn.execute(update(LEASE).where(LEASE.c.duty == duty, LEASE.c.holder == holder).values(holder="", until=tx.now))


def any_held(conn: Connection, now: datetime) -> bool:
    """Whether any process does any duty now, that is, whether a worker runs on this database."""
    return conn.execute(select(LEASE.c.duty).where(LEASE.c.holder != "", LEASE.c.until > now).limit(1)).first() is not None
