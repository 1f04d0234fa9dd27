"""The web server of a process: uvicorn, with our own order of stopping.

Left to itself uvicorn closes its ears first and hangs on open sockets. Here a told process drains (``engine.stopping``), then sends
its sockets and long polls away, then lets uvicorn finish what is being answered, and last stops the jobs in the lifespan.
"""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from socket import socket
from typing import Final

import uvicorn
from starlette.applications import Starlette

from app.engine.ports import Ports
from app.engine.sockets import DirectSocket
from app.serving.stopper import Stopper

ANSWER_SECONDS: Final = 3
"""How long requests that are being answered at the close may take; after that they are cut."""
_LOOKS: Final = 75
_BETWEEN_SECONDS: Final = 0.02  # a second and a half in all: how long sockets may take to hear that they are sent away
MAX_FRAME_BYTES: Final = 65_536
SWITCH_SECONDS: Final = 0.001
"""How long a thread that judges mentions keeps the interpreter while the loop waits for it. From a post to its frame it changes hands some
ten times; with half a millisecond instead of Python's five the middle of that way took a quarter less time."""
PING_PATIENCE: Final = 4 / 3
"""Beats that may pass before a ping counts as not answered: with the usual beat of 15 s a dead link is cut off after 35 s."""


def run(app: Starlette, ports: Ports, host: str, port: int) -> None:
    """Serve until told to stop."""
    sys.setswitchinterval(SWITCH_SECONDS)
    beat = ports.settings.earshot_heartbeat_seconds
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=ANSWER_SECONDS, ws=DirectSocket,
        ws_max_size=MAX_FRAME_BYTES, ws_per_message_deflate=False, ws_ping_interval=beat, ws_ping_timeout=beat * PING_PATIENCE,
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    Server(config, ports).run()


class Server(uvicorn.Server):
    """uvicorn that stops in our order."""

    def __init__(self, config: uvicorn.Config, ports: Ports) -> None:
        super().__init__(config)
        self._ports = ports

    async def serve(self, sockets: list[socket] | None = None) -> None:
        """Serve until told to stop; returns when all is closed."""
        stopper = Stopper(self._ports.stopping, self._ports.settings.earshot_drain_seconds)
        with stopper.hearing():
            leaving = asyncio.create_task(self._leave(stopper), name="leave")
            try:
                await super().serve(sockets)
            finally:
                leaving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await leaving

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The stopper hears them. uvicorn would raise them again at the end, and a stop as asked for would look like a crash."""
        yield

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """As uvicorn, but the lifespan ends in order even in a hurry: the duties must be let go."""
        await super().shutdown(sockets)
        if self.force_exit:
            await self.lifespan.shutdown()

    async def _leave(self, stopper: Stopper) -> None:
        await stopper.until_told()
        stopping = self._ports.stopping
        stopping.close()
        self._ports.bus.wake("log")  # long polls look up from it
        for _ in range(_LOOKS):
            if not stopping.held_open:
                break
            await asyncio.sleep(_BETWEEN_SECONDS)
        self.should_exit = True
        await stopper.until_hurried()
        self.force_exit = True
