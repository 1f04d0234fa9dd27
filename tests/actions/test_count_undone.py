"""What people undo of a rule's choice is counted for that rule: once an act, for people only, and only where a rule had chosen it."""

from app.actions.close_case import reopen_case
from app.actions.count_undone import count_undone
from app.actions.decide_matter import decide_matter
from app.actions.release_case import move_case
from app.actions.tag_case import tag_case
from app.core.events import Actor
from app.measures import store as measures
from tests.support.scene import ORDER, THREAT, Scene

SPAM = "@acme FREE followers!! check my profile, buy followers"


def undone(scene: Scene) -> dict[str, int]:
    now = scene.clock.now()
    with scene.ports.db.read() as conn:
        found = measures.tallies(conn, {"rule_undone"}, measures.day_of(now), now.replace(hour=23))
    return {tally.key: tally.n for tally in found}


def test_a_case_moved_out_of_the_queue_that_a_rule_chose(scene: Scene) -> None:
    case = scene.hear("@acme thank you, best boots ever!", handle="fan")
    assert case.queue == "community"
    move_case(scene.ports, scene.sue, case.id, "care")
    assert undone(scene) == {"praise": 1}
    move_case(scene.ports, scene.sue, case.id, "vip")
    assert undone(scene) == {"praise": 1}, "care was a person's choice"


def test_a_tag_taken_off_counts_for_the_rule_that_set_it(scene: Scene) -> None:
    case = scene.hear(ORDER)
    assert "order" in case.tags
    tag_case(scene.ports, scene.ana, case.id, add=("mine",))
    assert undone(scene) == {}
    tag_case(scene.ports, scene.ana, case.id, remove=("order", "mine"))
    assert undone(scene) == {"order": 1}


def test_a_hold_lifted_counts_for_the_rule_that_held(scene: Scene) -> None:
    case = scene.hear(THREAT)
    assert case.hold
    decide_matter(scene.ports, scene.leo, scene.matter(case.id).id, "released", "only anger")
    assert undone(scene) == {"risk-legal": 1}


def test_a_case_reopened_after_a_rule_closed_it(scene: Scene) -> None:
    case = scene.hear(SPAM, handle="seller")
    assert (case.state, case.disposition) == ("done", "no_response_needed")
    reopen_case(scene.ports, scene.ana, case.id)
    assert undone(scene) == {"spam": 1}


def test_what_rules_and_clocks_change_is_nobodys_override(scene: Scene) -> None:
    case = scene.hear("@acme thank you, best boots ever!", handle="fan")
    with scene.ports.db.write() as tx:
        for kind in ("rule", "timer", "system", "customer"):
            assert count_undone(tx, Actor(kind, "x"), scene.case(case.id), "queue", "community") is None
        assert count_undone(tx, scene.sue.actor, scene.case(case.id), "queue", "vip") is None, "no rule chose vip"
    assert undone(scene) == {}
