"""Several answers leave at a time; a network that stands still holds up only its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import update

from app.actions.attempts import Publishers
from app.cases.tables import REPLY
from app.channels.port import Outcome, Outgoing, Sent, Sureness, TryAgain, Unknown
from app.core.clock import SetClock
from app.engine.ports import Ports
from app.jobs.deliver import AT_ONCE_PER_ACCOUNT, Senders, run
from tests.support.scene import Network, Scene

PATIENCE_SECONDS = 60.0
Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def scene(ports: Ports, clock: SetClock) -> Scene:
    """A desk with its people."""
    return Scene(ports, clock)


def sent(out: Outgoing) -> Outcome:
    return Sent(f"n-{out.reply_id}")


def queued(scene: Scene, count: int, account: str) -> list[str]:
    """So many answers on an account, ready to leave."""
    cases = [scene.hear(handle=f"{account.strip('@')}_{n}", account=account).id for n in range(count)]
    ids = [scene.send(scene.ana, case).id for case in cases]
    scene.clock.move(seconds=scene.ports.settings.earshot_undo_seconds + 1)
    return ids


@asynccontextmanager
async def running(scene: Scene, network: Network) -> AsyncIterator[Until]:
    """The job at work; what is yielded waits until something is so."""
    publishers: Publishers = {"echo": network}
    job = asyncio.create_task(run(scene.ports, publishers))

    async def until(so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            with scene.ports.bus.listen("log") as news:
                while not so():
                    await news.wait(0.05)

    try:
        yield until
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)


@pytest.mark.parametrize(("sure", "at_once"), [("keyed", AT_ONCE_PER_ACCOUNT), ("never", 1)])
async def test_a_network_that_stands_still_holds_up_only_its_own(scene: Scene, sure: Sureness, at_once: int) -> None:
    stuck, well = queued(scene, 6, "@stuck"), queued(scene, 3, "@well")
    moves = threading.Event()

    def publish(out: Outgoing) -> Outcome:
        if out.account == "@stuck":
            assert moves.wait(PATIENCE_SECONDS)
        return sent(out)

    network = Network(publish, sure=sure)
    async with running(scene, network) as until:
        await until(lambda: all(scene.reply(id).state == "sent" for id in well))
        assert sum(post.account == "@stuck" for post in network.posts) == at_once
        assert sum(scene.reply(id).state == "sending" for id in stuck) == at_once
        moves.set()
        await until(lambda: all(scene.reply(id).state == "sent" for id in stuck))
    assert len(network.posts) == 9


async def test_an_answer_that_waits_for_nobody_leaves_as_it_is_written(
    ports: Ports, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.deliver.TICK_SECONDS", 3_600.0)  # nobody waits for it
    scene = Scene(replace(ports, settings=ports.settings.model_copy(update={"earshot_undo_seconds": 0})), clock)
    case = scene.hear().id
    async with running(scene, Network(sent)) as until:
        reply = await asyncio.to_thread(scene.send, scene.ana, case)
        await until(lambda: scene.reply(reply.id).state == "sent")


async def test_a_fault_with_one_answer_stops_no_other(scene: Scene) -> None:
    bad, good = queued(scene, 1, "@bad"), queued(scene, 2, "@good")
    network = Network(sent)
    with scene.ports.db.write() as tx:
        tx.conn.execute(update(REPLY).where(REPLY.c.id == bad[0]).values(publisher="pigeon"))
    async with running(scene, network) as until:
        await until(lambda: all(scene.reply(id).state == "sent" for id in good))
    assert scene.reply(bad[0]).state == "queued"


def test_an_account_in_trouble_is_tried_by_one_at_a_time_after_a_rest(scene: Scene) -> None:
    queued(scene, 6, "@acme")
    outcomes: list[Outcome] = [TryAgain("no connection"), Unknown("no answer in time")]
    senders = Senders(scene.ports, {"echo": Network(sent)})
    first = senders.take(senders.look(senders.closed(), 10))
    assert len(first) == AT_ONCE_PER_ACCOUNT
    assert senders.closed() == [("x", "", "@acme")]
    for one, outcome in zip(first, [*outcomes, None, None], strict=True):
        senders.finish(one, outcome)
    assert senders.closed() == [("x", "", "@acme")], "it rests"
    assert not senders.take(senders.look([], 10))
