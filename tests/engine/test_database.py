"""One writer that loses nothing: durable settings on every connection that writes, immediate transactions, readers that cannot write."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from app.core.events import SYSTEM, NewEvent
from app.engine import log, workspace
from app.engine.locks import MOST_NAMES, hold_names
from app.engine.outage import DatabaseAway
from app.engine.ports import Ports

FULL = 2
PREPARED_AFTER = 5  # times that psycopg sees a statement before
WRITERS, EACH = 4, 25


@pytest.mark.only_on("postgresql", reason="SQLite's own settings are below")
def test_what_writes_waits_for_the_disk_and_for_nobody_for_ever(ports: Ports) -> None:
    with ports.db.write() as tx:
        found = {r.name: r.setting for r in tx.conn.execute(text("SELECT name, setting FROM pg_settings WHERE source = 'client'"))}
    assert "synchronous_commit" not in found  # the server's own word; its default waits for the disk
    limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    assert all(0 < int(found[name]) <= 30_000 for name in limits), found


@pytest.mark.only_on("sqlite", reason="its pragmas")
def test_what_writes_is_durable(ports: Ports) -> None:
    with ports.db.write() as tx:
        assert tx.conn.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert tx.conn.execute(text("PRAGMA synchronous")).scalar() == FULL
        assert tx.conn.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.only_on("postgresql", reason="SQLite's statements stay prepared whatever ends")
def test_what_a_reader_has_prepared_outlives_its_reading(ports: Ports) -> None:
    """Planned anew each time, the counts of the inbox took three times as long."""
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM event%'")
    with ports.db.read() as conn:
        for _ in range(PREPARED_AFTER + 1):
            log.head(conn)
        assert conn.execute(prepared).scalar() == 1
    with ports.db.read() as conn:
        assert conn.execute(prepared).scalar() == 1


def test_a_reader_cannot_write(ports: Ports) -> None:
    with ports.db.read() as conn, pytest.raises((OperationalError, InternalError)):
        conn.execute(text("DELETE FROM event"))


def test_a_glance_cannot_write_either(ports: Ports) -> None:
    with ports.db.glance() as conn, pytest.raises((OperationalError, InternalError)):
        conn.execute(text("DELETE FROM event"))


def test_after_a_glance_the_same_connection_sees_one_moment_again(ports: Ports) -> None:
    ports.db.reader.dispose()  # so that there is one connection, and the next reader has the one of the glance
    with ports.db.glance() as conn:
        before = log.head(conn)
    with ports.db.read() as conn:
        assert log.head(conn) == before
        with ports.db.write() as tx:
            tx.append(NewEvent("presence.changed", SYSTEM, {}))
        assert log.head(conn) == before
    with ports.db.glance() as conn:
        assert log.head(conn) == before + 1


@pytest.mark.parametrize("wrong", ["SELECT 1 FROM nothing", "DELETE FROM event"])
def test_a_glance_that_fails_leaves_the_connection_as_it_was(ports: Ports, wrong: str) -> None:
    ports.db.reader.dispose()
    with pytest.raises(DBAPIError), ports.db.glance() as conn:
        conn.execute(text(wrong))
    with ports.db.read() as conn:
        before = log.head(conn)
        with ports.db.write() as tx:
            tx.append(NewEvent("presence.changed", SYSTEM, {}))
        assert log.head(conn) == before


@pytest.mark.only_on("postgresql", reason="SQLite is in the process")
def test_a_glance_in_which_the_connection_is_lost_is_refused_and_the_next_is_not(ports: Ports) -> None:
    with pytest.raises(DatabaseAway), ports.db.glance() as conn:
        conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with ports.db.glance() as conn:
        assert log.head(conn) >= 0
    with ports.db.read() as conn:
        assert conn.execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"


def test_writers_that_read_first_lose_no_update(ports: Ports) -> None:
    """A deferred transaction would lose some of these, or die of a locked database; on PostgreSQL who reads in order to change says so."""
    with ports.db.write() as tx:
        workspace.put(tx, "counter", {"n": 0})

    def add(_: int) -> None:
        for _ in range(EACH):
            with ports.db.write() as tx:
                hold_names(tx, ["counter"])
                now = workspace.get(tx.conn, "counter") or {"n": 0}
                workspace.put(tx, "counter", {"n": now["n"] + 1})

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(add, range(WRITERS)))
    with ports.db.read() as conn:
        assert workspace.get(conn, "counter") == {"n": WRITERS * EACH}


def test_events_stand_in_the_order_of_commits_without_gaps(ports: Ports) -> None:
    with ports.db.read() as conn:
        before = log.head(conn)

    def say(writer: int) -> None:
        for number in range(EACH):
            with ports.db.write() as tx:
                tx.append(NewEvent("presence.changed", SYSTEM, {"writer": writer, "number": number}))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(say, range(WRITERS)))
    with ports.db.read() as conn:
        found = log.read_since(conn, before)
    assert [e.seq for e in found] == list(range(before + 1, before + 1 + WRITERS * EACH))
    for writer in range(WRITERS):
        assert [e.data["number"] for e in found if e.data["writer"] == writer] == list(range(EACH))


def test_a_transaction_that_raises_leaves_nothing(ports: Ports) -> None:
    with ports.db.read() as conn:
        before = log.head(conn)

    def fail_half_way() -> None:
        with ports.db.write() as tx:
            workspace.put(tx, "half", {"done": True})
            tx.append(NewEvent("presence.changed", SYSTEM, {}))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way()
    with ports.db.read() as conn:
        assert workspace.get(conn, "half") is None
        assert log.head(conn) == before


@pytest.mark.only_on("postgresql", reason="SQLite's one writer gives it for nothing")
def test_events_that_commit_late_are_skipped_by_no_reader(ports: Ports) -> None:
    """The plain ``seq > cursor`` over a serial skipped 615 of 1,200 under such writers."""
    writers, each = 8, 30
    with ports.db.read() as conn:
        before = cursor = log.head(conn)
    done = threading.Event()
    read: list[int] = []

    def follow() -> None:
        nonlocal cursor
        last = False
        while not last:
            last = done.is_set()  # one more look after the last commit
            with ports.db.read() as conn:
                found = log.read_since(conn, cursor)
            read.extend(e.seq for e in found)
            cursor = read[-1] if read else cursor

    def say(writer: int) -> None:
        chance = random.Random(writer)
        pause = threading.Event()
        for number in range(each):
            with ports.db.write() as tx:
                tx.append(NewEvent("presence.changed", SYSTEM, {"writer": writer, "number": number}))
                pause.wait(chance.random() / 100)
                hold_names(tx, [f"writer {writer}"])
                pause.wait(chance.random() / 100)

    reader = threading.Thread(target=follow)
    reader.start()
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(say, range(writers)))
    done.set()
    reader.join()
    assert read == list(range(before + 1, before + 1 + writers * each))


@pytest.mark.only_on("postgresql", reason="SQLite's one writer needs no names")
@pytest.mark.parametrize("more", [0, MOST_NAMES])
def test_whoever_needs_the_same_name_waits(ports: Ports, more: int) -> None:
    """Also where one of the two needs so many names that it takes them all at once."""
    many = [f"name {i}" for i in range(more + 1)]
    order: list[str] = []
    held, asked = threading.Event(), threading.Event()

    def second() -> None:
        held.wait()
        with ports.db.write() as tx:
            asked.set()
            hold_names(tx, ["name 0"])
            order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with ports.db.write() as tx:
        hold_names(tx, many)
        held.set()
        asked.wait()
        with ports.db.read() as conn:
            while not conn.execute(text("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).first():
                conn.rollback()
        order.append("first")
    other.join()
    assert order == ["first", "second"]
