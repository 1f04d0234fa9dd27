"""Clocks in the real database: started once, moved on condition, warned and breached once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core.clock import SetClock
from app.core.errors import NotFound
from app.core.ids import CaseId, ClockId
from app.engine.database import Database
from app.sla import levels as service_levels
from app.sla import store
from app.sla.model import Clock
from app.sla.tables import CLOCK
from tests.sla.desk import LEVELS, TEXT, at, database

FIRST = next(t for t in LEVELS.targets if t.id == "first")
URGENT = next(t for t in LEVELS.targets if t.id == "urgent")
NEXT = next(t for t in LEVELS.targets if t.id == "next")
CASE = CaseId("case-1")
Desk = tuple[Database, SetClock]


@pytest.fixture
def desk(blank_url: str) -> Iterator[Desk]:
    """A database at ten on a Friday."""
    with database(blank_url, at("2026-03-06 10:00")) as made:
        yield made


def opened(desk: Desk, case_id: CaseId = CASE) -> Clock:
    with desk[0].write() as tx:
        return store.open_clock(tx, case_id, URGENT, LEVELS)


def test_a_clock_comes_back_as_it_went_in_and_is_started_once(desk: Desk) -> None:
    clock = opened(desk)
    desk[1].move(minutes=3)
    assert opened(desk) == clock
    with desk[0].read() as conn:
        assert store.get(conn, clock.id) == clock
        assert store.running_for(conn, CASE) == (clock,)
        assert store.next_cycle(conn, CASE, "first_response") == 2
        assert store.next_cycle(conn, CASE, "next_response") == 1
        with pytest.raises(NotFound):
            store.get(conn, ClockId("nothing"))


def test_metrics_and_cycles_are_clocks_of_their_own(desk: Desk) -> None:
    opened(desk)
    with desk[0].write() as tx:
        store.stop(tx, CASE, LEVELS, metrics=["first_response"])
        store.open_clock(tx, CASE, NEXT, LEVELS)
        store.open_clock(tx, CASE, URGENT, LEVELS, cycle=2)
    with desk[0].read() as conn:
        assert [(c.metric, c.cycle, c.state) for c in store.for_cases(conn, [CASE])[CASE]] == [
            ("first_response", 1, "met"),
            ("first_response", 2, "running"),
            ("next_response", 1, "running"),
        ]
        assert store.for_cases(conn, [CaseId(f"c{n}") for n in range(1200)])[CaseId("c7")] == ()


def test_pause_resume_and_stop_report_only_what_changed(desk: Desk) -> None:
    db, hands = desk
    opened(desk)
    hands.move(minutes=10)
    with db.write() as tx:
        (paused,) = store.pause(tx, CASE, LEVELS, "waiting on the customer")
        assert store.pause(tx, CASE, LEVELS, "waiting on the customer") == ()
    assert (paused.state, paused.due_at) == ("paused", None)
    hands.move(days=2)
    with db.write() as tx:
        (again,) = store.resume(tx, CASE, LEVELS, "the customer wrote")
        assert store.resume(tx, CASE, LEVELS, "the customer wrote") == ()
    assert again.due_at == at("2026-03-08 10:15")
    hands.move(minutes=1)
    with db.write() as tx:
        (met,) = store.stop(tx, CASE, LEVELS)
        assert store.stop(tx, CASE, LEVELS) == ()
    assert (met.state, met.stopped_why) == ("met", "answered")
    with db.read() as conn:
        assert store.get(conn, met.id) == met
        assert store.running_for(conn, CASE) == ()
        assert conn.execute(select(CLOCK.c.elapsed_seconds)).scalar_one() == 11 * 60


def test_warning_and_breach_happen_once_and_only_when_due(desk: Desk) -> None:
    db, hands = desk
    clock = opened(desk)
    with db.write() as tx:
        assert not store.mark_warned(tx, clock.id)
        assert not store.mark_breached(tx, clock.id)
    hands.set(at("2026-03-06 10:09"))
    with db.write() as tx:
        assert [store.mark_warned(tx, clock.id) for _ in range(2)] == [True, False]
    hands.set(at("2026-03-06 12:00"))  # the desk was down for a while
    with db.write() as tx:
        assert [c.id for c in store.due_by(tx.conn, tx.now)] == [clock.id]
        assert [store.mark_breached(tx, clock.id) for _ in range(2)] == [True, False]
        assert store.due_by(tx.conn, tx.now) == ()
        found = store.get(tx.conn, clock.id)
        assert (found.state, found.breached_at, found.warned_at) == ("breached", at("2026-03-06 10:15"), at("2026-03-06 10:09"))
        assert store.overdue(tx.conn, "first_response", at("2026-03-06 00:00"), at("2026-03-07 00:00")) == 1
        assert store.recompute(tx, CASE, LEVELS, "low", None, "x") == ()
        (late,) = store.stop(tx, CASE, LEVELS)
        assert (late.state, late.breached_at) == ("breached", at("2026-03-06 10:15"))
        assert store.overdue(tx.conn, "first_response", at("2026-03-06 00:00"), at("2026-03-07 00:00")) == 0


def test_a_paused_clock_neither_warns_nor_breaches(desk: Desk) -> None:
    db, hands = desk
    clock = opened(desk)
    with db.write() as tx:
        store.pause(tx, CASE, LEVELS, "snoozed")
    hands.move(days=1)
    with db.write() as tx:
        assert not store.mark_warned(tx, clock.id)
        assert not store.mark_breached(tx, clock.id)


def test_recompute_after_a_change_of_band_or_of_the_file(desk: Desk) -> None:
    db, _ = desk
    opened(desk)
    with db.write() as tx:
        (slower,) = store.recompute(tx, CASE, LEVELS, "low", None, "x")
        assert store.recompute(tx, CASE, LEVELS, "low", None, "x") == ()
    assert (slower.target_id, slower.due_at) == ("first", at("2026-03-06 12:00"))
    edited = service_levels.parse(TEXT.replace("12:00", "11:00"))
    with db.write() as tx:
        (moved,) = store.recompute(tx, CASE, edited, "low", None, "x")
    assert (moved.due_at, moved.levels_version) == (at("2026-03-06 14:00"), edited.version)


def test_the_database_refuses_what_cannot_be(desk: Desk) -> None:
    clock = opened(desk)
    for broken in ({"state": "lost"}, {"state": "breached"}, {"state": "met"}, {"target_seconds": 0}, {"due_at": None}, {"cycle": 0}):
        with pytest.raises(IntegrityError), desk[0].write() as tx:
            tx.conn.execute(CLOCK.update().where(CLOCK.c.id == clock.id).values(**broken))


def test_of_two_that_stop_one_clock_the_first_wins(desk: Desk) -> None:
    db, hands = desk
    opened(desk)
    with db.write() as tx:
        (first,) = store.stop(tx, CASE, LEVELS, "answered")
    hands.move(hours=1)
    with db.write() as tx:
        assert store.stop(tx, CASE, LEVELS, "closed") == ()
        assert store.get(tx.conn, first.id) == first


def test_a_batch_of_new_cases_gets_its_clocks_at_once_or_not_at_all(desk: Desk) -> None:
    db, _ = desk
    with db.write() as tx:
        assert store.open_all(tx, [], LEVELS) == ()
        made = store.open_all(tx, [(CaseId("a"), URGENT, tx.now), (CaseId("b"), FIRST, tx.now)], LEVELS)
    with db.read() as conn:
        assert store.for_cases(conn, [CaseId("a"), CaseId("b")]) == {CaseId("a"): made[:1], CaseId("b"): made[1:]}
    with pytest.raises(IntegrityError), db.write() as tx:
        store.open_all(tx, [(CaseId("c"), URGENT, tx.now), (CaseId("a"), URGENT, tx.now)], LEVELS)
    with db.read() as conn:
        assert store.running_for(conn, CaseId("c")) == ()


def test_an_answer_just_before_the_late_tick_still_makes_the_breach_news_once(desk: Desk) -> None:
    db, hands = desk
    clock = opened(desk)
    with db.write() as tx:
        assert store.breach_due(tx, CASE, LEVELS) == ()
    hands.move(minutes=20)
    with db.write() as tx:
        assert [(c.state, c.breached_at) for c in store.breach_due(tx, CASE, LEVELS)] == [("breached", at("2026-03-06 10:15"))]
        assert store.breach_due(tx, CASE, LEVELS) == ()
        assert not store.mark_breached(tx, clock.id)
        assert [c.state for c in store.stop(tx, CASE, LEVELS)] == ["breached"]
