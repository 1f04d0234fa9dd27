"""The reference for ``live``: the least a server in Starlette can do. A POST is told to every open socket at once and answered.

Run as ``python -m bench.broadcast``; the port comes from PORT.
"""

import os
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

_OPEN: Final[set[WebSocket]] = set()


async def post(request: Request) -> Response:
    """Tell everyone."""
    body = await request.json()
    for socket in tuple(_OPEN):
        await socket.send_json({"type": "patch", "regions": [{"id": "row", "html": body["author"]["handle"]}]})
    return JSONResponse({"accepted": 1}, status_code=202)


async def live(socket: WebSocket) -> None:
    """Stay open until the reader goes."""
    await socket.accept()
    await socket.send_json({"type": "hello"})
    _OPEN.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        _OPEN.discard(socket)


async def ready(_: Request) -> Response:
    """Up."""
    return Response()


def serve() -> None:
    """Until ended."""
    routes = [Route("/api/v1/mentions", post, methods=["POST"]), Route("/readyz", ready), WebSocketRoute("/live", live)]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(os.environ["PORT"]), log_config=None, access_log=False,
                ws_per_message_deflate=False, timeout_graceful_shutdown=1)  # fmt: skip


if __name__ == "__main__":
    serve()
