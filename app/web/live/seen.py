"""Tells the desk who is there: everyone with a page open in this process, on however many tabs and phones, and who asked for one."""

import asyncio
import contextlib

import anyio.to_thread

from app.actions.note_seen import note_seen
from app.core.errors import Unavailable
from app.engine.ports import Ports
from app.engine.sightings import TELL_SECONDS, taken
from app.web.live.feed import Feed


async def tell_seen(ports: Ports, feed: Feed) -> None:
    """Until cancelled, every ``TELL_SECONDS``. What is missed while the database is away is told again by whoever is still there."""
    while True:
        await asyncio.sleep(TELL_SECONDS)
        with contextlib.suppress(Unavailable):
            await anyio.to_thread.run_sync(note_seen, ports, taken(feed.people))
