"""Closing and opening again: with what became of it, never over an answer, a hold or another person."""

import pytest

from app.actions.claim_case import claim_case
from app.actions.close_case import close_case, reopen_case
from app.cases.model import DISPOSITIONS
from app.core.errors import Claimed, Conflict, Forbidden, Invalid, OnHold
from app.jobs.deadlines import fire_due
from tests.support.scene import THREAT, Scene


@pytest.mark.parametrize("disposition", [d for d in DISPOSITIONS if d != "answered"])
def test_it_is_closed_with_what_became_of_it(scene: Scene, disposition: str) -> None:
    case = scene.hear()
    after = close_case(scene.ports, scene.ana, case.id, disposition)
    assert (after.state, after.disposition, after.closed_at, after.due_at) == ("done", disposition, scene.clock.now(), None)
    scene.clock.move(days=9)
    assert fire_due(scene.ports) == 0, "a closed case misses no target"


def test_without_a_word_it_says_what_happened(scene: Scene) -> None:
    silent, answered = scene.hear(), scene.hear(handle="other")
    scene.send(scene.ana, answered.id)
    scene.deliver()
    assert close_case(scene.ports, scene.ana, silent.id).disposition == "no_response_needed"
    assert close_case(scene.ports, scene.ana, answered.id).disposition == "answered"


def test_what_does_not_hold_is_refused(scene: Scene) -> None:
    case = scene.hear()
    with pytest.raises(Invalid, match="no disposition"):
        close_case(scene.ports, scene.ana, case.id, "gone")
    with pytest.raises(Conflict, match="Nothing was answered"):
        close_case(scene.ports, scene.ana, case.id, "answered")
    with pytest.raises(Forbidden):
        close_case(scene.ports, scene.leo, case.id)
    claim_case(scene.ports, scene.ana, case.id)
    with pytest.raises(Claimed):
        close_case(scene.ports, scene.ben, case.id)
    scene.send(scene.ana, case.id)
    with pytest.raises(Conflict, match="on its way"):
        close_case(scene.ports, scene.ana, case.id, "spam")


def test_a_held_case_stays(scene: Scene) -> None:
    with pytest.raises(OnHold):
        close_case(scene.ports, scene.sue, scene.hear(THREAT).id, "spam")


def test_twice_is_once(scene: Scene) -> None:
    case = scene.hear()
    first = close_case(scene.ports, scene.ana, case.id, "spam")
    assert close_case(scene.ports, scene.ana, case.id, "spam") == first
    assert len(scene.events(case.id, kind="case.closed")) == 1
    with pytest.raises(Conflict, match="Reopen it first"):
        close_case(scene.ports, scene.ana, case.id, "duplicate")


def test_reopened_it_gets_a_clock_from_now(scene: Scene) -> None:
    case = scene.hear()
    close_case(scene.ports, scene.ana, case.id, "spam")
    scene.clock.move(hours=5)
    after = reopen_case(scene.ports, scene.ben, case.id)
    assert (after.state, after.disposition, after.waiting_since) == ("open", None, scene.clock.now())
    assert after.due_at is not None
    assert after.due_at > scene.clock.now()
    assert reopen_case(scene.ports, scene.ben, case.id) == scene.case(case.id)
    assert len(scene.events(case.id, kind="case.reopened")) == 1
