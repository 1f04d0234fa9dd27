"""Work of somebody who is not there goes back to its queue, with its history and draft: it does not wait for their next shift."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.actions.ask_rules import ask
from app.actions.case_at_hand import CLAIM
from app.cases import store as cases
from app.core.asker import Asker
from app.core.events import SYSTEM, Actor, NewEvent
from app.core.ids import CaseId, PersonId
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of, reasons_of
from app.judgement.roster import gone
from app.people import store as people
from app.people.model import Person


def return_cases(ports: Ports, asker: Asker, person: str, why: str = "") -> tuple[CaseId, ...]:
    """Everything open that this person holds, given back; which cases those were. A second time there is nothing to give back."""
    if person != asker.person_id:
        asker.need("cases.assign")
    asker.need("cases.work")
    with ports.db.write() as tx:
        return return_cases_of(tx, people.get(tx.conn, person).id, why, asker.actor, desk_of(ports, tx.conn))


def return_absent(ports: Ports) -> tuple[CaseId, ...]:
    """What those hold who are away, silent or gone longer than their work may wait for them, given back; which cases those were.

    Presence itself is left as the person said it. Where nobody is gone too long nothing is written.
    """
    with ports.db.read() as conn:
        gone = _gone(ports, conn, people.everyone(conn), ports.clock.now())
        holding = {person for person, *_ in cases.held_counts(conn, list(gone))}
    returned: list[CaseId] = []
    for person in sorted(holding):
        with ports.db.write() as tx:
            still = _gone(ports, tx.conn, people.held(tx, [person]), tx.now)
            if person in still:
                returned += return_cases_of(tx, person, still[person], desk=desk_of(ports, tx.conn))
    return tuple(returned)


def _gone(ports: Ports, conn: Connection, everyone: Iterable[Person], now: datetime) -> dict[PersonId, str]:
    desk, grace = desk_of(ports, conn), timedelta(minutes=ports.settings.earshot_return_minutes)
    keep = {r.title.casefold(): r.keep_minutes for r in reasons_of(ports).presence if r.keep_minutes is not None}
    return {person.id: why for person in everyone if (why := gone(person, desk, now, grace, keep)) is not None}


def return_cases_of(tx: Transaction, person: PersonId, why: str, actor: Actor = SYSTEM, desk: Desk | None = None) -> tuple[CaseId, ...]:
    """``return_cases`` within a transaction that does more; with the desk, the rules are asked about each.

    Cases that wait on the customer, on approval or for a time stay with their agent: whether they are there is asked when they open.
    """
    returned = []
    for case in cases.held_by(tx, person):
        timers.disarm(tx, case.id, CLAIM)
        cases.change(tx, case.id, bump=False, assignee_id=None, assignee_name=None, claim_until=None)
        data = {"was": case.assignee_name, "from": person, "why": why}
        seq = tx.append(NewEvent("case.released", actor, data, case=case.id, customer=case.customer_id))
        if desk is not None:
            ask(tx, desk, cases.get(tx.conn, case.id), "case.released", actor, cause=seq, before=case)
        returned.append(case.id)
    return tuple(returned)
