"""Answers and tallies in the real database."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from app.core.clock import SetClock
from app.engine.database import Database, Transaction
from app.measures import store
from app.measures.tables import RESPONSE, TALLY
from tests.measures.answers import NOON, answer
from tests.support.databases import scans_a_table

Desk = tuple[Database, SetClock]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(blank_url: str) -> Iterator[Desk]:
    """A database with the log and the two tables of measures, at noon."""
    hands = SetClock(NOON)
    db = Database(blank_url, hands)
    SQLModel.metadata.create_all(db.writer, tables=[RESPONSE, TALLY, SQLModel.metadata.tables["event"]])
    yield db, hands
    db.close()


def test_an_answer_is_kept_once_and_read_by_window(desk: Desk) -> None:
    db, _ = desk
    first, second = answer(60), answer(1200, reply_id="later", at=NOON + MINUTE, within=False)
    with db.write() as tx:
        assert store.record_response(tx, second)
        assert store.record_response(tx, first)
        assert not store.record_response(tx, answer(99))
        assert store.record_response(tx, answer(60, metric="next_response"))
    with db.read() as conn:
        assert store.responses(conn, "first_response", NOON, NOON + 2 * MINUTE) == (first, second)
        assert store.responses(conn, "first_response", NOON, NOON + MINUTE) == (first,)
        assert store.responses(conn, "first_response", NOON + MINUTE / 2, NOON + 2 * MINUTE) == (second,)


def test_tallies_add_up_within_their_bucket(desk: Desk) -> None:
    db, hands = desk
    with db.write() as tx:
        store.add(tx, "mentions")
        store.add_all(tx, {("mentions", ""): 4, ("volume_network", "x"): 3, ("volume_network", "mastodon"): 2, ("answered", ""): 0})
    hands.move(minutes=4, seconds=59)
    with db.write() as tx:
        store.add(tx, "mentions", n=2)
    hands.move(minutes=11)
    with db.write() as tx:
        store.add(tx, "mentions")
    with db.read() as conn:
        found = store.tallies(conn, ["mentions"], NOON, NOON + 20 * MINUTE)
        assert [(t.since, t.n) for t in found] == [(NOON, 7), (NOON + 15 * MINUTE, 1)]
        assert store.series(found, NOON, NOON + 20 * MINUTE) == (7, 0, 0, 1)
        assert store.totals(conn, ["mentions", "volume_network"], NOON, NOON + 20 * MINUTE) == {
            ("mentions", ""): 8,
            ("volume_network", "mastodon"): 2,
            ("volume_network", "x"): 3,
        }
        assert store.totals(conn, ["mentions"], NOON + 6 * MINUTE, NOON + 15 * MINUTE) == {}


def test_a_rolled_back_transaction_counts_nothing(desk: Desk) -> None:
    db, _ = desk

    def count_and_fail() -> None:
        with db.write() as tx:
            store.add(tx, "mentions")
            store.add(tx, "mention")

    with pytest.raises(ValueError, match="TALLIES"):
        count_and_fail()
    with db.read() as conn:
        assert store.totals(conn, ["mentions"], NOON, NOON + MINUTE) == {}


def test_a_part_that_is_taken_back_counts_nothing_and_the_rest_once(desk: Desk) -> None:
    db, _ = desk

    def count_and_fail(tx: Transaction) -> None:
        with tx.part():
            store.add(tx, "mentions", n=5)
            store.add(tx, "volume_network", "x")
            raise LookupError

    with db.write() as tx:
        store.add(tx, "mentions")
        with pytest.raises(LookupError):
            count_and_fail(tx)
        with tx.part():
            store.add(tx, "mentions", n=2)
    with db.read() as conn:
        assert store.totals(conn, ["mentions", "volume_network"], NOON, NOON + MINUTE) == {("mentions", ""): 3}


def test_impossible_rows_are_refused(desk: Desk) -> None:
    db, _ = desk
    with pytest.raises(IntegrityError), db.write() as tx:
        store.record_response(tx, answer(-1))


def test_keys_are_cut_to_their_column(desk: Desk) -> None:
    db, _ = desk
    with db.write() as tx:
        store.add_all(tx, {("volume_account", "a" * 200): 1, ("volume_account", "a" * 300): 2})
    with db.read() as conn:
        assert store.totals(conn, ["volume_account"], NOON, NOON + MINUTE) == {("volume_account", "a" * 80): 3}


def test_questions_cost_their_window_not_the_history(desk: Desk) -> None:
    db, _ = desk
    with db.read() as conn:
        for query in (
            "SELECT sum(n) FROM tally WHERE name IN ('mentions') AND bucket >= '2026-03-02' AND bucket < '2026-03-03' GROUP BY name, key",
            "SELECT * FROM response WHERE metric = 'first_response' AND at >= '2026-03-02' AND at < '2026-03-03' ORDER BY at, id",
        ):
            assert not scans_a_table(conn, query), query


def test_forgetting_drops_what_is_older(desk: Desk) -> None:
    db, hands = desk
    with db.write() as tx:
        store.record_response(tx, answer(60))
        store.add(tx, "mentions")
    hands.move(days=400)
    with db.write() as tx:
        store.add(tx, "mentions")
        assert store.forget_before(tx, NOON + timedelta(days=30)) == 2
        assert store.forget_before(tx, NOON + timedelta(days=30)) == 0


@pytest.mark.parametrize(("minutes", "start"), [(0, 0), (4.99, 0), (5, 5), (-0.01, -5)])
def test_buckets_start_at_whole_five_minutes(minutes: float, start: int) -> None:
    assert store.bucket_of(NOON + minutes * MINUTE) == NOON + start * MINUTE
