"""A disk that fails, as the processes that use it see it: system calls answered with an error or late, by strace.

It holds the processes up at each of their calls while it is on, so figures of speed taken meanwhile are those of strace.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ATTACHED_SECONDS: Final = 20.0
_BETWEEN_SECONDS: Final = 0.05


class NoStrace(Exception):
    """strace is not there or may not look into other processes; the text says which."""


@contextmanager
def failing(pids: Sequence[int], calls: str, how: str) -> Iterator[None]:
    """While the block runs, these processes and their children meet ``how`` in ``calls``, both in strace's words. Raises NoStrace."""
    program = shutil.which("strace")
    if program is None:
        raise NoStrace("strace is missing: apt-get install strace")
    attach = [word for pid in pids for word in ("-p", str(pid))]
    command = [program, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:{how}", *attach]
    strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        give_up = time.monotonic() + _ATTACHED_SECONDS
        while not all(_is_met(pid) for pid in pids):
            if strace.poll() is not None or time.monotonic() > give_up:
                strace.kill()
                raise NoStrace(f"strace may not look into other processes here: {strace.communicate()[1].strip()[:200]}")
            time.sleep(_BETWEEN_SECONDS)
        yield
    finally:
        strace.send_signal(signal.SIGINT)  # it lets the processes go on as they were
        strace.communicate()


def _is_met(pid: int) -> bool:
    """Whether it is traced, or has ended meanwhile of itself, as PostgreSQL's helpers do."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return True
    return "TracerPid:\t0" not in status
