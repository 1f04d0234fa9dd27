"""Putting a case away: until a time that makes sense, with its clock at rest."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.actions.claim_case import claim_case
from app.actions.close_case import close_case
from app.actions.snooze_case import snooze_case, wake_case
from app.cases import store as cases
from app.core.errors import Claimed, Conflict, Forbidden, Invalid
from tests.support.databases import statements
from tests.support.scene import Scene


@pytest.mark.parametrize("off", [timedelta(0), timedelta(seconds=-1), timedelta(days=90, seconds=1)])
def test_a_time_that_is_past_or_too_far_is_refused(scene: Scene, off: timedelta) -> None:
    case = scene.hear()
    with pytest.raises(Invalid, match="90 days"):
        snooze_case(scene.ports, scene.ana, case.id, scene.clock.now() + off)
    assert scene.case(case.id) == case


def test_away_and_back_costs_no_time_of_the_clock(scene: Scene) -> None:
    case = scene.hear()
    before = scene.answer_clocks(case.id)[0].due_at
    scene.clock.move(minutes=1)
    away = snooze_case(scene.ports, scene.ana, case.id, scene.clock.now() + timedelta(hours=1))
    assert (away.state, away.due_state) == ("snoozed", "paused")
    scene.clock.move(minutes=30)
    back = wake_case(scene.ports, scene.ben, case.id)
    assert (back.state, back.snoozed_until) == ("open", None)
    assert before is not None
    assert back.due_at == before + timedelta(minutes=30)
    assert wake_case(scene.ports, scene.ben, case.id).state == "open"
    assert len(scene.events(case.id, kind="case.woken")) == 1


def test_a_case_that_waits_on_the_customer_wakes_to_waiting(scene: Scene) -> None:
    case = scene.hear()
    scene.send(scene.ana, case.id)
    scene.deliver()
    snooze_case(scene.ports, scene.ana, case.id, scene.clock.now() + timedelta(minutes=5))
    scene.pass_time(minutes=5)
    assert scene.case(case.id).state == "waiting"
    assert [c.state for c in scene.answer_clocks(case.id)] == ["met"]
    assert scene.case(case.id).due_at is None, "what is left is the resolution, and that waits on the customer"


def test_who_and_when_not(scene: Scene) -> None:
    case, soon = scene.hear(), scene.clock.now() + timedelta(minutes=5)
    with pytest.raises(Forbidden):
        snooze_case(scene.ports, scene.leo, case.id, soon)
    claim_case(scene.ports, scene.ana, case.id)
    with pytest.raises(Claimed):
        snooze_case(scene.ports, scene.ben, case.id, soon)
    close_case(scene.ports, scene.ana, case.id, "spam")
    with pytest.raises(Conflict):
        snooze_case(scene.ports, scene.ana, case.id, soon)


def test_cases_that_come_back_together_share_their_statements(scene: Scene) -> None:
    """A process that was away for long has hundreds to wake, and its agents wait for them."""
    for author in range(9):
        scene.hear(handle=f"author{author}")

    def woken(few: list[str]) -> int:
        for id in few:
            snooze_case(scene.ports, scene.ana, id, scene.clock.now() + timedelta(minutes=1))
        with statements(scene.ports) as told:
            assert scene.pass_time(minutes=1) == len(few)
        assert {scene.case(id).state for id in few} == {"open"}
        return len(told)

    ids = [str(event.case) for event in scene.events(kind="case.opened")]
    assert woken(ids[:8]) <= woken(ids[8:]) + 2  # on SQLite more than ten rows of an insert are two statements: of events, of timers
    assert sorted(str(event.case) for event in scene.events(kind="case.woken")) == sorted(ids)


def test_a_state_that_was_saved_with_other_changes_begins_then(scene: Scene) -> None:
    """What a rule makes of a case, and what a timer wakes, are saved so; ``once_per_state`` counts by it."""
    case = scene.hear()
    scene.clock.move(minutes=3)
    with scene.ports.db.write() as tx:
        was = cases.stays(tx.conn, [case.id])[case.id]
        cases.save_changed(tx, [(case, replace(case, tags=["one"], updated_at=tx.now))])
        assert cases.stays(tx.conn, [case.id]) == {case.id: was}
        cases.save_changed(tx, [(case, replace(case, state="snoozed", updated_at=tx.now))])
        assert cases.stays(tx.conn, [case.id]) == {case.id: cases.stay("snoozed", tx.now)}
