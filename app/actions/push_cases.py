"""Give waiting cases out, in the queues that ask for it: one order, drained from its front, each to whoever should have it now.

An older case is passed over only where nobody who is there may take it. Who gets one is ``app.cases.assign``'s word; the reasons, also of
those who did not get it, stand in the event. Of two workers that do this at once each case is given by one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from app.actions.ask_rules import ask
from app.actions.take_back_unopened import await_pick_up
from app.cases import store as cases
from app.cases import store_skips as skips
from app.cases import store_waiting as waiting
from app.cases.assign import Choice, Need, Worker, can_take, choose, not_there, over
from app.cases.model import Case
from app.cases.store_known import last_agent_of
from app.core.events import SYSTEM, NewEvent
from app.core.ids import PersonId
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import Desk, desk_of, queues_of
from app.judgement.roster import Hands, need_of, roster
from app.measures import store as measures
from app.people import store as people
from app.routing.model import Queue

AT_ONCE: Final = 50  # cases of one transaction: it keeps other writers waiting no longer than a batch of mentions does
_LOOK: Final = 64  # cases that are looked at in one question
_LOOKS: Final = 8  # and so many questions a transaction; what lies deeper comes at the next
_REASONS_KEPT: Final = 12  # of those who did not get it, in the event
_LEAST: Final = 0.01  # the least a case could weigh: whoever has not even room for that is not looked at
_FIRST: Final = (-1e18, "")  # before every key


def push_cases(ports: Ports) -> int:
    """Give out as many as there is room for, at most ``AT_ONCE``; how many. Where nothing waits or nobody has room nothing is written."""
    if all(queue.push == "off" for queue in queues_of(ports)):
        return 0
    with ports.db.read() as conn:
        desk = desk_of(ports, conn)
        wanted = _wanted(desk.queues, _ready(roster(conn, desk, ports.clock.now())).values())
        if not waiting.free_in(conn, wanted, _FIRST, 1):
            return 0
    with ports.db.write() as tx:
        desk = desk_of(ports, tx.conn)
        # In hand first, then counted: what somebody takes by hand meanwhile is counted, or waits for this.
        people.held(tx, _ready(roster(tx.conn, desk, tx.now)))
        everyone: Hands = {worker.id: worker for worker in roster(tx.conn, desk, tx.now)}
        return _drain(tx, desk, everyone)


def _drain(tx: Transaction, desk: Desk, everyone: Hands) -> int:
    given, after = 0, _FIRST
    for _ in range(_LOOKS):
        rows = waiting.free_in(tx.conn, _wanted(desk.queues, _ready(everyone.values()).values()), after, _LOOK)
        passed_on = skips.passed_on_by(tx.conn, [id for _, id in rows], tx.now)
        for rank, id in rows:
            after = (rank, id)
            case = cases.held_if_free(tx, id)
            if case is None or case.state != "open" or case.assignee_id is not None:
                continue  # somebody else has it, or has it in hand this moment
            choice = choose(everyone.values(), _need(tx.conn, desk, case, passed_on.get(id, frozenset())))
            if choice.worker is not None and cases.give(tx, id, choice.worker.id, choice.worker.name):
                everyone[choice.worker.id] = _given(tx, desk, case, choice, choice.worker)
                given += 1
                if given == AT_ONCE:
                    return given
        if len(rows) < _LOOK:
            break
    return given


def _given(tx: Transaction, desk: Desk, case: Case, choice: Choice, to: Worker) -> Worker:
    """Write what follows; the worker as the next case meets them."""
    people.note_given(tx, to.id)
    measures.add(tx, "pushed", to.id)
    data = {"to": to.id, "name": to.name, "why": choice.why, "passed": [list(one) for one in choice.passed[:_REASONS_KEPT]], "pushed": True}
    seq = tx.append(NewEvent("case.assigned", SYSTEM, data, case=case.id, customer=case.customer_id))
    await_pick_up(tx, desk, case, to.id)
    after = replace(case, assignee_id=to.id, assignee_name=to.name, claim_until=None, updated_at=tx.now)
    ask(tx, desk, after, "case.assigned", SYSTEM, cause=seq, before=case)
    return replace(to, load=to.load + need_of(case, desk).weight, given_at=tx.now)


def _need(conn: Connection, desk: Desk, case: Case, passed_on_by: frozenset[PersonId]) -> Need:
    sticky = any(queue.sticky for queue in desk.queues if queue.id == case.queue)
    known = last_agent_of(conn, case.customer_id) if sticky else None
    return need_of(case, desk, last_agent=known.id if known is not None else None, passed_on_by=passed_on_by)


def _ready(everyone: Iterable[Worker]) -> Hands:
    """Those who are there and could hold more, be it only what cannot wait."""
    return {
        worker.id: worker
        for worker in everyone
        if not_there(worker) is None and over(worker, _LEAST, hard=worker.hard_capacity is not None) is None
    }


def _wanted(queues: Sequence[Queue], ready: Iterable[Worker]) -> Mapping[str, Sequence[str]]:
    """The queues that are given out and for which somebody is ready, each with the languages they speak between them; none means any."""
    there = tuple(ready)
    found: dict[str, Sequence[str]] = {}
    for queue in queues:
        fit = [w for w in there if can_take(w, Need(queue.id, "und", queue.skills, queue.languages)) is None]
        if queue.push != "off" and fit:
            found[queue.id] = () if any(not w.languages for w in fit) else sorted({language for w in fit for language in w.languages})
    return found
