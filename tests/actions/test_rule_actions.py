"""What a rule can do to a case, each action as it lands, within the limits that people's work sets it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions.add_note import add_note
from app.actions.claim_case import claim_case
from app.actions.close_case import close_case
from app.actions.escalate_case import escalate_case
from app.actions.release_case import release_case
from app.actions.set_presence import set_presence
from app.actions.snooze_case import wake_case
from app.actions.tag_case import tag_case
from app.cases import store as cases
from app.channels.tables import WEBHOOK_CALL
from app.core.clock import SetClock
from app.core.ids import CaseId
from app.routing import store as routing
from app.routing.store import MadeDecision
from app.sla import store as sla
from tests.support.desk import mention, take_in
from tests.support.people import hire
from tests.support.rule_text import obey
from tests.support.scene import ORDER, THREAT, Scene


def on_note(do: str) -> str:
    return f"id: listener\non: [note.added]\nwhen: {{actor: agent}}\ndo: {do}"


def go(scene: Scene, case: str) -> None:
    add_note(scene.ports, scene.ana, case, "go")


def decided(scene: Scene, case: str, trigger: str = "note.added") -> MadeDecision:
    with scene.ports.db.read() as conn:
        return next(d for d in routing.for_case(conn, CaseId(case)) if d.trigger == trigger and d.decision.fired)


def states(scene: Scene, case: str, metric: str = "first_response") -> list[str]:
    with scene.ports.db.read() as conn:
        return [c.state for c in sla.for_cases(conn, [CaseId(case)])[CaseId(case)] if c.metric == metric]


def test_tags_are_put_on_and_taken_off(scene: Scene) -> None:
    obey(scene.ports, on_note("{tags: [new], untag: [old, absent]}"))
    case = scene.hear()
    tag_case(scene.ports, scene.ana, case.id, add=("old", "kept"))
    go(scene, case.id)
    assert scene.case(case.id).tags == ["kept", "new"]


@pytest.mark.parametrize(("points", "words"), [(12, "a rule adds 12"), (-12, "a rule takes 12")])
def test_a_term_is_points_of_its_own_that_stay_while_the_floor_does(scene: Scene, points: int, words: str) -> None:
    obey(scene.ports, on_note(f"{{term: {points}}}"), f"id: low\ndo: {{floor: {1}}}")
    case = scene.hear()
    go(scene, case.id)
    after = scene.case(case.id)
    assert after.score == case.score + points
    assert {"term": "rules", "points": points, "why": words} in after.terms
    assert sum(t["points"] for t in after.terms) == after.score
    go(scene, case.id)
    assert scene.case(case.id).score == after.score, "set again, not added again"


def test_new_words_of_the_customer_are_judged_without_the_old_points(scene: Scene, clock: SetClock) -> None:
    obey(scene.ports, on_note("{term: 20}"))
    case = scene.hear(id="post1")
    go(scene, case.id)
    clock.move(minutes=1)
    scene.hear(in_reply_to="post1")
    assert not [t for t in scene.case(case.id).terms if t["term"] == "rules"]


def test_a_floor_stays_above_a_term_that_lowers(scene: Scene) -> None:
    obey(scene.ports, on_note("{term: -50, floor: 70}"))
    case = scene.hear()
    go(scene, case.id)
    after = scene.case(case.id)
    assert (after.score, after.floor, after.rule_term) == (70, 70, -50)
    assert [t["term"] for t in after.terms][-2:] == ["rules", "floor"]


@pytest.mark.parametrize("disposition", ["spam", "duplicate", "no_response_needed"])
def test_an_untouched_case_is_closed_with_its_disposition(scene: Scene, disposition: str) -> None:
    obey(scene.ports, on_note(f"{{close: {disposition}}}"))
    case = scene.hear()
    go(scene, case.id)
    after = scene.case(case.id)
    assert (after.state, after.disposition, after.due_at) == ("done", disposition, None)
    (told,) = scene.events(case.id, kind="case.closed")
    assert (told.actor.kind, told.data["disposition"], told.depth) == ("rule", disposition, 1)


def test_what_somebody_has_or_legal_holds_is_not_closed_and_the_trace_says_why(scene: Scene) -> None:
    obey(scene.ports, on_note("{close: spam}"))
    taken, risky, held = scene.hear(handle="one"), scene.hear(THREAT, handle="two"), scene.hear(handle="three")
    claim_case(scene.ports, scene.ben, taken.id)
    escalate_case(scene.ports, scene.ben, held.id, to="legal", reason="look")
    for case, why in ((taken, "somebody has it"), (risky, "it carries a risk"), (held, "legal holds it")):
        go(scene, case.id)
        assert scene.case(case.id).state != "done"
        assert decided(scene, case.id).chain.left == (f"close as spam: {why}",)


def test_an_answered_case_that_stays_quiet_is_closed_as_answered(scene: Scene) -> None:
    obey(
        scene.ports,
        "id: wait\non: [reply.sent]\ndo: {start_timers: [{name: quiet, minutes: 60}]}",
        "id: shut\non: [timer.due]\nwhen: {timer: quiet, state: waiting}\ndo: {close: answered}",
    )
    case = scene.hear()
    scene.send(scene.ana, case.id)
    scene.deliver()
    scene.pass_time(hours=1)
    assert scene.case(case.id).disposition == "answered"


def test_nothing_is_closed_as_answered_that_nobody_answered(scene: Scene) -> None:
    obey(scene.ports, on_note("{close: answered}"))
    case = scene.hear()
    go(scene, case.id)
    assert scene.case(case.id).state == "open"
    assert decided(scene, case.id).chain.left == ("close as answered: nothing was answered",)


def test_the_community_may_answer_first_then_the_case_is_ours_again(scene: Scene, clock: SetClock) -> None:
    obey(scene.ports, "id: ask-around\ndo: {community_minutes: 30}", "id: back\non: [case.woken]\ndo: {tags: [back]}")
    case = scene.hear()
    now = scene.case(case.id)
    assert (now.state, now.waiting_on, now.snoozed_until) == ("pending", "community", clock.now() + timedelta(minutes=30))
    assert states(scene, case.id) == ["paused"]
    scene.pass_time(minutes=30)
    after = scene.case(case.id)
    assert (after.state, after.waiting_on, after.snoozed_until, after.tags) == ("open", None, None, ["back"])
    assert states(scene, case.id) == ["running"]


def test_a_case_left_to_the_community_comes_back_when_its_customer_writes_or_a_person_takes_it_back(scene: Scene, clock: SetClock) -> None:
    obey(scene.ports, on_note("{community_minutes: 30}"))
    case, other = scene.hear(id="post1"), scene.hear(handle="other")
    go(scene, case.id)
    go(scene, other.id)
    assert scene.case(case.id).waiting_on == "community"
    clock.move(minutes=5)
    scene.hear("@acme so does nobody know? where is it?", in_reply_to="post1")
    assert (scene.case(case.id).state, scene.case(case.id).waiting_on) == ("open", None)
    assert states(scene, case.id) == ["running"]
    wake_case(scene.ports, scene.ana, other.id)
    assert (scene.case(other.id).state, scene.case(other.id).waiting_on) == ("open", None)
    scene.pass_time(hours=1)
    assert len(scene.events(case.id, kind="case.woken")) == 0


def test_an_answer_ends_the_wait_for_the_community(scene: Scene) -> None:
    obey(scene.ports, "id: ask-around\ndo: {community_minutes: 30}")
    case = scene.hear()
    scene.send(scene.ana, case.id)
    assert (scene.case(case.id).state, scene.case(case.id).waiting_on) == ("waiting", None)
    scene.deliver()
    scene.pass_time(hours=1)
    assert scene.case(case.id).state == "waiting"


def test_a_note_is_the_rules_and_its_words_stand_in_no_event(scene: Scene) -> None:
    obey(scene.ports, "id: brief\nwhen: {risk: legal}\ndo: {note: Look into the contract first}")
    case = scene.hear(THREAT)
    with scene.ports.db.read() as conn:
        (note,) = cases.notes(conn, case.id)
    assert (note.text, note.by_id, note.by_name) == ("Look into the contract first", "brief", "Rules v2")
    (told,) = scene.events(case.id, kind="note.added")
    assert told.data == {"note": note.id}
    assert (told.actor.kind, told.depth) == ("rule", 1)


def test_a_webhook_is_called_with_ids_and_never_with_words(scene: Scene) -> None:
    obey(scene.ports, "id: tell\ndo: {webhooks: [crm]}")
    case = scene.hear()
    with scene.ports.db.read() as conn:
        (call,) = conn.execute(select(WEBHOOK_CALL)).all()
    assert (call.webhook, call.case_id, call.state) == ("crm", case.id, "waiting")
    assert (call.payload["rules"], call.payload["trigger"], call.payload["case"]) == (["tell"], "mention.received", case.id)
    assert ORDER not in str(call.payload)
    assert "jo_harker" not in str(call.payload)


def test_a_case_goes_to_somebody_with_the_skill_or_to_who_knows_the_customer(scene: Scene, clock: SetClock) -> None:
    obey(scene.ports, on_note("{assign: 'skill:returns'}"), "id: known\non: [case.reopened, case.opened]\ndo: {assign: last_agent}")
    eva = hire(scene.ports, "Eva", skills=("returns",))
    case = scene.hear(handle="one")
    assert scene.case(case.id).assignee_id is None, "nobody knows this customer yet"
    (told,) = scene.events(case.id, kind="rules.stopped")
    assert (told.data["rules"], told.data["why"]) == (
        ["known"],
        "The case was given to nobody (last_agent): nobody has answered this customer yet.",
    )
    go(scene, case.id)
    assert scene.case(case.id).assignee_id == eva.person_id
    (told,) = scene.events(case.id, kind="case.assigned")
    assert (told.actor.kind, told.depth) == ("rule", 1)
    release_case(scene.ports, eva, case.id, why="not mine")
    scene.send(scene.ana, case.id)
    scene.deliver()
    release_case(scene.ports, scene.ana, case.id, why="answered")
    close_case(scene.ports, scene.sue, case.id, "answered")
    clock.move(minutes=1)
    assert scene.hear("@acme and where is the other one?", handle="one").assignee_id == scene.ana.person_id


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("least_loaded", "nobody who could take it is there"),
        ("'skill:knots'", "nobody works this queue with its language and skills"),
        ("ana@desk.example", "Ana is away (lunch)"),
        ("gone@desk.example", "nobody of that name works cases"),
    ],
)
def test_who_is_given_to_nobody_stays_in_its_queue_and_its_history_says_why(scene: Scene, wanted: str, why: str) -> None:
    for person in (scene.ana, scene.ben, scene.tim, scene.sue):
        set_presence(scene.ports, person, "away", reason="lunch")
    obey(scene.ports, f"id: give\ndo: {{assign: {wanted}}}")
    case = scene.hear()
    assert case.assignee_id is None
    (told,) = scene.events(case.id, kind="rules.stopped")
    assert told.data == {"guard": "assign", "rules": ["give"], "why": f"The case was given to nobody ({wanted.strip(chr(39))}): {why}."}


@pytest.mark.parametrize("on", ["mention.received", "case.opened"])
def test_cases_of_one_batch_are_shared_out_among_those_who_have_room(scene: Scene, on: str) -> None:
    obey(scene.ports, f"id: give\non: [{on}]\ndo: {{assign: least_loaded}}")
    take_in(scene.ports, *(mention(f"m{n}", ORDER, handle=who) for n, who in enumerate(("one", "two", "one", "three"))))
    given = [event.data["to"] for event in scene.events(kind="case.assigned")]
    assert len(given) == len(set(given)) == 3


def test_nothing_a_rule_does_is_a_first_human_touch_or_meets_a_clock_chatwoot_6618(scene: Scene) -> None:
    """CW#6618: a rule's own reply counted as the first human reply."""
    obey(
        scene.ports,
        "id: busy\ndo: {tags: [a], note: hello, assign: ana@desk.example, checklist: public-reply, term: 5, notify: [lead]}",
        "id: more\non: [case.assigned]\ndo: {note: 'and more'}",
    )
    case = scene.hear()
    assert scene.case(case.id).assignee_name == "Ana"
    assert len(scene.events(case.id, kind="note.added")) == 2
    assert states(scene, case.id) == ["running"]
    assert states(scene, case.id, "first_touch") == ["running"]
    assert not scene.events(case.id, kind="clock.met")


def test_a_rule_that_closes_meets_no_clock(scene: Scene) -> None:
    obey(scene.ports, on_note("{close: spam}"))
    case = scene.hear()
    go(scene, case.id)
    assert scene.case(case.id).state == "done"
    assert not [e for e in scene.events(case.id, kind="clock.met") if e.actor.kind == "rule"]
