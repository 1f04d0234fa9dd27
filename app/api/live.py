"""The live stream: what the log says from a cursor on, over a socket or by long poll. It brings news; commands go by POST.

A cursor is the ``seq`` and, so that a restored database is noticed, the ``at`` of the last event a client has (``engine.cursor``).

Each connection has its own task and its own cursor, and reads the log in pages of at most 256 events: its backlog lies in
the database, not in memory. A reader that does not take a frame within ten seconds is told ``slow`` and let go; it
comes back with its cursor and misses nothing. A wake-up only saves waiting: every connection also looks once a second.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, Literal

import anyio
import anyio.abc
import anyio.to_thread
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from app.api.answers import answer
from app.api.events import LogPage, may_see, newest_of, read_page, shown_to
from app.api.reading import Query, in_thread, ports_of, query_of
from app.core.clock import parse_rfc3339, rfc3339
from app.core.errors import Forbidden, NotSignedIn, TooMany
from app.door.entry import Entry, needs
from app.door.identity import RIGHTS_CHANGED, Visitor, identify
from app.engine.cursor import LARGEST_SEQ, LOST, Cursor, at_event, milliseconds, moment
from app.engine.log import as_json
from app.engine.ports import Ports
from app.engine.telemetry import LIVE_CONNECTIONS, LIVE_DROPPED

POLL_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.03  # between two pages of one reader: a burst is read together instead of one by one
SEND_SECONDS: Final = 10.0
LAST_WORD_SECONDS: Final = 1.0
RECHECK_SECONDS: Final = 5.0
MAX_CONNECTIONS: Final = 2_000
MAX_FRAMES: Final = 120  # a minute of what a client may say; it has nothing to say but that it lives
_POLICY, _TRY_LATER = 1008, 1013


class EventsQuery(Query):
    """From which event on, and how long to wait for the first."""

    since: int | None = Field(None, ge=0, le=LARGEST_SEQ, description="Events after this seq; without it only those to come.")
    at: AwareDatetime | None = Field(None, description="The time of that event, as it stood there: a restored database is noticed by it.")
    wait: float = Field(0, ge=0, le=60, description="Seconds to wait for the first event, such as 25.")


class EventActor(BaseModel):
    """Who did it."""

    kind: Literal["agent", "customer", "rule", "timer", "system", "api"]
    id: str | None


class EventRecord(BaseModel):
    """One event of the log."""

    seq: int
    type: str
    at: str = Field(json_schema_extra={"format": "date-time"})
    case: str | None
    customer: str | None
    mention: str | None
    actor: EventActor
    cause: int | None
    data: dict[str, Any]


class EventsAnswer(BaseModel):
    """A page of events. Ask again with ``since`` = ``next``. After ``reset`` fetch what you show afresh, then go on from ``next``.

    ``next_at`` is the time of the event ``next``, to be sent as ``at`` with it.
    """

    type: Literal["events", "reset"]
    head: int
    items: list[EventRecord]
    next: int
    next_at: str | None = Field(json_schema_extra={"format": "date-time"})


class _Slow(Exception):
    """A frame was not taken in time."""


class _Ended(Exception):
    """The asker has no right to the stream any more."""


class _Connection:
    """One socket: its cursor, its asker, and the frames it is sent."""

    def __init__(self, socket: WebSocket, ports: Ports, visitor: Visitor) -> None:
        self._socket, self._ports, self._visitor = socket, ports, visitor
        self._beat_every: Final = ports.settings.earshot_heartbeat_seconds
        self._checked_at = self._sent_at = anyio.current_time()

    async def serve(self, since: Cursor | None) -> None:
        """Until the client goes, falls behind, or loses its right."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._listen, tasks.cancel_scope)
            try:
                await self._tell(since)
            except _Slow:
                LIVE_DROPPED.inc()
                await self._part({"type": "slow"}, _TRY_LATER)
            except _Ended:
                await self._part({"type": "signed_out"}, _POLICY)
            except (WebSocketDisconnect, RuntimeError) as error:
                if isinstance(error, RuntimeError) and self._socket.client_state is WebSocketState.CONNECTED:
                    raise
            tasks.cancel_scope.cancel()

    async def _tell(self, since: Cursor | None) -> None:
        with self._ports.bus.listen("log") as news:
            head = await in_thread(newest_of, self._ports)
            await self._send({"type": "hello", **_told(head), "heartbeat_seconds": self._beat_every})
            cursor = head if since is None else since
            while True:
                page = await in_thread(read_page, self._ports, cursor)
                if page.lost:
                    await self._send({"type": "reset", **_told(page.head)})
                    cursor = page.head
                    continue
                cursor = await self._send_page(page, cursor)
                await self._keep_alive(page.head)
                if page.events:
                    await anyio.sleep(PAUSE_SECONDS)
                if not page.full:
                    await news.wait(min(POLL_SECONDS, self._beat_every))

    async def _send_page(self, page: LogPage, cursor: Cursor) -> Cursor:
        for event in page.events:
            if event.kind in RIGHTS_CHANGED or anyio.current_time() - self._checked_at >= RECHECK_SECONDS:
                await self._recheck()
            if may_see(self._visitor.asker, event):
                await self._send(as_json(event))
            cursor = at_event(event)
        return cursor

    async def _keep_alive(self, head: Cursor) -> None:
        now = anyio.current_time()
        if now - self._checked_at >= RECHECK_SECONDS:
            await self._recheck()
        if now - self._sent_at >= self._beat_every:
            await self._send({"type": "beat", **_told(head)})

    async def _recheck(self) -> None:
        """Look the session or token up again: it may have ended, and the person's role may have changed."""
        try:
            self._visitor = await in_thread(identify, self._ports, self._socket)
            self._visitor.asker.need("cases.read")
        except (NotSignedIn, Forbidden) as error:
            raise _Ended from error
        self._checked_at = anyio.current_time()

    async def _send(self, frame: dict[str, Any]) -> None:
        with anyio.move_on_after(SEND_SECONDS) as limit:
            await self._socket.send_text(_text(frame))
        if limit.cancelled_caught:
            raise _Slow
        self._sent_at = anyio.current_time()

    async def _part(self, frame: dict[str, Any], code: int) -> None:
        await _in_time(lambda: self._socket.send_text(_text(frame)))
        await _in_time(lambda: self._socket.close(code, str(frame["type"])))

    async def _listen(self, scope: anyio.CancelScope) -> None:
        """Notice that the client goes. What it says is not read: one that says much is shown the door."""
        window, frames = anyio.current_time(), 0
        while (await self._socket.receive())["type"] != "websocket.disconnect":
            if anyio.current_time() - window > 60:
                window, frames = anyio.current_time(), 0
            frames += 1
            if frames > MAX_FRAMES:
                await _in_time(lambda: self._socket.close(_POLICY, "too many frames"))
                break
        scope.cancel()


async def live(socket: WebSocket) -> None:
    """The stream over a socket. A ``since`` that is no number counts as one that is lost: the client is told to start afresh."""
    await socket.accept()
    app = socket.app.state
    app.live = getattr(app, "live", 0)
    if app.live >= MAX_CONNECTIONS:
        await socket.close(_TRY_LATER, "full")
        return
    app.live += 1
    LIVE_CONNECTIONS.inc()
    try:
        await _Connection(socket, socket.state.ports, socket.state.visitor).serve(_cursor(socket))
    finally:
        app.live -= 1
        LIVE_CONNECTIONS.dec()


async def events(request: Request) -> Response:
    """The same items by long poll."""
    query, ports = query_of(request, EventsQuery), ports_of(request)
    app = request.app.state
    app.polls = getattr(app, "polls", 0)
    if query.wait and app.polls >= MAX_CONNECTIONS:
        raise TooMany("Too many readers wait already.", retry_after_seconds=5)
    app.polls += 1
    try:
        return await _waited(request, ports, query)
    finally:
        app.polls -= 1


async def _waited(request: Request, ports: Ports, query: EventsQuery) -> Response:
    visitor: Visitor = request.state.visitor
    cursor = await in_thread(newest_of, ports) if query.since is None else _asked(query.since, query.at)
    until = anyio.current_time() + query.wait
    with ports.bus.listen("log") as news:
        while True:
            page = await in_thread(read_page, ports, cursor)
            if page.lost:
                return _answered("reset", page.head, [], page.head)
            items = shown_to(visitor.asker, page.events)
            cursor = at_event(page.events[-1]) if page.events else cursor
            left = until - anyio.current_time()
            if items or (left <= 0 and not page.full) or ports.stopping.closing or await request.is_disconnected():
                return _answered("events", page.head, items, cursor)
            if not page.full:
                await news.wait(min(left, POLL_SECONDS))
                visitor = await in_thread(identify, ports, request)
                visitor.asker.need("cases.read")


def _answered(type: str, head: Cursor, items: list[dict[str, Any]], cursor: Cursor) -> Response:
    return answer({"type": type, "head": head.seq, "items": items, "next": cursor.seq, "next_at": _told(cursor)["at"]})


def _told(cursor: Cursor) -> dict[str, Any]:
    return {"head": cursor.seq, "at": None if cursor.at is None else rfc3339(moment(cursor.at))}


def _asked(since: int, at: datetime | None) -> Cursor:
    return Cursor(since, None if at is None else milliseconds(at))


def _cursor(socket: WebSocket) -> Cursor | None:
    """Where a socket's client stands; what cannot be read counts as lost."""
    since, at = socket.query_params.get("since"), socket.query_params.get("at")
    if since is None:
        return None
    if not since.isascii() or not since.isdigit() or len(since) > len(str(LARGEST_SEQ)) or int(since) > LARGEST_SEQ:
        return LOST
    try:
        return _asked(int(since), parse_rfc3339(at) if at else None)
    except ValueError:
        return LOST


def _text(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


async def _in_time(last: Callable[[], Awaitable[None]]) -> None:
    """A last word to a client that may be gone or may not listen: said once, for a moment."""
    with anyio.move_on_after(LAST_WORD_SECONDS):
        try:
            await last()
        except (WebSocketDisconnect, RuntimeError):
            return


ENTRIES: Final = (
    Entry("WS", "/api/v1/live", live, needs("cases.read"), query=EventsQuery, tag="Live",
          summary="The live stream: hello, then every event once and in order, and beats."),
    Entry("GET", "/api/v1/events", events, needs("cases.read"), query=EventsQuery, answer=EventsAnswer, fails=(429,), tag="Live",
          summary="The same events by long poll."),
)  # fmt: skip
