"""A case that the desk gave to somebody who did not open it in time goes back to its queue, and to somebody else.

The timer is never disarmed: when it is due it looks whether anything has come of the case since, which costs the many that are opened in
time nothing.
"""

from datetime import timedelta
from typing import Final

from app.actions.ask_rules import ask
from app.cases import outbox
from app.cases import store as cases
from app.cases import store_skips as skips
from app.cases.model import Case
from app.core.events import TIMER, NewEvent
from app.core.ids import PersonId
from app.engine import log, timers
from app.engine.database import Transaction
from app.engine.timers import Timer
from app.judgement.desk import Desk
from app.measures import store as measures

PICK_UP: Final = "pick_up"
_OTHERWISE: Final = frozenset({"case.assigned", "case.claimed", "case.released", "case.skipped"})
"""After one of these the case is no longer in the hands it was pushed into, or was put there by somebody."""


def await_pick_up(tx: Transaction, desk: Desk, case: Case, to: PersonId) -> None:
    """Arm the timer of a case that was just pushed to this person. Nothing where the time is 0."""
    minutes = desk.ports.settings.earshot_pick_up_minutes
    if minutes:
        timers.arm(tx, case.id, PICK_UP, tx.now + timedelta(minutes=minutes), {"to": to, "minutes": minutes})


def take_back_unopened(tx: Transaction, desk: Desk, case: Case, timer: Timer) -> Case:
    """The pick-up time of a case that is held is over: back to its queue if it lies where it was put; the case as that leaves it.

    For another such time it is not offered to the same person. A page that was opened, a word of a draft, or anything they did on it is a
    touch: then it stays theirs.
    """
    to, minutes = PersonId(timer.data["to"]), int(timer.data["minutes"])
    if case.state != "open" or case.assignee_id != to or case.claim_until is not None:
        return case
    events = log.of_case(tx.conn, case.id)  # the newest first
    at = next((n for n, event in enumerate(events) if event.data.get("pushed")), None)
    if at is None:
        return case  # so much has happened since that somebody is at it
    pushed, since = events[at], events[:at]
    draft = outbox.draft(tx.conn, case.id, to)
    begun = draft is not None and draft.updated_at >= pushed.at
    if begun or any(e.actor.id == to or e.kind in _OTHERWISE for e in since):
        return case
    why = f"not opened within {minutes} min"
    skips.add(tx, case.id, to, tx.now + timedelta(minutes=minutes), why)
    cases.change(tx, case.id, bump=False, assignee_id=None, assignee_name=None, claim_until=None)
    measures.add(tx, "not_picked_up", to)
    data = {"was": case.assignee_name, "from": to, "why": f"{case.assignee_name} had it: {why}"}
    back = tx.append(NewEvent("case.released", TIMER, data, case=case.id, customer=case.customer_id, cause=pushed.seq))
    return ask(tx, desk, cases.get(tx.conn, case.id), "case.released", TIMER, cause=back, before=case)
