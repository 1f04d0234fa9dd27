"""One writer that loses nothing: durable settings on every connection that writes, immediate transactions, readers that cannot write."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.core.events import SYSTEM, NewEvent
from app.engine import log, workspace
from app.engine.ports import Ports

FULL = 2
WRITERS, EACH = 4, 25


def test_what_writes_is_durable(ports: Ports) -> None:
    with ports.db.write() as tx:
        assert tx.conn.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert tx.conn.execute(text("PRAGMA synchronous")).scalar() == FULL
        assert tx.conn.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_reader_cannot_write(ports: Ports) -> None:
    with ports.db.read() as conn, pytest.raises(OperationalError):
        conn.execute(text("DELETE FROM event"))


def test_writers_that_read_first_lose_no_update(ports: Ports) -> None:
    """A deferred transaction would lose some of these, or die of a locked database."""
    with ports.db.write() as tx:
        workspace.put(tx, "counter", {"n": 0})

    def add(_: int) -> None:
        for _ in range(EACH):
            with ports.db.write() as tx:
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
