"""HTTP/1.1 over one kept connection, as little of it as a load generator needs: a full client would itself be the load."""

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

MAX_ANSWER_BYTES: Final = 16 * 1_048_576


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that came whole. Names of ``headers`` are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection to ``url``, opened when it is needed and again after an error. One call at a time."""

    def __init__(self, url: str, headers: dict[str, str], timeout_seconds: float) -> None:
        self._to = urlsplit(url)
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._timeout_seconds = timeout_seconds
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes, kind: str = "application/json", *, more: str = "") -> Answer:
        """The answer; ConnectionError when none came whole in time. Whether the other side acted on the call is then unknown.

        ``more`` are header lines for this call alone, each ended with CR LF.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._answer(await self._send(path, body, kind, more))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            raise ConnectionError(f"{type(error).__name__}: {error}") from error

    async def post_and_hang_up(self, path: str, body: bytes, kind: str = "application/json", *, more: str = "") -> None:
        """Send a call whole and be gone before its answer: what a lost response looks like to the desk."""
        await self._send(path, body, kind, more)
        self.close()

    async def open(self) -> None:
        """Be connected before the first call, where the moment of the call matters."""
        if self._open is not None and self._open[0].at_eof():
            self.close()
        if self._open is None:
            self._open = await asyncio.open_connection(self._to.hostname, self._to.port, limit=MAX_ANSWER_BYTES)

    async def _send(self, path: str, body: bytes, kind: str, more: str) -> asyncio.StreamReader:
        await self.open()
        if self._open is None:
            raise ConnectionError("not connected")
        reader, writer = self._open
        about = f"{self._headers}{more}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"POST {path} HTTP/1.1\r\nHost: {self._to.netloc}\r\n{about}\r\n".encode() + body)
        await writer.drain()
        return reader

    async def _answer(self, reader: asyncio.StreamReader) -> Answer:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(first.split(" ", 2)[1]), headers, body)

    def close(self) -> None:
        """Hang up; the next call opens a new connection."""
        if self._open is not None:
            self._open[1].close()
            self._open = None
