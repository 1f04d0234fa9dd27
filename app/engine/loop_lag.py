"""How late the event loop is: a sleeper that notes how much longer it slept than it meant to.

Everything a process serves waits at least that long, so this one figure tells of work that should have been in a thread.
"""

import asyncio
from typing import Final

from app.engine.telemetry import LOOP_LAG

PROBE_SECONDS: Final = 0.05


async def watch_loop() -> None:
    """Until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        meant = loop.time() + PROBE_SECONDS
        await asyncio.sleep(PROBE_SECONDS)
        LOOP_LAG.observe(max(0.0, loop.time() - meant))
