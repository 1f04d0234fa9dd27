"""Matters in the real database: one open of a kind on a case, each move made once."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import SQLModel

from app.core.clock import SetClock, parse_rfc3339
from app.core.errors import NotFound
from app.core.ids import CaseId, MatterId, MentionId, PersonId
from app.engine.database import Database
from app.escalation import store
from app.escalation.frozen import Said, freeze, is_intact
from app.escalation.model import Kind, Mark, OpenedBy
from app.escalation.tables import MATTER

LEA, LEO = PersonId("lea"), PersonId("leo")
NOON = parse_rfc3339("2026-03-06T12:00:00Z")
SAID = Said("m1", "x", "", "12", None, "I will call my lawyer — 😡", "4", "jo", "Jo", NOON, NOON)


@pytest.fixture
def hands() -> SetClock:
    """A clock at noon."""
    return SetClock(NOON)


@pytest.fixture
def db(blank_url: str, hands: SetClock) -> Iterator[Database]:
    """A database with the matters."""
    made = Database(blank_url, hands)
    SQLModel.metadata.create_all(made.writer, tables=[MATTER])
    yield made
    made.close()


def new(case: str = "case", kind: Kind = "legal", tier: int = 1) -> store.NewMatter:
    return store.NewMatter(
        CaseId(case), kind, tier, ("legal",), (Mark(MentionId("m1"), 12, 21, "my lawyer", "legal"),),
        OpenedBy("rule", "Rules", "hold-legal"), "threatens a lawyer", freeze([SAID], NOON), NOON + timedelta(minutes=30),
    )  # fmt: skip


def opened(db: Database, case: str = "case", kind: Kind = "legal") -> MatterId:
    with db.write() as tx:
        return store.open_all(tx, [new(case, kind)])[0].id


def test_what_was_opened_is_read_back_whole(db: Database) -> None:
    with db.write() as tx:
        (matter,) = store.open_all(tx, [new()])
    with db.read() as conn:
        assert store.get(conn, matter.id) == matter
    assert (matter.state, matter.words[0].text, matter.opened_by.rule, matter.opened_at) == ("open", "my lawyer", "hold-legal", NOON)
    assert is_intact(matter.frozen, matter.frozen_hash)


def test_a_rule_that_fires_again_opens_no_second(db: Database) -> None:
    with db.write() as tx:
        (first,) = store.open_all(tx, [new()])
        assert [m.kind for m in store.open_all(tx, [new(tier=3), new(kind="pr")])] == ["pr"]
        assert store.get(tx.conn, first.id) == first
        assert [m.kind for m in store.for_case(tx.conn, CaseId("case"))] in (["pr", "legal"], ["legal", "pr"])
        assert store.open_for_cases(tx.conn, [CaseId("case"), CaseId("none")])[CaseId("case")].kind == "legal"


def test_after_closing_a_new_one_can_be_opened(db: Database) -> None:
    id = opened(db)
    with db.write() as tx:
        assert not store.close(tx, id)
        assert store.decide(tx, id, "released", LEA, "Lea", "no threat")
        assert store.close(tx, id)
        assert not store.close(tx, id)
        assert store.open_for_cases(tx.conn, [CaseId("case")]) == {}
    assert opened(db) != id


def test_acknowledged_once_and_by_name(db: Database, hands: SetClock) -> None:
    id = opened(db)
    hands.move(minutes=5)
    with db.write() as tx:
        assert store.acknowledge(tx, id, LEA, "Lea")
        assert not store.acknowledge(tx, id, LEO, "Leo")
        assert store.decide(tx, id, "approved", LEO, "Leo", "")
    with db.read() as conn:
        matter = store.get(conn, id)
    assert (matter.acknowledged_by_name, matter.acknowledged_at, matter.decided_by_name) == ("Lea", NOON + timedelta(minutes=5), "Leo")


def test_deciding_acknowledges_what_nobody_had_seen(db: Database) -> None:
    id = opened(db)
    with db.write() as tx:
        assert store.decide(tx, id, "rejected", LEA, "Lea", "too much")
        matter = store.get(tx.conn, id)
    assert (matter.acknowledged_by, matter.acknowledged_by_name, matter.acknowledged_at) == (LEA, "Lea", NOON)


def test_kept_may_be_decided_again_and_nothing_else(db: Database) -> None:
    id = opened(db)
    with db.write() as tx:
        assert store.decide(tx, id, "kept", LEA, "Lea", "wait for the court")
        assert store.decide(tx, id, "released", LEO, "Leo", "settled")
        assert not store.decide(tx, id, "rejected", LEA, "Lea", "no")
        assert store.get(tx.conn, id).decision == "released"
    with db.read() as conn, pytest.raises(NotFound):
        store.get(conn, "none")


def test_the_desk_reads_open_matters_by_pages_the_longest_open_first(db: Database, hands: SetClock) -> None:
    for n in range(5):
        hands.move(seconds=1)
        opened(db, f"case{n}", "supervisor" if n == 4 else "legal")
    with db.write() as tx:
        first = store.open_matters(tx.conn, limit=3)
        second = store.open_matters(tx.conn, limit=3, cursor=first.next)
        assert [m.case_id for m in (*first.items, *second.items)] == [f"case{n}" for n in range(5)]
        assert second.next is None
        assert len(store.open_matters(tx.conn, ["legal"]).items) == 4
        assert store.undecided_count(tx.conn) == 5
        store.decide(tx, first.items[0].id, "released", LEA, "Lea", "fine")
        assert store.undecided_count(tx.conn, ["legal"]) == 3


def test_of_two_deciders_one_wins(db: Database) -> None:
    for round_ in range(20):
        id = opened(db, f"case{round_}")
        start = threading.Barrier(2)
        won: list[bool] = []

        def decide(person: PersonId, start: threading.Barrier = start, id: MatterId = id, won: list[bool] = won) -> None:
            start.wait()
            with db.write() as tx:
                won.append(store.decide(tx, id, "approved", person, person, ""))

        deciders = [threading.Thread(target=decide, args=(p,)) for p in (LEA, LEO)]
        for decider in deciders:
            decider.start()
        for decider in deciders:
            decider.join()
        assert sorted(won) == [False, True]
