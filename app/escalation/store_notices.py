"""Notices in the database: what somebody was told, from when it is shown, and whether they have read it.

Told again about the same case and occasion before it is read, it stays one notice: who comes back to their desk finds one line, not ten.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, select, update

from app.core.ids import PersonId
from app.core.records import quick
from app.engine.bulk import insert_rows, read_rows
from app.engine.database import Transaction
from app.engine.inserts import insert_or_ignore
from app.escalation.tables import NOTICE

COUNT_BOUND: Final = 100


@quick
@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. ``about`` is the trigger that led to it, with the timer's name behind it where it was one; ``rules`` names the rules as
    people know them; ``case_id`` is "" where it is about no case. It is shown from ``show_at`` on."""

    id: str
    person_id: PersonId
    case_id: str
    about: str
    rules: str
    band: str
    at: datetime
    show_at: datetime
    read_at: datetime | None = None


_FIELDS: Final = tuple(f.name for f in fields(Notice))
_values: Final = attrgetter(*_FIELDS)
_COLUMNS: Final = tuple(NOTICE.c[name] for name in _FIELDS)
_UNREAD: Final = (
    select(*_COLUMNS)
    .where(NOTICE.c.person_id == bindparam("person"), NOTICE.c.show_at <= bindparam("now"), NOTICE.c.read_at.is_(None))
    .order_by(NOTICE.c.show_at.desc(), NOTICE.c.id.desc())
    .limit(bindparam("most"))
)
COUNT: Final = select(func.count()).select_from(
    select(NOTICE.c.id)
    .where(NOTICE.c.person_id == bindparam("person"), NOTICE.c.show_at <= bindparam("now"), NOTICE.c.read_at.is_(None))
    .limit(COUNT_BOUND)
    .subquery()
)
"""How many a person has not read, at most ``COUNT_BOUND``, for who counts something else in the same statement."""


def add_all(tx: Transaction, notices: Sequence[Notice]) -> None:
    """Keep these; one that its person has not read yet is not kept twice."""
    insert_rows(tx.conn, insert_or_ignore(tx.conn, NOTICE), _FIELDS, map(_values, notices))


def unread(conn: Connection, person: PersonId, now: datetime, limit: int) -> tuple[Notice, ...]:
    """What this person has not read, the newest first."""
    return tuple(Notice(*row) for row in read_rows(conn, _UNREAD, {"person": person, "now": now, "most": limit}))


def count(conn: Connection, person: PersonId, now: datetime) -> int:
    """How many this person has not read, at most ``COUNT_BOUND``."""
    ((number,),) = read_rows(conn, COUNT, {"person": person, "now": now})
    return int(number)


def came_to_show(conn: Connection, since: datetime, now: datetime) -> frozenset[PersonId]:
    """Whose notices were put off and came to be shown after ``since``, by now."""
    query = select(NOTICE.c.person_id).distinct()
    rows = conn.execute(
        query.where(NOTICE.c.read_at.is_(None), NOTICE.c.show_at > since, NOTICE.c.show_at <= now, NOTICE.c.show_at > NOTICE.c.at)
    )
    return frozenset(PersonId(person) for (person,) in rows)


def mark_read(tx: Transaction, person: PersonId, id: str | None = None, *, case: str | None = None) -> int:
    """One notice of this person, those about one case, or all that are shown; returns how many were unread."""
    statement = update(NOTICE).where(NOTICE.c.person_id == person, NOTICE.c.read_at.is_(None), NOTICE.c.show_at <= tx.now)
    if id is not None:
        statement = statement.where(NOTICE.c.id == id)
    if case is not None:
        statement = statement.where(NOTICE.c.case_id == case)
    return tx.conn.execute(statement.values(read_at=tx.now)).rowcount


def forget_read(tx: Transaction, before: datetime) -> int:
    """Delete what was read before this moment; returns how much."""
    return tx.conn.execute(delete(NOTICE).where(NOTICE.c.read_at < before)).rowcount
