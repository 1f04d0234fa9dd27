"""A real server of the API on a free port, in a thread: for what only a real socket shows."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


class _Told(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """``host:port`` of a server that is up."""
    with serving_with(
        uvicorn.Config(app, log_level="critical", lifespan="off", ws_max_size=65_536, ws_per_message_deflate=False)
    ) as address:
        yield address


@contextmanager
def serving_with(config: uvicorn.Config) -> Iterator[str]:
    """``host:port`` of a server of one's own making."""
    config.timeout_graceful_shutdown = 2
    bound = socket.create_server(("127.0.0.1", 0))
    server = _Told(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    assert server.listening.wait(60)
    try:
        yield f"127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        bound.close()
