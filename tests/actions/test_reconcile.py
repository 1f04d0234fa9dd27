"""What may or may not stand on the network: settled by key, by look-up or by a person, and never sent twice by itself."""

import pytest

from app.actions.close_case import close_case
from app.actions.escalate_case import escalate_case
from app.actions.settle_reply import drop_reply, retry_reply, settle_reply
from app.channels.echo import Echo
from app.channels.patience import TRIES
from app.channels.port import Failed, Found, Outcome, Outgoing, Sent, Unknown, key_of
from app.core.errors import Conflict, Forbidden, Stale
from app.jobs.deliver import deliver_due, settle_due
from tests.support.outbox import LEASE_SECONDS, Killed, dies, queued, sent, stuck
from tests.support.scene import ANSWER, Network, Scene


@pytest.mark.parametrize(
    ("found", "state", "posts"),
    [
        pytest.param(Sent("n-1"), "sent", 1, id="the network has it"),
        pytest.param("absent", "sent", 2, id="the network surely has it not: it leaves again"),
        pytest.param("unsure", "unknown", 1, id="the network does not say"),
    ],
)
def test_a_sender_killed_in_mid_call(scene: Scene, found: Sent | Found, state: str, posts: int) -> None:
    network = Network(dies, found)
    reply = stuck(scene, network)
    settle_due(scene.ports, {"echo": network})
    assert scene.reply(reply.id).state == "sending", "until its lease is over its sender may still live"
    scene.clock.move(seconds=LEASE_SECONDS + 1)
    settle_due(scene.ports, {"echo": network})
    assert scene.reply(reply.id).state == "unknown"
    settle_due(scene.ports, {"echo": network})
    assert scene.reply(reply.id).state == ("sent" if isinstance(found, Sent) else "unknown")
    scene.clock.move(seconds=network.settle_seconds)
    settle_due(scene.ports, {"echo": network})
    network.outcome = sent
    deliver_due(scene.ports, {"echo": network})
    assert scene.reply(reply.id).state == state
    assert len(network.posts) == posts


def test_absent_proves_nothing_while_the_network_may_be_at_work(scene: Scene) -> None:
    network = Network(lambda _: Unknown("no answer in time"), "absent")
    reply = queued(scene)
    scene.deliver(network)
    for _ in range(5):
        scene.clock.move(seconds=10)
        settle_due(scene.ports, {"echo": network})
        assert scene.reply(reply.id).state == "unknown"
    network.found = Sent("n-late")
    scene.clock.move(seconds=15)
    settle_due(scene.ports, {"echo": network})
    assert (scene.reply(reply.id).state, scene.reply(reply.id).external_id, len(network.posts)) == ("sent", "n-late", 1)


def test_where_keys_are_honoured_a_doubtful_one_leaves_again_under_its_key(scene: Scene) -> None:
    network = Network(dies, sure="keyed")
    reply = stuck(scene, network)
    scene.clock.move(seconds=LEASE_SECONDS + 1)
    network.outcome = lambda _: Unknown("no answer in time")
    settle_due(scene.ports, {"echo": network})
    doubtful = scene.reply(reply.id)
    assert (doubtful.state, doubtful.attempt, doubtful.fence) == ("unknown", 2, 2)
    network.outcome = sent
    scene.clock.move(seconds=5)
    settle_due(scene.ports, {"echo": network})
    assert scene.reply(reply.id).state == "sent"
    assert len({key_of(post.reply_id) for post in network.posts}) == 1
    assert scene.case(reply.case_id).reply_count == 1


def test_a_refusal_does_not_end_a_doubt(scene: Scene) -> None:
    network = Network(lambda _: Unknown("no answer in time"), sure="keyed")
    reply = queued(scene)
    scene.deliver(network)
    network.outcome = lambda _: Failed("not signed in (401)", fixable=False)
    scene.clock.move(seconds=5)
    settle_due(scene.ports, {"echo": network})
    after = scene.reply(reply.id)
    assert (after.state, after.error, after.check_at) == ("unknown", "not signed in (401)", None)


def test_patience_with_a_doubtful_one_ends_with_a_person(scene: Scene) -> None:
    network = Network(lambda _: Unknown("no answer in time"), sure="keyed")
    reply = queued(scene)
    scene.deliver(network)
    for _ in range(TRIES + 3):
        scene.clock.move(minutes=3)
        settle_due(scene.ports, {"echo": network})
    after, case = scene.reply(reply.id), scene.case(reply.case_id)
    assert (after.state, after.check_at, len(network.posts)) == ("unknown", None, TRIES)
    assert (case.state, case.reply_trouble) == ("open", "unknown")


def test_a_hold_stops_a_doubtful_one_too_and_a_person_decides(scene: Scene) -> None:
    network = Network(lambda _: Unknown("no answer in time"), sure="keyed")
    reply = queued(scene)
    scene.deliver(network)
    escalate_case(scene.ports, scene.sue, reply.case_id, to="legal", reason="wait")
    scene.clock.move(minutes=1)
    settle_due(scene.ports, {"echo": network})
    after = scene.reply(reply.id)
    assert (after.state, after.check_at, len(network.posts)) == ("unknown", None, 1)
    assert "hold" in (after.error or "")


def test_what_nobody_can_tell_is_in_the_inbox_until_a_person_has_told(scene: Scene) -> None:
    reply = queued(scene)
    scene.deliver(Network(lambda _: Unknown("no answer in time"), sure="never"))
    case = scene.case(reply.case_id)
    assert (case.state, case.reply_trouble, case.due_state) == ("open", "unknown", "running")
    settle_reply(scene.ports, scene.ana, reply.id, url="https://x.example/found")
    case = scene.case(reply.case_id)
    assert (case.state, case.reply_trouble, case.due_at, case.reply_count) == ("waiting", None, None, 1)


def test_a_person_lets_it_be(scene: Scene) -> None:
    reply = queued(scene)
    scene.deliver(Network(lambda _: Unknown("no answer in time"), sure="never"))
    with pytest.raises(Forbidden):
        drop_reply(scene.ports, scene.tim, reply.id)
    drop_reply(scene.ports, scene.ana, reply.id)
    drop_reply(scene.ports, scene.ana, reply.id)
    case = scene.case(reply.case_id)
    assert (scene.reply(reply.id).state, case.state, case.reply_trouble) == ("cancelled", "open", None)
    assert scene.draft(reply.case_id, scene.ana) == ANSWER
    assert len(scene.events(reply.case_id, kind="reply.cancelled")) == 1
    with pytest.raises(Conflict, match="cancelled"):
        retry_reply(scene.ports, scene.ana, reply.id)
    assert scene.send(scene.ana, reply.case_id, "Another answer: we look into it and write again today.").state == "queued"


def test_a_sender_that_comes_late_with_the_post_ends_the_doubt(scene: Scene) -> None:
    reply = queued(scene)

    def slow(out: Outgoing) -> Outcome:
        """Its lease is over and the answer is a person's, when the network says that it stands there."""
        scene.clock.move(seconds=LEASE_SECONDS + 1)
        settle_due(scene.ports, {"echo": Network(sent, sure="never")})
        assert scene.case(reply.case_id).reply_trouble == "unknown"
        return sent(out)

    scene.deliver(Network(slow, sure="never"))
    assert (scene.reply(reply.id).state, scene.case(reply.case_id).state) == ("sent", "waiting")


def test_a_thawed_sender_writes_nothing_over_what_was_settled(scene: Scene) -> None:
    reply = queued(scene)

    def frozen(out: Outgoing) -> Outcome:
        """While this sender stands still, the answer is settled as unknown and a person marks it sent."""
        scene.clock.move(seconds=LEASE_SECONDS + 1)
        settle_due(scene.ports, {"echo": Network(sent)})
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
        scene.clock.move(seconds=LEASE_SECONDS + 1)
        elsewhere = Network(dies, "absent", settle_seconds=0)
        settle_due(scene.ports, {"echo": elsewhere})
        settle_due(scene.ports, {"echo": elsewhere})
        with pytest.raises(Killed):
            deliver_due(scene.ports, {"echo": elsewhere})
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
        settle_due(scene.ports, {"echo": network})
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


def test_the_demo_networks_own_publisher_settles_a_dead_sender(scene: Scene) -> None:
    reply = stuck(scene, Network(dies))
    scene.clock.move(seconds=LEASE_SECONDS + 1)
    settle_due(scene.ports, {"echo": Echo(scene.ports.db)})
    deliver_due(scene.ports, {"echo": Echo(scene.ports.db)})
    assert scene.reply(reply.id).state == "sent"
    assert scene.reply(reply.id).attempt == 2
