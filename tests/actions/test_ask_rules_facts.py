"""What rules know of an event: what only it can tell, and what is dear to know where a rule asks for it."""

from app.actions.add_note import add_note
from app.actions.close_case import close_case
from app.actions.escalate_case import escalate_case
from app.actions.release_case import assign_case
from app.core.clock import SetClock
from app.routing import store as routing
from app.routing.store import MadeDecision
from tests.support.rule_text import obey
from tests.support.scene import Scene


def decisions(scene: Scene, case: str) -> tuple[MadeDecision, ...]:
    with scene.ports.db.read() as conn:
        return routing.for_case(conn, scene.case(case).id)


def test_facts_of_the_event_itself_reach_the_rules(scene: Scene) -> None:
    obey(
        scene.ports,
        "id: spam\non: [case.closed]\nwhen: {disposition: spam, actor: agent}\ndo: {note: spam it was}",
        "id: legal\non: [matter.opened]\nwhen: {matter: legal}\ndo: {tags: [with-legal]}",
        "id: moved\non: [case.assigned]\nwhen: {assignee: {changed: true}}\ndo: {tags: [moved]}",
    )
    case = scene.hear(handle="one")
    close_case(scene.ports, scene.ana, case.id, "duplicate")
    assert not scene.events(case.id, kind="note.added")
    other = scene.hear(handle="two")
    close_case(scene.ports, scene.ana, other.id, "spam")
    assert scene.events(other.id, kind="note.added")[0].actor.kind == "rule"
    third = scene.hear(handle="three")
    escalate_case(scene.ports, scene.ana, third.id, to="pr", reason="x")
    assert "with-legal" not in scene.case(third.id).tags
    escalate_case(scene.ports, scene.ana, third.id, to="legal", reason="x")
    assign_case(scene.ports, scene.sue, third.id, scene.ben.person())
    assert {"with-legal", "moved"} <= set(scene.case(third.id).tags)


def test_what_is_dear_to_know_is_known_when_a_rule_asks_it(scene: Scene, clock: SetClock) -> None:
    obey(
        scene.ports,
        """
        id: wide
        on: [note.added]
        when:
          initiator: customer
          sentiment_change: {at_most: -0.2}
          last_agent: Ana
          since_reply_minutes: {between: [59, 62]}
          waiting_business_minutes: {between: [4, 6]}
        do: {tags: [all-known]}
        """,
    )
    case = scene.hear("@acme lovely boots, where can I buy laces?", id="post1")
    scene.send(scene.ana, case.id)
    scene.deliver()
    clock.move(minutes=55)
    scene.hear("@acme this is terrible, awful, I hate it. Where are they?", in_reply_to="post1")
    clock.move(minutes=5)
    add_note(scene.ports, scene.ana, case.id, "now")
    facts = decisions(scene, case.id)[0].facts
    assert (facts.initiator, facts.last_agent) == ("customer", "Ana")
    assert "all-known" in scene.case(case.id).tags, facts


def test_an_arrival_knows_how_the_authors_mood_changed(scene: Scene) -> None:
    obey(scene.ports, "id: sinking\nwhen: {sentiment_change: {at_most: -0.5}, last_agent: {not_set: true}}\ndo: {tags: [sinking]}")
    case = scene.hear("@acme I love these boots, wonderful!", id="post1")
    assert scene.case(case.id).tags == []
    scene.hear("@acme terrible, awful, broken already, I hate it", in_reply_to="post1")
    assert scene.case(case.id).tags == ["sinking"]
