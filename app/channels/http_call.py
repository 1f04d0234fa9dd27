"""One HTTP exchange with a stranger: one deadline over all of it, a bound on the answer, no redirects, no proxies, a checked address.

It stands on the engine beneath httpx2, because only its network port lets us do what a careful sender needs: connect to the
very address that was checked, hold one deadline over name, handshake, headers and body, and know whether a byte had left when
it failed. That last word decides between "try again" and "nobody knows".
"""

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore2

from app.channels.reach import NotAllowed, Reach, addresses_of
from app.core.clock import steady

ANSWER_BYTES: Final = 64 * 1024  # far above an id and a link; what comes behind is not read


class NotLeft(Exception):
    """No byte of the request left this process; the sentence says why."""


class NoAnswer(Exception):
    """The request left, wholly or in part, and no head of an answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; ``whole`` is False when the body broke off or was longer than ``ANSWER_BYTES``."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked. ``deadline`` is a moment of ``app.core.clock.steady`` for the whole exchange."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    deadline: float


def exchange(call: Call, reach: Reach, tls: ssl.SSLContext | None = None) -> Answer:
    """Make the call once. Raises NotLeft or NoAnswer; whatever answer comes is returned, its judgement is the caller's."""
    line = _Line(reach, call.deadline, https=urlsplit(call.url).scheme == "https")
    pool = httpcore2.ConnectionPool(ssl_context=tls, max_keepalive_connections=0, network_backend=line)
    request = httpcore2.Request(call.method, call.url, headers=_headers(call), content=call.body or None)
    try:
        with pool:
            response = pool.handle_request(request)
            try:
                body, whole = _bounded(response.iter_stream())
            finally:
                response.close()
    except NotAllowed as refused:
        raise NotLeft(str(refused)) from refused
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError, ValueError) as error:
        words = _words(error, line)
        raise (NoAnswer(words) if line.left else NotLeft(words)) from error
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    return Answer(response.status, headers, body, whole)


def _headers(call: Call) -> list[tuple[str, str]]:
    place = urlsplit(call.url)
    own = {
        "Host": place.netloc,
        "User-Agent": "Earshot",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    sized = {"Content-Length": str(len(call.body))} if call.body else {}
    return [*own.items(), *sized.items(), *call.headers.items()]


def _bounded(parts: Iterable[bytes]) -> tuple[bytes, bool]:
    """The body up to its bound, and whether that was all of it: with the head there, a body that breaks off is still an answer."""
    body = b""
    try:
        for part in parts:
            body += part
            if len(body) > ANSWER_BYTES:
                return body[:ANSWER_BYTES], False
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
        return body, False
    return body, True


def _words(error: Exception, line: "_Line") -> str:
    if isinstance(error, httpcore2.TimeoutException):
        return "no answer in time" if line.left else "no connection in time"
    if line.left:
        return "the line was cut before an answer came"
    return f"no connection: {str(error) or type(error).__name__}"[:300]


class _Line(httpcore2.NetworkBackend):
    """Opens the connection to a checked address, and remembers whether anything left on it."""

    def __init__(self, reach: Reach, deadline: float, *, https: bool) -> None:
        self._reach, self._deadline, self._https = reach, deadline, https
        self._sockets = httpcore2.SyncBackend()
        self.left = False

    def remaining(self) -> float:
        """Seconds until the deadline; ConnectTimeout when it is over."""
        seconds = self._deadline - steady()
        if seconds <= 0:
            raise httpcore2.ConnectTimeout("the time for this attempt is over")
        return seconds

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:  # fmt: skip
        """To the first of the host's addresses that takes us."""
        addresses = addresses_of(host, port, self._reach, https=self._https)
        for address in addresses[:-1]:
            try:
                return _Stream(self._sockets.connect_tcp(address, port, self.remaining() / 2, local_address, socket_options), self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                self.remaining()
        return _Stream(self._sockets.connect_tcp(addresses[-1], port, self.remaining(), local_address, socket_options), self)


class _Stream(httpcore2.NetworkStream):
    """One connection under the line's deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, line: _Line) -> None:
        self._inner, self._line = inner, line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._line.remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # The last look at the clock before the first byte: a process that was frozen until now lets nothing out.
        seconds = self._line.remaining()
        self._line.left = True
        self._inner.write(buffer, seconds)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._line.remaining()), self._line)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
