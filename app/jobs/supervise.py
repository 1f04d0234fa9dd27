"""Starts and stops the jobs of a process, in order. A loop that dies is said loudly and started again."""

import asyncio
import contextlib
import os
import secrets
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from app.actions.attempts import Publishers
from app.actions.seal_log import seal_log
from app.actions.watch_spikes import watch_spikes
from app.core.clock import steady
from app.core.errors import Unavailable
from app.engine import leases
from app.engine.ports import Ports
from app.engine.scheduler import Ticker
from app.engine.telemetry import SEAL_AGE
from app.engine.telemetry import log as logger
from app.jobs import call, deadlines, deliver, intake, push
from app.judgement.warming import warm_rules, warm_words

RESTART_SECONDS: Final = 1.0
SEAL_SECONDS: Final = 2.0
SEAL_REST_SECONDS: Final = 0.02  # between two batches of it
SEAL_DUTY: Final = "seal"
SPIKES_SECONDS: Final = 30.0


class Jobs:
    """The jobs of one process."""

    def __init__(self, ports: Ports, publishers: Publishers) -> None:
        self._ports = ports
        self._publishers = publishers
        self._holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._tasks: list[asyncio.Task[None]] = []
        self._warm: asyncio.Task[None] | None = None
        self._ticker = Ticker()
        self._over, self._ruled = threading.Event(), threading.Event()
        self._seal_again = 0.0

    async def start(self) -> None:
        """Take up the work; what the judges read is read meanwhile, so that the desk answers before it is all there."""
        self._warm = asyncio.create_task(asyncio.to_thread(self._begin), name="warm up")
        self._tasks = [
            asyncio.create_task(
                _kept_alive("intake", partial(self._once_warm, self._warm, partial(intake.run, self._ports))), name="intake"
            ),
            asyncio.create_task(_kept_alive("deliver", partial(deliver.run, self._ports, self._publishers)), name="deliver"),
            asyncio.create_task(_kept_alive("webhooks", partial(call.run, self._ports)), name="webhooks"),
            asyncio.create_task(
                _kept_alive("push", partial(self._once_warm, self._warm, partial(push.run, self._ports, self._holder))), name="push"
            ),
        ]
        self._ticker.every(deadlines.TICK_SECONDS, "deadlines", partial(_loud, "deadlines", self._tick))
        self._ticker.every(deadlines.TICK_SECONDS, "seal", partial(_loud, "seal", self._seal))
        self._ticker.every(SPIKES_SECONDS, "spikes", partial(_loud, "spikes", self._watch))
        self._ticker.start()

    async def stop(self) -> None:
        """Begin nothing new, let the duties go so that another process takes them at once, and finish what has begun."""
        for task in self._tasks:
            task.cancel()  # takes effect where a loop waits; a batch in work is finished first
        self._over.set()
        if self._warm is not None:
            await self._warm
        await asyncio.to_thread(self._ticker.stop)
        for duty in (deadlines.DUTY, SEAL_DUTY, push.DUTY):
            await asyncio.to_thread(_loud, "let go", partial(leases.let_go, self._ports.db, duty, self._holder))
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _begin(self) -> None:
        """The first beat at once, since the scheduler's own comes later and until then the desk is not ready. Then the rules, and what
        fell due while nobody was there, with no second tick beside it and no seal that would take its processor; the word lists after that,
        which only mentions need."""
        _loud("deadlines", partial(deadlines.beat, self._ports, self._holder))
        _loud("warm up", partial(warm_rules, self._ports))
        _loud("deadlines", partial(deadlines.tick, self._ports, self._holder))
        self._ruled.set()
        _loud("warm up", partial(warm_words, self._ports))

    async def _once_warm(self, warm: asyncio.Task[None], run: Callable[[], Awaitable[None]]) -> None:
        """After the warm-up: the first batch would read it all inside its transaction, where every writer of SQLite would wait for it
        and PostgreSQL ends one that stands idle."""
        await asyncio.shield(warm)
        await run()

    def _tick(self) -> None:
        """What is due fires once the rules are read, for the same reason, first in ``_begin``; until then the duty is only kept."""
        if self._ruled.is_set():
            deadlines.tick_exactly(self._ports, self._holder, self._over)
        else:
            deadlines.beat(self._ports, self._holder)

    def _seal(self) -> None:
        """Looked after as often as the tick, so that another process takes it over as soon; done less often."""
        held = leases.hold(self._ports.db, SEAL_DUTY, self._holder, deadlines.LEASE_SECONDS) is not None
        if held and self._ruled.is_set() and steady() >= self._seal_again:
            seal_log(self._ports, partial(self._over.wait, SEAL_REST_SECONDS))
            self._seal_again = steady() + SEAL_SECONDS
            SEAL_AGE.set(self._ports.clock.now().timestamp())

    def _watch(self) -> None:
        """The process that seals looks, so that one does; were it two, what is told would still be told once."""
        if leases.hold(self._ports.db, SEAL_DUTY, self._holder, deadlines.LEASE_SECONDS) is not None:
            watch_spikes(self._ports)


async def _kept_alive(name: str, run: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await run()
        except Exception as error:
            away = _outage(error)
            if away is not None:
                logger.warning("a job waits", job=name, why=str(away))
            else:
                logger.exception("a job stopped; it starts again", job=name)
            await asyncio.sleep(RESTART_SECONDS)


def _outage(error: Exception) -> Exception | None:
    """The outage that a job stopped for; None when it stopped for anything else. A job with tasks of its own brings theirs as a group."""
    while isinstance(error, ExceptionGroup) and error.split(Unavailable)[1] is None:
        error = error.exceptions[0]
    return error if isinstance(error, Unavailable) else None


def _loud(name: str, call: Callable[[], object]) -> None:
    """A tick must go on after an error, and the error must be seen."""
    try:
        call()
    except Unavailable as away:
        logger.warning("a tick is left out", tick=name, why=str(away))
    except Exception:
        logger.exception("a tick failed; the next one tries again", job=name)
