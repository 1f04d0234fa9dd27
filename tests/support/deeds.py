"""Deeds on a case: taken, moved, put away, closed, judged, escalated; what its customer does, and what the clock does."""

from collections.abc import Iterator
from datetime import timedelta

from app.actions.add_note import add_note
from app.actions.adopt_draft import adopt_draft
from app.actions.bulk_change import bulk_change
from app.actions.change_floor import change_floor
from app.actions.claim_case import claim_case, next_case
from app.actions.close_case import close_case, reopen_case
from app.actions.decide_matter import acknowledge_matter, decide_matter
from app.actions.escalate_case import escalate_case
from app.actions.import_customers import import_customers
from app.actions.release_case import assign_case, move_case, release_case
from app.actions.return_cases import return_cases
from app.actions.save_draft import save_draft
from app.actions.set_presence import set_presence
from app.actions.set_score import set_score
from app.actions.skip_case import skip_case
from app.actions.snooze_case import snooze_case, wake_case
from app.actions.tag_case import tag_case
from app.actions.tick_item import tick_item
from app.actions.undo_bulk import undo_bulk
from app.cases.model import Change, FloorChange
from app.core.clock import rfc3339
from tests.customers.desk import row
from tests.support.desk import mention, take_in
from tests.support.scene import THREAT, Scene
from tests.support.stories import leaves


@leaves("case.claimed", "case.released")
def claim_and_release(s: Scene, case: str) -> Iterator[None]:
    claim_case(s.ports, s.ana, case)
    yield
    s.clock.move(minutes=1)
    release_case(s.ports, s.ana, case, why="lunch")
    yield
    next_case(s.ports, s.ben)
    yield


@leaves("case.skipped", "case.released")
def pass_it_on(s: Scene, case: str) -> Iterator[None]:
    claim_case(s.ports, s.ana, case)
    save_draft(s.ports, s.ana, case, "Dear Jo, I have")
    yield
    skip_case(s.ports, s.ana, case, "needs a colleague who knows more")
    yield
    adopt_draft(s.ports, s.ben, case)
    claim_case(s.ports, s.ben, case)
    yield
    return_cases(s.ports, s.sue, s.ben.person(), "moved to another team")
    yield


@leaves("case.assigned", "case.updated")
def assign_and_move(s: Scene, case: str) -> Iterator[None]:
    assign_case(s.ports, s.sue, case, s.ben.person())
    yield
    assign_case(s.ports, s.sue, case, s.ana.person())
    yield
    move_case(s.ports, s.sue, case, "bulk")
    yield


@leaves("case.assigned", "case.released", "case.closed", "case.reopened", "presence.changed")
def act_on_many(s: Scene, case: str) -> Iterator[None]:
    bulk_change(s.ports, s.sue, Change("assign", person=s.ana.person()), [case])
    yield
    away = change_floor(s.ports, s.sue, s.ana.person(), FloorChange("presence", presence="away", cases="queue"))
    yield
    undo_bulk(s.ports, s.sue, away.id)
    yield
    closed = bulk_change(s.ports, s.sue, Change("close", disposition="spam"), [case])
    yield
    undo_bulk(s.ports, s.sue, closed.id)
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


@leaves("matter.raised")
def nobody_acknowledges(s: Scene, case: str) -> Iterator[None]:
    escalate_case(s.ports, s.ana, case, to="legal", reason="they name a court", risk="legal")
    yield
    due_at = s.matter(case).ack_due_at
    assert due_at is not None
    s.clock.set(due_at)
    s.pass_time(seconds=1)
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
    set_presence(s.ports, s.ana, "busy")
    yield
    set_presence(s.ports, s.sue, "away", "ill", s.ana.person())
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
