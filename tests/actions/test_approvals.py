"""The second person: who may decide, what a decision does, and that nobody passes their own answer."""

import pytest

from app.actions.cancel_reply import cancel_reply
from app.actions.decide_matter import acknowledge_matter, decide_matter
from app.actions.decide_reply import Word, decide_reply
from app.actions.escalate_case import escalate_case
from app.cases import store as cases
from app.core.errors import Conflict, Forbidden, Invalid, OnHold
from app.escalation import store as escalation
from app.escalation.model import Matter
from tests.support.people import hire
from tests.support.scene import ANSWER, THREAT, Scene

APPROVE, REJECT = Word("approve"), Word("reject", "kinder, please")


def matters(scene: Scene, case: str) -> tuple[Matter, ...]:
    with scene.ports.db.read() as conn:
        return tuple(escalation.for_case(conn, scene.case(case).id))


def clock_states(scene: Scene, case: str) -> list[str]:
    return [c.state for c in scene.answer_clocks(case)]


def test_approved_it_leaves_with_both_names(scene: Scene) -> None:
    reply = scene.send(scene.tim, scene.hear().id)
    approved = decide_reply(scene.ports, scene.sue, reply.id, APPROVE)
    assert (approved.state, approved.by_name, approved.approved_by) == ("queued", "Tim", "Sue")
    assert scene.case(reply.case_id).state == "waiting"
    scene.deliver()
    assert scene.reply(reply.id).state == "sent"


def test_the_clock_runs_until_somebody_approved(scene: Scene) -> None:
    reply = scene.send(scene.tim, scene.hear().id)
    assert clock_states(scene, reply.case_id) == ["running"]
    decide_reply(scene.ports, scene.sue, reply.id, APPROVE)
    assert clock_states(scene, reply.case_id) == ["paused"]


def test_nobody_approves_their_own(scene: Scene) -> None:
    case = scene.hear(THREAT)
    own = scene.send(scene.leo, case.id, propose=True)
    with pytest.raises(Conflict, match="another person"):
        decide_reply(scene.ports, scene.leo, own.id, APPROVE)
    assert decide_reply(scene.ports, scene.sue, own.id, APPROVE).approved_by == "Sue", "for legal's own answer a supervisor is enough"


@pytest.mark.parametrize("who", ["ana", "ben", "tim"])
def test_those_who_do_not_approve_are_refused(scene: Scene, who: str) -> None:
    reply = scene.send(scene.tim, scene.hear().id)
    with pytest.raises(Forbidden, match="Only supervisor"):
        decide_reply(scene.ports, getattr(scene, who), reply.id, APPROVE)


def test_a_supervisor_does_not_decide_for_legal(scene: Scene) -> None:
    reply = scene.send(scene.ana, scene.hear(THREAT).id, propose=True)
    for asker in (scene.sue, hire(scene.ports, "Ada", "admin")):
        with pytest.raises(Forbidden, match="Only legal"):
            decide_reply(scene.ports, asker, reply.id, APPROVE)


def test_edits_are_what_leaves_and_both_texts_are_kept(scene: Scene) -> None:
    reply = scene.send(scene.tim, scene.hear().id)
    changed = ANSWER + " Thank you for waiting."
    assert decide_reply(scene.ports, scene.sue, reply.id, Word("approve", text=changed)).text == changed
    (said,) = scene.events(reply.case_id, kind="reply.approved")
    assert said.data["edited"] is True
    scene.deliver()
    assert scene.reply(reply.id).text == changed


def test_edits_pass_the_text_policy_too(scene: Scene) -> None:
    reply = scene.send(scene.tim, scene.hear().id)
    with pytest.raises(Invalid, match="breaks the policy"):
        decide_reply(scene.ports, scene.sue, reply.id, Word("approve", text="Write to jo.harker@mail.example please."))
    assert scene.reply(reply.id).state == "pending_approval"


def test_a_rejection_needs_its_reason_and_restores_the_draft(scene: Scene) -> None:
    reply = scene.send(scene.tim, scene.hear().id)
    with pytest.raises(Invalid, match="Say why"):
        decide_reply(scene.ports, scene.sue, reply.id, Word("reject", "  "))
    decide_reply(scene.ports, scene.sue, reply.id, REJECT)
    assert (scene.reply(reply.id).state, scene.case(reply.case_id).state) == ("cancelled", "open")
    assert scene.draft(reply.case_id, scene.tim) == ANSWER
    assert scene.send(scene.tim, reply.case_id).state == "pending_approval", "and may be sent again"


def test_the_second_decision_is_told_of_the_first(scene: Scene) -> None:
    reply = scene.send(scene.tim, scene.hear().id)
    decide_reply(scene.ports, scene.sue, reply.id, APPROVE)
    with pytest.raises(Conflict, match="Sue decided this answer already"):
        decide_reply(scene.ports, hire(scene.ports, "Ada", "admin"), reply.id, REJECT)


def test_what_was_taken_back_is_not_decided(scene: Scene) -> None:
    reply = scene.send(scene.tim, scene.hear().id)
    cancel_reply(scene.ports, scene.tim, reply.id)
    with pytest.raises(Conflict, match="taken back"):
        decide_reply(scene.ports, scene.sue, reply.id, APPROVE)
    assert scene.draft(reply.case_id, scene.tim) == ANSWER


def test_legals_approval_decides_the_matter_and_lifts_the_hold(scene: Scene) -> None:
    case = scene.hear(THREAT)
    (matter,) = matters(scene, case.id)
    assert (matter.kind, matter.state) == ("legal", "open")
    reply = scene.send(scene.ana, case.id, propose=True)
    decide_reply(scene.ports, scene.leo, reply.id, APPROVE)
    (matter,) = matters(scene, case.id)
    assert (matter.state, matter.decision, matter.decided_by_name) == ("closed", "approved", "Leo")
    assert not scene.case(case.id).hold
    scene.deliver()
    assert scene.reply(reply.id).state == "sent"


def test_legals_rejection_keeps_the_hold(scene: Scene) -> None:
    case = scene.hear(THREAT)
    reply = scene.send(scene.ana, case.id, propose=True)
    decide_reply(scene.ports, scene.leo, reply.id, Word("reject", "admits fault"))
    assert scene.case(case.id).hold
    with pytest.raises(OnHold):
        scene.send(scene.ana, case.id)
    assert scene.draft(case.id, scene.ana) == ANSWER


def test_a_hold_set_after_a_trainees_proposal_is_not_lifted_by_a_supervisor(scene: Scene) -> None:
    reply = scene.send(scene.tim, scene.hear().id)
    escalate_case(scene.ports, scene.ana, reply.case_id, to="legal", reason="they named a court", risk="legal")
    with pytest.raises(OnHold):
        decide_reply(scene.ports, scene.sue, reply.id, APPROVE)
    assert scene.case(reply.case_id).hold
    scene.deliver()
    assert scene.reply(reply.id).state == "pending_approval", "a supervisor's word does not pass a hold of legal"
    decide_matter(scene.ports, scene.leo, scene.matter(reply.case_id).id, "released", "an empty threat")
    assert decide_reply(scene.ports, scene.sue, reply.id, APPROVE).state == "queued", "once it is lifted the word counts"


def test_a_released_hold_lets_agents_answer_as_anybody_else(scene: Scene) -> None:
    case = scene.hear(THREAT)
    (matter,) = matters(scene, case.id)
    acknowledge_matter(scene.ports, scene.leo, matter.id)
    decide_matter(scene.ports, scene.leo, matter.id, "released", "an empty threat")
    assert not scene.case(case.id).hold
    assert scene.case(case.id).policy == "public-reply"
    assert scene.send(scene.ana, case.id).state == "queued", "legal let it go: nobody has to read the answer first"


def test_a_decision_of_legal_needs_a_reason_and_is_taken_once(scene: Scene) -> None:
    (matter,) = matters(scene, scene.hear(THREAT).id)
    with pytest.raises(Invalid, match="reason"):
        decide_matter(scene.ports, scene.leo, matter.id, "released", " ")
    decide_matter(scene.ports, scene.leo, matter.id, "kept", "wait for their letter")
    decide_matter(scene.ports, scene.leo, matter.id, "released", "it came, all is well")
    with pytest.raises(Conflict, match="Leo decided this matter before you"):
        decide_matter(scene.ports, hire(scene.ports, "Lea", "legal"), matter.id, "kept", "no")


def test_a_rule_that_demands_approval_without_a_hold_is_obeyed(scene: Scene) -> None:
    case = scene.hear()
    with scene.ports.db.write() as tx:
        cases.change(tx, case.id, bump=False, approval_role="supervisor")
    assert scene.send(scene.ana, case.id).state == "pending_approval"
