"""A database that is killed, frozen, locked or full: refused with a time to come back, noticed in seconds, used again without a restart."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app.core.clock import SystemClock
from app.engine import workspace
from app.engine.database import Database
from app.engine.outage import DatabaseAway
from app.engine.ports import Ports
from app.engine.pulse import BEAT_SECONDS, SILENCE_SECONDS, felt
from app.engine.workspace import WORKSPACE
from rig.cluster import Cluster, NoPostgres, cluster
from tests.support.server import until

NOTICED_SECONDS = 20.0  # within five where nothing else runs: F20 measures it


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Cluster]:
    """A server that this test may break."""
    try:
        with cluster(tmp_path) as made:
            yield made
    except NoPostgres as none:
        pytest.skip(str(none))


@pytest.fixture
def db(server: Cluster) -> Iterator[Database]:
    made = Database(server.database("desk"), SystemClock())
    with made.write() as tx:
        WORKSPACE.create(tx.conn)
        workspace.put(tx, "counter", {"n": 0})
    yield made
    made.close()


def count(db: Database) -> None:
    with db.write() as tx:
        kept = workspace.get(tx.conn, "counter")
        assert kept is not None
        workspace.put(tx, "counter", {"n": kept["n"] + 1})


def counted(db: Database) -> bool:
    """Whether one more could be counted."""
    try:
        count(db)
    except DatabaseAway:
        return False
    return True


def put_impatiently(ports: Ports, name: str) -> None:
    with ports.db.write() as tx:
        tx.conn.execute(text("SET LOCAL lock_timeout = '20ms'"))
        workspace.put(tx, name, {})


def stand_still_in_a_transaction(ports: Ports) -> None:
    with ports.db.write() as frozen:
        frozen.conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))
        workspace.put(frozen, "held", {"by": "frozen"})
        with ports.db.write() as other:
            workspace.put(other, "held", {"by": "other"})
        workspace.put(frozen, "more", {})


def test_a_killed_server_is_refused_as_away_and_used_again_when_it_is_back(server: Cluster, db: Database) -> None:
    with felt(db):
        server.kill()
        with pytest.raises(DatabaseAway) as refused:
            count(db)
        assert (refused.value.status, refused.value.retry_after_seconds) == (503, 2)
        server.start()
        until(lambda: counted(db), "the database", seconds=NOTICED_SECONDS)


def test_connections_that_the_server_ended_are_noticed_before_they_are_used(server: Cluster, db: Database) -> None:
    """However short ago they were used: nobody is refused because the server was begun anew in between."""
    with db.read() as conn:
        workspace.get(conn, "counter")
    count(db)
    with psycopg.connect(server.url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'earshot%'")
    count(db)
    with db.glance() as conn:
        assert workspace.get(conn, "counter") == {"n": 2}


def test_a_frozen_server_frees_who_waits_and_refuses_the_next_at_once(server: Cluster, db: Database) -> None:
    waited: list[float] = []

    def refused() -> float:
        began = time.monotonic()
        assert not counted(db)
        return time.monotonic() - began

    with felt(db):
        count(db)
        asking = [threading.Thread(target=lambda: waited.append(refused())) for _ in range(4)]
        server.freeze()
        for one in asking:
            one.start()
        for one in asking:
            one.join(NOTICED_SECONDS + 2)
        assert len(waited) == len(asking)
        until(lambda: db.away or None, "the pulse", seconds=NOTICED_SECONDS)
        assert min(refused() for _ in range(5)) < BEAT_SECONDS / 2  # the quickest, for the machine itself may stand still now and then
        server.thaw()
        until(lambda: counted(db), "the database", seconds=SILENCE_SECONDS + NOTICED_SECONDS)


@pytest.mark.only_on("postgresql", reason="SQLite has one writer: there is no second to wait for")
def test_a_row_that_stays_locked_is_refused_as_busy(ports: Ports) -> None:
    with ports.db.write() as first:
        workspace.put(first, "held", {})
        with pytest.raises(DatabaseAway, match="busy"):
            put_impatiently(ports, "held")


@pytest.mark.only_on("postgresql", reason="SQLite's writer is one thread of this very process")
def test_a_process_that_stands_still_in_a_transaction_loses_it(ports: Ports) -> None:
    """What it had locked is free for others meanwhile, and when it goes on it can finish nothing."""
    with pytest.raises(DatabaseAway):
        stand_still_in_a_transaction(ports)
    with ports.db.read() as conn:
        assert workspace.get(conn, "held") == {"by": "other"}
        assert workspace.get(conn, "more") is None


@pytest.mark.only_on("sqlite", reason="its disk can be bounded by a pragma")
def test_a_full_disk_is_told_as_such_and_readers_go_on(ports: Ports) -> None:
    with ports.db.write() as tx:
        workspace.put(tx, "kept", {"yes": 1})
        pages = tx.conn.execute(text("PRAGMA page_count")).scalar_one()
        tx.conn.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
    with pytest.raises(DatabaseAway, match="disk"), ports.db.write() as tx:
        workspace.put(tx, "large", {"text": "x" * 100_000})
    with ports.db.read() as conn:
        assert workspace.get(conn, "kept") == {"yes": 1}
    with ports.db.write() as tx:
        tx.conn.execute(text("PRAGMA max_page_count = 1000000"))
        workspace.put(tx, "large", {"text": "x" * 100_000})
