"""Why a rule fired on a case or did not, by the moments at which the rules were asked about it."""

import pytest

from app.actions.publish_rules import publish_rules
from app.core.errors import Forbidden
from app.engine.ports import Ports
from app.queries.rule_why import why_page
from app.routing import store as routing
from tests.support.scene import ORDER, THREAT, Scene


def text_of(ports: Ports) -> str:
    with ports.db.read() as conn:
        return routing.active(conn)[1]


def test_a_chosen_rule_and_case_say_why_it_did_not_fire(scene: Scene) -> None:
    case = scene.hear(ORDER)
    page = why_page(scene.ports, scene.ana, "vip", case.id)
    [moment] = page.moments
    assert moment.line is not None
    assert (moment.line.fired, moment.line.name) == (False, "Valuable customer who wants an answer")
    assert "tier" in moment.line.because
    assert (page.rule_name, page.case, page.case_author) == ("Valuable customer who wants an answer", case.id, "jo_harker")
    assert "tier" in page.asked


def test_without_a_rule_every_rule_of_the_moment_is_told(scene: Scene) -> None:
    case = scene.hear(ORDER)
    [moment] = why_page(scene.ports, scene.ana, "", f"http://desk.example/cases/{case.id}/").moments
    told = {line.rule: line for line in moment.lines}
    with scene.ports.db.read() as conn:
        assert list(told) == [rule.id for rule in routing.active_rules(conn).rules]
    assert told["order"].fired
    assert told["order"].did == ("tags: order",)
    assert told["target-near"].because.startswith("it is not asked when")


def test_what_stopped_the_list_is_named(scene: Scene) -> None:
    case = scene.hear(THREAT)
    scene.hear(THREAT, id="again")
    newest = why_page(scene.ports, scene.ana, "order", case.id).moments[0]
    assert newest.line is not None
    assert not newest.line.fired


def test_an_old_decision_is_told_by_its_own_version_and_by_the_rules_in_force(scene: Scene) -> None:
    case = scene.hear("@acme is there parking beside the shop?")
    text = text_of(scene.ports).replace("contains_any: [order*,", "contains_any: [parking, order*,")
    assert publish_rules(scene.ports, scene.sue, text, reason="parking").waits is None
    [moment] = why_page(scene.ports, scene.ana, "order", case.id).moments
    assert moment.version == 1
    assert moment.line is not None
    assert moment.now is not None
    assert (moment.line.fired, moment.now.fired) == (False, True)


def test_cases_to_choose_from_say_where_the_rule_fired(scene: Scene) -> None:
    ordered = scene.hear(ORDER, handle="one")
    scene.hear("@acme rain again, boots again", handle="two")
    found = why_page(scene.ports, scene.ana, "order", "").lately
    assert [(one.author, one.fired) for one in found] == [("one", True), ("two", False)]
    assert found[0].id == ordered.id
    assert why_page(scene.ports, scene.ana, "", "").lately[0].fired is None


def test_what_is_not_there_is_said(scene: Scene) -> None:
    case = scene.hear(ORDER)
    assert "no such case" in why_page(scene.ports, scene.ana, "vip", "nonsense").unknown
    assert "has a rule gone" in why_page(scene.ports, scene.ana, "gone", case.id).unknown


def test_who_may_not_see_cases_is_not_told(scene: Scene) -> None:
    blind = type(scene.ana)(scene.ana.actor, frozenset({"rules.read"}), "agent", scene.ana.person_id)
    with pytest.raises(Forbidden):
        why_page(scene.ports, blind, "", "")
