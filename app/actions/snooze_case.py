"""Put a case away until a time, and bring it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.actions import clocks
from app.actions.absent_holders import ask_of_left, kept_by_those_there
from app.actions.ask_rules import Asked, ask, ask_all
from app.actions.case_at_hand import case_for, refuse_taken
from app.actions.on_its_way import state_with, woken_all
from app.actions.side_effects import WAKE
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import BY_RULE, Case, Reply, State
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
    """Bring a case that sleeps, or was left to the community, back to where it would stand had nobody put it away."""
    return wake_all(tx, [case], desk, actor)[0]


def wake_all(tx: Transaction, asleep: Sequence[Case], desk: Desk, actor: Actor) -> list[Case]:
    """``wake`` for many, which are held; by the timer too. What is read and written is shared among them."""
    if not asleep:
        return []
    replies = outbox.outgoing_of(tx.conn, [case.id for case in asleep])
    awake = woken_all(tx, asleep)
    awake = [replace(case, state=_state_of(tx, case, replies.get(case.id)), updated_at=tx.now) for case in awake]
    awake = clocks.resume_all(tx, [(case, actor) for case in awake], desk, "woken")
    causes = [tx.append(NewEvent("case.woken", actor, {}, case=case.id, customer=case.customer_id)) for case in awake]
    left = kept_by_those_there(tx, desk, [case for case in awake if case.state == "open"], actor)
    now = {case.id: left[case.id].case if case.id in left else case for case in awake}
    cases.save_changed(tx, [(before, now[before.id]) for before in asleep])
    now |= ask_of_left(tx, desk, left, now)
    asked = [Asked(now[before.id], "case.woken", actor, cause, before=before) for before, cause in zip(asleep, causes, strict=True)]
    return ask_all(tx, desk, asked)


def _state_of(tx: Transaction, case: Case, reply: Reply | None) -> State:
    """Where a case goes that nothing keeps away any more: what a rule sent answers nobody, so it waits for nothing of that."""
    if reply is not None and reply.by_id != BY_RULE:
        return state_with(tx.conn, reply)
    return "open" if case.waiting_since is not None else "waiting"
