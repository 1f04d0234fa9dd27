"""How the desk connects to PostgreSQL: pools, what a session may take, and when a connection counts as dead.

Every limit is there so that one process that stands still, one row that is locked or one cable that was pulled holds up the
others for seconds and not for ever. A session that stands idle inside a transaction is ended by the server: that is also what
keeps a process which was frozen and thawed from finishing what another has taken over meanwhile.
"""

from typing import Any, Final

from sqlalchemy import Engine, create_engine, event

from app.engine.columns import json_value

POOL: Final = 8
"""Connections for reading and as many for writing: a process holds at most twice this and two more for wake-ups."""
WAIT_SECONDS: Final = 5.0  # for a connection of the pool
CONNECT_SECONDS: Final = 3
STATEMENT_SECONDS: Final = 30  # the longest question of a page or report; migrations lift it
LOCK_SECONDS: Final = 8  # above IDLE_SECONDS, so that who waits for a frozen process still gets its turn
IDLE_SECONDS: Final = 5  # between two statements of one transaction: the pipeline's own pauses are tenths of a second
_RECYCLE_SECONDS: Final = 1800

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


def connect_options(name: str = "earshot") -> dict[str, Any]:
    """What every connection of ours is opened with."""
    settings = " ".join(f"-c {key}={value}" for key, value in _SESSION.items())
    return _CLIENT | {"application_name": name, "options": settings}


def _json(data: bytes) -> Any:
    return json_value(data.decode())


def postgresql_engine(url: str, *, read_only: bool) -> Engine:
    """A pool of connections that write, each statement seeing what is committed; or of readers that see one moment and cannot write."""
    from psycopg import IsolationLevel  # here, so that a desk on SQLite never reads it

    engine = create_engine(
        address_of(url).replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
        pool_recycle=_RECYCLE_SECONDS,
        connect_args=connect_options("earshot reader" if read_only else "earshot writer"),
        json_deserializer=_json,
    )
    if read_only:

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True

    return engine
