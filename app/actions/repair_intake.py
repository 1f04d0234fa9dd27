"""Mentions that the pipeline could not take: note the failure, park after the last attempt, and run them again on request."""

from app.core.asker import Asker
from app.core.errors import Conflict
from app.core.events import SYSTEM, NewEvent
from app.engine import intake_queue
from app.engine.intake_queue import Waiting
from app.engine.ports import Ports
from app.engine.telemetry import MENTIONS_PARKED


def repair_intake(ports: Ports, asker: Asker, id: int) -> None:
    """Put a parked mention back to waiting. Conflict when it is not parked (any more)."""
    asker.need("intake.repair")
    with ports.db.write() as tx:
        if not intake_queue.retry_parked(tx, id):
            raise Conflict("This mention is not parked: it was run again already.")
        tx.append(NewEvent("intake.retried", asker.actor, {"intake": id}))
    ports.bus.wake("intake")


def note_failure(ports: Ports, row: Waiting, error: str) -> bool:
    """Keep why a mention failed; True when that was its last attempt and it is parked now."""
    with ports.db.write() as tx:
        parked = intake_queue.fail(tx, row, error)
        if parked:
            tx.append(NewEvent("intake.parked", SYSTEM, {"intake": row.id, "source": row.source, "error": error[:200]}))
    if parked:
        MENTIONS_PARKED.inc()
    return parked
