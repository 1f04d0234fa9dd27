"""One database, two engines: SQLite with a single writer, PostgreSQL with a pool. One transaction is one action.

SQLite runs WAL with ``synchronous=FULL``; writers take BEGIN IMMEDIATE one at a time, because the driver's default
deferred transactions lose updates and die of "database is locked". Readers are ``query_only`` and see a snapshot.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from app.core.clock import Clock
from app.core.events import NewEvent
from app.core.ids import IdMaker
from app.engine.log import append_all
from app.engine.outage import silent, telling_outages
from app.engine.postgresql import postgresql_engine, without_transaction
from app.engine.turn import TURN_SECONDS, Turn

ALONE: Final = "earshot_alone"  # the option of a connection that runs one statement
READERS: Final = 8  # more would only wait for the same two cores
_BUSY_MILLISECONDS: Final = int(TURN_SECONDS * 1000)
_CACHE_KIB: Final = 32 * 1024
_CHECKPOINT_PAGES: Final = 4_000  # 16 MB: a burst changes the same pages again and again, and copies each back a quarter as often
_READER_CACHE_KIB: Final = 8 * 1024  # each of the readers has one, and beneath them all the system keeps the same pages once


Counts = Counter[tuple[str, datetime, str]]
Snapshot = Connection
"""What ``Database.read`` hands out: to be passed on to queries, for one moment's answer to several questions."""


class Transaction:
    """One write transaction: the connection, one fixed moment, and the events it will leave in the log."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn = conn
        self.now = now
        self.pending: list[NewEvent] = []
        self.counted: dict[Callable[[Transaction, Counts], None], Counts] = {}
        """What was counted, by who writes it: once, just before the events. Rows that every other transaction adds to are locked no
        longer than that, and in one order; locked in between they keep others waiting, and two may wait in a circle."""
        self.topics: set[str] = set()
        """Whom to wake once this is committed; see ``wake``."""
        self.new_id: Callable[[], str] = IdMaker(now).make
        """A fresh id; within the transaction each is greater than the one before."""

    def append(self, new: NewEvent) -> int:
        """Append an event to the log in this transaction.

        Returns a stand-in for its seq (negative) that may be used as the ``cause`` of later events of the same
        transaction; the true seq is given at commit, in commit order.
        """
        self.pending.append(new)
        return -len(self.pending)

    def wake(self, topic: str) -> None:
        """Wake those who wait on the topic once this is committed. Events wake ``log`` by themselves."""
        self.topics.add(topic)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that leaves nothing when it raises: no rows, no events, no counts."""
        told, counted = len(self.pending), {write: counts.copy() for write, counts in self.counted.items()}
        try:
            with self.conn.begin_nested():
                yield
        except BaseException:
            del self.pending[told:]
            self.counted = counted
            raise


class Database:
    """Hands out transactions and snapshots; tells ``after_commit`` of each topic that a transaction left news on."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.embedded = url.startswith("sqlite")
        self.after_commit: Callable[[str], None] = lambda _: None
        self.away = False
        """Whether the server is known to be silent (see ``pulse``): then nobody begins to wait for it."""
        self.connections: WeakSet[Any] = WeakSet()
        """The server's open connections, for ``pulse`` to cut."""
        self.turn = Turn()
        """Whose turn it is to write, on SQLite."""
        if self.embedded:
            path = Path(url.removeprefix("sqlite:///"))
            path.parent.mkdir(parents=True, exist_ok=True)
            self.writer = _sqlite_engine(path, read_only=False)
            self.reader = _sqlite_engine(path, read_only=True)
        else:
            self.writer = postgresql_engine(url, read_only=False)
            self.reader = postgresql_engine(url, read_only=True)
            for engine in (self.writer, self.reader):
                event.listen(engine, "connect", lambda connection, _: self.connections.add(connection))

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction: committed when the block ends, rolled back with its events when it raises.

        Raises DatabaseAway when the database cannot do it now; where the connection was lost in the commit itself, it may have been done.
        """
        if self.away:
            raise silent()
        with telling_outages():
            if self.embedded:
                with self.turn.taken(), self._transaction() as tx:
                    yield tx
            else:
                with self._transaction() as tx:
                    yield tx
        if tx.pending:
            tx.wake("log")
        for topic in tx.topics:
            self.after_commit(topic)

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        with ExitStack() as stack:
            with self.turn.asking() if self.embedded else nullcontext():
                conn = stack.enter_context(self.writer.begin())
            tx = Transaction(conn, self.clock.now())
            yield tx
            for write, counts in tx.counted.items():
                write(tx, counts)
            if tx.pending:
                append_all(conn, tx.now, tx.pending)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot that cannot write. Raises DatabaseAway."""
        if self.away:
            raise silent()
        with telling_outages(), self.reader.connect() as conn:
            yield conn
            conn.commit()  # not rolled back: psycopg would forget the statements that it has prepared

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """``read`` for one statement alone, which sees one moment by itself: nothing is sent to the server before it or after it.

        A second statement would see another moment. Raises DatabaseAway.
        """
        if self.away:
            raise silent()
        with (
            telling_outages(),
            self.reader.connect().execution_options(**{ALONE: True}) as conn,
            nullcontext() if self.embedded else without_transaction(conn),
        ):
            yield conn
            conn.commit()  # SQLAlchemy's own: the connection knows of no transaction

    def close(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()


def _sqlite_engine(path: Path, *, read_only: bool) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        poolclass=QueuePool,
        pool_size=READERS if read_only else 1,
        max_overflow=READERS if read_only else 0,
        connect_args={"check_same_thread": False, "isolation_level": None, "cached_statements": 512},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA cache_size=-{_READER_CACHE_KIB if read_only else _CACHE_KIB}")
        cursor.execute("PRAGMA temp_store=MEMORY")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        if not conn.get_execution_options().get(ALONE):
            conn.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
