"""Clocks of a case: independent of one another, begun, rested and stopped by their own events. Each pitfall of the field has its test."""

from datetime import timedelta

import pytest

from app.actions.add_note import add_note
from app.actions.claim_case import claim_case
from app.actions.close_case import close_case, reopen_case
from app.actions.decide_matter import acknowledge_matter, decide_matter
from app.actions.escalate_case import escalate_case
from app.actions.release_case import assign_case
from app.actions.set_score import set_score
from app.actions.snooze_case import snooze_case, wake_case
from app.actions.tag_case import tag_case
from app.core.clock import SetClock
from app.core.ids import CaseId
from app.judgement.clocks_wanted import PRIVATE_TAG
from app.sla import store as sla
from app.sla.model import Clock, Metric
from tests.support.scene import THREAT, Scene

MINUTE = timedelta(minutes=1)


def clocks(scene: Scene, case: str, metric: Metric) -> list[Clock]:
    with scene.ports.db.read() as conn:
        (found,) = sla.for_cases(conn, [CaseId(case)]).values()
    return [c for c in found if c.metric == metric]


def one(scene: Scene, case: str, metric: Metric) -> Clock:
    return clocks(scene, case, metric)[-1]


def test_za_5177_several_clocks_run_on_one_case_and_the_row_shows_the_nearest(scene: Scene) -> None:
    """Zammad's update target overrode the first response's; here each runs by itself."""
    case = scene.hear()
    due = {m: one(scene, case.id, m).due_at for m in ("first_touch", "first_response", "resolution")}
    assert (case.due_metric, case.due_at) == ("first_touch", due["first_touch"])
    claim_case(scene.ports, scene.ana, case.id)
    now = scene.case(case.id)
    assert (now.due_metric, now.due_at) == ("first_response", due["first_response"])
    scene.send(scene.ana, case.id)
    scene.deliver()
    scene.hear("@acme that did not help, my order is still missing!", in_reply_to="post1")
    answered = scene.case(case.id)
    assert answered.due_metric == "next_response"
    assert [c.state for c in clocks(scene, case.id, "first_response")] == ["met"]
    assert one(scene, case.id, "resolution").state == "running"


@pytest.mark.parametrize("act", ["claims", "notes", "answers", "snoozes", "escalates", "is given it"])
def test_the_first_act_of_a_person_is_the_first_touch(scene: Scene, act: str) -> None:
    case = scene.hear().id
    scene.clock.move(minutes=2)
    match act:
        case "claims":
            claim_case(scene.ports, scene.ana, case)
        case "notes":
            add_note(scene.ports, scene.ana, case, "they called us, too")
        case "answers":
            scene.send(scene.ana, case)
        case "snoozes":
            snooze_case(scene.ports, scene.ana, case, scene.clock.now() + MINUTE)
        case "escalates":
            escalate_case(scene.ports, scene.ana, case, to="supervisor", reason="too big for me")
        case _:
            assign_case(scene.ports, scene.sue, case, scene.ana.person())
    touch = one(scene, case, "first_touch")
    assert (touch.state, touch.stopped_at) == ("met", scene.clock.now())
    (met,) = [e for e in scene.events(case, kind="clock.met") if e.data["metric"] == "first_touch"]
    assert met.actor.kind == "agent"


def test_cw_6618_what_a_rule_does_is_no_touch(scene: Scene) -> None:
    """Chatwoot counted a rule's own reply as the first human one. The breach's rules tag, notify and escalate here: none is a touch."""
    case = scene.hear().id
    scene.pass_time(hours=1)
    assert "late" in scene.case(case).tags
    touch = one(scene, case, "first_touch")
    assert (touch.state, touch.stopped) == ("breached", False)


def test_a_breach_is_said_once_and_stays_whatever_comes(scene: Scene) -> None:
    case = scene.hear().id
    scene.pass_time(days=2)
    claim_case(scene.ports, scene.ana, case)
    scene.send(scene.ana, case)
    scene.deliver()
    scene.pass_time(days=2)
    first = one(scene, case, "first_response")
    assert (first.state, first.stopped_why, first.breached_at) == ("breached", "answered", first.due_at)
    said = [e.data["metric"] for e in scene.events(case, kind="clock.breached")]
    assert sorted(said) == ["first_response", "first_touch", "resolution"]


def test_cw_10178_thanks_after_the_end_start_no_clock(scene: Scene) -> None:
    """Chatwoot's clock ran on after the end, and "thanks" made a miss of it."""
    case = scene.hear(id="post1").id
    scene.send(scene.ana, case)
    scene.deliver()
    close_case(scene.ports, scene.ana, case)
    before = len([e for e in scene.events(case) if e.kind.startswith("clock.")])
    scene.clock.move(minutes=3)
    scene.hear("@acme thank you!", in_reply_to="post1")
    assert scene.case(case).state == "done"
    scene.pass_time(days=30)
    assert len([e for e in scene.events(case) if e.kind.startswith("clock.")]) == before
    assert all(c.stopped for m in ("first_response", "next_response", "resolution") for c in clocks(scene, case, m))


def test_cw_12058_what_is_reopened_has_a_round_of_its_own(scene: Scene) -> None:
    """Chatwoot measured five days instead of ten minutes, because the first clock ran on through the end."""
    case = scene.hear(id="post1").id
    scene.send(scene.ana, case)
    scene.deliver()
    close_case(scene.ports, scene.ana, case)
    scene.clock.move(hours=20)
    scene.hear("@acme it came, and it is broken! I am furious!", in_reply_to="post1")
    assert scene.case(case).state == "open"
    for metric in ("first_touch", "resolution"):
        found = clocks(scene, case, metric)
        assert [(c.cycle, c.stopped) for c in found] == [(1, True), (2, False)]
        assert found[-1].started_at == scene.clock.now()
    assert [(c.cycle, c.started_at) for c in clocks(scene, case, "next_response")] == [(1, scene.clock.now())]


def test_who_reopens_it_has_looked_at_it(scene: Scene) -> None:
    case = scene.hear().id
    close_case(scene.ports, scene.ana, case)
    scene.clock.move(hours=1)
    reopen_case(scene.ports, scene.ben, case)
    assert [c.cycle for c in clocks(scene, case, "resolution")] == [1, 2]
    assert [c.cycle for c in clocks(scene, case, "first_touch")] == [1]
    assert [(c.metric, c.cycle) for c in scene.answer_clocks(case)] == [("first_response", 1), ("first_response", 2)]


def test_za_manual_the_time_the_customer_took_is_credited(scene: Scene) -> None:
    """Zammad froze pending time and breached at once on reopening: the resolution keeps what it had left."""
    case = scene.hear(id="post1").id
    due = one(scene, case, "resolution").due_at
    assert due is not None
    scene.clock.move(minutes=10)
    scene.send(scene.ana, case)
    left = scene.clock.now()
    scene.deliver()
    scene.clock.move(hours=30)
    resting = one(scene, case, "resolution")
    assert (resting.state, [i.why for i in resting.intervals[1:]]) == ("paused", ["an answer is on its way", "waiting on the customer"])
    scene.hear("@acme no, it is still missing!", in_reply_to="post1")
    again = one(scene, case, "resolution")
    assert (again.state, again.due_at) == ("running", due + (scene.clock.now() - left))


def test_legals_own_clock_runs_while_the_others_wait_for_it(scene: Scene) -> None:
    case = scene.hear(THREAT).id
    assert scene.case(case).hold
    assert {one(scene, case, m).intervals[-1].why for m in ("first_touch", "first_response", "resolution")} == {"pending on legal"}
    assert [one(scene, case, m).state for m in ("escalation_ack", "legal_answer")] == ["running", "running"]
    assert scene.case(case).due_metric == "escalation_ack"
    matter = scene.matter(case)
    assert one(scene, case, "escalation_ack").due_at == matter.ack_due_at
    scene.clock.move(minutes=10)
    acknowledge_matter(scene.ports, scene.leo, matter.id)
    assert (one(scene, case, "escalation_ack").state, scene.case(case).due_metric) == ("met", "legal_answer")
    scene.clock.move(minutes=50)
    before = one(scene, case, "first_response")
    decide_matter(scene.ports, scene.leo, matter.id, "released", "an empty threat")
    assert (one(scene, case, "legal_answer").state, one(scene, case, "legal_answer").stopped_why) == ("met", "released")
    after = one(scene, case, "first_response")
    assert after.state == "running"
    assert after.due_at == before.started_at + timedelta(seconds=before.target_seconds, hours=1)


def test_what_legal_keeps_stays_at_rest(scene: Scene) -> None:
    case = scene.hear(THREAT).id
    decide_matter(scene.ports, scene.leo, scene.matter(case).id, "kept", "we wait for the court")
    assert one(scene, case, "legal_answer").state == "met"
    assert one(scene, case, "first_response").state == "paused", "nothing may go out, so nobody can be late"


def test_two_matters_of_a_case_have_clocks_of_their_own(scene: Scene) -> None:
    case = scene.hear(THREAT).id
    scene.clock.move(minutes=1)
    escalate_case(scene.ports, scene.ana, case, to="supervisor", reason="who is in charge?")
    matters = {e.data["kind"]: e.data["matter"] for e in scene.events(case, kind="matter.opened")}
    acknowledge_matter(scene.ports, scene.sue, matters["supervisor"])
    assert {c.matter_id: c.state for c in clocks(scene, case, "escalation_ack")} == {
        matters["legal"]: "running",
        matters["supervisor"]: "met",
    }


def test_a_snooze_rests_what_is_ours_and_keeps_the_time_left(scene: Scene) -> None:
    case = scene.hear().id
    scene.clock.move(minutes=1)
    snooze_case(scene.ports, scene.ana, case, scene.clock.now() + timedelta(hours=9))
    before = {m: one(scene, case, m) for m in ("first_response", "resolution")}
    assert {c.state for c in before.values()} == {"paused"}
    scene.clock.move(hours=2)
    wake_case(scene.ports, scene.ana, case)
    for metric, was in before.items():
        assert one(scene, case, metric).due_at == was.started_at + timedelta(seconds=was.target_seconds, hours=2)


def test_a_move_to_private_runs_from_its_tag_to_the_customers_first_direct_message(scene: Scene) -> None:
    case = scene.hear(id="post1").id
    tag_case(scene.ports, scene.ana, case, add=(PRIVATE_TAG,))
    assert one(scene, case, "move_to_private").state == "running"
    scene.send(scene.ana, case)
    scene.deliver()
    assert one(scene, case, "move_to_private").intervals[-1].why == "waiting on the customer"
    scene.clock.move(hours=5)
    scene.hear("My number is 4471, as you asked.", visibility="direct", kind="message")
    moved = one(scene, case, "move_to_private")
    assert (moved.state, moved.stopped_why) == ("met", "the customer wrote in private")
    assert len(clocks(scene, case, "move_to_private")) == 1


def test_a_tag_taken_off_takes_its_clock_along(scene: Scene) -> None:
    case = scene.hear().id
    tag_case(scene.ports, scene.ana, case, add=(PRIVATE_TAG,))
    tag_case(scene.ports, scene.ana, case, remove=(PRIVATE_TAG,))
    assert one(scene, case, "move_to_private").stopped_why == "no target holds any more"
    assert "move_to_private" not in {e.data["metric"] for e in scene.events(case, kind="clock.breached")}


def test_glpi_6902_another_band_is_worked_out_from_what_was_counted(scene: Scene) -> None:
    """GLPI lost the pending time when the service level of a ticket changed."""
    case = scene.hear().id
    scene.clock.move(minutes=1)
    snooze_case(scene.ports, scene.ana, case, scene.clock.now() + timedelta(hours=2))
    scene.pass_time(hours=2)
    other = 95 if scene.case(case).band != "urgent" else 60
    set_score(scene.ports, scene.ana, case, other, hours=1, reason="they called")
    for clock in (one(scene, case, "first_response"), one(scene, case, "resolution")):
        assert clock.due_at == clock.started_at + timedelta(seconds=clock.target_seconds, hours=2)


def test_a_band_without_a_target_ends_what_is_no_answer(scene: Scene) -> None:
    case = scene.hear().id
    set_score(scene.ports, scene.ana, case, 5, hours=1, reason="a joke")
    assert one(scene, case, "resolution").stopped_why == "no target holds any more"
    assert scene.case(case).due_metric == "first_response"


def test_the_second_touch_changes_nothing(scene: Scene, clock: SetClock) -> None:
    case = scene.hear().id
    clock.move(minutes=1)
    add_note(scene.ports, scene.ana, case, "mine")
    clock.move(minutes=1)
    add_note(scene.ports, scene.ben, case, "mine, too")
    assert one(scene, case, "first_touch").stopped_at == clock.now() - MINUTE
    assert len([e for e in scene.events(case, kind="clock.met") if e.data["metric"] == "first_touch"]) == 1
