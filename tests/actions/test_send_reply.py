"""An answer through the gate: what stops it and with which word, what it leaves, and how it is taken back."""

from datetime import timedelta

import pytest

from app.actions.cancel_reply import cancel_reply
from app.actions.claim_case import claim_case
from app.actions.close_case import close_case
from app.actions.escalate_case import escalate_case
from app.actions.save_draft import save_draft
from app.actions.send_reply import send_reply
from app.core.asker import Asker
from app.core.errors import ChecklistIncomplete, Claimed, Conflict, DeskError, Forbidden, Invalid, NotFound, OnHold, PolicyBroken, Stale
from app.core.events import Event
from app.sla.model import Clock
from tests.support.desk import mention, take_in
from tests.support.people import hire
from tests.support.scene import ANSWER, ORDER, THREAT, Scene


def clocks(scene: Scene, case: str) -> list[Clock]:
    return list(scene.answer_clocks(case))


def kinds(events: list[Event]) -> list[str]:
    return [e.kind for e in events]


def refused(scene: Scene, asker: Asker, case: str, error: type[DeskError], text: str = ANSWER, **form: object) -> DeskError:
    """Send and be refused: nothing is stored, the draft and the case stay as they were."""
    save_draft(scene.ports, asker, case, "what I wrote")
    before, events, replies = scene.case(case), len(scene.events()), scene.replies(case)
    with pytest.raises(error) as caught:
        scene.send(asker, case, text, **form)
    assert type(caught.value) is error
    assert (scene.case(case), len(scene.events()), scene.replies(case)) == (before, events, replies)
    assert scene.draft(case, asker) == "what I wrote"
    return caught.value


def test_an_answer_is_queued_with_its_undo_window_ticks_and_policy(scene: Scene) -> None:
    case = scene.hear()
    reply = scene.send(scene.ana, case.id)
    assert reply.state == "queued"
    assert reply.send_after == scene.clock.now() + timedelta(seconds=scene.ports.settings.earshot_undo_seconds)
    assert reply.mention_id == case.last_mention_id
    assert (reply.policy, reply.policy_version) == ("public-reply", 1)
    assert {(t["item"], t["by"]) for t in reply.ticks} == {("read-thread", "Ana"), ("facts-checked", "Ana"), ("next-step", "Ana")}
    after = scene.case(case.id)
    assert (after.state, after.version) == ("waiting", case.version + 1)
    assert kinds(scene.events(case.id))[-7:-1] == [*["checklist.ticked"] * 3, "clock.met", *["clock.paused"] * 2]
    assert kinds(scene.events(case.id))[-1] == "reply.queued"


def test_the_missing_items_are_named(scene: Scene) -> None:
    case = scene.hear()
    error = refused(scene, scene.ana, case.id, ChecklistIncomplete, checklist={"read-thread": True, "own-words": True})
    assert error.status == 422
    assert error.extra["missing"] == ["facts-checked", "next-step"]
    assert "looked up" in error.detail


def test_a_tick_that_is_no_item_of_the_policy_counts_for_nothing(scene: Scene) -> None:
    case = scene.hear()
    refused(scene, scene.ana, case.id, ChecklistIncomplete, checklist={"everything": True})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", None),
        ("Call me on +49 151 23456789 please.", "+49 151 23456789"),
        ("Write to jo.harker@mail.example about it.", "jo.harker@mail.example"),
        ("so sorry " * 400, None),
    ],
)
def test_a_text_that_breaks_the_policy_is_refused_with_its_place(scene: Scene, text: str, place: str | None) -> None:
    case = scene.hear()
    error = refused(scene, scene.ana, case.id, PolicyBroken, text)
    assert error.extra["breaks"]
    if place is not None:
        start, _, end = str(error.extra["breaks"][0]["where"]).partition("-")
        assert text[int(start) : int(end)] == place


def test_an_answer_to_what_was_not_read_is_stale(scene: Scene) -> None:
    case = scene.hear(id="post1")
    form = scene.form(case.id)
    scene.clock.move(minutes=1)
    scene.hear("@acme forget it, it came!", in_reply_to="post1")
    error = refused(scene, scene.ana, case.id, Stale, seen_version=form.seen_version)
    assert (error.extra["version"], error.extra["seen_version"]) == (case.version + 1, case.version)


def test_a_second_answer_waits_for_the_first(scene: Scene) -> None:
    case = scene.hear()
    scene.send(scene.ana, case.id)
    error = refused(scene, scene.ben, case.id, Stale)
    assert error.extra["by"]["name"] == "Ana"


def test_the_same_key_gives_the_first_answer_again_and_another_text_is_refused(scene: Scene) -> None:
    case, other = scene.hear(), scene.hear(handle="somebody_else")
    form = scene.form(case.id, idempotency_key="k1")
    first = send_reply(scene.ports, scene.ana, case.id, form)
    assert send_reply(scene.ports, scene.ana, case.id, form).id == first.id
    scene.deliver()
    assert send_reply(scene.ports, scene.ana, case.id, form).state == "sent", "the first answer as it stands now"
    with pytest.raises(Invalid, match="another answer"):
        scene.send(scene.ana, case.id, "Something else entirely.", idempotency_key="k1")
    with pytest.raises(Invalid, match="another answer"):
        scene.send(scene.ana, other.id, idempotency_key="k1")
    assert scene.send(scene.ben, other.id, idempotency_key="k1").by_name == "Ben", "a key belongs to one person"
    assert len(scene.replies(case.id)) == 1
    with pytest.raises(Invalid, match="over 100 characters"):
        scene.send(scene.ana, case.id, idempotency_key="x" * 101)


def test_another_persons_case_is_not_answered_over_their_head(scene: Scene) -> None:
    case = scene.hear()
    claim_case(scene.ports, scene.ana, case.id)
    assert "Ana holds this case" in refused(scene, scene.ben, case.id, Claimed).detail
    assert scene.send(scene.sue, case.id).state == "queued", "who gives cases to others may answer them"


def test_what_is_done_deleted_or_missing_is_not_answered(scene: Scene) -> None:
    case = scene.hear(id="post1")
    take_in(scene.ports, mention("post1", "", deleted=True))
    assert "deleted this post" in refused(scene, scene.ana, case.id, Conflict).detail
    close_case(scene.ports, scene.ana, case.id, "spam")
    assert "Reopen it first" in refused(scene, scene.ana, case.id, Conflict).detail
    with pytest.raises(NotFound):
        send_reply(scene.ports, scene.ana, "0" * 20, scene.form(case.id))


def test_who_may_not_write_replies_sends_none(scene: Scene) -> None:
    case = scene.hear()
    with pytest.raises(Forbidden):
        scene.send(hire(scene.ports, "Aud", "auditor"), case.id)


def test_nothing_leaves_a_held_case_but_a_proposal_to_legal(scene: Scene) -> None:
    case = scene.hear(THREAT)
    assert case.hold
    assert refused(scene, scene.ana, case.id, OnHold).status == 423
    reply = scene.send(scene.ana, case.id, propose=True)
    assert (reply.state, reply.send_after) == ("pending_approval", None)
    (asked,) = scene.events(case.id, kind="reply.submitted")
    assert asked.data["role"] == "legal"
    assert scene.case(case.id).state == "pending"
    assert scene.deliver() == 0


def test_a_trainees_answer_waits_for_a_supervisor_and_the_clock_does_not(scene: Scene) -> None:
    case = scene.hear()
    reply = scene.send(scene.tim, case.id)
    assert reply.state == "pending_approval"
    (asked,) = scene.events(case.id, kind="reply.submitted")
    assert asked.data["role"] == "supervisor"
    assert [c.state for c in clocks(scene, case.id)] == ["running"], "waiting for our own approval is our own time"
    assert scene.deliver() == 0


def test_undo_gives_text_clock_and_case_back(scene: Scene) -> None:
    case = scene.hear()
    (before,) = clocks(scene, case.id)
    reply = scene.send(scene.ana, case.id)
    scene.clock.move(seconds=5)
    assert [c.state for c in clocks(scene, case.id)] == ["paused"]
    assert cancel_reply(scene.ports, scene.ana, reply.id).state == "cancelled"
    assert scene.draft(case.id, scene.ana) == ANSWER
    assert scene.case(case.id).state == "open"
    (clock,) = clocks(scene, case.id)
    assert clock.state == "running"
    assert before.due_at is not None
    assert clock.due_at == before.due_at + timedelta(seconds=5), "the five seconds on its way are not counted"
    assert scene.deliver() == 0
    assert cancel_reply(scene.ports, scene.ana, reply.id).state == "cancelled", "taken back twice is taken back"
    assert len(scene.events(case.id, kind="reply.cancelled")) == 1


def test_too_late_is_said_so(scene: Scene) -> None:
    case = scene.hear()
    reply = scene.send(scene.ana, case.id)
    scene.clock.move(seconds=scene.ports.settings.earshot_undo_seconds)
    with pytest.raises(Conflict, match="too late"):
        cancel_reply(scene.ports, scene.ana, reply.id)
    scene.deliver()
    with pytest.raises(Conflict, match="too late"):
        cancel_reply(scene.ports, scene.ana, reply.id)
    assert scene.reply(reply.id).state == "sent"


def test_only_its_writer_or_a_supervisor_takes_an_answer_back(scene: Scene) -> None:
    case = scene.hear()
    reply = scene.send(scene.ana, case.id)
    with pytest.raises(Forbidden, match="Ana"):
        cancel_reply(scene.ports, scene.ben, reply.id)
    assert cancel_reply(scene.ports, scene.sue, reply.id).state == "cancelled"
    assert scene.draft(case.id, scene.ana) == ANSWER


def test_ticks_are_for_one_answer(scene: Scene) -> None:
    case = scene.hear(id="post1")
    scene.send(scene.ana, case.id)
    scene.deliver()
    scene.clock.move(minutes=2)
    scene.hear(ORDER + " Still nothing?", in_reply_to="post1")
    error = refused(scene, scene.ana, case.id, ChecklistIncomplete, ticks=False)
    assert error.extra["missing"] == ["read-thread", "facts-checked", "next-step"]


def test_an_escalation_during_the_undo_window_lets_nothing_out(scene: Scene) -> None:
    case = scene.hear()
    reply = scene.send(scene.ana, case.id)
    escalate_case(scene.ports, scene.ben, case.id, to="legal", reason="they know the founder")
    scene.deliver()
    assert scene.reply(reply.id).state == "cancelled"
    assert scene.draft(case.id, scene.ana) == ANSWER


def test_whoever_comes_after_an_answer_that_has_left_is_told_whose_it_was(scene: Scene) -> None:
    case = scene.hear()
    late = scene.form(case.id, "Ben's own words, and a promise to write again.")
    scene.send(scene.ana, case.id)
    assert scene.deliver() == 1
    save_draft(scene.ports, scene.ben, case.id, "what Ben wrote")
    with pytest.raises(Stale, match="Ana answered meanwhile") as caught:
        send_reply(scene.ports, scene.ben, case.id, late)
    assert caught.value.extra["by"] == {"id": scene.ana.person_id, "name": "Ana"}
    assert scene.draft(case.id, scene.ben) == "what Ben wrote"
    assert len(scene.replies(case.id)) == 1
