"""The feed: one reader of the log per process. It turns each run of events into patches and puts them into the connections' queues.

It reads by its own cursor, so a lost wake-up costs at most ``POLL_SECONDS``; events that fall into one tick are one patch.
A connection whose queue is full is told ``slow`` and dropped; it resumes by its cursor and misses nothing.
"""

import asyncio
import contextlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anyio.to_thread

from app.cases.model import Case
from app.core.errors import DeskError
from app.core.events import Event
from app.core.ids import CaseId
from app.door.identity import Visitor
from app.engine import log
from app.engine.database import Snapshot
from app.engine.ports import Ports
from app.engine.telemetry import LIVE_DROPPED
from app.engine.telemetry import log as logger
from app.queries.touched import touched_cases
from app.web.live.notices import notices
from app.web.live.providers import regions
from app.web.live.watch import Watch

POLL_SECONDS: Final = 1.0
COALESCE_SECONDS: Final = 0.01  # what comes within a hundredth of a second is one patch
QUEUE_BOUND: Final = 256
SENT_BOUND: Final = 2_000  # regions remembered a connection; beyond it all are forgotten, and what is equal may be sent once more
PAGE: Final = 500
CATCH_UP_BOUND: Final = 5_000  # events; a browser that was away for more fetches its page afresh
TICKED: Final = frozenset({"wallboard"})
"""Kinds of page whose figures move with time too, and with nearly every event: asked once in ``TICK_SECONDS`` instead of at each event."""
TICK_SECONDS: Final = 1.0


@dataclass(eq=False, slots=True)
class Subscriber:
    """One connection. ``sent`` keeps the hash of each region as last sent, so that only what changed goes out."""

    visitor: Visitor
    kind: str
    args: str
    cursor: int
    queue: asyncio.Queue[dict[str, Any]] = field(default_factory=lambda: asyncio.Queue(QUEUE_BOUND))
    sent: dict[str, int] = field(default_factory=dict)
    dropped: bool = False


class Feed:
    """Reads the log for every subscriber of this process."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._subscribers: set[Subscriber] = set()
        self._cursor = 0
        self._unticked: tuple[Event, ...] = ()
        self._ticked_at = 0.0
        self._nudged: set[CaseId] = set()  # bounded by the pages that are open
        self._task: asyncio.Task[None] | None = None

    @property
    def head(self) -> int:
        """The newest event this feed has handed out."""
        return self._cursor

    async def start(self) -> None:
        """Begin at the present head."""
        self._cursor = await anyio.to_thread.run_sync(self._head)
        self._task = asyncio.create_task(self._run(), name="live feed")

    async def stop(self) -> None:
        """End the reader."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def join(self, subscriber: Subscriber) -> None:
        """Catch the subscriber up from its cursor to the feed's, then keep it fed. Its first frame may be ``reset``."""
        self._subscribers.add(subscriber)  # before catching up: what comes meanwhile waits in its queue, and is equal or newer
        since, upto = subscriber.cursor, self._cursor
        oldest, head = await anyio.to_thread.run_sync(self._kept)
        if since > head or since < oldest - 1 or upto - since > CATCH_UP_BOUND:
            self._put(subscriber, {"type": "reset", "head": head})
            subscriber.cursor = head
        elif since < upto:
            for frame in await anyio.to_thread.run_sync(self._caught_up, subscriber, since, upto):
                self._put(subscriber, frame)

    def nudge(self, case: str) -> None:
        """Somebody opened or left the page of a case: show it where the case is shown. Cheap and forgetful; no event is made of it."""
        self._nudged.add(CaseId(case))
        self._ports.bus.wake("log")

    def leave(self, subscriber: Subscriber) -> None:
        """Feed it no more."""
        self._subscribers.discard(subscriber)

    async def _run(self) -> None:
        with self._ports.bus.listen("log") as news:
            while True:
                await news.wait(POLL_SECONDS)
                try:
                    await self._read_all()
                    await self._show_nudged()
                    await self._tick()
                except Exception:
                    # A database that is away comes back; the cursor stands, so nothing is lost.
                    logger.exception("live feed could not read the log; trying again")
                    await asyncio.sleep(POLL_SECONDS)

    async def _read_all(self) -> None:
        while True:
            events = await anyio.to_thread.run_sync(self._read, self._cursor)
            if not events:
                return
            self._unticked = (*self._unticked, *events)[-PAGE:]
            await self._send([s for s in self._subscribers if s.kind not in TICKED], tuple(events))
            self._cursor = events[-1].seq
            await asyncio.sleep(COALESCE_SECONDS)
            await self._tick()  # here too, because a steady stream of news would keep this loop going

    async def _show_nudged(self) -> None:
        nudged, self._nudged = self._nudged, set()
        if nudged:
            await self._send([s for s in self._subscribers if s.kind not in TICKED], (), frozenset(nudged))

    async def _tick(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._ticked_at < TICK_SECONDS:
            return
        self._ticked_at = now
        events, self._unticked = self._unticked, ()
        await self._send([s for s in self._subscribers if s.kind in TICKED], events)

    async def _send(self, subscribers: Sequence[Subscriber], events: tuple[Event, ...], nudged: frozenset[CaseId] = frozenset()) -> None:
        if not subscribers:
            return
        frames = await anyio.to_thread.run_sync(self._patches, subscribers, events, nudged)
        for subscriber, frame in zip(subscribers, frames, strict=True):
            if frame is not None:
                self._put(subscriber, frame)

    def _put(self, subscriber: Subscriber, frame: dict[str, Any]) -> None:
        if subscriber.dropped:
            return
        try:
            subscriber.queue.put_nowait(frame)
        except asyncio.QueueFull:
            subscriber.dropped = True
            LIVE_DROPPED.inc()
            self.leave(subscriber)

    def _head(self) -> int:
        with self._ports.db.read() as conn:
            return log.head(conn)

    def _kept(self) -> tuple[int, int]:
        with self._ports.db.read() as conn:
            return log.oldest(conn), log.head(conn)

    def _read(self, since: int) -> list[Event]:
        with self._ports.db.read() as conn:
            return log.read_since(conn, since, PAGE)

    def _caught_up(self, subscriber: Subscriber, since: int, upto: int) -> list[dict[str, Any]]:
        frames = []
        with self._ports.db.read() as conn:
            while since < upto:
                events = [e for e in log.read_since(conn, since, PAGE) if e.seq <= upto]
                if not events:
                    break
                frame = self._patch(conn, subscriber, tuple(events), touched_cases(conn, events), {})
                if frame is not None:
                    frames.append(frame)
                since = events[-1].seq
        return frames

    def _patches(
        self, subscribers: Sequence[Subscriber], events: tuple[Event, ...], nudged: frozenset[CaseId] = frozenset()
    ) -> list[dict[str, Any] | None]:
        with self._ports.db.read() as conn:
            cases = touched_cases(conn, events, nudged)
            memo: dict[Hashable, Any] = {}  # what is the same for several viewers is asked and rendered once
            return [self._patch(conn, s, events, cases, memo) for s in subscribers]

    def _patch(
        self, conn: Snapshot, subscriber: Subscriber, events: tuple[Event, ...], cases: Mapping[CaseId, Case], memo: dict[Hashable, Any]
    ) -> dict[str, Any] | None:
        """The patch of one run of events for one subscriber; None when nothing it may see changed."""
        watch = Watch(self._ports, conn, subscriber.visitor, subscriber.args, events, cases, memo)
        seq = events[-1].seq if events else self._cursor
        try:
            found = regions(subscriber.kind, watch)
        except DeskError:
            return {"type": "reset", "head": seq}  # its page is not there (for it) any more
        changed = []
        for region in found:
            mark = hash((region.html, region.in_view, region.left_because))
            if subscriber.sent.get(region.id) != mark:
                if len(subscriber.sent) >= SENT_BOUND:
                    subscriber.sent.clear()
                subscriber.sent[region.id] = mark
                changed.append({"id": region.id, "html": region.html, "in_view": region.in_view, "left_because": region.left_because})
        said = notices(events, subscriber.args, subscriber.visitor.asker.person_id) if subscriber.kind == "case" else []
        if not changed and not said:
            return None
        return {"type": "patch", "seq": seq, "regions": changed, "notices": said}
