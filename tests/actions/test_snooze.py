"""Putting a case away: until a time that makes sense, with its clock at rest."""

from datetime import timedelta

import pytest

from app.actions.claim_case import claim_case
from app.actions.close_case import close_case
from app.actions.snooze_case import snooze_case, wake_case
from app.core.errors import Claimed, Conflict, Forbidden, Invalid
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
