"""Put a case away until a time, and bring it back."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.actions import clocks
from app.actions.absent_holders import ask_of_left, kept_by_those_there
from app.actions.ask_rules import ask
from app.actions.case_at_hand import case_for, refuse_taken
from app.actions.on_its_way import state_with, woken
from app.actions.side_effects import WAKE
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import BY_RULE, Case
from app.core.asker import Asker
from app.core.clock import rfc3339
from app.core.errors import Invalid
from app.core.events import Actor, NewEvent
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of

LONGEST: Final = timedelta(days=90)


def snooze_case(ports: Ports, asker: Asker, id: str, until: datetime) -> Case:
    """Away until then; its clocks pause. Invalid for a time that is past or more than 90 days off."""
    asker.need("cases.work")
    with ports.db.write() as tx:
        return snooze(tx, desk_of(ports, tx.conn), asker, id, until)


def snooze(tx: Transaction, desk: Desk, asker: Asker, id: str, until: datetime) -> Case:
    """``snooze_case`` within a transaction that does more."""
    need_moment(tx.now, until)
    before = case = case_for(tx, id, "snooze")
    refuse_taken(case, asker)
    case = clocks.pause(tx, clocks.touched(tx, case, desk.levels, asker.actor), desk, "snoozed", asker.actor)
    case = replace(case, state="snoozed", snoozed_until=until, waiting_on=None, updated_at=tx.now)
    cases.save_all(tx, [case])
    timers.arm(tx, case.id, WAKE, until)
    away = tx.append(NewEvent("case.snoozed", asker.actor, {"until": rfc3339(until)}, case=case.id, customer=case.customer_id))
    return ask(tx, desk, case, "case.snoozed", asker.actor, cause=away, before=before)


def need_moment(now: datetime, until: datetime) -> None:
    """Raise Invalid for a time that is past or more than 90 days off."""
    if not now < until <= now + LONGEST:
        raise Invalid(
            "Snooze to a time between now and 90 days from now.", errors=[{"loc": ["until"], "msg": "must be within the next 90 days"}]
        )


def wake_case(ports: Ports, asker: Asker, id: str) -> Case:
    """Back to open, or to what its answer on the way waits for; the clocks run on with the time they had left.

    A case that is awake stays as it is.
    """
    asker.need("cases.work")
    with ports.db.write() as tx:
        case = cases.held(tx, id)
        if case.state != "snoozed" and case.waiting_on is None:
            return case
        return wake(tx, case, desk_of(ports, tx.conn), asker.actor)


def wake(tx: Transaction, case: Case, desk: Desk, actor: Actor) -> Case:
    """Bring a case that sleeps, or was left to the community, back to where it would stand had nobody put it away; by the timer too."""
    before = case
    reply = outbox.outgoing(tx.conn, case.id)
    reply = None if reply is not None and reply.by_id == BY_RULE else reply
    state = state_with(tx.conn, reply) if reply is not None else "open" if case.waiting_since is not None else "waiting"
    case = replace(woken(tx, case), state=state, updated_at=tx.now)
    case = clocks.resume(tx, case, desk, "woken", actor)
    awake = tx.append(NewEvent("case.woken", actor, {}, case=case.id, customer=case.customer_id))
    left = kept_by_those_there(tx, desk, [case], actor) if case.state == "open" else {}
    case = left[case.id].case if case.id in left else case
    cases.save_all(tx, [case])
    case = ask_of_left(tx, desk, left, {case.id: case}).get(case.id, case)
    return ask(tx, desk, case, "case.woken", actor, cause=awake, before=before)
