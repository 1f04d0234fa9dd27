"""Many readers of one stream, in a process of their own: raw sockets and one loop, so that a thousand of them cost less than a server.

Run as ``python -m bench.listeners`` with what to open as JSON on standard input. It says ``open`` when every socket is greeted, reads
until a line comes on standard input, and then says as JSON what it heard: a few of the sockets (``sampled``) note when each number
first came, all count frames and bytes. Moments are of ``time.monotonic``, which every process of a machine shares.
"""

import base64
import json
import os
import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final

_NUMBER: Final = re.compile(rb"benchmark_(\d+)_")
_BYTES: Final = 262_144
_ANSWER_SECONDS: Final = 60.0
_PING: Final = 9
_PONG_FRAME: Final = b"\x8a\x80\x00\x00\x00\x00"  # an empty answer, masked with zeros; the payload of the ping is put behind it


@dataclass(slots=True)
class Reader:
    """One socket."""

    link: socket.socket
    sampled: bool
    left: bytes = b""
    frames: int = 0
    taken: int = 0
    seen: dict[int, float] = field(default_factory=dict)

    def take(self, now: float) -> bool:
        """Read what is there; False when the server has gone."""
        chunk = self.link.recv(_BYTES)
        if not chunk:
            return False
        self.taken += len(chunk)
        data, at = self.left + chunk, 0
        while (end := _end_of_frame(data, at)) is not None:
            self.frames += 1
            if data[at] & 0x0F == _PING:
                said = data[at + 2 : end]
                self.link.sendall(_PONG_FRAME[:1] + bytes([0x80 | len(said)]) + _PONG_FRAME[2:] + said)
            elif self.sampled:
                for number in _NUMBER.findall(data, at, end):
                    self.seen.setdefault(int(number), now)
            at = end
        self.left = data[at:]
        return True


def main() -> None:
    """Open, read, tell."""
    wanted = json.loads(sys.stdin.readline())
    readers = [
        Reader(_opened(wanted["host"], wanted["port"], wanted["path"], headers), n < wanted["sampled"])
        for n, headers in enumerate(wanted["headers"])
    ]
    _say("open")
    began = time.process_time()
    gone = _read_until_told(readers)
    heard = {
        "seen": [r.seen for r in readers if r.sampled], "frames": sum(r.frames for r in readers), "bytes": sum(r.taken for r in readers),
        "gone": gone, "cpu_seconds": time.process_time() - began,
    }  # fmt: skip
    _say(json.dumps(heard))


def _read_until_told(readers: list[Reader]) -> int:
    gone = 0
    with selectors.DefaultSelector() as watched:
        watched.register(sys.stdin, selectors.EVENT_READ, None)
        for reader in readers:
            reader.link.setblocking(False)
            watched.register(reader.link, selectors.EVENT_READ, reader)
        while True:
            ready = watched.select()
            now = time.monotonic()
            for key, _ in ready:
                if key.data is None:
                    return gone
                if not key.data.take(now):
                    watched.unregister(key.fileobj)
                    gone += 1


def _opened(host: str, port: int, path: str, headers: dict[str, str]) -> socket.socket:
    link = socket.create_connection((host, port), _ANSWER_SECONDS)
    lines = [
        f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", *(f"{k}: {v}" for k, v in headers.items()), "", "",
    ]  # fmt: skip
    link.sendall("\r\n".join(lines).encode())
    said = b""
    while b"\r\n\r\n" not in said:
        said += link.recv(1)  # not a byte of the first frame
        if not said:
            raise ConnectionError("the server closed before it answered")
    if b" 101 " not in said.split(b"\r\n", 1)[0]:
        raise ConnectionError(said.decode(errors="replace"))
    return link


def _end_of_frame(data: bytes, at: int) -> int | None:
    """Where the frame that begins there ends; None when it is not all here (servers do not mask)."""
    if len(data) < at + 2:
        return None
    size, begins = data[at + 1] & 0x7F, at + 2
    if size == 126:
        size, begins = int.from_bytes(data[at + 2 : at + 4]), at + 4
    elif size == 127:
        size, begins = int.from_bytes(data[at + 2 : at + 10]), at + 10
    return begins + size if len(data) >= begins + size else None


def _say(words: Any) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
