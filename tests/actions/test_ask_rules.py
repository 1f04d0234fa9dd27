"""Every event that rules can listen to asks them, in its own transaction, on one snapshot; what they do is told as a rule's doing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.actions.add_note import add_note
from app.actions.ask_rules import ask
from app.actions.claim_case import claim_case
from app.actions.close_case import close_case, reopen_case
from app.actions.decide_matter import acknowledge_matter, decide_matter
from app.actions.escalate_case import escalate_case
from app.actions.release_case import assign_case, release_case
from app.actions.set_presence import set_presence
from app.actions.snooze_case import snooze_case, wake_case
from app.actions.tag_case import tag_case
from app.actions.upsert_customer import upsert_customer
from app.cases.model import Case
from app.channels.port import Failed
from app.core.asker import DESK
from app.core.clock import SetClock
from app.core.events import SYSTEM
from app.judgement.desk import desk_of
from app.routing import store as routing
from app.routing.store import MadeDecision
from tests.support.desk import mention, take_in
from tests.support.people import hire
from tests.support.rule_text import obey
from tests.support.scene import THREAT, Network, Scene

Deed = Callable[[Scene, Case], object]


def decisions(scene: Scene, case: str) -> tuple[MadeDecision, ...]:
    with scene.ports.db.read() as conn:
        return routing.for_case(conn, scene.case(case).id)


def listener(trigger: str, when: str = "", do: str = "{tags: [heard]}") -> str:
    return f"id: listener\non: [{trigger}]\n" + (f"when: {when}\n" if when else "") + f"do: {do}"


def edited(scene: Scene, case: Case) -> None:
    take_in(scene.ports, mention("post1", "@acme it has come, the second parcel too", edited_at="2026-03-02T12:00:05Z"))


def deleted(scene: Scene, case: Case) -> None:
    take_in(scene.ports, mention("post1", "", deleted=True))


def sent(scene: Scene, case: Case) -> None:
    scene.send(scene.ana, case.id)
    scene.deliver()


def failed(scene: Scene, case: Case) -> None:
    scene.send(scene.ana, case.id)
    scene.deliver(Network(lambda _: Failed("no", fixable=False)))


def woken(scene: Scene, case: Case) -> None:
    snooze_case(scene.ports, scene.ana, case.id, scene.clock.now() + timedelta(hours=1))
    scene.pass_time(hours=1)


def reopened(scene: Scene, case: Case) -> None:
    close_case(scene.ports, scene.ana, case.id, "no_response_needed")
    reopen_case(scene.ports, scene.ana, case.id)


def released(scene: Scene, case: Case) -> None:
    claim_case(scene.ports, scene.ana, case.id)
    release_case(scene.ports, scene.ana, case.id)


def lapsed(scene: Scene, case: Case) -> None:
    claim_case(scene.ports, scene.ana, case.id)
    scene.pass_time(minutes=scene.ports.settings.earshot_lease_minutes)


def acknowledged(scene: Scene, case: Case) -> None:
    escalate_case(scene.ports, scene.ana, case.id, to="legal", reason="look")
    acknowledge_matter(scene.ports, scene.leo, scene.matter(case.id).id)


def decided(scene: Scene, case: Case) -> None:
    escalate_case(scene.ports, scene.ana, case.id, to="legal", reason="look")
    decide_matter(scene.ports, scene.leo, scene.matter(case.id).id, "released", "harmless")


def grew(scene: Scene, case: Case) -> None:
    take_in(scene.ports, mention("copy1", "@acme my order 4471 has not arrived and nobody answers. I am furious!!", handle="other"))


def risen(scene: Scene, case: Case) -> None:
    upsert_customer(scene.ports, DESK, "K-1", {"handles": {"x": "jo_harker"}, "tier": "gold", "name": "Jo"})


DEEDS: dict[str, tuple[str, Deed]] = {
    "an edit": ("mention.edited", edited),
    "a deletion": ("mention.deleted", deleted),
    "given": ("case.assigned", lambda s, c: assign_case(s.ports, s.sue, c.id, s.ana.person())),
    "taken": ("case.claimed", lambda s, c: claim_case(s.ports, s.ana, c.id)),
    "given back": ("case.released", released),
    "a claim that lapses": ("case.released", lapsed),
    "put to sleep": ("case.snoozed", lambda s, c: snooze_case(s.ports, s.ana, c.id, s.clock.now() + timedelta(hours=1))),
    "woken": ("case.woken", woken),
    "closed": ("case.closed", lambda s, c: close_case(s.ports, s.ana, c.id, "spam")),
    "reopened": ("case.reopened", reopened),
    "an answer on the network": ("reply.sent", sent),
    "an answer that did not leave": ("reply.failed", failed),
    "a note": ("note.added", lambda s, c: add_note(s.ports, s.ana, c.id, "they called")),
    "a matter": ("matter.opened", lambda s, c: escalate_case(s.ports, s.ana, c.id, to="legal", reason="look")),
    "a matter seen": ("matter.acknowledged", acknowledged),
    "a matter decided": ("matter.decided", decided),
    "the customer's record": ("customer.updated", risen),
    "a target near": ("clock.warned", lambda s, c: s.pass_time(days=3)),
    "a target missed": ("clock.breached", lambda s, c: s.pass_time(days=3)),
}


@pytest.mark.parametrize("what", DEEDS)
def test_every_event_asks_the_rules_that_listen_to_it(scene: Scene, what: str) -> None:
    trigger, deed = DEEDS[what]
    obey(scene.ports, listener(trigger))
    case = scene.hear(id="post1")
    assert "heard" not in scene.case(case.id).tags
    deed(scene, case)
    assert "heard" in scene.case(case.id).tags
    made = next(d for d in decisions(scene, case.id) if d.trigger == trigger)
    assert made.decision.fired == ("listener",)
    assert made.facts.trigger == trigger
    told = next(e for e in scene.events(case.id, kind="case.updated") if e.data.get("tags") == ["heard"])
    assert (told.actor.kind, told.actor.id, told.depth) == ("rule", "listener", 1)
    if trigger != "customer.updated":  # one change of a customer is no one case's
        assert next(e for e in scene.events(case.id) if e.seq == told.cause).kind == trigger


def test_an_arrival_asks_about_what_it_made_of_its_case_too(scene: Scene) -> None:
    obey(scene.ports, listener("case.opened, case.reopened, cluster.grew", do="{note: seen}"))
    case = scene.hear(id="post1")
    assert decisions(scene, case.id)[0].trigger == "case.opened"
    grew(scene, case)
    other = next(e.case for e in scene.events(kind="cluster.grew"))
    assert other is not None
    assert {d.trigger for d in decisions(scene, other)} == {"mention.received", "case.opened", "cluster.grew"}
    close_case(scene.ports, scene.ana, case.id, "no_response_needed")
    scene.clock.move(minutes=1)
    scene.hear("@acme and now? where is it?", in_reply_to="post1")
    assert decisions(scene, case.id)[0].trigger == "case.reopened"
    assert len(scene.events(case.id, kind="note.added")) == 2


def test_presence_and_other_events_of_no_case_only_tell(scene: Scene) -> None:
    obey(scene.ports, listener("presence.changed", when="{presence: away}", do="{notify: [supervisor], webhooks: [roster]}"))
    set_presence(scene.ports, scene.ana, "busy")
    assert not scene.events(kind="notice.sent")
    set_presence(scene.ports, scene.ana, "away", "Lunch")
    (told,) = scene.events(kind="notice.sent")
    assert (told.case, told.actor.kind, told.data["to"]) == (None, "rule", "supervisor")
    with scene.ports.db.read() as conn:
        made = next(d for d in routing.last_decisions(conn, 10) if d.decision.fired)
    assert (made.case, made.decision.fired, made.decision.webhooks) == (None, ("listener",), ("roster",))


def test_nothing_is_read_or_kept_where_no_rule_listens(scene: Scene) -> None:
    obey(scene.ports, listener("case.closed"))
    case = scene.hear()
    before = len(decisions(scene, case.id))
    claim_case(scene.ports, scene.ana, case.id)
    add_note(scene.ports, scene.ana, case.id, "they called")
    assert len(decisions(scene, case.id)) == before
    with scene.ports.db.write() as tx:
        desk = desk_of(scene.ports, tx.conn)
        same = scene.case(case.id)
        assert ask(tx, desk, same, "note.added", SYSTEM) is same


def test_all_rules_of_one_event_see_one_snapshot_and_never_each_others_doing_zammad_3071(scene: Scene) -> None:
    """ZA#3071: a trigger saw what an earlier trigger had made, and answered that."""
    obey(
        scene.ports,
        "id: first\non: [case.claimed]\nwhen: {tags: {contains_none: [seen]}}\ndo: {tags: [seen], term: 10}",
        "id: second\non: [case.claimed]\nwhen: {tags: {contains_none: [seen]}}\ndo: {note: the same picture}",
        "id: third\non: [case.claimed]\nwhen: {tags: seen}\ndo: {note: what another rule did}",
    )
    case = scene.hear()
    claim_case(scene.ports, scene.ana, case.id)
    assert next(d for d in decisions(scene, case.id) if d.trigger == "case.claimed").decision.fired == ("first", "second")


def test_a_save_that_changes_nothing_tells_nothing_chatwoot_4070(scene: Scene) -> None:
    """CW#4070, #4071: an update without a change was an event, and an endless loop."""
    obey(scene.ports, listener("note.added", do="{tags: [heard], queue: care, floor: 60, checklist: public-reply}"))
    case = scene.hear()
    add_note(scene.ports, scene.ana, case.id, "once")
    before = len(scene.events(case.id))
    as_it_was = scene.case(case.id)
    add_note(scene.ports, scene.ana, case.id, "twice")
    assert [e.kind for e in scene.events(case.id)[before:]] == ["note.added"]
    assert scene.case(case.id) == as_it_was


def test_one_change_is_one_event_chatwoot_8813(scene: Scene) -> None:
    """CW#8813: one label removed sent several mails. Here one decision tells its tags once, and only what really changed."""
    obey(scene.ports, listener("note.added", do="{tags: [a, b, c], untag: [old]}"), listener("case.closed").replace("listener", "other"))
    case = scene.hear()
    tag_case(scene.ports, scene.ana, case.id, add=("old",))
    add_note(scene.ports, scene.ana, case.id, "go")
    told = [e for e in scene.events(case.id, kind="case.updated") if e.actor.kind == "rule"]
    assert [e.data["tags"] for e in told] == [["a", "b", "c"]]


def test_a_new_score_or_clock_asks_no_rule_zammad_5841(scene: Scene, clock: SetClock) -> None:
    """ZA#5841: recalculating a service level counted as an update and ran the triggers twice."""
    obey(scene.ports, listener("note.added", do="{term: 30}"), "id: any\non: [case.opened, case.closed, case.woken]\ndo: {tags: [never]}")
    case = scene.hear()
    asked = len(decisions(scene, case.id))
    add_note(scene.ports, scene.ana, case.id, "go")
    after = scene.case(case.id)
    assert after.score == min(100, case.score + 30)
    assert scene.events(case.id, kind="priority.changed")[-1].depth == 1
    assert len(decisions(scene, case.id)) == asked + 1


def test_a_rules_hold_is_a_hold_and_its_claim_stays_the_persons(scene: Scene) -> None:
    obey(scene.ports, listener("case.claimed", do="{queue: vip, tags: [moved]}"))
    case = scene.hear(THREAT)
    claim_case(scene.ports, scene.ana, case.id)
    after = scene.case(case.id)
    assert (after.queue, after.assignee_name) == (case.queue, "Ana")
    assert next(d for d in decisions(scene, case.id) if d.trigger == "case.claimed").chain.left == ("queue vip: somebody has the case",)


def test_a_closed_case_wakes_by_hand_only_once(scene: Scene) -> None:
    obey(scene.ports, listener("case.woken", do="{note: awake}"))
    case = scene.hear()
    snooze_case(scene.ports, scene.ana, case.id, scene.clock.now() + timedelta(hours=1))
    wake_case(scene.ports, scene.ana, case.id)
    wake_case(scene.ports, scene.ana, case.id)
    assert len(scene.events(case.id, kind="note.added")) == 1


def test_somebody_who_was_hired_later_is_given_a_case_by_a_rule(scene: Scene) -> None:
    obey(scene.ports, listener("case.reopened", do="{assign: eva@desk.example}"))
    eva = hire(scene.ports, "Eva")
    case = scene.hear()
    close_case(scene.ports, scene.ana, case.id, "no_response_needed")
    reopen_case(scene.ports, scene.ana, case.id)
    (told,) = scene.events(case.id, kind="case.assigned")
    assert (told.actor.kind, told.data["to"], told.depth) == ("rule", eva.person_id, 1)
