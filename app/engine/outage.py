"""When the database cannot do what was asked through no fault of the asker: away, frozen, full, busy, or two that met head on.

Everyone above sees ``DatabaseAway``, a kind of Unavailable, so that the answer is 503 with a time to come back and never 500.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.core.errors import Unavailable

RETRY_AFTER_SECONDS: Final = 2
_AWAY: Final = "The database does not answer at the moment. Nothing is lost: try again in a moment."
_BUSY: Final = "The desk is busy with the same thing at this moment: try again."
_FULL: Final = "The database cannot store anything at the moment, its disk is full or failing. What is stored is safe: try again later."

# SQLSTATE classes and codes: connection lost, no resources, operator intervention, internal to the disk; then head-on meetings.
_AWAY_STATES: Final = ("08", "57P", "25P03", "53300", "53400", "XX000")
_FULL_STATES: Final = ("53100", "53200", "58")
_BUSY_STATES: Final = ("40001", "40P01", "55P03", "57014")
_SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})


class DatabaseAway(Unavailable):
    """The database cannot do it now; ``why`` is its own first line, for the log and the terminal."""

    def __init__(self, detail: str, why: str) -> None:
        super().__init__(detail, retry_after_seconds=RETRY_AFTER_SECONDS)
        self.why = why


@contextmanager
def telling_outages() -> Iterator[None]:
    """Raise DatabaseAway for what the database could not do now; everything else passes as it is."""
    try:
        yield
    except PoolTimeoutError as error:
        raise DatabaseAway(_BUSY, "every connection of the pool is in use") from error
    except DBAPIError as error:
        detail = _detail(error)
        if detail is None:
            raise
        raise DatabaseAway(detail, _first_line(error)) from error


def busy(why: str) -> DatabaseAway:
    """For who has waited long enough for others."""
    return DatabaseAway(_BUSY, why)


def silent() -> DatabaseAway:
    """For who would ask a database that is known to be silent."""
    return DatabaseAway(_AWAY, "the database has not answered for seconds")


def _detail(error: DBAPIError) -> str | None:
    """What to tell the asker; None for an error that is no outage."""
    orig = error.orig
    if isinstance(orig, sqlite3.OperationalError):
        primary = getattr(orig, "sqlite_errorcode", 0) & 0xFF  # the low byte; the rest says where it happened
        return _BUSY if primary in _SQLITE_BUSY else _FULL if primary in _SQLITE_FULL else None
    state = getattr(orig, "sqlstate", None)
    if isinstance(state, str):
        if state.startswith(_BUSY_STATES):
            return _BUSY
        if state.startswith(_FULL_STATES):
            return _FULL
        return _AWAY if state.startswith(_AWAY_STATES) else None
    # Without a state it came from the connection itself, not from the server.
    return _AWAY if error.connection_invalidated or type(orig).__name__ in ("OperationalError", "ConnectionTimeout") else None


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().split("\n")[0]
