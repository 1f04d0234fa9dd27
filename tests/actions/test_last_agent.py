"""Whom a customer knows: one definition for the push, for rules that ask, and for rules that give."""

from app.actions.claim_case import claim_case
from app.actions.close_case import close_case
from app.actions.release_case import assign_case
from app.cases.store_known import last_agent_of, last_agents_of
from app.routing import store as routing
from tests.support.rule_text import obey_too
from tests.support.scene import Scene


def known(scene: Scene, customer: str) -> str:
    with scene.ports.db.read() as conn:
        found = last_agent_of(conn, customer)
    return found.name if found is not None else ""


def test_who_answered_goes_before_who_had_a_case_of_theirs(scene: Scene) -> None:
    case = scene.hear()
    assert known(scene, case.customer_id) == ""
    claim_case(scene.ports, scene.ben, case.id)
    assert known(scene, case.customer_id) == "Ben"
    assign_case(scene.ports, scene.sue, case.id, scene.ana.person())
    scene.send(scene.ana, case.id)
    scene.deliver()
    assign_case(scene.ports, scene.sue, case.id, scene.ben.person())
    assert known(scene, case.customer_id) == "Ana"
    with scene.ports.db.read() as conn:
        assert {c: a.name for c, a in last_agents_of(conn, [case.customer_id, "nobody", case.customer_id]).items()} == {
            case.customer_id: "Ana"
        }


def test_rules_that_ask_and_rules_that_give_mean_the_same_person(scene: Scene) -> None:
    case = scene.hear()
    claim_case(scene.ports, scene.ben, case.id)
    close_case(scene.ports, scene.ben, case.id, "no_response_needed")
    obey_too(
        scene.ports,
        "id: knows\nwhen: {last_agent: Ben}\ndo: {tags: [knows-ben]}",
        "id: too\non: [note.added, case.closed]\nwhen: {last_agent: Ben}\ndo: {tags: [still-ben]}",
    )
    scene.clock.move(days=3)
    later = scene.hear("@acme and now the lamp is broken as well")
    assert later.id != case.id
    assert "knows-ben" in later.tags, "an arrival asks it of a whole batch at once"
    close_case(scene.ports, scene.ana, later.id, "spam")
    assert "still-ben" in scene.case(later.id).tags
    with scene.ports.db.read() as conn:
        assert {d.facts.last_agent for d in routing.for_case(conn, later.id)} == {"Ben"}
