"""Takes waiting mentions out of the intake in micro-batches. A batch that fails is tried one by one, so that one bad mention stops none."""

import time
from collections.abc import Sequence
from typing import Final

import anyio.to_thread

from app.actions.receive_mentions import BatchFailed, receive_mentions, receive_waiting
from app.actions.repair_intake import note_failure
from app.core.errors import Unavailable
from app.engine.intake_queue import Waiting
from app.engine.ports import Ports
from app.engine.telemetry import MENTIONS_PROCESSED, PIPELINE_SECONDS
from app.engine.telemetry import log as logger

BATCH: Final = 100
POLL_SECONDS: Final = 1.0


async def run(ports: Ports) -> None:
    """Until cancelled: as soon as something waits, and at least once a second."""
    with ports.bus.listen("intake") as news:
        while True:
            while await anyio.to_thread.run_sync(one_batch, ports):
                pass
            await news.wait(POLL_SECONDS)


def one_batch(ports: Ports) -> int:
    """Process what waits, up to a batch; returns how many were taken up. Raises Unavailable when the database is."""
    began = time.perf_counter()
    try:
        taken = receive_waiting(ports, BATCH)
    except BatchFailed as failed:
        cause = failed.__cause__
        logger.warning("a batch failed; its mentions are tried one by one", error=type(cause).__name__, size=len(failed.rows))
        _one_by_one(ports, failed.rows)
        taken = len(failed.rows)
    if taken:
        PIPELINE_SECONDS.observe(time.perf_counter() - began)
        MENTIONS_PROCESSED.inc(taken)
    return taken


def _one_by_one(ports: Ports, rows: Sequence[Waiting]) -> None:
    for row in rows:
        try:
            receive_mentions(ports, [row])
        except Unavailable:
            raise  # the database is away, which says nothing about the mention
        except Exception as error:
            parked = note_failure(ports, row, f"{type(error).__name__}: {error}")
            logger.warning("a mention failed", intake=row.id, parked=parked, error=type(error).__name__)
