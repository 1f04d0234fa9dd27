"""Whether somebody holds more than they should at once: what ``next`` says beside the case it gives."""

from app.cases.assign import over
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.judgement.roster import as_worker, loads_of
from app.people.model import Person


def own_load(ports: Ports, me: Person) -> str:
    """A sentence for who holds more than their capacity, "" within it. What weighs less in its queue counts for less."""
    queues = queues_of(ports)
    with ports.db.glance() as conn:
        worker = as_worker(me, queues, loads_of(conn, [me.id], queues).get(me.id, 0.0))
    if over(worker, 0.0, hard=False) is None:
        return ""
    most = f", and {me.hard_capacity} are the most" if me.hard_capacity is not None else ""
    return f"You hold {worker.load:g} open cases; {me.capacity} are meant at once{most}. Finish or pass on some before you take more."
