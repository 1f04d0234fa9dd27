"""The durable intake queue: what was accepted but not yet understood. A row leaves it in the transaction that stores its mention.

A row that makes the pipeline fail is tried again later and, after ``MAX_ATTEMPTS``, parked with its error where an
admin sees it; it never blocks those behind it and is never dropped. The bound is the settings' ``intake_bound``:
above it new mentions are refused with 429 and nothing is taken.

Rows leave in the order in which they came, in two lanes: up to ``PRESSING_SHARE`` of a batch is for what cannot wait, so that it
overtakes thousands and never stops them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Connection, Index, Integer, String, Text, bindparam, delete, func, select, text, update
from sqlmodel import Field, SQLModel

from app.core.records import quick
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.columns import Json, UtcDateTime, one_of, table_of
from app.engine.database import Transaction
from app.engine.inserts import insert_or_ignore, partial_index

MAX_ATTEMPTS: Final = 3
_BACKOFF_SECONDS: Final = 2.0
_PUT_OFF_SECONDS: Final = 0.5
PRESSING: Final = 0
USUAL: Final = 1
PRESSING_SHARE: Final = 0.75
PRESSING_BOUND: Final = 500
"""Up to this many pressing rows are taken above the intake's bound, for a sender that was refused comes back no sooner for being urgent."""


class IntakeRow(SQLModel, table=True):
    """One accepted mention, raw."""

    __tablename__ = "intake"
    __table_args__ = (
        one_of("state", ("waiting", "parked")),
        partial_index("ix_intake_waiting", "id", where="state = 'waiting'"),
        partial_index("ix_intake_pressing", "id", where="state = 'waiting' AND lane = 0"),
        Index("uq_intake_key", "key", unique=True),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    key: str = Field(sa_column=Column(String(1200), nullable=False))
    received_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    source: str = Field(sa_column=Column(String(80), nullable=False))
    body: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    state: str = Field(default="waiting", sa_column=Column(String(8), nullable=False))
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    not_before: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    error: str | None = Field(default=None, sa_column=Column(Text))
    lane: int = Field(default=USUAL, sa_column=Column(Integer, nullable=False, server_default=str(USUAL)))


INTAKE: Final = table_of(IntakeRow)

# Built once, because every call and every batch runs them, and building costs more than running.
_KNOWN: Final = select(INTAKE.c.key).where(among(INTAKE.c.key, "keys"))
_MAY_BE_TRIED: Final = (INTAKE.c.state == "waiting", (INTAKE.c.not_before.is_(None)) | (INTAKE.c.not_before <= bindparam("now")))
_SHOWN: Final = tuple(INTAKE.c[name] for name in ("id", "key", "received_at", "source", "body", "attempts", "error"))
"""The columns in the order of ``Waiting``."""
_LANES: Final = (
    # The lane is written out, because neither database uses a partial index for a lane that it learns only later.
    select(*_SHOWN).where(*_MAY_BE_TRIED, text("lane = 0")).order_by(INTAKE.c.id).limit(bindparam("bound")),
    select(*_SHOWN).where(*_MAY_BE_TRIED, INTAKE.c.lane != PRESSING).order_by(INTAKE.c.id).limit(bindparam("bound")),
)
_CLAIMED_LANES: Final = tuple(
    lane.with_for_update(skip_locked=True) for lane in _LANES
)  # SQLite, which has one writer, compiles it without
_STILL_THERE: Final = (
    select(INTAKE.c.id)
    .where(INTAKE.c.id.in_(bindparam("ids", expanding=True)), INTAKE.c.state == "waiting")
    .with_for_update(skip_locked=True)
)
_AHEAD: Final = select(INTAKE.c.key).where(
    INTAKE.c.key.in_(bindparam("keys", expanding=True)), INTAKE.c.state == "waiting", INTAKE.c.id.not_in(bindparam("ids", expanding=True))
)
_DEPTH: Final = select(func.count()).select_from(
    select(INTAKE.c.id).where(INTAKE.c.state == "waiting").limit(bindparam("bound")).subquery()
)
_PUT: Final = ("key", "source", "body", "received_at", "state", "attempts", "lane")
_REMOVE: Final = delete(INTAKE).where(among(INTAKE.c.id, "ids"))


@quick
@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of the queue. ``key`` names network, instance, external id and revision."""

    id: int
    key: str
    received_at: datetime
    source: str
    body: dict[str, Any]
    attempts: int
    error: str | None = None


def known_keys(conn: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these keys wait already."""
    return {key for (key,) in read_rows(conn, _KNOWN, {"keys": keys})}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row to be put into the queue."""

    key: str
    source: str
    body: dict[str, Any]
    pressing: bool = False


def put(tx: Transaction, rows: Sequence[Arrival]) -> None:
    """Add rows; a key that waits already is left as it is."""
    values = ((r.key, r.source, r.body, tx.now, "waiting", 0, PRESSING if r.pressing else USUAL) for r in rows)
    insert_rows(tx.conn, insert_or_ignore(tx.conn, INTAKE), _PUT, values)


def waiting(conn: Connection, now: datetime, limit: int) -> list[Waiting]:
    """What may be tried now, whoever works on it: what cannot wait, then the oldest."""
    return _of_both(conn, _LANES, now, limit)


def claim(tx: Transaction, limit: int) -> list[Waiting]:
    """What may be tried now and nobody else works on, ours to the end of this transaction: what cannot wait, then the oldest."""
    return _of_both(tx.conn, _CLAIMED_LANES, tx.now, limit)


def _of_both(conn: Connection, lanes: Sequence[Any], now: datetime, limit: int) -> list[Waiting]:
    pressing, usual = lanes
    rows = read_rows(conn, pressing, {"now": now, "bound": max(1, int(limit * PRESSING_SHARE))})
    rest = read_rows(conn, usual, {"now": now, "bound": limit - len(rows)}) if len(rows) < limit else []
    found = [Waiting(*row) for row in (*rows, *rest)]
    # A row that failed before is tried by itself: in company it would make the whole batch fail, and be looked for in halves, at each try.
    return next(([row] for row in found if row.attempts), found)


def claim_again(tx: Transaction, ids: Sequence[int]) -> set[int]:
    """Which of these rows, read before this transaction, wait still and are ours now to its end."""
    return set(tx.conn.execute(_STILL_THERE, {"ids": ids}).scalars())


def ahead(conn: Connection, keys: Sequence[str], ids: Sequence[int]) -> set[str]:
    """Which of these keys wait in rows other than these: another worker may have them in hand."""
    return set(conn.execute(_AHEAD, {"keys": keys, "ids": ids}).scalars()) if keys else set()


def put_off(tx: Transaction, ids: Sequence[int]) -> None:
    """Let these rows wait a moment for something that is ahead of them; it counts as no attempt."""
    if ids:
        later = tx.now + timedelta(seconds=_PUT_OFF_SECONDS)
        tx.conn.execute(update(INTAKE).where(INTAKE.c.id.in_(ids)).values(not_before=later))


def depth(conn: Connection, bound: int) -> int:
    """How many rows wait, counted up to the bound."""
    ((count,),) = read_rows(conn, _DEPTH, {"bound": bound})
    return int(count)


def remove(tx: Transaction, ids: Sequence[int]) -> int:
    """Take finished rows out; returns how many were still there."""
    return insert_rows(tx.conn, _REMOVE, ("ids",), [(ids,)]) if ids else 0


def fail(tx: Transaction, row: Waiting, error: str) -> bool:
    """Note a failed attempt: later again, or parked after MAX_ATTEMPTS. True when parked now."""
    attempts = row.attempts + 1
    parked = attempts >= MAX_ATTEMPTS
    tx.conn.execute(
        update(INTAKE)
        .where(INTAKE.c.id == row.id)
        .values(
            attempts=attempts,
            error=error,
            state="parked" if parked else "waiting",
            not_before=tx.now + timedelta(seconds=_BACKOFF_SECONDS**attempts),
        )
    )
    return parked


def parked(conn: Connection, limit: int = 100) -> list[Waiting]:
    """Parked rows, the oldest first."""
    return [_waiting(r) for r in conn.execute(select(INTAKE).where(INTAKE.c.state == "parked").order_by(INTAKE.c.id).limit(limit))]


def retry_parked(tx: Transaction, id: int) -> bool:
    """Put a parked row back to waiting; False when it is not parked."""
    done = tx.conn.execute(
        update(INTAKE).where(INTAKE.c.id == id, INTAKE.c.state == "parked").values(state="waiting", attempts=0, not_before=None)
    )
    return done.rowcount == 1


def _waiting(row: Any) -> Waiting:
    return Waiting(row.id, row.key, row.received_at, row.source, row.body, row.attempts, row.error)
