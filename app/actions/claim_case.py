"""Take a case, or ask for the best one. Of two who take it at once one wins; the other is told who."""

from datetime import datetime, timedelta
from typing import Final

from app.actions.case_at_hand import case_for
from app.cases import store as cases
from app.cases import store_waiting as waiting
from app.cases.assign import Need, Worker, can_take
from app.cases.model import Case
from app.core.asker import Asker
from app.core.errors import Claimed
from app.core.events import NewEvent
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.people import store as people

CLAIM: Final = "claim"
# How many of the best of each queue are looked at, and whether to wait for those that somebody else has in hand this moment. The second
# look is for those who speak few of the languages that wait, and for a crowd; the third for the last cases of all.
_LOOKS: Final = ((32, False), (500, False), (500, True))


def claim_case(ports: Ports, asker: Asker, id: str) -> Case:
    """Take this case. The second time the claim is only renewed. Claimed when another person holds it."""
    asker.need("cases.work")
    with ports.db.write() as tx:
        case = case_for(tx, id, "claim")
        if not _take(tx, ports, asker, case):
            holder = cases.get(tx.conn, id)
            raise Claimed(f"{holder.assignee_name} took this case first.", by={"id": holder.assignee_id, "name": holder.assignee_name})
        return cases.get(tx.conn, id)


def next_case(ports: Ports, asker: Asker) -> Case | None:
    """Take the best case this person may take: in their queues, in a language and with skills they have. None when nothing waits."""
    asker.need("cases.work")
    skills = {q.id: q.skills for q in queues_of(ports)}
    with ports.db.write() as tx:
        me = people.get(tx.conn, asker.person())
        worker = Worker(me.id, me.name, me.languages, me.skills, me.queues or tuple(skills), me.presence, 0, me.capacity)
        queues = [q for q in worker.queues if can_take(worker, Need(q, "und", skills.get(q, ()))) is None]
        for depth, wait in _LOOKS:
            best = waiting.best_for(tx.conn, queues, me.languages, me.id, depth)
            case = waiting.first_held(tx, best, me.id, wait=wait) if best else None
            if case is not None and _take(tx, ports, asker, case):
                return cases.get(tx.conn, case.id)
    return None


def renew_claim(ports: Ports, asker: Asker, id: str) -> None:
    """A sign of life from the agent's open case page: the lease runs anew. Nothing happens when the case is not theirs."""
    asker.need("cases.work")
    with ports.db.write() as tx:
        case = cases.held(tx, id)
        if case.assignee_id == asker.person() and case.state != "done":
            cases.claim(tx, case.id, asker.person(), asker.actor.name, _until(tx, ports, case))


def _take(tx: Transaction, ports: Ports, asker: Asker, case: Case) -> bool:
    if not cases.claim(tx, case.id, asker.person(), asker.actor.name, _until(tx, ports, case)):
        return False
    if case.assignee_id is None or case.claim_until is None:
        tx.append(NewEvent("case.claimed", asker.actor, {"name": asker.actor.name}, case=case.id, customer=case.customer_id))
    return True


def _until(tx: Transaction, ports: Ports, case: Case) -> datetime:
    until = tx.now + timedelta(minutes=ports.settings.earshot_lease_minutes)
    timers.arm(tx, case.id, CLAIM, until)
    return until
