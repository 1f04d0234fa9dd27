"""How the desk connects to PostgreSQL: pools, what a session may take, and when a connection counts as dead.

Every limit is there so that one process that stands still, one row that is locked or one cable that was pulled holds up the
others for seconds and not for ever. A session that stands idle inside a transaction is ended by the server: that is also what
keeps a process which was frozen and thawed from finishing what another has taken over meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

from app.engine.columns import json_value

POOL: Final = 8
"""Connections for reading and as many for writing: a process holds at most twice this and two more for wake-ups."""
WAIT_SECONDS: Final = 5.0  # for a connection of the pool
CONNECT_SECONDS: Final = 3
STATEMENT_SECONDS: Final = 30  # the longest question of a page or report; migrations lift it
LOCK_SECONDS: Final = 8  # above IDLE_SECONDS, so that who waits for a frozen process still gets its turn
IDLE_SECONDS: Final = 5  # between two statements of one transaction: the pipeline's own pauses are tenths of a second
_RECYCLE_SECONDS: Final = 1800
_TRUSTED_SECONDS: Final = 1.0  # for so long a connection on which nothing has come is taken to be as good as when it was used
_RESTS_SINCE: Final = "rests_since"

_SESSION: Final = {
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    "timezone": "UTC",
    # The server's side of a connection whose client vanished without a word: its locks go within seconds.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    # Ours are short statements by the thousand; compiling them to machine code costs more than they take.
    "jit": "off",
}
_CLIENT: Final[dict[str, Any]] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def address_of(url: str) -> str:
    """The address as libpq reads it: without the name of a driver."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def connect_options(name: str = "earshot", *, read_only: bool = False) -> dict[str, Any]:
    """What every connection of ours is opened with."""
    session = _SESSION | ({"default_transaction_read_only": "on"} if read_only else {})  # for the statement without a transaction around it
    settings = " ".join(f"-c {key}={value}" for key, value in session.items())
    return _CLIENT | {"application_name": name, "options": settings}


def _json(data: bytes) -> Any:
    return json_value(data.decode())


def postgresql_engine(url: str, *, read_only: bool) -> Engine:
    """A pool of connections that write, each statement seeing what is committed; or of readers that see one moment and cannot write."""
    from psycopg import Error, IsolationLevel  # here, so that a desk on SQLite never reads it

    engine = create_engine(
        address_of(url).replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_recycle=_RECYCLE_SECONDS,
        connect_args=connect_options("earshot reader" if read_only else "earshot writer", read_only=read_only),
        json_deserializer=_json,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        if read_only:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True

    @event.listens_for(engine, "checkin")
    def _rested(_connection: Any, record: Any) -> None:
        record.info[_RESTS_SINCE] = monotonic()

    @event.listens_for(engine, "checkout")
    def _still_there(connection: Any, record: Any, _fairy: Any) -> None:
        """Ask the server whether it is still there, as ``pool_pre_ping`` does each time, only where there is reason to doubt it."""
        since = record.info.get(_RESTS_SINCE)
        if since is None or (monotonic() - since < _TRUSTED_SECONDS and _quiet(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except Error as error:
            raise InvalidatePoolError from error

    return engine


def _quiet(connection: Any) -> bool:
    """Whether nothing has come from the server unasked: its goodbye, the end of the line, an error of the network."""
    if connection.closed:
        return False
    line = poll()
    line.register(connection.fileno(), POLLIN)
    return not line.poll(0)


@contextmanager
def without_transaction(conn: Connection) -> Iterator[None]:
    """The one statement in it is a transaction by itself: no BEGIN goes before it and no COMMIT after it."""
    connection: Any = conn.connection.dbapi_connection
    connection.autocommit = True
    try:
        yield
    finally:
        if not connection.closed:  # otherwise it is thrown away
            connection.autocommit = False
