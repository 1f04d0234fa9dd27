"""Gives cases out where queues ask for it, gives back what absent and silent agents hold, and says when the file of queues was changed.
In the one process that holds its lease.

Woken by the log: a case that opens or returns, somebody who becomes available, gets room or is changed are all news. Beneath that it looks
by itself, for what no event tells: that somebody fell silent, or is there again.
"""

import asyncio
from typing import Final

import anyio.to_thread

from app.actions.follow_queues import follow_queues
from app.actions.push_cases import AT_ONCE, push_cases
from app.actions.return_cases import return_absent
from app.core.clock import steady
from app.engine import leases
from app.engine.ports import Ports
from app.engine.telemetry import log as logger

DUTY: Final = "push"
POLL_SECONDS: Final = 2.0
REST_SECONDS: Final = 0.1  # between two rounds, however much news there is
RETURN_SECONDS: Final = 5.0  # silence is told in half minutes; looking more often would find nothing more
LEASE_SECONDS: Final = 5.0


async def run(ports: Ports, holder: str) -> None:
    """Until cancelled."""
    duty = Duty(ports, holder)
    with ports.bus.listen("log") as news:
        while True:
            await anyio.to_thread.run_sync(duty.round)
            await asyncio.sleep(REST_SECONDS)
            await news.wait(POLL_SECONDS)


class Duty:
    """The rounds of one process."""

    def __init__(self, ports: Ports, holder: str) -> None:
        self._ports, self._holder = ports, holder
        self._return_at = 0.0

    def round(self) -> int:
        """Give back what is due and give out what there is room for, if the duty is ours; how many cases were given out."""
        if leases.hold(self._ports.db, DUTY, self._holder, LEASE_SECONDS) is None:
            return 0
        if steady() >= self._return_at:
            self._return_at = steady() + RETURN_SECONDS
            returned = return_absent(self._ports)
            if returned:
                logger.info("cases of absent agents went back to their queues", cases=len(returned))
            follow_queues(self._ports)
        pushed = 0
        while not self._ports.stopping.closing:
            given = push_cases(self._ports)
            pushed += given
            if given < AT_ONCE:
                break
        return pushed
