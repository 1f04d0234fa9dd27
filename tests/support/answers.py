"""Answers on their way: sent, taken back, failed, unsure, by hand, approved."""

from collections.abc import Iterator

from app.actions.cancel_reply import cancel_reply
from app.actions.claim_case import claim_case
from app.actions.close_case import close_case
from app.actions.decide_reply import Word, decide_reply
from app.actions.settle_reply import drop_reply, retry_reply, settle_reply
from app.channels.by_hand import ByHandPublisher
from app.channels.port import Failed, RetryAfter, Sent, Unknown
from app.jobs.deliver import deliver_due, settle_due
from tests.support.scene import ANSWER, THREAT, Network, Scene
from tests.support.stories import leaves


@leaves("reply.queued", "reply.cancelled", "reply.sent", "clock.met", "clock.paused", "clock.resumed", "checklist.ticked")
def send_take_back_and_send(s: Scene, case: str) -> Iterator[None]:
    claim_case(s.ports, s.ana, case)
    reply = s.send(s.ana, case)
    yield
    s.clock.move(seconds=2)
    cancel_reply(s.ports, s.ana, reply.id)
    yield
    s.clock.move(seconds=2)
    s.send(s.ana, case)
    yield
    s.hear("@acme anyone there?", in_reply_to="post1")  # the customer writes while the answer is on its way
    yield
    s.deliver()
    yield


@leaves("reply.sent")
def send_and_hear_again(s: Scene, case: str) -> Iterator[None]:
    s.send(s.ana, case)
    yield
    s.deliver()
    yield
    s.clock.move(minutes=4)
    s.hear("@acme that is not true, it is still broken and I am angry!", in_reply_to="post1")
    yield
    close = s.send(s.ana, case, ANSWER + " Promise kept.")
    yield
    s.deliver()
    assert s.reply(close.id).state == "sent"
    yield
    close_case(s.ports, s.ana, case)
    yield


@leaves("reply.failed", "reply.queued")
def fail_and_retry(s: Scene, case: str) -> Iterator[None]:
    reply = s.send(s.ana, case)
    s.deliver(Network(lambda _: Failed("the post is gone", fixable=False)))
    yield
    s.clock.move(seconds=5)
    retry_reply(s.ports, s.ana, reply.id)
    yield
    s.deliver()
    yield


@leaves("reply.unknown", "reply.sent")
def unknown_and_settle(s: Scene, case: str) -> Iterator[None]:
    reply = s.send(s.ana, case)
    s.deliver(Network(lambda _: Unknown("no answer came")))
    yield
    settle_reply(s.ports, s.ana, reply.id, url="https://x.example/1")
    yield


@leaves("reply.unknown", "reply.cancelled", "case.updated", "clock.resumed", "channel.changed")
def unknown_to_all_and_dropped(s: Scene, case: str) -> Iterator[None]:
    reply = s.send(s.ana, case)
    s.deliver(Network(lambda _: Unknown("no answer came"), sure="never"))
    yield
    drop_reply(s.ports, s.ana, reply.id)
    yield


@leaves("reply.unknown", "reply.sent", "case.updated")
def patience_then_doubt_then_settled_by_the_desk(s: Scene, case: str) -> Iterator[None]:
    reply = s.send(s.ana, case)
    network = Network(lambda _: RetryAfter(30, "slow down"), sure="keyed")
    s.deliver(network)
    yield
    s.clock.move(seconds=31)
    network.outcome = lambda _: Unknown("no answer in time")
    deliver_due(s.ports, {"echo": network})
    yield
    s.clock.move(seconds=10)
    network.outcome = lambda _: Sent("n-1")
    settle_due(s.ports, {"echo": network})
    assert s.reply(reply.id).state == "sent"
    yield


@leaves("reply.sent", "case.updated")
def by_hand_and_settle(s: Scene, case: str) -> Iterator[None]:
    reply = s.send(s.ana, case)
    s.deliver(ByHandPublisher())
    yield
    settle_reply(s.ports, s.ana, reply.id)
    yield


@leaves("reply.submitted", "reply.approved", "reply.rejected", "reply.queued")
def trainee_and_supervisor(s: Scene, case: str) -> Iterator[None]:
    reply = s.send(s.tim, case)
    yield
    s.clock.move(seconds=20)
    decide_reply(s.ports, s.sue, reply.id, Word("reject", "kinder, please"))
    yield
    s.clock.move(seconds=20)
    reply = s.send(s.tim, case, ANSWER)
    yield
    s.clock.move(seconds=20)
    decide_reply(s.ports, s.sue, reply.id, Word("approve", text=ANSWER + " Thank you for your patience."))
    yield
    s.deliver()
    yield


@leaves("case.held", "matter.opened", "reply.submitted", "reply.approved", "matter.decided", "matter.closed", "case.unheld", "reply.sent")
def threat_and_approval(s: Scene, case: str) -> Iterator[None]:
    s.clock.move(minutes=1)
    s.hear(THREAT, in_reply_to="post1")
    yield
    reply = s.send(s.ana, case, propose=True)
    yield
    decide_reply(s.ports, s.leo, reply.id, Word("approve"))
    yield
    s.deliver(Network(lambda out: Sent(f"n-{out.reply_id}", "https://x.example/n")))
    yield
