"""Work of somebody who is not there goes back to its queue, with its history and draft: it does not wait for their next shift."""

from app.actions.claim_case import CLAIM
from app.cases import store as cases
from app.core.asker import Asker
from app.core.events import SYSTEM, Actor, NewEvent
from app.core.ids import CaseId, PersonId
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.people import store as people


def return_cases(ports: Ports, asker: Asker, person: str, why: str = "") -> tuple[CaseId, ...]:
    """Everything open that this person holds, given back; which cases those were. A second time there is nothing to give back."""
    if person != asker.person_id:
        asker.need("cases.assign")
    asker.need("cases.work")
    with ports.db.write() as tx:
        return return_cases_of(tx, people.get(tx.conn, person).id, why, asker.actor)


def return_cases_of(tx: Transaction, person: PersonId, why: str, actor: Actor = SYSTEM) -> tuple[CaseId, ...]:
    """``return_cases`` within a transaction that does more.

    Cases that wait on the customer, on approval or for a time stay with their agent: whether they are there is asked when they open.
    """
    returned = []
    for case in cases.held_by(tx, person):
        timers.disarm(tx, case.id, CLAIM)
        cases.change(tx, case.id, bump=False, assignee_id=None, assignee_name=None, claim_until=None)
        data = {"was": case.assignee_name, "from": person, "why": why}
        tx.append(NewEvent("case.released", actor, data, case=case.id, customer=case.customer_id))
        returned.append(case.id)
    return tuple(returned)
