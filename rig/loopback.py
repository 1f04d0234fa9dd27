"""Where everything of the rig listens: this machine alone, on ports that are free at the moment."""

from socket import create_server
from typing import Final

HOST: Final = "127.0.0.1"


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with create_server((HOST, 0)) as bound:
        port: int = bound.getsockname()[1]
    return port
