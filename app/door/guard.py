"""The guard makes routes of the table's entries: size, identity, permission, origin and CSRF are checked before a handler runs."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from app.core.errors import DeskError, NotSignedIn, TooLarge, Unavailable
from app.door.crowd import Crowd
from app.door.entry import Access, Entry
from app.door.identity import Visitor, check_csrf, identify, refuse_foreign
from app.engine.ports import Ports
from app.engine.sightings import saw
from app.engine.stopping import SPREAD_SECONDS

_SAFE = frozenset({"GET", "HEAD"})
_POLICY_VIOLATION = 1008
_TRY_AGAIN_LATER = 1013
_SERVICE_RESTART = 1012
_LAST_WORD_SECONDS = 1.0

ErrorAnswer = Callable[[Request, DeskError], Response]


def routes_of(entries: Iterable[Entry], ports: Ports, answer_error: ErrorAnswer) -> Sequence[BaseRoute]:
    """Starlette routes for the entries; each error of the tree becomes the answer that ``answer_error`` makes of it."""
    routes: list[BaseRoute] = []
    for entry in entries:
        if entry.method == "WS":
            routes.append(WebSocketRoute(entry.path, _guard_socket(entry, ports)))
        else:
            routes.append(Route(entry.path, _guard(entry, ports, answer_error), methods=[entry.method]))
    return routes


def _guard(entry: Entry, ports: Ports, answer_error: ErrorAnswer) -> Callable[[Request], Any]:
    crowd = Crowd(entry)

    async def guarded(request: Request) -> Response:
        try:
            body = b"" if request.method in _SAFE else await read_body(request, entry.max_body_bytes)
            with crowd.inside(len(body)):
                await _admit(entry, ports, request)
                response: Response = await entry.handler(request)
        except DeskError as error:
            response = answer_error(request, error)
        if ports.stopping.draining:
            response.headers["Connection"] = "close"  # the next request on this connection would find nobody
        return response

    return guarded


async def _admit(entry: Entry, ports: Ports, request: Request) -> None:
    request.state.ports = ports
    request.state.entry = entry
    if entry.access.public:
        request.state.visitor = None
        if request.method not in _SAFE:
            refuse_foreign(ports, request)
        return
    visitor = await anyio.to_thread.run_sync(identify, ports, request)
    request.state.visitor = visitor
    if visitor.person is not None:
        saw(visitor.person.id)
    if request.method not in _SAFE and visitor.session is not None:
        refuse_foreign(ports, request)
        check_csrf(ports, visitor, await _given_csrf(request))
    _permit(entry.access, visitor)


async def read_body(request: Request, bound: int) -> bytes:
    """The whole body; TooLarge as soon as it passes the bound, without reading on."""
    if int(request.headers.get("content-length") or 0) > bound:
        raise TooLarge(f"The body is over {bound:,} bytes: send less at once.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bound:
            raise TooLarge(f"The body is over {bound:,} bytes: send less at once.")
    # Starlette reads a body once; keeping it here lets the handler ask again through request.body() and request.form().
    request._body = bytes(body)
    return request._body


async def _given_csrf(request: Request) -> str:
    header = request.headers.get("x-csrf-token")
    if header is not None:
        return header
    if request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        value = (await request.form()).get("csrf", "")
        return value if isinstance(value, str) else ""
    return ""


async def _send_away(socket: WebSocket) -> None:
    """The process is being stopped: say so, and when to come back, in one word to a reader that may not listen any more."""
    with anyio.move_on_after(_LAST_WORD_SECONDS):
        try:
            if socket.application_state is WebSocketState.CONNECTING:
                await socket.accept()
            await socket.send_json({"type": "restart", "spread_seconds": SPREAD_SECONDS})
            await socket.close(_SERVICE_RESTART, f"restart: come back within {SPREAD_SECONDS:g} s")
        except (WebSocketDisconnect, RuntimeError):
            return


def _permit(access: Access, visitor: Visitor) -> None:
    if access.permission is not None:
        visitor.asker.need(access.permission)


def _guard_socket(entry: Entry, ports: Ports) -> Callable[[WebSocket], Any]:
    async def guarded(socket: WebSocket) -> None:
        try:
            visitor = await anyio.to_thread.run_sync(identify, ports, socket)
            if visitor.session is not None:
                refuse_foreign(ports, socket)
            _permit(entry.access, visitor)
        except DeskError as error:
            # Accepting first lets the browser read why; a refused handshake shows it nothing but 1006.
            await socket.accept()
            if isinstance(error, NotSignedIn):
                await socket.send_json({"type": "signed_out"})
            await socket.close(_TRY_AGAIN_LATER if isinstance(error, Unavailable) else _POLICY_VIOLATION, error.code)
            return
        socket.state.ports = ports
        socket.state.visitor = visitor
        with anyio.CancelScope() as serving, ports.stopping.holding(serving.cancel):
            await entry.handler(socket)
        if ports.stopping.closing:
            await _send_away(socket)

    return guarded
