"""The feed: one reader of the log per process. Each run turns what happened into frames (``edition``) and hands them to the connections.

It reads by its own cursor, so a lost wake-up costs at most ``POLL_SECONDS``; what falls into one rest between two runs is one patch.
Whoever joins is brought up to date in a run, from the same snapshot as everyone's news, and only then belongs to an audience: so
nothing is missed between the two, and nothing old comes after something new. Nobody is waited for: see ``line``.
"""

import asyncio
import contextlib
import time
from collections.abc import Hashable, Iterable
from typing import Final

import anyio
import anyio.to_thread

from app.core.events import Event
from app.core.ids import CaseId, PersonId
from app.engine.cursor import START, Cursor, newest
from app.engine.ports import Ports
from app.engine.tabs import Tabs
from app.engine.telemetry import log as logger
from app.engine.viewers import Presence
from app.web.live.audience import Audience, Subscriber, audience_of, key_of
from app.web.live.edition import PAGE, Edition, Editor, Wanted
from app.web.live.frames import Frame, beat_frame, frame_of, reset_frame
from app.web.live.line import SIGNED_OUT, Line
from app.web.live.pace import Pace

POLL_SECONDS: Final = 1.0
TICK_SECONDS: Final = 1.0
RECHECK_SECONDS: Final = 5.0  # sessions are looked at, and counts that move with time
SLICE: Final = 100  # connections written to in one turn of the loop; between two slices others get theirs
BACK_PER_SECOND: Final = 70.0  # what is asked of those who were cut off: to come back no denser than this
LEAST_SPREAD_SECONDS: Final = 0.5
_SIGNED_OUT: Final = frame_of({"type": "signed_out"})
_RIGHTS_CHANGED: Final = frame_of({"type": "rights_changed"})


class Feed:
    """Reads the log for every connection of this process. Its methods belong to the loop's thread, ``nudge`` to any."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._editor = Editor(ports)
        self._spent_seconds = 0.0  # of the processor, by the runs since the last rest
        self._pace = Pace()
        self._thread = anyio.CapacityLimiter(1)  # of its own, so that news never wait behind requests for a thread
        self._audiences: dict[Hashable, Audience] = {}
        self._joining: list[Subscriber] = []
        self._people: dict[PersonId, set[Subscriber]] = {}
        self._nudged: set[CaseId] = set()  # bounded by the cases that are open
        self._unticked: tuple[Event, ...] = ()
        self._ticked_at = self._checked_at = self._beat_at = 0.0
        self._cursor = START
        self._connections = 0
        self._task: asyncio.Task[None] | None = None
        self.presence = Presence(ports.bus, self.nudge)
        self.tabs = Tabs(ports.bus)

    @property
    def cursor(self) -> Cursor:
        """Up to where everyone has been told."""
        return self._cursor

    @property
    def connections(self) -> int:
        """How many are open."""
        return self._connections

    @property
    def people(self) -> frozenset[PersonId]:
        """Who has at least one page open in this process."""
        return frozenset(self._people)

    @property
    def spread_seconds(self) -> float:
        """Over how long the connections should spread their coming back when all are cut at once."""
        return max(LEAST_SPREAD_SECONDS, self._connections / BACK_PER_SECOND)

    async def start(self) -> None:
        """Begin at the present head."""
        self._cursor = await anyio.to_thread.run_sync(self._newest)
        self._beat_at = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._run(), name="live feed")

    async def stop(self) -> None:
        """End the reader."""
        self.presence.close()
        self.tabs.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def join(self, subscriber: Subscriber) -> None:
        """Bring the connection up to date in the next run, and feed it from then on. Its first frame may be ``reset``."""
        self._connections += 1
        self._joining.append(subscriber)
        self._ports.bus.wake_here("log")

    def leave(self, subscriber: Subscriber) -> None:
        """Feed it no more."""
        self._connections -= 1
        if subscriber in self._joining:
            self._joining.remove(subscriber)
        if (audience := subscriber.audience) is not None:
            audience.members.discard(subscriber)
            if not audience.members:
                self._audiences.pop(key_of(subscriber), None)
        person = subscriber.visitor.asker.person_id
        if person is not None and (there := self._people.get(person)) is not None:
            there.discard(subscriber)
            if not there:
                del self._people[person]

    def nudge(self, case: str) -> None:
        """Somebody opened or left the page of a case: show it where the case is shown. Cheap and forgetful; no event is made of it."""
        self._nudged.add(CaseId(case))
        self._ports.bus.wake_here("log")

    async def _run(self) -> None:
        with self._ports.bus.listen("log") as news:
            while True:
                await news.wait(POLL_SECONDS)
                self._spent_seconds = 0.0
                try:
                    while await self.once():
                        pass
                except Exception:
                    # A database that is away comes back; the cursor stands, so nothing is lost.
                    logger.exception("live feed could not read the log; trying again")
                    await asyncio.sleep(POLL_SECONDS)
                self._pace.took(self._spent_seconds)
                await asyncio.sleep(self._pace.rest_seconds)

    async def once(self) -> bool:
        """One run; True when more news wait already."""
        now = asyncio.get_running_loop().time()
        wanted = self._wanted(now)
        try:
            made = await anyio.to_thread.run_sync(self._editor.edition, wanted, limiter=self._thread)
        except BaseException:
            self._editor.forget(wanted.audiences)
            self._joining[:0] = [s for s in wanted.joining if s.line is not None and s.line.open]
            raise
        self._send_away(made)
        if made.restored:
            await self._start_afresh(made.cursor, wanted.joining)
        else:
            began = time.thread_time()
            await self._hand_out(made)
            self._spent_seconds += made.cpu_seconds + time.thread_time() - began
        self._cursor = made.cursor
        self._unticked = () if wanted.unticked is not None else (*self._unticked, *made.events)[-PAGE:]
        await self._tend(now)
        return made.full

    def _wanted(self, now: float) -> Wanted:
        """What this run is asked for, by what is open and what is due."""
        joining, self._joining = self._joining, []
        nudged = set[CaseId]()
        while self._nudged:
            nudged.add(self._nudged.pop())  # one by one: other threads may add meanwhile
        unticked = None
        if now - self._ticked_at >= TICK_SECONDS:
            self._ticked_at, unticked = now, self._unticked
        check = now - self._checked_at >= RECHECK_SECONDS
        if check:
            self._checked_at = now
        people = frozenset(p for p, there in self._people.items() if any(s.visitor.asker.may("cases.read") for s in there))
        return Wanted(
            self._cursor,
            list(self._audiences.values()),
            joining,
            people,
            frozenset(nudged),
            unticked,
            time_passed=check,
            check_rights=check,
        )

    async def _hand_out(self, made: Edition) -> None:
        for audience, frame in made.patches:
            await _put(frame, audience.members)
        for person, frame in made.own:
            await _put(frame, self._people.get(person, ()))
        for subscriber, frames in made.joined:
            for frame in frames:
                if subscriber.line is not None:
                    subscriber.line.put(frame)
            self._seat(subscriber)

    def _seat(self, subscriber: Subscriber) -> None:
        """Up to date: from now on it is fed with the others of its audience, of whom nothing is taken for known any more."""
        if subscriber.line is None or not subscriber.line.open:
            return  # it left meanwhile
        key = key_of(subscriber)
        audience = self._audiences.get(key)
        if audience is None:
            self._audiences[key] = audience = audience_of(subscriber)
        audience.forget()
        audience.members.add(subscriber)
        subscriber.audience = audience
        if (person := subscriber.visitor.asker.person_id) is not None:
            self._people.setdefault(person, set()).add(subscriber)

    def _send_away(self, made: Edition) -> None:
        """Those whose session ended or whose rights changed, before they are handed anything of what happened since."""
        if not made.ended and not made.changed:
            return
        for subscriber in [*self._everyone(), *(s for s, _ in made.joined)]:
            session, line = subscriber.visitor.session, subscriber.line
            if line is not None and session in made.ended:
                line.part(_SIGNED_OUT, SIGNED_OUT, "signed_out")
            elif line is not None and session in made.changed:
                line.part(_RIGHTS_CHANGED, SIGNED_OUT, "rights_changed")

    async def _start_afresh(self, cursor: Cursor, joining: Iterable[Subscriber]) -> None:
        logger.warning("the log is not the one that was read before: the database was restored; every page is told to start afresh")
        frame = reset_frame(cursor, spread=True)
        for subscriber in joining:
            self._seat(subscriber)
        for audience in self._audiences.values():
            audience.forget()
        await _put(frame, self._everyone())

    async def _tend(self, now: float) -> None:
        """What is due by time: the beat, readers that take nothing, viewers of processes that are gone."""
        if now - self._beat_at >= self._ports.settings.earshot_heartbeat_seconds:
            self._beat_at = now
            await _put(beat_frame(self._cursor), self._everyone())
        if self._ticked_at == now:
            for subscriber in self._everyone():
                if subscriber.line is not None:
                    subscriber.line.look_after(now)
            self.presence.tend()
            self.tabs.tend()

    def _everyone(self) -> list[Subscriber]:
        return [s for audience in self._audiences.values() for s in audience.members]

    def _newest(self) -> Cursor:
        with self._ports.db.read() as conn:
            return newest(conn)


async def _put(frame: Frame, members: Iterable[Subscriber]) -> None:
    """The same frame into each line, with a breath for everyone else now and then."""
    for number, subscriber in enumerate(tuple(members), 1):
        line: Line | None = subscriber.line
        if line is not None:
            line.put(frame)
        if number % SLICE == 0:
            await asyncio.sleep(0)
