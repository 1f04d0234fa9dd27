"""The event log: append in commit order, read by cursor. The only carrier of news, history, audit and metrics.

Sequence numbers are taken at the end of the transaction. On PostgreSQL that is done under an advisory lock held to
the commit, because a plain serial lets a reader skip an event whose transaction commits late; on SQLite the single
writer gives the same order for nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Integer, RowMapping, String, bindparam, func, insert, literal_column, select
from sqlmodel import Field, SQLModel

from app.core.clock import rfc3339
from app.core.events import Actor, ActorKind, Event, NewEvent
from app.core.ids import CaseId, CustomerId, MentionId
from app.engine.bulk import insert_rows, read_rows
from app.engine.columns import Json, UtcDateTime, one_of, table_of
from app.engine.inserts import partial_index

ORDER_LOCK: Final = 0x6561_7273  # any fixed number: the one advisory lock that orders commits


class EventRow(SQLModel, table=True):
    """One committed event."""

    __tablename__ = "event"
    __table_args__ = (
        one_of("actor_kind", ("agent", "customer", "rule", "timer", "system", "api")),
        partial_index("ix_event_case", "case_id", "seq", where="case_id IS NOT NULL"),
        partial_index("ix_event_customer", "customer_id", "seq", where="customer_id IS NOT NULL"),
    )
    seq: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(String(40), nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor_kind: str = Field(sa_column=Column(String(10), nullable=False))
    actor_id: str = Field(sa_column=Column(String(40), nullable=False))
    actor_name: str = Field(sa_column=Column(String(120), nullable=False))
    case_id: str | None = Field(default=None, sa_column=Column(String(20)))
    customer_id: str | None = Field(default=None, sa_column=Column(String(20)))
    mention_id: str | None = Field(default=None, sa_column=Column(String(20)))
    cause: int | None = Field(default=None, sa_column=Column(Integer))
    depth: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    data: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))


EVENT: Final = table_of(EventRow)
_TAKE_TURN: Final = select(func.pg_advisory_xact_lock(literal_column(str(ORDER_LOCK))))
_HEAD: Final = select(func.max(EVENT.c.seq))
_INSERT: Final = insert(EVENT)
_FIELDS: Final = (
    "seq", "kind", "at", "actor_kind", "actor_id", "actor_name", "case_id", "customer_id", "mention_id", "cause", "depth", "data",
)  # fmt: skip
_FROM: Final = (
    select(*(EVENT.c[field] for field in _FIELDS))
    .where(EVENT.c.seq >= bindparam("first", type_=BigInteger))
    .order_by(EVENT.c.seq)
    .limit(bindparam("limit", type_=BigInteger))
)


def head(conn: Connection) -> int:
    """The seq of the newest committed event, 0 when there is none."""
    ((newest,),) = read_rows(conn, _HEAD, {})
    return newest or 0


def append_all(conn: Connection, at: datetime, pending: Sequence[NewEvent]) -> None:
    """Give each pending event its seq and insert it; called by the transaction just before it commits."""
    if conn.dialect.name == "postgresql":
        read_rows(conn, _TAKE_TURN, {})
    first = head(conn) + 1
    rows = (
        (
            first + i, new.kind, at, new.actor.kind, new.actor.id, new.actor.name, new.case, new.customer, new.mention,
            first - new.cause - 1 if new.cause is not None and new.cause < 0 else new.cause, new.depth, new.data,
        )
        for i, new in enumerate(pending)
    )  # fmt: skip
    insert_rows(conn, _INSERT, _FIELDS, rows)


def read_from(conn: Connection, first: int, limit: int) -> list[Event]:
    """The event with the seq ``first`` and those after it in order, at most ``limit``."""
    return [_event(*row) for row in read_rows(conn, _FROM, {"first": first, "limit": limit})]


def read_since(conn: Connection, since: int, limit: int = 500) -> list[Event]:
    """Events after the cursor in order, at most ``limit``."""
    return read_from(conn, since + 1, limit)


def of_case(conn: Connection, case: CaseId, *, before: int | None = None, limit: int = 200) -> list[Event]:
    """The newest events of a case before a seq, newest first."""
    query = select(EVENT).where(EVENT.c.case_id == case).order_by(EVENT.c.seq.desc()).limit(limit)
    return [event_of(r) for r in conn.execute(query if before is None else query.where(EVENT.c.seq < before)).mappings()]


def of_customer(conn: Connection, customer: CustomerId, *, before: int | None = None, limit: int = 50) -> list[Event]:
    """The newest events of a customer before a seq, newest first."""
    query = select(EVENT).where(EVENT.c.customer_id == customer).order_by(EVENT.c.seq.desc()).limit(limit)
    return [event_of(r) for r in conn.execute(query if before is None else query.where(EVENT.c.seq < before)).mappings()]


def of_customers(
    conn: Connection,
    customers: Sequence[CustomerId],
    *,
    kinds: Collection[str] = (),
    without: Collection[str] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[Event]:
    """The newest events of several customers (one and those merged into it), newest first; ``kinds`` empty means all."""
    query = select(EVENT).where(EVENT.c.customer_id.in_(customers)).order_by(EVENT.c.seq.desc()).limit(limit)
    if kinds:
        query = query.where(EVENT.c.kind.in_(sorted(kinds)))
    if without:
        query = query.where(EVENT.c.kind.not_in(sorted(without)))
    return [event_of(r) for r in conn.execute(query if before is None else query.where(EVENT.c.seq < before)).mappings()]


def oldest(conn: Connection) -> int:
    """The seq of the oldest event kept, 0 when there is none."""
    return conn.execute(select(func.min(EVENT.c.seq))).scalar() or 0


def as_json(event: Event) -> dict[str, Any]:
    """The event in the form of the live stream (see ``docs/api.md``)."""
    return {
        "seq": event.seq,
        "type": event.kind,
        "at": rfc3339(event.at),
        "case": event.case,
        "customer": event.customer,
        "mention": event.mention,
        "actor": {"kind": event.actor.kind, "id": event.actor.id or None},
        "cause": event.cause,
        "data": event.data,
    }


def event_of(row: RowMapping) -> Event:
    """The frozen record of a row of ``event``."""
    return _event(*(row[field] for field in _FIELDS))


def _event(
    seq: int, kind: str, at: datetime, actor_kind: ActorKind, actor_id: str, actor_name: str, case: CaseId | None,
    customer: CustomerId | None, mention: MentionId | None, cause: int | None, depth: int, data: dict[str, Any],
) -> Event:  # fmt: skip
    """From the values of ``_FIELDS``."""
    actor = Actor(actor_kind, actor_id, actor_name)
    return Event(seq, kind, at, actor, data, case or None, customer or None, mention or None, cause, depth)
