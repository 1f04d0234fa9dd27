"""Give a case back to its queue, or to another person. Its history and drafts stay."""

from collections.abc import Sequence

from app.actions import clocks
from app.actions.ask_rules import ask
from app.actions.case_at_hand import CLAIM, case_for, refuse_taken
from app.actions.claim_case import refuse_over
from app.actions.count_undone import count_undone
from app.cases import store as cases
from app.cases.model import Case
from app.core.asker import Asker
from app.core.errors import Conflict, Invalid
from app.core.events import NewEvent
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of, queues_of
from app.people import store as people
from app.routing.model import Queue


def release_case(ports: Ports, asker: Asker, id: str, *, why: str = "") -> Case:
    """Back to the queue. The second time nothing happens."""
    asker.need("cases.work")
    with ports.db.write() as tx:
        return release(tx, asker, id, why=why, desk=desk_of(ports, tx.conn))


def release(tx: Transaction, asker: Asker, id: str, *, why: str = "", desk: Desk | None = None) -> Case:
    """``release_case`` within a transaction that does more; with the desk, the rules are asked."""
    case = case_for(tx, id, "release")
    refuse_taken(case, asker)
    if case.assignee_id is not None:
        timers.disarm(tx, case.id, CLAIM)
        cases.change(tx, case.id, bump=False, assignee_id=None, assignee_name=None, claim_until=None)
        data = {"was": case.assignee_name, "from": case.assignee_id, "why": why}
        seq = tx.append(NewEvent("case.released", asker.actor, data, case=case.id, customer=case.customer_id))
        return _asked(tx, desk, case, "case.released", asker, seq)
    return cases.get(tx.conn, id)


def assign_case(ports: Ports, asker: Asker, id: str, person_id: str | None, why: str = "") -> Case:
    """Give the case to a person: to oneself with the right to work, to anyone with the right to assign; to nobody is back to its queue."""
    if person_id is None:
        return release_case(ports, asker, id, why=why)
    asker.need("cases.work" if person_id == asker.person_id else "cases.assign")
    with ports.db.write() as tx:
        return assign(tx, asker, id, person_id, why, desk=desk_of(ports, tx.conn))


def assign(tx: Transaction, asker: Asker, id: str, person_id: str, why: str = "", *, desk: Desk | None = None) -> Case:
    """``assign_case`` within a transaction that does more; the right to do it is the caller's to ask. With the desk, the rules are asked.

    Conflict when the person no longer works here, or holds as many as they may at the very most.
    """
    case = case_for(tx, id, "assign")
    refuse_taken(case, asker)
    to = people.get(tx.conn, person_id)
    if to.disabled:
        raise Conflict(f"{to.name} no longer works here.")
    if case.assignee_id != to.id:
        refuse_over(tx, to, case, desk.queues if desk is not None else ())
        timers.disarm(tx, case.id, CLAIM)
        cases.change(tx, case.id, bump=False, assignee_id=to.id, assignee_name=to.name, claim_until=None)
        data = {"to": to.id, "name": to.name, "was": case.assignee_name, "why": why}
        if desk is not None:
            clocks.touched(tx, case, desk.levels, asker.actor)
        seq = tx.append(NewEvent("case.assigned", asker.actor, data, case=case.id, customer=case.customer_id))
        if case.assignee_id is not None:
            count_undone(tx, asker.actor, case, "assign")
        return _asked(tx, desk, case, "case.assigned", asker, seq)
    return cases.get(tx.conn, id)


def _asked(tx: Transaction, desk: Desk | None, before: Case, trigger: str, asker: Asker, cause: int) -> Case:
    after = cases.get(tx.conn, before.id)
    return ask(tx, desk, after, trigger, asker.actor, cause=cause, before=before) if desk is not None else after


def move_case(ports: Ports, asker: Asker, id: str, queue: str) -> Case:
    """Put the case into another queue; it keeps its assignee. The same queue changes nothing."""
    asker.need("cases.assign")
    need_queue(queues_of(ports), queue)
    with ports.db.write() as tx:
        return move(tx, asker, id, queue)


def move(tx: Transaction, asker: Asker, id: str, queue: str) -> Case:
    """``move_case`` within a transaction that does more, into a queue that exists."""
    case = case_for(tx, id, "assign")
    if case.queue != queue:
        cases.change(tx, case.id, bump=False, queue=queue)
        tx.append(NewEvent("case.updated", asker.actor, {"queue": queue, "was": case.queue}, case=case.id, customer=case.customer_id))
        count_undone(tx, asker.actor, case, "queue", case.queue)
    return cases.get(tx.conn, id)


def need_queue(queues: Sequence[Queue], queue: str) -> None:
    """Raise Invalid, naming those there are, when there is no such queue."""
    known = [q.id for q in queues]
    if queue not in known:
        raise Invalid(
            f"There is no queue {queue!r}: choose one of {', '.join(known)}.", errors=[{"loc": ["queue"], "msg": "no such queue"}]
        )
