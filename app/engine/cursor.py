"""Where a reader stands in the log, in a form that notices a restored database.

A seq alone cannot: a backup's log is shorter, and when it has grown past the reader's seq again other events stand under the same
numbers. So a cursor also carries when its event happened. An event that was appended after a restore is younger than the one whose
number it got, so the pair fits one history only. It needs no command at the restore and no mark in the database.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from app.core.events import Event
from app.engine.bulk import read_rows
from app.engine.log import EVENT, oldest, read_from

LARGEST_SEQ: Final = 2**53 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_FORM: Final = re.compile(r"(\d{1,16})(?:-(\d{1,16}))?", re.ASCII)
NEWEST: Final = select(EVENT.c.seq, EVENT.c.at).order_by(EVENT.c.seq.desc()).limit(1)
"""Where the log stands, for who asks something else in the same statement; ``standing_at`` reads it."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last event a reader has: its seq, and its time in unix milliseconds; None where the reader did not say it."""

    seq: int
    at: int | None = None

    def __str__(self) -> str:
        """As pages and sockets carry it: ``SEQ-MILLISECONDS``, or the seq alone."""
        return str(self.seq) if self.at is None else f"{self.seq}-{self.at}"


START: Final = Cursor(0)
LOST: Final = Cursor(LARGEST_SEQ)
"""A cursor of no log: whoever comes with it starts afresh."""


def parsed(text: str) -> Cursor:
    """The cursor that a reader sent; ``LOST`` when it is none."""
    found = _FORM.fullmatch(text)
    if found is None or int(found[1]) > LARGEST_SEQ:
        return LOST
    return Cursor(int(found[1]), int(found[2]) if found[2] else None)


def milliseconds(at: datetime) -> int:
    """Unix time, cut to the milliseconds that RFC 3339 times of the API carry too."""
    return (at - _EPOCH) // _MILLISECOND


def moment(at: int) -> datetime:
    """The moment of a cursor's milliseconds."""
    return _EPOCH + at * _MILLISECOND


def at_event(event: Event) -> Cursor:
    """The cursor of a reader that has everything up to this event."""
    return Cursor(event.seq, milliseconds(event.at))


def newest(conn: Connection) -> Cursor:
    """The cursor of a reader that has everything."""
    found = read_rows(conn, NEWEST, {})
    return standing_at(*found[0]) if found else START


def standing_at(seq: int | None, at: datetime | None) -> Cursor:
    """The cursor of a row of ``NEWEST``, of a log without an event from none."""
    return START if seq is None or at is None else Cursor(seq, milliseconds(at))


def read_after(conn: Connection, cursor: Cursor, limit: int) -> list[Event] | None:
    """Events after the cursor in order, at most ``limit``; None when the cursor is not of this log or older than what is kept."""
    events = read_from(conn, cursor.seq, limit + 1)
    if cursor.seq == 0:
        return None if events and events[0].seq > 1 else events[:limit]
    if events and events[0].seq == cursor.seq:
        same = cursor.at is None or milliseconds(events[0].at) == cursor.at
        return events[1:] if same else None
    # Its own event is not there: a future that never was, or the last one that is not kept any more, of which nothing can be checked.
    kept = cursor.at is None and bool(events) and oldest(conn) == cursor.seq + 1
    return events[:limit] if kept else None
