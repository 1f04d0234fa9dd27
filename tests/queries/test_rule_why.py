"""Why a rule fired on a case or did not, by the moments at which the rules were asked about it."""

import pytest

from app.actions.claim_case import claim_case
from app.actions.publish_rules import publish_rules
from app.core.errors import Forbidden
from app.engine.ports import Ports
from app.queries.rule_why import why_page
from app.routing import store as routing
from tests.support.rule_text import obey
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
    scene.clock.move(minutes=1)
    scene.hear(THREAT, id="again")
    newest = why_page(scene.ports, scene.ana, "public-reply", case.id).moments[0]
    assert newest.line is not None
    assert (newest.line.fired, newest.line.because) == (False, "legal-keeps fired before it and stopped")


def test_what_a_guard_kept_from_firing_is_said_beside_the_decision_and_of_the_rule_itself(scene: Scene) -> None:
    case = scene.hear(ORDER)
    obey(
        scene.ports,
        "id: one\non: [case.claimed]\ndo: {note: one}",
        "id: two\non: [note.added]\ndo: {escalate: supervisor}",
        "id: three\non: [matter.opened]\nwhen: {matter: supervisor}\ndo: {escalate: pr}",
        "id: four\non: [matter.opened]\nrepeat: once\nwhen: {matter: pr}\ndo: {tags: [four]}",
    )
    scene.clock.move(minutes=1)
    claim_case(scene.ports, scene.ana, case.id)
    newest, before, *_ = why_page(scene.ports, scene.ana, "four", case.id).moments
    said = "The rule four was not asked: 3 rules had already followed one from another."
    assert (newest.beside, before.beside) == ((said,), ())
    assert newest.line is not None
    assert newest.line.because.endswith(f"but a guard kept it from firing: {said}"), "it may fire once, and this was not the reason"
    told = {line.rule: line.because for line in why_page(scene.ports, scene.ana, "", case.id).moments[0].lines}
    assert told["four"] == newest.line.because
    assert "guard" not in told["three"]


def test_what_was_wanted_and_not_done_is_said_in_a_sentence(scene: Scene) -> None:
    obey(scene.ports, "id: puts-away\ndo: {close: spam}")
    case = scene.hear(THREAT)
    [moment] = why_page(scene.ports, scene.ana, "puts-away", case.id).moments
    assert moment.beside == ("Wanted and not done: close as spam: it carries a risk.",)


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
