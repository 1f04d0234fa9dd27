"""What leaves, leaves once; what is unsure is a person's; what must not leave any more stays."""

import pytest

from app.actions.claim_case import claim_case
from app.actions.close_case import close_case
from app.actions.deliver_reply import STUCK_AFTER, deliver_reply, settle_stuck
from app.actions.escalate_case import escalate_case
from app.actions.settle_reply import retry_reply, settle_reply
from app.cases.model import Reply
from app.channels.by_hand import ByHandPublisher
from app.channels.echo import Echo
from app.channels.port import Failed, Outcome, Outgoing, RetryAfter, Sent, Unknown
from app.channels.store import echo_post_of
from app.core.errors import Conflict, Forbidden, OnHold, Stale
from app.jobs.deliver import deliver_due
from tests.support.desk import mention, take_in
from tests.support.scene import ANSWER, Network, Scene


def sent(out: Outgoing) -> Outcome:
    return Sent(f"n-{out.reply_id}", f"https://x.example/{out.reply_id}")


class Killed(BaseException):
    """The process dies here: nothing catches it."""


def dies(_: Outgoing) -> Outcome:
    raise Killed


def queued(scene: Scene) -> Reply:
    return scene.send(scene.ana, scene.hear(id="post1").id)


def stuck(scene: Scene, network: Network) -> Reply:
    """An answer whose sender died in mid-call."""
    reply = queued(scene)
    with pytest.raises(Killed):
        scene.deliver(network)
    assert scene.reply(reply.id).state == "sending"
    return reply


def test_it_leaves_after_its_undo_window_and_not_before(scene: Scene) -> None:
    reply, network = queued(scene), Network(sent)
    assert deliver_due(scene.ports, {"echo": network}) == 0
    scene.clock.move(seconds=scene.ports.settings.earshot_undo_seconds - 1)
    assert deliver_due(scene.ports, {"echo": network}) == 0
    scene.clock.move(seconds=1)
    assert deliver_due(scene.ports, {"echo": network}) == 1
    (post,) = network.posts
    assert (post.text, post.in_reply_to, post.attempt) == (ANSWER, "post1", 1)
    after = scene.reply(reply.id)
    assert (after.state, after.external_id, after.attempt) == ("sent", f"n-{reply.id}", 1)
    assert after.response_seconds == scene.ports.settings.earshot_undo_seconds
    case = scene.case(reply.case_id)
    assert (case.state, case.reply_count, case.last_reply_at, case.due_metric) == ("waiting", 1, scene.clock.now(), None)
    assert scene.draft(reply.case_id, scene.ana) is None


def test_the_demo_network_holds_one_post_however_often_it_is_asked(scene: Scene) -> None:
    reply = queued(scene)
    scene.deliver()
    deliver_reply(scene.ports, scene.publishers(), reply)  # a second sender with an old picture
    with scene.ports.db.read() as conn:
        assert (post := echo_post_of(conn, reply.id)) is not None
    assert post.text == ANSWER
    assert len(scene.events(reply.case_id, kind="reply.sent")) == 1


@pytest.mark.parametrize(
    ("found", "state", "posts"),
    [
        pytest.param(Sent("n-1"), "sent", 1, id="the network has it"),
        pytest.param("absent", "sent", 2, id="the network surely has it not: it leaves again"),
        pytest.param("unsure", "unknown", 1, id="nobody knows: a person decides"),
    ],
)
def test_a_sender_killed_in_mid_call(scene: Scene, found: Sent | str, state: str, posts: int) -> None:
    network = Network(dies, found)  # type: ignore[arg-type]  # the two words of Found
    reply = stuck(scene, network)
    settle_stuck(scene.ports, {"echo": network})
    assert scene.reply(reply.id).state == "sending", "within a minute its sender may still live"
    scene.clock.move(seconds=STUCK_AFTER.total_seconds() + 1)
    settle_stuck(scene.ports, {"echo": network})
    network.outcome = sent
    deliver_due(scene.ports, {"echo": network})
    assert scene.reply(reply.id).state == state
    assert len(network.posts) == posts


def test_a_thawed_sender_writes_nothing_over_what_was_settled(scene: Scene) -> None:
    reply = queued(scene)

    def frozen(out: Outgoing) -> Outcome:
        """While this sender stands still, the answer is settled as unknown and a person marks it sent."""
        scene.clock.move(seconds=STUCK_AFTER.total_seconds() + 1)
        settle_stuck(scene.ports, {"echo": Network(sent)})
        settle_reply(scene.ports, scene.ana, out.reply_id, url="https://x.example/found")
        return Failed("the network refused it", fixable=False)

    scene.deliver(Network(frozen))
    assert (scene.reply(reply.id).state, scene.reply(reply.id).url) == ("sent", "https://x.example/found")
    assert not scene.events(reply.case_id, kind="reply.failed")
    assert scene.case(reply.case_id).reply_count == 1


def test_a_thawed_sender_does_not_fail_the_attempt_of_another(scene: Scene) -> None:
    reply = queued(scene)

    def frozen(out: Outgoing) -> Outcome:
        """The network did not have it, so another sender let it out under a new fence and is at it now."""
        scene.clock.move(seconds=STUCK_AFTER.total_seconds() + 1)
        settle_stuck(scene.ports, {"echo": Network(sent, "absent")})
        with pytest.raises(Killed):
            deliver_due(scene.ports, {"echo": Network(dies)})
        return Failed("too late", fixable=False)

    scene.deliver(Network(frozen))
    after = scene.reply(reply.id)
    assert (after.state, after.attempt, after.fence) == ("sending", 2, 2)
    assert not scene.events(reply.case_id, kind="reply.failed")


def test_an_unknown_outcome_is_never_tried_again_by_itself(scene: Scene) -> None:
    reply, network = queued(scene), Network(lambda _: Unknown("the line went dead"))
    scene.deliver(network)
    for _ in range(5):
        scene.clock.move(hours=1)
        deliver_due(scene.ports, {"echo": network})
        settle_stuck(scene.ports, {"echo": network})
    assert len(network.posts) == 1
    assert scene.reply(reply.id).state == "unknown"
    with pytest.raises(Stale):
        scene.send(scene.ben, reply.case_id)  # it still holds the case's one outgoing place
    with pytest.raises(Conflict, match="on its way"):
        close_case(scene.ports, scene.sue, reply.case_id)


def test_a_fault_of_the_publisher_is_an_unknown_outcome(scene: Scene) -> None:
    reply = queued(scene)

    def faulty(_: Outgoing) -> Outcome:
        raise RuntimeError("broken body")

    scene.deliver(Network(faulty))
    assert (scene.reply(reply.id).state, scene.reply(reply.id).error) == ("unknown", "RuntimeError: broken body")


def test_a_person_tries_an_unknown_one_again_on_the_same_row(scene: Scene) -> None:
    reply = queued(scene)
    scene.deliver(Network(lambda _: Unknown("?")))
    retry_reply(scene.ports, scene.ana, reply.id)
    retry_reply(scene.ports, scene.ana, reply.id)
    network = Network(sent)
    assert scene.deliver(network) == 1
    assert [p.attempt for p in network.posts] == [2]
    assert [r.id for r in scene.replies(reply.case_id)] == [reply.id]


def test_what_failed_gives_text_and_case_back(scene: Scene) -> None:
    reply = queued(scene)
    scene.deliver(Network(lambda _: Failed("280 characters at most", fixable=True)))
    assert scene.reply(reply.id).state == "failed"
    assert scene.draft(reply.case_id, scene.ana) == ANSWER
    assert scene.case(reply.case_id).state == "open"
    assert scene.send(scene.ana, reply.case_id, "Shorter, and kind. We look into it today.").state == "queued"
    with pytest.raises(Conflict, match="Another answer"):
        retry_reply(scene.ports, scene.ana, reply.id)


def test_a_network_that_asks_for_patience_gets_it(scene: Scene) -> None:
    reply, network = queued(scene), Network(lambda _: RetryAfter(300, "429"))
    scene.deliver(network)
    assert scene.reply(reply.id).state == "queued"
    assert deliver_due(scene.ports, {"echo": network}) == 0
    scene.clock.move(seconds=301)
    network.outcome = sent
    deliver_due(scene.ports, {"echo": network})
    assert [p.attempt for p in network.posts] == [1, 2]
    assert scene.reply(reply.id).state == "sent"


def test_by_hand_waits_for_the_person_who_posts_it(scene: Scene) -> None:
    reply = queued(scene)
    scene.deliver(ByHandPublisher())
    held = scene.reply(reply.id)
    assert (held.state, held.url) == ("by_hand", "https://x.com/i/status/post1")
    with pytest.raises(Forbidden):
        settle_reply(scene.ports, scene.tim, reply.id)
    settle_reply(scene.ports, scene.ben, reply.id, url="https://x.example/9")
    settle_reply(scene.ports, scene.ben, reply.id, url="https://x.example/other")
    after = scene.reply(reply.id)
    assert (after.state, after.url, after.sent_at) == ("sent", "https://x.example/9", scene.clock.now())
    assert len(scene.events(reply.case_id, kind="reply.sent")) == 1


def test_a_hold_set_during_the_undo_window_stops_it(scene: Scene) -> None:
    reply, network = queued(scene), Network(sent)
    escalate_case(scene.ports, scene.sue, reply.case_id, to="legal", reason="wait")
    scene.deliver(network)
    assert not network.posts
    assert (scene.reply(reply.id).state, scene.case(reply.case_id).state) == ("cancelled", "open")
    with pytest.raises(OnHold):
        scene.send(scene.ana, reply.case_id)


def test_a_failed_answer_is_not_retried_past_a_hold(scene: Scene) -> None:
    reply = queued(scene)
    scene.deliver(Network(lambda _: Failed("no", fixable=False)))
    escalate_case(scene.ports, scene.sue, reply.case_id, to="legal", reason="wait")
    with pytest.raises(OnHold):
        retry_reply(scene.ports, scene.ana, reply.id)


def test_a_post_deleted_during_the_undo_window_is_not_answered(scene: Scene) -> None:
    reply, network = queued(scene), Network(sent)
    take_in(scene.ports, mention("post1", "", deleted=True))
    scene.deliver(network)
    assert not network.posts
    (told,) = scene.events(reply.case_id, kind="reply.cancelled")
    assert "deleted the post" in told.data["why"]
    assert scene.draft(reply.case_id, scene.ana) == ANSWER


def test_what_the_customer_wrote_meanwhile_keeps_the_case_open(scene: Scene) -> None:
    reply = queued(scene)
    claim_case(scene.ports, scene.ana, reply.case_id)
    scene.clock.move(seconds=3)
    case = scene.hear("@acme and where is my refund?!", in_reply_to="post1")
    assert case.id == reply.case_id
    scene.deliver(Network(sent))
    after = scene.case(case.id)
    assert (after.state, after.waiting_since) == ("open", case.last_mention_at)
    assert after.due_metric == "next_response"


def test_the_demo_networks_own_publisher_settles_a_dead_sender(scene: Scene) -> None:
    reply = stuck(scene, Network(dies))
    scene.clock.move(seconds=STUCK_AFTER.total_seconds() + 1)
    settle_stuck(scene.ports, {"echo": Echo(scene.ports.db)})
    deliver_due(scene.ports, {"echo": Echo(scene.ports.db)})
    assert scene.reply(reply.id).state == "sent"
    assert scene.reply(reply.id).attempt == 2
