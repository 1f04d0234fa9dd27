"""Takes waiting mentions out of the intake in micro-batches. A batch that fails is tried in halves, so that one bad mention stops none."""

import asyncio
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
REST_SECONDS: Final = 0.01
"""After a batch that took all there was. What comes meanwhile is one batch: each has a price of its own, as high as that of six mentions,
and those who deliver wait for the same writer."""


async def run(ports: Ports) -> None:
    """Until cancelled: as soon as something waits, and at least once a second."""
    with ports.bus.listen("intake") as news:
        while True:
            while taken := await anyio.to_thread.run_sync(one_batch, ports):
                if taken < BATCH:
                    await asyncio.sleep(REST_SECONDS)
            await news.wait(POLL_SECONDS)


def one_batch(ports: Ports) -> int:
    """Process what waits, up to a batch; returns how many were taken up. Raises Unavailable when the database is."""
    began = time.perf_counter()
    try:
        taken = receive_waiting(ports, BATCH)
    except BatchFailed as failed:
        cause = failed.__cause__
        logger.warning("a batch failed; its mentions are tried in halves", error=type(cause).__name__, size=len(failed.rows))
        _in_halves(ports, failed.rows)
        taken = len(failed.rows)
    if taken:
        PIPELINE_SECONDS.observe(time.perf_counter() - began)
        MENTIONS_PROCESSED.inc(taken)
    return taken


def _in_halves(ports: Ports, rows: Sequence[Waiting]) -> None:
    """Each half together, and the half that fails in halves again: one bad mention of a hundred costs some fourteen transactions."""
    middle = (len(rows) + 1) // 2
    for half in (rows[:middle], rows[middle:]):
        try:
            if half:
                receive_mentions(ports, half)
        except Unavailable:
            raise  # the database is away, which says nothing about the mention
        except Exception as error:
            if len(half) > 1:
                _in_halves(ports, half)
                continue
            parked = note_failure(ports, half[0], f"{type(error).__name__}: {error}")
            logger.warning("a mention failed", intake=half[0].id, parked=parked, error=type(error).__name__)
