"""The step "if nobody has answered", at work on a desk: told once, in time, and only about who waits."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.clock import SetClock
from app.core.events import Actor
from app.routing import store as routing
from app.routing.follow_up import FollowUp
from app.routing.rule_edits import filled
from app.routing.rule_form import form_of
from tests.routing.written import set_of
from tests.support.rule_text import rule_text
from tests.support.scene import Scene


@pytest.fixture
def desk(scene: Scene) -> Scene:
    """A desk whose only rule has the step: ten minutes of business hours, then the lead."""
    text = rule_text("id: angry\nwhen: {text: angry}\ndo: {queue: vip}")
    text, _ = filled(text, "angry", replace(form_of(set_of(text).rules[0]), later=FollowUp()))
    with scene.ports.db.write() as tx:
        routing.publish(tx, text, "a test", Actor("agent", "sue", "Sue"))
    return scene


def told(desk: Scene, case: str) -> int:
    """How often somebody was told about the case."""
    return len(desk.events(case, kind="notice.sent"))


def test_the_lead_is_told_after_ten_minutes_and_once(desk: Scene) -> None:
    case = desk.hear("@acme I am angry").id
    desk.pass_time(minutes=10, seconds=-1)
    assert told(desk, case) == 0
    desk.pass_time(seconds=1)
    assert told(desk, case) == 1
    desk.hear("@acme angry, I said")
    desk.pass_time(minutes=60)
    assert told(desk, case) == 1, "nothing has changed that a lead should be told of again"


def test_who_keeps_writing_does_not_wait_longer(desk: Scene) -> None:
    case = desk.hear("@acme I am angry").id
    for _ in range(3):
        desk.pass_time(minutes=3)
        desk.hear("@acme I am still angry")
    desk.pass_time(minutes=1)
    assert told(desk, case) == 1


def test_an_answer_ends_the_wait_and_the_next_wait_begins_anew(desk: Scene) -> None:
    case = desk.hear("@acme I am angry").id
    desk.pass_time(minutes=4)
    desk.send(desk.ana, case)
    desk.deliver()
    desk.pass_time(minutes=3)
    desk.hear("@acme I am angry again")
    desk.pass_time(minutes=9)
    assert told(desk, case) == 0
    desk.pass_time(minutes=1)
    assert told(desk, case) == 1


def test_the_night_does_not_count(desk: Scene, clock: SetClock) -> None:
    clock.set(datetime(2026, 3, 6, 23, 0, tzinfo=UTC))  # a Friday night
    case = desk.hear("@acme I am angry").id
    desk.pass_time(hours=8)
    assert told(desk, case) == 0
    desk.pass_time(days=3)
    assert told(desk, case) == 1
