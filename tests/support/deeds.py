"""Every deed that changes what a page shows, as a story of steps: pages are compared after each ``yield``.

Each story names the events it must leave in the log, so that a new kind of event without a story fails its test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.actions.add_note import add_note
from app.actions.cancel_reply import cancel_reply
from app.actions.claim_case import claim_case, next_case
from app.actions.close_case import close_case, reopen_case
from app.actions.decide_matter import acknowledge_matter, decide_matter
from app.actions.decide_reply import Word, decide_reply
from app.actions.escalate_case import escalate_case
from app.actions.import_customers import import_customers
from app.actions.release_case import assign_case, move_case, release_case
from app.actions.save_draft import save_draft
from app.actions.set_presence import set_presence
from app.actions.set_score import set_score
from app.actions.settle_reply import retry_reply, settle_reply
from app.actions.snooze_case import snooze_case, wake_case
from app.actions.tag_case import tag_case
from app.actions.tick_item import tick_item
from app.channels.by_hand import ByHandPublisher
from app.channels.port import Failed, Sent, Unknown
from app.core.clock import rfc3339
from tests.customers.desk import row
from tests.support.desk import mention, take_in
from tests.support.scene import ANSWER, THREAT, Network, Scene

Deeds = Callable[[Scene, str], Iterator[None]]


@dataclass(frozen=True, slots=True)
class Story:
    """``kinds`` are the events it leaves; the pages are opened after ``prelude`` of its steps."""

    deeds: Deeds
    kinds: frozenset[str]
    prelude: int


STORIES: Final[dict[str, Story]] = {}


def leaves(*kinds: str, prelude: int = 0) -> Callable[[Deeds], Deeds]:
    """Mark a story with the kinds of events it must leave, and how many steps come before the pages are opened."""

    def marked(deeds: Deeds) -> Deeds:
        STORIES[deeds.__name__] = Story(deeds, frozenset(kinds), prelude)
        return deeds

    return marked


@leaves("case.claimed", "case.released")
def claim_and_release(s: Scene, case: str) -> Iterator[None]:
    claim_case(s.ports, s.ana, case)
    yield
    s.clock.move(minutes=1)
    release_case(s.ports, s.ana, case, why="lunch")
    yield
    next_case(s.ports, s.ben)
    yield


@leaves("case.assigned", "case.updated")
def assign_and_move(s: Scene, case: str) -> Iterator[None]:
    assign_case(s.ports, s.sue, case, s.ben.person())
    yield
    assign_case(s.ports, s.sue, case, s.ana.person())
    yield
    move_case(s.ports, s.sue, case, "bulk")
    yield


@leaves("case.snoozed", "case.woken", "clock.paused", "clock.resumed")
def snooze_and_wake(s: Scene, case: str) -> Iterator[None]:
    snooze_case(s.ports, s.ana, case, s.clock.now() + timedelta(hours=1))
    yield
    s.clock.move(minutes=5)
    wake_case(s.ports, s.ana, case)
    yield
    snooze_case(s.ports, s.ana, case, s.clock.now() + timedelta(minutes=2))
    yield
    s.pass_time(minutes=3)
    yield


@leaves("case.closed", "case.reopened")
def close_and_reopen(s: Scene, case: str) -> Iterator[None]:
    close_case(s.ports, s.ana, case, "spam")
    yield
    reopen_case(s.ports, s.ana, case)
    yield
    close_case(s.ports, s.ana, case, "no_response_needed")
    yield
    s.clock.move(minutes=1)
    s.hear("@acme hello? my order is still not here, this is awful!")
    yield


@leaves("note.added", "case.updated", "checklist.ticked", "priority.changed")
def note_tag_tick_and_score(s: Scene, case: str) -> Iterator[None]:
    add_note(s.ports, s.ana, case, "Second contact <b>this</b> week")
    yield
    tag_case(s.ports, s.ana, case, add=("late", "parcel"))
    yield
    tag_case(s.ports, s.ana, case, remove=("late",))
    yield
    tick_item(s.ports, s.ana, case, "read-thread", on=True)
    yield
    tick_item(s.ports, s.ana, case, "read-thread", on=False)
    yield
    set_score(s.ports, s.ana, case, 97, hours=1, reason="stranded")
    yield
    save_draft(s.ports, s.ana, case, "half a sen")  # makes no event: half-written words are nobody's news
    yield
    s.pass_time(minutes=61)
    yield


@leaves("case.held", "matter.opened", "matter.acknowledged", "matter.decided", "matter.closed", "case.unheld")
def escalate_and_decide(s: Scene, case: str) -> Iterator[None]:
    escalate_case(s.ports, s.ana, case, to="legal", reason="they name a court", risk="legal")
    yield
    matter = s.matter(case).id
    acknowledge_matter(s.ports, s.leo, matter)
    yield
    decide_matter(s.ports, s.leo, matter, "kept", "wait for their letter")
    yield
    decide_matter(s.ports, s.leo, matter, "released", "settled")
    yield


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


@leaves("mention.received", "mention.edited", "mention.deleted", "case.opened", "case.updated", "priority.changed")
def the_customer_writes(s: Scene, case: str) -> Iterator[None]:
    s.clock.move(minutes=1)
    s.hear("@acme and now the second parcel is lost too, unbelievable!!", id="second", in_reply_to="post1")
    yield
    s.clock.move(minutes=1)
    s.hear(
        "@acme and now the second parcel was stolen, I need help NOW", id="second", in_reply_to="post1", edited_at=rfc3339(s.clock.now())
    )
    yield
    s.clock.move(minutes=1)
    take_in(s.ports, mention("second", "", deleted=True))
    yield
    s.hear("@acme what is the opening time?", handle="new_author")
    yield
    s.hear("me too, same trouble here, when will you answer?", handle="third", in_reply_to="post1")
    yield
    s.hear("@acme a private word about my order please?", visibility="direct", kind="message")
    yield


@leaves("mention.received", "case.claimed")
def a_late_stream(s: Scene, case: str) -> Iterator[None]:
    s.clock.move(minutes=10)
    claim_case(s.ports, s.ana, case)
    yield
    s.hear("@acme I wrote this minutes before anyone took the case", in_reply_to="post1", at=s.clock.now() - timedelta(minutes=5))
    yield


@leaves("clock.warned", "clock.breached", "case.released")
def time_passes(s: Scene, case: str) -> Iterator[None]:
    claim_case(s.ports, s.ana, case)
    yield
    lease = timedelta(minutes=s.ports.settings.earshot_lease_minutes, seconds=1)
    s.pass_time(seconds=lease.total_seconds())
    yield
    for _ in range(8):
        s.pass_time(hours=1)
        yield


@leaves("presence.changed")
def come_and_go(s: Scene, case: str) -> Iterator[None]:
    set_presence(s.ports, s.ana, s.ana.person(), "busy")
    yield
    set_presence(s.ports, s.sue, s.ana.person(), "away", "ill")
    yield


@leaves("case.released", prelude=1)
def a_page_opened_while_another_held_it(s: Scene, case: str) -> Iterator[None]:
    claim_case(s.ports, s.ana, case)
    yield
    release_case(s.ports, s.ana, case)
    yield
    claim_case(s.ports, s.ben, case)
    yield


@leaves("case.reopened", prelude=1)
def a_page_opened_when_it_was_done(s: Scene, case: str) -> Iterator[None]:
    close_case(s.ports, s.ana, case, "spam")
    yield
    reopen_case(s.ports, s.ana, case)
    yield


@leaves("case.unheld", prelude=1)
def a_page_opened_while_it_was_held(s: Scene, case: str) -> Iterator[None]:
    s.hear(THREAT, in_reply_to="post1")
    yield
    decide_matter(s.ports, s.leo, s.matter(case).id, "released", "a joke")
    yield


@leaves("customer.linked", "customer.updated")
def the_customer_becomes_known(s: Scene, case: str) -> Iterator[None]:
    import_customers(s.ports, s.sue, [row(ref="C-1", name="Jo Harker", tier="gold", lifetime_value="4120", handles={"x": "jo_harker"})])
    yield
