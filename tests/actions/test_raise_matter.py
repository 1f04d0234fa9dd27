"""A matter that nobody acknowledges goes up, tier by tier, and says so to more people; one that somebody has seen stays where it is."""

from datetime import timedelta

from app.actions.decide_matter import acknowledge_matter
from app.actions.escalate_case import escalate_case
from app.core.clock import SetClock
from app.queries.notices import own_notices
from tests.actions.test_notices import shown
from tests.support.scene import Scene

WAITS = "A matter waits to be acknowledged"


def overdue(scene: Scene, case: str) -> None:
    due_at = scene.matter(case).ack_due_at
    assert due_at is not None
    scene.clock.set(due_at)
    scene.pass_time(seconds=1)


def test_it_goes_up_a_tier_at_a_time_to_the_highest_and_tells_more_people(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    escalate_case(scene.ports, scene.ana, case, to="legal", reason="they name a court", risk="legal")
    assert scene.matter(case).tier == 1
    overdue(scene, case)
    assert scene.matter(case).tier == 2
    assert WAITS in {n.title for n in shown(scene, scene.leo)}
    assert WAITS in {n.title for n in shown(scene, scene.sue)}
    overdue(scene, case)
    assert scene.matter(case).tier == 3
    for _ in range(4):
        scene.pass_time(hours=2)
    assert scene.matter(case).tier == 3
    assert [(e.data["was_tier"], e.data["tier"]) for e in scene.events(case, kind="matter.raised")] == [(1, 2), (2, 3), (3, 3)]
    with scene.ports.db.read() as conn:
        assert [n.title for n in own_notices(conn, scene.leo, clock.now()).notices].count(WAITS) == 1, "one line, not one a tier"


def test_who_has_seen_it_keeps_it_down(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    escalate_case(scene.ports, scene.ana, case, to="legal", reason="they name a court", risk="legal")
    scene.pass_time(minutes=1)
    acknowledge_matter(scene.ports, scene.leo, scene.matter(case).id)
    clock.move(days=1)
    scene.pass_time(seconds=1)
    assert scene.matter(case).tier == 1
    assert not scene.events(case, kind="matter.raised")


def test_after_a_long_downtime_it_goes_up_once_and_not_through_all_tiers_at_once(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    escalate_case(scene.ports, scene.ana, case, to="legal", reason="they name a court", risk="legal")
    scene.clock.move(days=3)
    scene.pass_time(seconds=1)
    assert scene.matter(case).tier == 2
    due_at = scene.matter(case).ack_due_at
    assert due_at is not None
    assert due_at >= clock.now() + timedelta(minutes=1)
