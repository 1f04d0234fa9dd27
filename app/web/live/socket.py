"""One connection of a page: its own task, its own bounded queue, a beat, and an end when its session ends.

The socket only brings news; every command is a POST. What a browser sends here is read and ignored, bounded by the
server's frame limit, so that a closed tab is noticed.
"""

import asyncio
import contextlib
from typing import Any, Final

import anyio.to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.core.errors import DeskError
from app.door.entry import SIGNED_IN, Entry
from app.door.identity import Visitor, by_session
from app.engine import viewers
from app.engine.ports import Ports
from app.engine.telemetry import LIVE_CONNECTIONS
from app.web.live.feed import Feed, Subscriber

SESSION_CHECK_SECONDS: Final = 5.0
SEND_SECONDS: Final = 10.0  # a reader that takes longer for one frame is gone or too slow
GOING_AWAY: Final = 1012
SIGNED_OUT: Final = 1008
SLOW: Final = 1013


async def live(socket: WebSocket) -> None:
    """Serve one page until it leaves, is too slow, or its session ends."""
    ports: Ports = socket.state.ports
    visitor: Visitor = socket.state.visitor
    feed: Feed = socket.app.state.feed
    since = socket.query_params.get("since", "")
    kind, _, args = socket.query_params.get("page", "none").partition(":")
    await socket.accept()
    subscriber = Subscriber(visitor, kind, args, int(since) if since.isdecimal() else feed.head)
    LIVE_CONNECTIONS.inc()
    if kind == "case" and visitor.person is not None:
        viewers.enter(args, id(subscriber), visitor.person.id, visitor.person.name)
        feed.nudge(args)
    reader = asyncio.create_task(_read(socket))
    try:
        await _send(socket, {"type": "hello", "head": feed.head, "heartbeat_seconds": ports.settings.earshot_heartbeat_seconds})
        await feed.join(subscriber)
        await _serve(socket, ports, feed, subscriber, reader)
    except (WebSocketDisconnect, TimeoutError, RuntimeError):
        pass  # the reader has gone; nothing was lost, the log has it all
    finally:
        feed.leave(subscriber)
        if kind == "case":
            viewers.leave(args, id(subscriber))
            feed.nudge(args)
        LIVE_CONNECTIONS.dec()
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader


async def _serve(socket: WebSocket, ports: Ports, feed: Feed, subscriber: Subscriber, reader: asyncio.Task[None]) -> None:
    loop = asyncio.get_running_loop()
    beat_at = loop.time() + ports.settings.earshot_heartbeat_seconds
    check_at = loop.time() + SESSION_CHECK_SECONDS
    while not reader.done():
        if subscriber.dropped and subscriber.queue.empty():
            await _send(socket, {"type": "slow"})
            await socket.close(SLOW)
            return
        frame = await _next(subscriber, min(beat_at, check_at) - loop.time())
        if frame is not None:
            await _send(socket, frame)
        if loop.time() >= check_at:
            if not await _still_in(ports, subscriber.visitor):
                await _send(socket, {"type": "signed_out"})
                await socket.close(SIGNED_OUT)
                return
            check_at = loop.time() + SESSION_CHECK_SECONDS
        if loop.time() >= beat_at and subscriber.queue.empty():
            # Behind every patch up to it: the browser moves its cursor to the beat's head.
            await _send(socket, {"type": "beat", "head": feed.head})
            beat_at = loop.time() + ports.settings.earshot_heartbeat_seconds


async def _next(subscriber: Subscriber, seconds: float) -> dict[str, Any] | None:
    try:
        async with asyncio.timeout(max(0.0, seconds)):  # not wait_for, which can swallow a cancellation: see engine.bus
            return await subscriber.queue.get()
    except TimeoutError:
        return None


async def _send(socket: WebSocket, frame: dict[str, Any]) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await socket.send_json(frame)


async def _read(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return


async def _still_in(ports: Ports, visitor: Visitor) -> bool:
    if visitor.session is None:
        return False
    try:
        now = await anyio.to_thread.run_sync(by_session, ports, visitor.session)
    except DeskError:
        return False
    return now.asker.permissions == visitor.asker.permissions  # a changed role takes a new connection


ENTRIES: Final = (Entry("WS", "/live", live, SIGNED_IN),)
