"""Between processes: every wake-up arrives or is made up for, words arrive as they were told, and a burst is few messages."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg
import pytest

from app.core.clock import SystemClock
from app.engine.bus import MAX_PAYLOAD_BYTES, Bus
from app.engine.database import Database
from app.engine.wakeups import CHANNEL, joined
from rig.cluster import Cluster, NoPostgres, cluster
from tests.support.databases import Shelf
from tests.support.server import until

PATIENCE_SECONDS = 60


@pytest.fixture
def blank(shelf: Shelf) -> Iterator[str]:
    url = shelf.blank()
    yield url
    shelf.put_back(url)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Cluster]:
    """A server that this test may break."""
    try:
        with cluster(tmp_path, durable=False) as server:
            yield server
    except NoPostgres as none:
        pytest.skip(str(none))


def connect(stack: ExitStack, url: str) -> tuple[Bus, Bus]:
    """Two processes' buses on one database, each listening."""
    found = (Bus(), Bus())
    for bus in found:
        db = Database(url, SystemClock())
        stack.callback(db.close)
        stack.enter_context(joined(db, bus))
    return found


async def meet(here: Bus, there: Bus) -> None:
    """Until both listen: a wake-up said before is not heard."""
    for teller, listener in ((here, there), (there, here)):
        heard: list[str] = []
        forget = listener.hear("hello", heard.append)
        await asyncio.to_thread(until, partial(_answered, teller, heard), "the other process")
        forget()


def _answered(teller: Bus, heard: list[str]) -> bool:
    teller.tell("hello", "?")
    return bool(heard)


async def test_a_wake_up_and_a_word_cross_and_do_not_come_back(blank: str) -> None:
    with ExitStack() as stack:
        here, there = connect(stack, blank)
        await meet(here, there)
        heard_here: list[str] = []
        heard_there: list[str] = []
        here.hear("typing", heard_here.append)
        there.hear("typing", heard_there.append)
        word = '{"name": "Ærøskøbing \x1f \\"😡"}' + "x" * (MAX_PAYLOAD_BYTES - 60)
        with there.listen("log") as news:
            here.tell("typing", word)
            here.wake("log")
            assert await news.wait(PATIENCE_SECONDS)
        await asyncio.to_thread(until, lambda: heard_there, "the word")
        assert (heard_here, heard_there) == ([word], [word])


async def test_a_burst_is_merged(blank: str) -> None:
    burst = 2_000
    with ExitStack() as stack:
        here, there = connect(stack, blank)
        await meet(here, there)
        with psycopg.connect(blank, autocommit=True) as counting:
            counting.execute(f"LISTEN {CHANNEL}")
            for _ in range(burst):
                here.wake("log")
            here.tell("end", "")
            seen = 0
            for notice in counting.notifies(timeout=PATIENCE_SECONDS):
                seen += 1
                if "\x1fend\x1f" in notice.payload:
                    break
        assert seen < burst / 20, seen


async def test_after_the_database_was_away_everyone_is_woken_and_wake_ups_cross_again(own_server: Cluster) -> None:
    with ExitStack() as stack:
        here, there = connect(stack, own_server.database("desk"))
        await meet(here, there)
        with there.listen("log") as news, there.listen("intake") as other:
            await asyncio.to_thread(own_server.kill)
            here.wake("log")  # nobody can carry it now
            await asyncio.to_thread(own_server.start)
            assert await news.wait(PATIENCE_SECONDS)
            assert await other.wait(PATIENCE_SECONDS)
        await meet(here, there)


def test_on_sqlite_nothing_travels(tmp_path: Path) -> None:
    bus = Bus()
    db = Database(f"sqlite:///{tmp_path / 'desk.db'}", SystemClock())
    with joined(db, bus):
        assert bus.outward is None
    db.close()
