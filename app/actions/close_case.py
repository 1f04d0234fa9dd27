"""Close a case with what became of it, and reopen one."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.actions import clocks
from app.actions.absent_holders import ask_of_left, kept_by_those_there
from app.actions.ask_rules import ask
from app.actions.case_at_hand import refuse_move, refuse_taken
from app.actions.count_undone import count_undone
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import DISPOSITIONS, Case, Disposition, State
from app.core.asker import Asker
from app.core.errors import Conflict, Invalid, OnHold
from app.core.events import NewEvent
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of
from app.measures import store as measures


@dataclass(frozen=True, slots=True)
class OpenState:
    """How a case stood before it was closed; ``waiting_since`` is None where its customer waited for nothing."""

    state: State
    waiting_since: datetime | None


def close_case(ports: Ports, asker: Asker, id: str, disposition: str | None = None, *, reason: str = "") -> Case:
    """Close; without a disposition as answered, or as no response needed where nothing was answered.

    Conflict while an answer is on its way out, OnHold while legal holds it; a closed case stays closed.
    """
    asker.need("cases.work")
    with ports.db.write() as tx:
        return close(tx, desk_of(ports, tx.conn), asker, id, disposition, reason=reason)


def close(tx: Transaction, desk: Desk, asker: Asker, id: str, disposition: str | None = None, *, reason: str = "") -> Case:
    """``close_case`` within a transaction that does more."""
    before = case = cases.held(tx, id)
    chosen = need_disposition(disposition) or ("answered" if case.reply_count else "no_response_needed")
    if case.state == "done" and case.disposition == chosen:
        return case
    refuse_move(case, "close")
    refuse_taken(case, asker)
    if case.hold:
        raise OnHold("Legal holds this case: it can be closed once the hold is lifted.")
    if chosen == "answered" and case.reply_count == 0:
        raise Conflict("Nothing was answered here yet. Answer first, or close it as no_response_needed, spam or duplicate.")
    waiting = outbox.outgoing(tx.conn, case.id)
    if waiting is not None:
        raise Conflict("An answer is still on its way out. Wait for it, or take it back first.")
    case, _ = clocks.stop(tx, case, desk, f"closed: {chosen}", asker.actor)
    timers.disarm(tx, case.id)
    case = replace(
        case, state="done", disposition=chosen, closed_at=tx.now, updated_at=tx.now, waiting_since=None,
        snoozed_until=None, waiting_on=None, claim_until=None, version=case.version + 1,
    )  # fmt: skip
    cases.save_changed(tx, [(before, case)])
    measures.add(tx, "closed", chosen)
    data = {"disposition": chosen, "why": reason}
    closed = tx.append(NewEvent("case.closed", asker.actor, data, case=case.id, customer=case.customer_id))
    return ask(tx, desk, case, "case.closed", asker.actor, cause=closed, before=before)


def need_disposition(disposition: str | None) -> Disposition | None:
    """The disposition, None when none is given; Invalid, naming those there are, for a word that is none."""
    for known in DISPOSITIONS:
        if disposition == known:
            return known
    if disposition is not None:
        raise Invalid(
            f"{disposition!r} is no disposition: choose one of {', '.join(DISPOSITIONS)}.",
            errors=[{"loc": ["disposition"], "msg": f"must be one of {', '.join(DISPOSITIONS)}"}],
        )
    return None


def reopen_case(ports: Ports, asker: Asker, id: str) -> Case:
    """Open a closed case again; its next answer gets a clock of its own from now. An open one stays as it is."""
    asker.need("cases.work")
    with ports.db.write() as tx:
        return reopen(tx, desk_of(ports, tx.conn), asker, id)


def reopen(tx: Transaction, desk: Desk, asker: Asker, id: str, back_to: OpenState | None = None) -> Case:
    """``reopen_case`` within a transaction that does more. ``back_to`` is for closing it taken back: it opens as it stood before."""
    before = case = cases.held(tx, id)
    if case.state != "done":
        return case
    closed_as = case.disposition
    state, since = (back_to.state, back_to.waiting_since) if back_to else ("open", tx.now)
    case = replace(case, state=state, disposition=None, closed_at=None, waiting_since=since, updated_at=tx.now, version=case.version + 1)
    case = clocks.begin_again(tx, case, desk)
    opened = tx.append(NewEvent("case.reopened", asker.actor, {"by": asker.actor.name}, case=case.id, customer=case.customer_id))
    left = kept_by_those_there(tx, desk, [case], asker.actor) if back_to is None else {}
    case = left[case.id].case if case.id in left else case
    cases.save_all(tx, [case])
    if back_to is None:
        count_undone(tx, asker.actor, case, "closed", closed_as or "")
    case = ask_of_left(tx, desk, left, {case.id: case}).get(case.id, case)
    return ask(tx, desk, case, "case.reopened", asker.actor, cause=opened, before=before)
