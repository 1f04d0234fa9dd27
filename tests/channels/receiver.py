"""A receiver of webhooks in a thread of the test: real sockets, and answers that the test writes byte by byte."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import parse_headers
from io import BytesIO


@dataclass
class Heard:
    """One request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers each connection with the next of ``answers``; an empty one cuts the line without a word."""

    port: int
    answers: list[bytes]
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/replies"


HANGS = b"hangs"


@contextmanager
def receiver(*answers: bytes) -> Iterator[Receiver]:
    """Listening on a free port of loopback until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Receiver(listening.getsockname()[1], list(answers))
        thread = threading.Thread(target=_serve, args=(listening, made), daemon=True)
        thread.start()
        yield made
        made.release.set()
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def answer(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def json_answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An answer that is JSON."""
    return answer(status, body, "Content-Type: application/json", *headers)


def _serve(listening: socket.socket, made: Receiver) -> None:
    while True:
        try:
            line, _ = listening.accept()
        except OSError:
            return
        with line:
            made.connections += 1
            if made.connections <= len(made.answers):
                _converse(line, made, made.answers[made.connections - 1])


def _converse(line: socket.socket, made: Receiver, told: bytes) -> None:
    with line.makefile("rb") as stream:
        request = stream.readline().decode().strip()
        if not request:
            return
        fields = parse_headers(BytesIO(b"".join(iter(stream.readline, b"\r\n")) + b"\r\n"))
        headers = {name.lower(): value for name, value in fields.items()}
        made.heard.append(Heard(request, headers, stream.read(int(headers.get("content-length", 0)))))
    if told == HANGS:
        made.release.wait(30)
        return
    try:
        line.sendall(told)
    except OSError:
        return  # whoever asked has heard enough
