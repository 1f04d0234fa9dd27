"""Lets queued answers out when their undo window is over, and settles those whose sender died."""

from typing import Final

import anyio.to_thread

from app.actions.deliver_reply import Publishers, deliver_reply, settle_stuck
from app.cases import outbox
from app.engine.ports import Ports

TICK_SECONDS: Final = 0.25
SETTLE_EVERY_TICKS: Final = 40
_AT_ONCE: Final = 50


async def run(ports: Ports, publishers: Publishers) -> None:
    """Until cancelled. Woken by the log, because an answer that waits for nobody should leave at once."""
    ticks = 0
    with ports.bus.listen("log") as news:
        while True:
            await anyio.to_thread.run_sync(deliver_due, ports, publishers)
            ticks += 1
            if ticks % SETTLE_EVERY_TICKS == 0:
                await anyio.to_thread.run_sync(settle_stuck, ports, publishers)
            await news.wait(TICK_SECONDS)


def deliver_due(ports: Ports, publishers: Publishers) -> int:
    """One attempt for each answer that may leave now; returns how many there were."""
    with ports.db.read() as conn:
        ready = outbox.ready(conn, ports.clock.now(), _AT_ONCE)
    for reply in ready:
        deliver_reply(ports, publishers, reply)
    return len(ready)
