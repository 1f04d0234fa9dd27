"""Whether somebody holds more than they should at once: what ``next`` says beside the case it gives."""

from app.cases.assign import over
from app.core.asker import Asker
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.judgement.roster import workers_of
from app.people import store as people


def own_load(ports: Ports, asker: Asker) -> str:
    """A sentence for the asker who holds more than their capacity, "" within it. What weighs less in its queue counts for less."""
    with ports.db.read() as conn:
        (me,) = workers_of([people.get(conn, asker.person())], conn, queues_of(ports), ports.clock.now())
    if over(me, 0.0, hard=False) is None:
        return ""
    most = f", and {me.hard_capacity} are the most" if me.hard_capacity is not None else ""
    return f"You hold {me.load:g} open cases; {me.capacity} are meant at once{most}. Finish or pass on some before you take more."
