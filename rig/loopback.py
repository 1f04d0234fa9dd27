"""Where everything of the rig listens: this machine alone, on ports that are free at the moment."""

import os
import socket
from itertools import chain
from typing import Final

HOST: Final = "127.0.0.1"
_OURS: Final = range(20_000, 32_768)  # below those that systems give to whoever asks for any, so that nobody is given one of them


def free_port() -> int:
    """A port of loopback that nobody listens on, for a process that is yet to start: no other of our processes is told the same.

    What says so is the same number among the ports of UDP, which nobody needs: it is held until this process ends, however it ends.
    OSError when there is none left.
    """
    first = _OURS[os.getpid() * 61 % len(_OURS)]
    for port in chain(range(first, _OURS.stop), range(_OURS.start, first)):
        if _claimed(port):
            return port
    raise OSError("no port of loopback is free")


def _claimed(port: int) -> bool:
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind((HOST, port))
        with socket.create_server((HOST, port)):
            pass
    except OSError:
        claim.close()
        return False
    claim.detach()  # open until the process ends
    return True
