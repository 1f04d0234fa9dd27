"""Lets queued answers out when their undo window is over, and looks after those of doubtful outcome.

Several at a time, because a network may take seconds; few of them on one account, because a dead network must not take the
places of the others. An account whose last answers met trouble is tried by one at a time, after a rest.
"""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import anyio.to_thread

from app.actions.attempts import Publishers
from app.actions.deliver_reply import deliver_reply
from app.actions.reconcile_reply import reconcile_reply
from app.cases import outbox
from app.cases.outbox import Due, Lane
from app.channels import patience
from app.channels import store as channels
from app.channels.port import Outcome, Sent, Sureness, TryAgain, Unknown
from app.core.clock import steady
from app.core.errors import Unavailable
from app.core.ids import ReplyId
from app.engine.ports import Ports
from app.engine.telemetry import log as logger

TICK_SECONDS: Final = 0.25
AT_ONCE: Final = 16  # threads that mostly wait for a network
AT_ONCE_PER_ACCOUNT: Final = 4
STOPS_WITHIN_SECONDS: Final = 5.0  # what is under way then is left to its lease: the process has ten seconds in all
_LONGEST_REST_SECONDS: Final = 8.0
_BROKEN_RESTS_SECONDS: Final = 5.0  # an answer at which the desk itself failed would else be tried four times a second
_SERIAL_BOUND: Final = 200


@dataclass
class _Account:
    """How answers on one account went lately, in this process. ``troubled`` are those since the last that went well."""

    troubled: set[ReplyId] = field(default_factory=set)
    rests_until: float = 0.0
    sure: Sureness = "keyed"

    def note(self, reply: ReplyId, outcome: Outcome | None) -> None:
        """One answer alone may be to blame itself; two in trouble without a good one between are the network's."""
        if outcome is None:
            return
        if not isinstance(outcome, TryAgain | Unknown):
            self.troubled.clear()
            self.rests_until = 0.0
            return
        self.troubled.add(reply)
        if len(self.troubled) > 1:
            self.rests_until = steady() + min(patience.pause(len(self.troubled) - 1, 0.0), _LONGEST_REST_SECONDS)

    def places(self) -> int:
        """How many of its answers may be under way now. Where the network offers nothing against doubles it is one, so that a crash
        leaves one answer to a person and not four."""
        if steady() < self.rests_until:
            return 0
        return 1 if len(self.troubled) > 1 or self.sure == "never" else AT_ONCE_PER_ACCOUNT


class Senders:
    """The attempts of one process. Only ``look`` and ``work`` run in threads; they touch nothing of what is kept here."""

    def __init__(self, ports: Ports, publishers: Publishers) -> None:
        self._ports, self._publishers = ports, publishers
        self._accounts: dict[Lane, _Account] = {}
        self._under_way: dict[ReplyId, Lane] = {}
        self._broken: dict[ReplyId, float] = {}

    def look(self, without: list[Lane], limit: int) -> list[Due]:
        """What is due now on other accounts than these, the doubtful first: they are few and somebody waits for them."""
        now = self._ports.clock.now()
        with self._ports.db.read() as conn:
            closed = [*without, *((k.network, k.instance, k.account) for k in channels.quiet(conn, now))]
            return [*outbox.in_doubt(conn, now, limit, closed), *outbox.ready(conn, now, limit, closed)]

    def closed(self) -> list[Lane]:
        """Accounts that have no place free."""
        busy = Counter(self._under_way.values())
        return [lane for lane, account in self._accounts.items() if busy[lane] >= account.places()]

    def free(self) -> int:
        """How many attempts may begin now."""
        return AT_ONCE - len(self._under_way)

    def take(self, due: list[Due]) -> list[Due]:
        """Those of them that may begin now, and from now on count as under way."""
        self._broken = {id: until for id, until in self._broken.items() if until > steady()}
        busy, taken = Counter(self._under_way.values()), []
        for one in due:
            if len(self._under_way) >= AT_ONCE:
                break
            if one.reply.id in self._under_way or one.reply.id in self._broken:
                continue
            account = self._accounts.setdefault(one.lane, _Account())
            if (publisher := self._publishers.get(one.reply.publisher)) is not None:
                account.sure = publisher.sure
            if busy[one.lane] < account.places():
                self._under_way[one.reply.id] = one.lane
                busy[one.lane] += 1
                taken.append(one)
        return taken

    def work(self, one: Due) -> Outcome | None:
        """One attempt or one question; may take as long as the network."""
        verb = deliver_reply if one.reply.state == "queued" else reconcile_reply
        return verb(self._ports, self._publishers, one.reply)

    def put_off(self, one: Due) -> None:
        """The desk itself failed at it: later again, and meanwhile the others."""
        self._broken[one.reply.id] = steady() + _BROKEN_RESTS_SECONDS

    def finish(self, one: Due, outcome: Outcome | None) -> None:
        """Its place is free."""
        del self._under_way[one.reply.id]
        self._accounts[one.lane].note(one.reply.id, outcome)
        # Only work and trouble are remembered, so that the table stays as small as they are.
        busy = set(self._under_way.values())
        self._accounts = {lane: kept for lane, kept in self._accounts.items() if kept.troubled or lane in busy}


async def run(ports: Ports, publishers: Publishers) -> None:
    """Until cancelled. Woken by each reply that moves, because an answer that waits for nobody should leave at once."""
    senders = Senders(ports, publishers)
    with ports.bus.listen(outbox.TOPIC) as news:
        async with asyncio.TaskGroup() as calls:
            while True:
                # While the database is away nothing begins; what is under way must not be cut short by that.
                with contextlib.suppress(Unavailable):
                    await _begin(senders, calls)
                await news.wait(TICK_SECONDS)


async def _begin(senders: Senders, calls: asyncio.TaskGroup) -> None:
    """Begin what is due as far as there are places; again as long as something began, for an account with many hid the others."""
    while senders.free():
        due = await anyio.to_thread.run_sync(senders.look, senders.closed(), AT_ONCE)
        taken = senders.take(due)
        for one in taken:
            calls.create_task(_call(senders, one, calls), name="answer")
        if not taken:
            return


async def _call(senders: Senders, one: Due, calls: asyncio.TaskGroup) -> None:
    outcome: Outcome | None = None
    try:
        outcome = await _in_thread(partial(senders.work, one))
    except Exception:
        logger.exception("an answer could not be worked on; it is tried again", reply=one.reply.id)
        senders.put_off(one)
    finally:
        senders.finish(one, outcome)
    if isinstance(outcome, Sent):  # the next one at once; after anything else at the next tick, so that nothing turns in a circle
        with contextlib.suppress(Unavailable):
            await _begin(senders, calls)


async def _in_thread(work: Callable[[], Outcome | None]) -> Outcome | None:
    """What the work returns. When the desk stops, it is waited for, but not for ever: a thread that still waits for its network
    then ends with the process, and the lease tells the next process of it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Outcome | None] = loop.create_future()

    def run() -> None:
        try:
            tell = partial(done.set_result, work())
        except Exception as error:
            tell = partial(done.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it whoever waited
            loop.call_soon_threadsafe(tell)

    threading.Thread(target=run, name="answer", daemon=True).start()
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done], timeout=STOPS_WITHIN_SECONDS)
        raise


def deliver_due(ports: Ports, publishers: Publishers) -> int:
    """One attempt for each answer that may leave now, one after the other; returns how many there were."""
    senders = Senders(ports, publishers)
    with ports.db.read() as conn:
        due = outbox.ready(
            conn, ports.clock.now(), _SERIAL_BOUND, [(k.network, k.instance, k.account) for k in channels.quiet(conn, ports.clock.now())]
        )
    for one in due:
        senders.work(one)
    return len(due)


def settle_due(ports: Ports, publishers: Publishers) -> int:
    """One step for each answer of doubtful outcome whose time has come; returns how many there were."""
    senders = Senders(ports, publishers)
    with ports.db.read() as conn:
        due = outbox.in_doubt(conn, ports.clock.now(), _SERIAL_BOUND)
    for one in due:
        senders.work(one)
    return len(due)
