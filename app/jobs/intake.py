"""Takes waiting mentions out of the intake in micro-batches. A batch that fails is tried one by one, so that one bad mention stops none."""

from typing import Final

import anyio.to_thread

from app.actions.receive_mentions import receive_mentions
from app.actions.repair_intake import note_failure
from app.engine import intake_queue
from app.engine.intake_queue import Waiting
from app.engine.ports import Ports
from app.engine.telemetry import INTAKE_WAITING, MENTIONS_PROCESSED, PIPELINE_SECONDS
from app.engine.telemetry import log as logger

BATCH: Final = 100
POLL_SECONDS: Final = 1.0
_COUNTED: Final = 10_000


async def run(ports: Ports) -> None:
    """Until cancelled: as soon as something waits, and at least once a second."""
    with ports.bus.listen("intake") as news:
        while True:
            while await anyio.to_thread.run_sync(one_batch, ports):
                pass
            await news.wait(POLL_SECONDS)


def one_batch(ports: Ports) -> int:
    """Process what waits, up to a batch; returns how many were taken up."""
    with ports.db.read() as conn:
        rows = intake_queue.waiting(conn, ports.clock.now(), BATCH)
        INTAKE_WAITING.set(intake_queue.depth(conn, _COUNTED) if len(rows) == BATCH else len(rows))
    if not rows:
        return 0
    with PIPELINE_SECONDS.time():
        try:
            receive_mentions(ports, rows)
        except Exception as error:
            logger.warning("a batch failed; its mentions are tried one by one", error=type(error).__name__, size=len(rows))
            _one_by_one(ports, rows)
    MENTIONS_PROCESSED.inc(len(rows))
    return len(rows)


def _one_by_one(ports: Ports, rows: list[Waiting]) -> None:
    for row in rows:
        try:
            receive_mentions(ports, [row])
        except Exception as error:
            parked = note_failure(ports, row, f"{type(error).__name__}: {error}")
            logger.warning("a mention failed", intake=row.id, parked=parked, error=type(error).__name__)
