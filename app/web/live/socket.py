"""One connection of a page: greeted, joined to the feed, and listened to until it leaves. What it is sent is the feed's business.

The socket only brings news; every command is a POST. What a browser sends here is read and ignored, bounded in size and number,
so that a closed tab is noticed.
"""

import asyncio
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from app.door.entry import SIGNED_IN, Entry
from app.door.identity import Visitor
from app.engine.cursor import parsed
from app.engine.ports import Ports
from app.engine.tabs import is_phone
from app.engine.telemetry import LIVE_CONNECTIONS
from app.web.live.audience import Subscriber
from app.web.live.feed import Feed
from app.web.live.frames import frame_of
from app.web.live.line import Line

MAX_CONNECTIONS: Final = 5_000  # of one process; beyond it more processes are needed
MAX_FRAMES: Final = 120  # a minute of what a browser may say; it has nothing to say
_POLICY: Final = 1008
_TRY_LATER: Final = 1013
_FULL: Final = frame_of({"type": "full"})
_NO_PAGE: Final = frame_of({"type": "signed_out"})
_TOO_MUCH: Final = frame_of({"type": "too_many_frames"})


async def live(socket: WebSocket) -> None:
    """Serve one page until it leaves, is too slow, or its session ends."""
    ports: Ports = socket.state.ports
    feed: Feed = socket.app.state.feed
    since = socket.query_params.get("since", "")
    kind, _, args = socket.query_params.get("page", "none").partition(":")
    await socket.accept()
    line = Line(socket)
    if feed.connections >= MAX_CONNECTIONS:
        line.part(_FULL, _TRY_LATER, "full")
        return await _listen(socket, line)
    visitor: Visitor = socket.state.visitor
    if visitor.session is None:  # a program's token opens no page: nothing here would end it when the token is revoked
        line.part(_NO_PAGE, _POLICY, "signed_out")
        return await _listen(socket, line)
    subscriber = Subscriber(visitor, kind, args, parsed(since) if since else feed.cursor, line)
    looks = kind == "case" and visitor.person is not None
    LIVE_CONNECTIONS.inc()
    try:
        hello = {
            "type": "hello", "head": feed.cursor.seq, "heartbeat_seconds": ports.settings.earshot_heartbeat_seconds,
            "spread_seconds": feed.spread_seconds,
        }  # fmt: skip
        line.put(frame_of(hello))
        feed.join(subscriber)
        if visitor.person is not None:
            feed.tabs.enter(id(subscriber), visitor.person.id, phone=is_phone(socket.headers.get("user-agent", "")))
        if looks and visitor.person is not None:
            feed.presence.enter(args, id(subscriber), visitor.person.id, visitor.person.name)
        await _listen(socket, line)
    finally:
        line.end()
        feed.leave(subscriber)
        if visitor.person is not None:
            feed.tabs.leave(id(subscriber), visitor.person.id)
        if looks:
            feed.presence.leave(args, id(subscriber))
        LIVE_CONNECTIONS.dec()


async def _listen(socket: WebSocket, line: Line) -> None:
    """Until it leaves or has been sent away."""
    loop = asyncio.get_running_loop()
    window, frames = loop.time(), 0
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            if loop.time() - window > 60:
                window, frames = loop.time(), 0
            frames += 1
            if frames > MAX_FRAMES:
                line.part(_TOO_MUCH, _POLICY, "too many frames")
    except (WebSocketDisconnect, RuntimeError):
        return


ENTRIES: Final = (Entry("WS", "/live", live, SIGNED_IN),)
