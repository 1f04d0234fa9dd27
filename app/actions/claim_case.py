"""Take a case, or ask for the best one. Of two who take it at once one wins; the other is told who."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app.actions import clocks
from app.actions.ask_rules import Asked, ask_all
from app.actions.case_at_hand import CLAIM, case_for
from app.cases import store as cases
from app.cases import store_waiting as waiting
from app.cases.assign import Need, can_take, over
from app.cases.model import Case
from app.core.asker import Asker
from app.core.errors import Claimed, Conflict
from app.core.events import NewEvent
from app.core.records import with_values
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import desk_of, levels_of, queues_of
from app.judgement.roster import as_worker, weight_of, workers_of
from app.measures import store as measures
from app.people import store as people
from app.people.model import Person
from app.routing.model import Queue

# How many of the best of each queue are looked at, and whether to wait for those that somebody else has in hand this moment. The second
# look is for those who speak few of the languages that wait, and for a crowd; the third for the last cases of all.
_LOOKS: Final = ((32, False), (500, False), (500, True))


def claim_case(ports: Ports, asker: Asker, id: str) -> Case:
    """Take this case. The second time the claim is only renewed.

    Claimed when another person holds it; Conflict when the asker holds as many as they may at the very most.
    """
    asker.need("cases.work")
    queues = queues_of(ports)
    with ports.db.write() as tx:
        case = case_for(tx, id, "claim")
        free = case.assignee_id is None
        if free:
            me = people.get(tx.conn, asker.person())
            refuse_over(tx, me, case, queues)
            _note_taken(tx, me)
            _count(tx, me, case, queues)
        elif case.assignee_id != asker.person():
            raise Claimed(f"{case.assignee_name} took this case first.", by={"id": case.assignee_id, "name": case.assignee_name})
        return _taken(tx, ports, asker, case)


def next_case(ports: Ports, asker: Asker) -> Case | None:
    """Take the best case this person may take: in their queues, in a language and with skills they have. None when nothing waits.

    What they passed on is not among them for a while. Conflict when they hold as many as they may at the very most.
    """
    asker.need("cases.work")
    every = queues_of(ports)
    with ports.db.write() as tx:
        me = people.get(tx.conn, asker.person())
        queues = _own_queues(me, every)
        for depth, wait in _LOOKS:
            case = waiting.best_held(tx, queues, me.languages, me.id, depth, wait=wait)
            if case is None:
                continue
            if case.assignee_id is None:
                refuse_over(tx, me, case, every)
                _note_taken(tx, me)
            return _taken(tx, ports, asker, case)
    return None


def renew_claim(ports: Ports, asker: Asker, id: str) -> None:
    """A sign of life from the agent's open case page: the lease runs anew. Nothing happens when the case is not theirs."""
    asker.need("cases.work")
    with ports.db.write() as tx:
        case = cases.held(tx, id)
        if case.assignee_id == asker.person() and case.state != "done":
            cases.save_changed(tx, [(case, _theirs(tx, ports, asker, case))])


def refuse_over(tx: Transaction, to: Person, case: Case, queues: Sequence[Queue]) -> None:
    """Raise Conflict when one more would be above what this person may hold at the very most; the person is taken in hand for it."""
    if to.hard_capacity is None:
        return
    (worker,) = workers_of(people.held(tx, [to.id]), tx.conn, queues, tx.now)
    why = over(worker, weight_of(case, queues), hard=True)
    if why is not None:
        raise Conflict(f"{to.name} {why}: something must be finished or given back first.")


def _note_taken(tx: Transaction, me: Person) -> None:
    """Who says they are away and takes a case all the same has just begun with it: what they hold waits for them anew."""
    if me.presence == "away":
        people.note_given(tx, me.id)


def _own_queues(me: Person, queues: Sequence[Queue]) -> list[str]:
    """The queues whose cases this person may take."""
    worker = as_worker(me, queues)
    return [q.id for q in queues if can_take(worker, Need(q.id, "und", q.skills, q.languages)) is None]


def _count(tx: Transaction, me: Person, case: Case, queues: Sequence[Queue]) -> None:
    """A free case is about to be taken by hand; it counts as an inversion when a better one waits that the same person could have."""
    counts = {("claimed_by_hand", str(me.id)): 1}
    if case.state == "open" and waiting.better_waits(tx.conn, _own_queues(me, queues), me.languages, me.id, case.rank_at, tx.now):
        counts["rank_inversions", me.id] = 1
    measures.add_all(tx, counts)


def _taken(tx: Transaction, ports: Ports, asker: Asker, case: Case) -> Case:
    """A case in hand that is free or the asker's becomes theirs, and its row is written once, with all that follows.

    Renewing one's own claim is no news.
    """
    after = _theirs(tx, ports, asker, case)
    if case.assignee_id is not None and case.claim_until is not None:
        cases.save_changed(tx, [(case, after)])
        return after
    after = clocks.touching(tx, after, levels_of(ports), asker.actor)
    seq = tx.append(NewEvent("case.claimed", asker.actor, {"name": asker.actor.name}, case=case.id, customer=case.customer_id))
    return ask_all(tx, desk_of(ports, tx.conn), [Asked(after, "case.claimed", asker.actor, seq, before=case, saved=False)])[0]


def _theirs(tx: Transaction, ports: Ports, asker: Asker, case: Case) -> Case:
    """The case as the asker's from now on, not yet saved; its lease runs anew."""
    until = tx.now + timedelta(minutes=ports.settings.earshot_lease_minutes)
    timers.arm(tx, case.id, CLAIM, until)
    return with_values(case, assignee_id=asker.person(), assignee_name=asker.actor.name, claim_until=until, updated_at=tx.now)
