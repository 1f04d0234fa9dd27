"""The server's end of a WebSocket: uvicorn's own engine, made fit for a thousand readers of the same news.

A frame from a server is the same bytes for every reader (only clients mask theirs), so one that is encoded once is handed to each
transport as it is, past the queue, the task and the framing that every send would otherwise take. A peer that went away without a
word is cut off when it answers no ping: closing in order would wait for bytes that nobody takes.
"""

import fcntl
import socket
import sys
import termios
from asyncio.transports import BaseTransport
from typing import Any, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Close

EXTENSION: Final = "earshot.direct"
"""Under this name in a socket's ``scope["extensions"]`` stands its ``DirectSocket``, where the server is one of ours."""
SEND_BUFFER_BYTES: Final = 128 * 1024
"""What the kernel keeps for one reader. Left to itself it keeps megabytes, and a reader that takes nothing goes unnoticed so long."""
LAST_WORD_SECONDS: Final = 2.0
_TEXT: Final = 0x81  # a whole text message in one frame
_CLOSE: Final = 0x88
_LONGEST_REASON_BYTES: Final = 123


def text_frame(text: str) -> bytes:
    """The text as one unmasked WebSocket frame (RFC 6455, 5.2)."""
    return _frame(_TEXT, text.encode())


class DirectSocket(WebSocketsSansIOProtocol):
    """One connection. What is written here goes out in order with what the application sends the usual way."""

    written = 0
    """Bytes handed over by ``write``; those of the usual way are not counted."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Bound what the kernel keeps for this reader."""
        super().connection_made(transport)
        if (link := transport.get_extra_info("socket")) is not None:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    async def run_asgi(self) -> None:
        """Serve the application, which finds this connection in its scope. The handshake's own records are not kept."""
        cast(dict[str, Any], self.scope)["extensions"][EXTENSION] = self
        del self.request
        await super().run_asgi()

    @property
    def takes(self) -> bool:
        """Whether the reader keeps up: what was written before has all but left."""
        return self.writable.is_set()

    @property
    def over(self) -> bool:
        """Whether nothing can be written any more."""
        return self.close_sent or self.disconnected or self.transport.is_closing()

    def write(self, frame: bytes) -> None:
        """Hand bytes to the transport; nothing happens when the connection is over."""
        if not self.over:
            self.written += len(frame)
            self.transport.write(frame)

    @property
    def untaken(self) -> int:
        """Bytes that the reader's machine has not confirmed: those that wait here, and on systems that tell it those in the kernel."""
        link, waiting = self.transport.get_extra_info("socket"), self.transport.get_write_buffer_size()
        if link is None or link.fileno() < 0:
            return waiting
        try:
            return waiting + int.from_bytes(fcntl.ioctl(link.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        except OSError:
            return waiting

    async def taken(self) -> None:
        """Until the reader keeps up again, or is gone."""
        await self.writable.wait()

    def part(self, frame: bytes, code: int, reason: str) -> None:
        """Say a last word and close, also to a reader that takes nothing: what it has not taken in time is thrown away."""
        if self.over:
            return
        said = Close(code, reason.encode()[:_LONGEST_REASON_BYTES].decode(errors="ignore")).serialize()
        self.transport.write(frame + _frame(_CLOSE, said))
        self.stop_keepalive()
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LAST_WORD_SECONDS, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """No answer to a ping: the peer is gone, and so is what it did not take."""
        super().keepalive_timeout()
        self.transport.abort()


def _frame(kind: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((kind, size)) + payload
    if size < 65_536:
        return bytes((kind, 126)) + size.to_bytes(2) + payload
    return bytes((kind, 127)) + size.to_bytes(8) + payload
