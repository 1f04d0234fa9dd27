"""Say that ``queues.yaml`` was changed, once each time, so that open pages with a list of queues fetch themselves. Nothing is moved."""

from dataclasses import asdict
from hashlib import sha256
from json import dumps
from typing import Final

from app.core.events import SYSTEM, NewEvent
from app.engine import workspace
from app.engine.ports import Ports
from app.judgement.desk import queues_of

_KEPT: Final = "queues"
_DIGITS: Final = 12  # of a hash in hexadecimal: enough to tell one file from the one before


def follow_queues(ports: Ports) -> bool:
    """Whether the queues are others than when they were last looked at; the first look only remembers them. Invalid for a broken file."""
    queues = queues_of(ports)
    version = sha256(dumps([asdict(queue) for queue in queues]).encode()).hexdigest()[:_DIGITS]
    with ports.db.read() as conn:
        kept = workspace.get(conn, _KEPT)
    if kept == {"version": version}:
        return False
    with ports.db.write() as tx:
        workspace.put(tx, _KEPT, {"version": version})
        if kept is not None:
            tx.append(NewEvent("queue.changed", SYSTEM, {"queues": [queue.id for queue in queues]}))
    return kept is not None
