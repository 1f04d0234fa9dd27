"""What leaves, leaves once; what is unsure is a person's; what must not leave any more stays."""

import pytest

from app.actions.claim_case import claim_case
from app.actions.deliver_reply import deliver_reply
from app.actions.escalate_case import escalate_case
from app.actions.settle_reply import retry_reply, settle_reply
from app.cases import outbox
from app.channels import store as channels
from app.channels.by_hand import ByHandPublisher
from app.channels.patience import TRIES
from app.channels.port import Failed, RetryAfter, TryAgain
from app.channels.store import echo_post_of
from app.core.errors import Conflict, Forbidden, OnHold
from app.jobs.deliver import deliver_due
from tests.support.desk import mention, take_in
from tests.support.outbox import queued, sent
from tests.support.scene import ANSWER, Network, Scene


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
    assert (case.state, case.reply_count, case.last_reply_at, case.due_at) == ("waiting", 1, scene.clock.now(), None)
    assert scene.draft(reply.case_id, scene.ana) is None


def test_the_demo_network_holds_one_post_however_often_it_is_asked(scene: Scene) -> None:
    reply = queued(scene)
    scene.deliver()
    deliver_reply(scene.ports, scene.publishers(), reply)  # a second sender with an old picture
    with scene.ports.db.read() as conn:
        assert (post := echo_post_of(conn, reply.id)) is not None
    assert post.text == ANSWER
    assert len(scene.events(reply.case_id, kind="reply.sent")) == 1


def test_a_sender_frozen_before_its_call_makes_none(scene: Scene) -> None:
    reply, network = queued(scene), Network(sent, longest_seconds=0)
    scene.deliver(network)
    assert not network.posts
    assert (scene.reply(reply.id).state, scene.reply(reply.id).attempt) == ("queued", 1)


def test_what_failed_gives_text_and_case_back(scene: Scene) -> None:
    reply = queued(scene)
    scene.deliver(Network(lambda _: Failed("280 characters at most", fixable=True)))
    assert scene.reply(reply.id).state == "failed"
    assert scene.draft(reply.case_id, scene.ana) == ANSWER
    assert scene.case(reply.case_id).state == "open"
    assert scene.send(scene.ana, reply.case_id, "Shorter, and kind. We look into it today.").state == "queued"
    with pytest.raises(Conflict, match="Another answer"):
        retry_reply(scene.ports, scene.ana, reply.id)


def test_what_is_surely_not_published_is_tried_in_the_desks_own_time_and_then_given_back(scene: Scene) -> None:
    reply, network = queued(scene), Network(lambda _: TryAgain("no connection"))
    scene.deliver(network)
    assert (scene.reply(reply.id).state, scene.reply(reply.id).error) == ("queued", "no connection")
    assert deliver_due(scene.ports, {"echo": network}) == 0, "not before its pause is over"
    for _ in range(TRIES + 3):
        scene.clock.move(minutes=3)
        deliver_due(scene.ports, {"echo": network})
    after, case = scene.reply(reply.id), scene.case(reply.case_id)
    assert (after.state, len(network.posts)) == ("failed", TRIES)
    assert "given up after" in (after.error or "")
    assert (case.state, case.reply_trouble, scene.draft(reply.case_id, scene.ana)) == ("open", "failed", ANSWER)
    retry_reply(scene.ports, scene.ana, reply.id)
    assert (scene.case(reply.case_id).state, scene.case(reply.case_id).reply_trouble) == ("waiting", None)
    network.outcome = sent
    deliver_due(scene.ports, {"echo": network})
    assert (scene.reply(reply.id).state, scene.reply(reply.id).attempt) == ("sent", TRIES + 1)


def test_patience_asked_for_one_answer_holds_for_its_whole_account(scene: Scene) -> None:
    first = queued(scene)
    second = scene.send(scene.ben, scene.hear(id="post2", handle="other").id)
    elsewhere = scene.send(scene.ana, scene.hear(id="post3", handle="third", account="@acme_help").id)
    network = Network(lambda _: RetryAfter(300, "slow down"))
    scene.clock.move(seconds=60)
    with scene.ports.db.read() as conn:
        begun = outbox.ready(conn, scene.clock.now(), 1)
    assert begun[0].reply.id == first.id
    deliver_reply(scene.ports, {"echo": network}, first)
    network.outcome = sent
    assert deliver_due(scene.ports, {"echo": network}) == 1
    deliver_reply(scene.ports, {"echo": network}, second)  # another process that looked before
    assert [post.reply_id for post in network.posts] == [first.id, elsewhere.id]
    scene.clock.move(seconds=301)
    assert deliver_due(scene.ports, {"echo": network}) == 2
    assert scene.reply(second.id).state == "sent"


def test_a_channel_tells_how_its_last_answer_went(scene: Scene) -> None:
    network = Network(lambda _: TryAgain("no connection: name not known"))
    reply = queued(scene)
    scene.deliver(network)
    with scene.ports.db.read() as conn:
        (channel,) = channels.everything(conn)
    assert (channel.state, channel.last_error) == ("error", "no connection: name not known")
    network.outcome = sent
    scene.clock.move(minutes=3)
    deliver_due(scene.ports, {"echo": network})
    with scene.ports.db.read() as conn:
        (channel,) = channels.everything(conn)
    assert (scene.reply(reply.id).state, channel.state, channel.last_error) == ("sent", "live", "")
    assert [e.data["state"] for e in scene.events(kind="channel.changed")] == ["error", "live"]


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
