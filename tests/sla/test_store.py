"""Clocks in the real database: started once, moved on condition, warned and breached once (a breach is never rewritten)."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core.clock import SetClock
from app.core.errors import NotFound
from app.core.ids import CaseId, ClockId, MatterId
from app.engine.database import Database
from app.sla import levels as service_levels
from app.sla import store
from app.sla.model import Clock, Served
from app.sla.rests import WORDS, Rest
from app.sla.store import Opening
from app.sla.store_due import mark_due
from app.sla.tables import CLOCK
from tests.sla.desk import LEVELS, TEXT, at, database

FIRST = next(t for t in LEVELS.targets if t.id == "first")
URGENT = next(t for t in LEVELS.targets if t.id == "urgent")
NEXT = next(t for t in LEVELS.targets if t.id == "next")
DONE = next(t for t in LEVELS.targets if t.id == "done")
CASE = CaseId("case-1")
LOW = Served("low", None, "x")
SNOOZED: dict[Rest, str] = {"snoozed": WORDS["snoozed"]}
Desk = tuple[Database, SetClock]


@pytest.fixture
def desk(blank_url: str) -> Iterator[Desk]:
    """A database at ten on a Friday."""
    with database(blank_url, at("2026-03-06 10:00")) as made:
        yield made


def opened(desk: Desk, case_id: CaseId = CASE) -> Clock:
    with desk[0].write() as tx:
        return store.open_all(tx, [Opening(case_id, URGENT, tx.now)], LEVELS)[0]


def test_a_clock_comes_back_as_it_went_in_and_is_started_once(desk: Desk) -> None:
    clock = opened(desk)
    with pytest.raises(IntegrityError):
        opened(desk)
    with desk[0].read() as conn:
        assert store.get(conn, clock.id) == clock
        assert store.running_for(conn, CASE) == (clock,)
        assert store.cycles(conn, [CASE, CaseId("other")]) == {(CASE, "first_response"): 1}
        with pytest.raises(NotFound):
            store.get(conn, ClockId("nothing"))


def test_metrics_and_cycles_are_clocks_of_their_own(desk: Desk) -> None:
    opened(desk)
    with desk[0].write() as tx:
        store.stop(tx, CASE, LEVELS, metrics=["first_response"])
        store.open_all(tx, [Opening(CASE, NEXT, tx.now), Opening(CASE, URGENT, tx.now, cycle=2)], LEVELS)
    with desk[0].read() as conn:
        assert [(c.metric, c.cycle, c.state) for c in store.for_cases(conn, [CASE])[CASE]] == [
            ("first_response", 1, "met"),
            ("first_response", 2, "running"),
            ("next_response", 1, "running"),
        ]
        assert store.for_cases(conn, [CaseId(f"c{n}") for n in range(1200)])[CaseId("c7")] == ()


def test_moves_report_what_changed_and_what_lasts(desk: Desk) -> None:
    db, hands = desk
    clock = opened(desk)
    hands.move(minutes=10)
    with db.write() as tx:
        (paused,) = store.settle(tx, {CASE: SNOOZED}, LEVELS, "").changed
        again = store.settle(tx, {CASE: SNOOZED}, LEVELS, "")
        assert (again.changed, again.lasting) == ((), {CASE: (paused,)})
    assert (paused.state, paused.due_at) == ("paused", None)
    hands.move(days=2)
    with db.write() as tx:
        (woken,) = store.settle(tx, {CASE: {}}, LEVELS, "woken").changed
        assert store.settle(tx, {CASE: {}}, LEVELS, "woken").changed == ()
    assert woken.due_at == at("2026-03-08 10:15")
    hands.move(minutes=1)
    with db.write() as tx:
        met = store.stop(tx, CASE, LEVELS)
        assert met.lasting == {CASE: ()}
        assert store.stop(tx, CASE, LEVELS).changed == ()
    with db.read() as conn:
        found = store.get(conn, clock.id)
        assert (found.state, found.stopped_why) == ("met", "answered")
        assert store.running_for(conn, CASE) == ()
        assert conn.execute(select(CLOCK.c.elapsed_seconds)).scalar_one() == 11 * 60


def test_warning_and_breach_happen_once_and_only_when_due(desk: Desk) -> None:
    db, hands = desk
    clock = opened(desk)
    with db.write() as tx:
        assert not mark_due(tx, [CASE], [clock.id], []).clocks
        assert not mark_due(tx, [CASE], [], [clock.id]).clocks
    hands.set(at("2026-03-06 10:09"))
    with db.write() as tx:
        assert [bool(mark_due(tx, [CASE], [clock.id], []).clocks) for _ in range(2)] == [True, False]
    hands.set(at("2026-03-06 12:00"))  # the desk was down for a while
    with db.write() as tx:
        assert [bool(mark_due(tx, [CASE], [], [clock.id]).clocks) for _ in range(2)] == [True, False]
        found = store.get(tx.conn, clock.id)
        assert (found.state, found.breached_at, found.warned_at) == ("breached", at("2026-03-06 10:15"), at("2026-03-06 10:09"))
        assert store.overdue(tx.conn, "first_response", at("2026-03-06 00:00"), at("2026-03-07 00:00")) == 1
        assert store.recompute(tx, {CASE: LOW}, LEVELS).changed == ()
        (late,) = store.stop(tx, CASE, LEVELS).changed
        assert (late.state, late.breached_at) == ("breached", at("2026-03-06 10:15"))
        assert store.overdue(tx.conn, "first_response", at("2026-03-06 00:00"), at("2026-03-07 00:00")) == 0


def test_za_5177_two_clocks_of_one_case_are_due_each_for_itself_and_the_row_shows_the_nearer(desk: Desk) -> None:
    """Zammad's update target overrode that of the first response: here none knows of the other."""
    db, hands = desk
    with db.write() as tx:
        first, done = store.open_all(tx, [Opening(CASE, URGENT, tx.now), Opening(CASE, DONE, tx.now)], LEVELS)
    hands.move(minutes=15)
    with db.write() as tx:
        due = mark_due(tx, [CASE], [], [first.id, done.id])
        assert list(due.clocks) == [first.id]
        assert (due.rows[CASE].metric, due.rows[CASE].state) == ("first_response", "breached")
        left = store.stop(tx, CASE, LEVELS, metrics=["first_response"]).lasting[CASE]
        assert [(c.metric, c.due_at) for c in left] == [("resolution", done.due_at)]


def test_a_paused_clock_neither_warns_nor_breaches(desk: Desk) -> None:
    db, hands = desk
    clock = opened(desk)
    with db.write() as tx:
        store.settle(tx, {CASE: SNOOZED}, LEVELS, "")
    hands.move(days=1)
    with db.write() as tx:
        assert not mark_due(tx, [CASE], [clock.id], []).clocks
        assert not mark_due(tx, [CASE], [], [clock.id]).clocks


def test_glpi_6902_paused_time_is_kept_when_the_target_or_the_file_changes(desk: Desk) -> None:
    """GLPI lost the pending time when the policy of a ticket changed: here all is worked out again from the intervals."""
    db, hands = desk
    opened(desk)
    hands.move(minutes=5)
    with db.write() as tx:
        store.settle(tx, {CASE: SNOOZED}, LEVELS, "")
    hands.move(minutes=30)
    with db.write() as tx:
        store.settle(tx, {CASE: {}}, LEVELS, "woken")
        (slower,) = store.recompute(tx, {CASE: LOW}, LEVELS).changed
        assert store.recompute(tx, {CASE: LOW}, LEVELS).changed == ()
    assert (slower.target_id, slower.due_at) == ("first", at("2026-03-06 13:30"))  # 2 h, 30 min of pause, an hour of lunch
    edited = service_levels.parse(TEXT.replace("12:00", "11:00"))
    with db.write() as tx:
        assert store.of_other_levels(tx.conn, edited.version, "", 10) == [CASE]
        (moved,) = store.recompute(tx, {CASE: LOW}, edited).changed
        assert store.of_other_levels(tx.conn, edited.version, "", 10) == []
    assert (moved.due_at, moved.levels_version) == (at("2026-03-06 14:30"), edited.version)


def test_without_a_target_a_response_keeps_its_own_and_any_other_clock_ends(desk: Desk) -> None:
    db, _ = desk
    with db.write() as tx:
        store.open_all(tx, [Opening(CASE, FIRST, tx.now), Opening(CASE, DONE, tx.now)], LEVELS)
    bare = service_levels.parse("targets: [{metric: next_response, within: 1 h, calendar: wall}]")
    with db.write() as tx:
        moved = store.recompute(tx, {CASE: LOW}, bare)
    assert [(c.metric, c.state, c.stopped_why) for c in moved.changed] == [("resolution", "met", "no target holds any more")]
    assert [c.metric for c in moved.lasting[CASE]] == ["first_response"]


def test_the_database_refuses_what_cannot_be(desk: Desk) -> None:
    clock = opened(desk)
    broken: list[dict[str, object]] = [
        {"state": "lost"}, {"state": "breached"}, {"state": "met"}, {"target_seconds": 0}, {"due_at": None}, {"cycle": 0}, {"metric": "x"},
    ]  # fmt: skip
    for values in broken:
        with pytest.raises(IntegrityError), desk[0].write() as tx:
            tx.conn.execute(CLOCK.update().where(CLOCK.c.id == clock.id).values(**values))


def test_of_two_that_stop_one_clock_the_first_wins(desk: Desk) -> None:
    db, hands = desk
    opened(desk)
    with db.write() as tx:
        (first,) = store.stop(tx, CASE, LEVELS, "answered").changed
    hands.move(hours=1)
    with db.write() as tx:
        assert store.stop(tx, CASE, LEVELS, "closed").changed == ()
        assert store.get(tx.conn, first.id) == first


def test_a_batch_of_new_cases_gets_its_clocks_at_once_or_not_at_all(desk: Desk) -> None:
    db, _ = desk
    with db.write() as tx:
        assert store.open_all(tx, [], LEVELS) == ()
        made = store.open_all(
            tx, [Opening(CaseId("a"), URGENT, tx.now), Opening(CaseId("b"), FIRST, tx.now), Opening(CaseId("b"), DONE, tx.now)], LEVELS
        )
    with db.read() as conn:
        assert store.for_cases(conn, [CaseId("a"), CaseId("b")]) == {CaseId("a"): made[:1], CaseId("b"): made[1:]}
    with pytest.raises(IntegrityError), db.write() as tx:
        store.open_all(tx, [Opening(CaseId("c"), URGENT, tx.now), Opening(CaseId("a"), URGENT, tx.now)], LEVELS)
    with db.read() as conn:
        assert store.running_for(conn, CaseId("c")) == ()


def test_a_clock_that_starts_at_rest_has_counted_what_came_before(desk: Desk) -> None:
    db, hands = desk
    began = hands.now()
    hands.move(minutes=4)
    with db.write() as tx:
        (clock,) = store.open_all(tx, [Opening(CASE, URGENT, began, rests="pending on legal")], LEVELS)
        assert (clock.state, clock.intervals[-1].why, clock.due_at) == ("paused", "pending on legal", None)
        (woken,) = store.settle(tx, {CASE: {}}, LEVELS, "legal decided").changed
    assert woken.due_at == at("2026-03-06 10:15")


def test_a_matters_clocks_stop_for_it_alone(desk: Desk) -> None:
    db, _ = desk
    seen = next(t for t in LEVELS.targets if t.id == "seen")
    legal, press = MatterId("legal"), MatterId("press")
    with db.write() as tx:
        store.open_all(tx, [Opening(CASE, seen, tx.now, 1, legal), Opening(CASE, seen, tx.now, 2, press)], LEVELS)
        (stopped,) = store.stop(tx, CASE, LEVELS, "acknowledged", ["escalation_ack"], press).changed
        assert stopped.matter_id == press
        assert [c.matter_id for c in store.running_for(tx.conn, CASE)] == [legal]


def test_an_answer_just_before_the_late_tick_still_makes_the_breach_news_once(desk: Desk) -> None:
    db, hands = desk
    clock = opened(desk)
    hands.move(minutes=20)
    with db.write() as tx:
        moved = store.stop(tx, CASE, LEVELS)
        assert [(c.state, c.breached_at) for c in moved.breached] == [("breached", at("2026-03-06 10:15"))]
        assert store.stop(tx, CASE, LEVELS).breached == ()
        assert not mark_due(tx, [CASE], [], [clock.id]).clocks
