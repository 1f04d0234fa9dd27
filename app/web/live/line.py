"""The way out of one connection: frames go straight to the transport while its reader keeps up, else they wait in a bounded queue.

Nobody waits for a slow reader. One that has not taken a frame for ``PATIENCE_SECONDS``, or for whom ``QUEUE_BOUND`` frames wait, is
told ``slow`` and let go; what waited is shared with everyone, so it costs a pointer a frame. It comes back with its cursor.
"""

import asyncio
import contextlib
from collections import deque
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from app.engine.sockets import EXTENSION, LAST_WORD_SECONDS, DirectSocket
from app.engine.telemetry import LIVE_DROPPED
from app.web.live.frames import Frame, frame_of

QUEUE_BOUND: Final = 256
PATIENCE_SECONDS: Final = 8.0  # looked at once a second: ten seconds after it stopped at the latest
SIGNED_OUT: Final = 1008
SLOW: Final = 1013
_SLOW_FRAME: Final = frame_of({"type": "slow"})


class Line:
    """One connection's way out. Used from the loop's own thread only."""

    __slots__ = ("_direct", "_emptying", "_gone", "_handed", "_parting", "_socket", "_taken", "_taken_at", "_waiting")

    def __init__(self, socket: WebSocket) -> None:
        found = socket.scope.get("extensions", {}).get(EXTENSION)
        self._socket = socket
        self._direct: DirectSocket | None = found if isinstance(found, DirectSocket) else None
        self._waiting: deque[Frame] | None = None  # made only for a reader that falls behind: most never do
        self._handed = 0  # frames that the server took, where it is not one of ours
        self._taken = -1
        self._taken_at = 0.0
        self._emptying: asyncio.Task[None] | None = None
        self._parting: asyncio.Task[None] | None = None
        self._gone = False

    @property
    def open(self) -> bool:
        """Whether frames are still taken."""
        return not self._gone

    def put(self, frame: Frame) -> None:
        """Send it now, or in its turn; dropped when the reader has been let go."""
        if self._gone:
            return
        if not self._waiting and self._direct is not None and self._direct.takes:
            self._direct.write(frame.wire)
            return
        if self._waiting is None:
            self._waiting = deque()
        if len(self._waiting) >= QUEUE_BOUND:
            self._let_go()
            return
        self._waiting.append(frame)
        if self._emptying is None:
            self._emptying = asyncio.create_task(self._empty())

    def look_after(self, now: float) -> None:
        """To be called about once a second with the loop's time: let the reader go that has something to take and has taken none of it."""
        if self._gone:
            return
        untaken = self._direct.untaken if self._direct is not None else 0
        taken = self._direct.written - untaken if self._direct is not None else self._handed
        if taken > self._taken or not (untaken or self._waiting):
            self._taken, self._taken_at = taken, now
        elif now - self._taken_at > PATIENCE_SECONDS:
            self._let_go()

    def part(self, frame: Frame, code: int, reason: str) -> None:
        """Say a last word and close, without waiting for a reader that does not take it."""
        if self._gone:
            return
        self._forget()
        if self._direct is not None:
            self._direct.part(frame.wire, code, reason)
        else:
            self._parting = asyncio.create_task(_said_and_closed(self._socket, frame, code, reason))

    def end(self) -> None:
        """The connection is over."""
        self._forget()

    def _let_go(self) -> None:
        LIVE_DROPPED.inc()
        self.part(_SLOW_FRAME, SLOW, "slow")

    def _forget(self) -> None:
        self._gone = True
        self._waiting = None
        if self._emptying is not None:
            self._emptying.cancel()
            self._emptying = None

    async def _empty(self) -> None:
        """Hand on what waits, each frame as soon as the one before it was taken."""
        try:
            while self._waiting:
                frame = self._waiting[0]
                if self._direct is None:
                    await self._socket.send_text(frame.text)
                else:
                    await self._direct.taken()
                    self._direct.write(frame.wire)
                self._waiting.popleft()
                self._handed += 1
        except (WebSocketDisconnect, RuntimeError):
            self._gone = True  # the reader has gone; nothing was lost, the log has it all
        finally:
            self._emptying = None


async def _said_and_closed(socket: WebSocket, frame: Frame, code: int, reason: str) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(LAST_WORD_SECONDS):
            await socket.send_text(frame.text)
            await socket.close(code, reason)
