"""The jobs together: what is accepted is worked through, what is due leaves, and what dies is started again."""

import asyncio
from collections.abc import Callable
from typing import Final

import pytest
from structlog.testing import capture_logs

from app.actions.accept_mentions import Delivery, accept_mentions
from app.cases.tables import CASE
from app.core.clock import SetClock
from app.engine.ports import Ports
from app.jobs import deadlines, supervise
from app.jobs.supervise import Jobs
from tests.support.desk import mention
from tests.support.scene import Scene

PATIENCE_SECONDS: Final = 60.0


async def until(ports: Ports, so: Callable[[], bool]) -> None:
    """Wait for the log's next news until it is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with ports.bus.listen("log") as news:
            while not so():
                await news.wait(0.05)


async def test_a_mention_goes_through_and_its_answer_leaves_by_themselves(ports: Ports, clock: SetClock) -> None:
    scene = Scene(ports, clock)
    jobs = Jobs(ports, scene.publishers())
    await jobs.start()
    try:
        await asyncio.to_thread(accept_mentions, ports, [Delivery("test", [mention("1", "@acme where is my order?")])])

        def arrived() -> bool:
            with ports.db.read() as conn:
                return conn.execute(CASE.select()).first() is not None

        await until(ports, arrived)
        with ports.db.read() as conn:
            case = conn.execute(CASE.select()).one().id
        reply = await asyncio.to_thread(scene.send, scene.ana, case)
        clock.move(seconds=ports.settings.earshot_undo_seconds)
        await until(ports, lambda: scene.reply(reply.id).state == "sent")
        clock.move(days=3)
        await asyncio.to_thread(scene.hear, "@acme and again?", handle="other")
        clock.move(days=3)
        await until(ports, lambda: bool(scene.events(kind="clock.breached")))
    finally:
        await jobs.stop()


def test_before_the_rules_are_read_the_duty_is_kept_and_nothing_fires_then_what_is_due_does_at_once(ports: Ports, clock: SetClock) -> None:
    scene = Scene(ports, clock)
    scene.hear()
    clock.move(days=2)
    jobs = Jobs(ports, scene.publishers())
    jobs._tick()
    assert not deadlines.beat(ports, "another process"), "the duty is taken"
    assert not scene.events(kind="clock.breached")
    jobs._begin()
    assert scene.events(kind="clock.breached")


async def test_a_job_that_dies_is_said_loudly_and_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "RESTART_SECONDS", 0.0)
    runs: list[int] = []
    again = asyncio.Event()

    async def falls_once() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError("no database")
        again.set()
        await asyncio.Event().wait()

    with capture_logs() as said:
        task = asyncio.create_task(supervise._kept_alive("intake", falls_once))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await again.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [(s["log_level"], s["job"]) for s in said] == [("error", "intake")]
