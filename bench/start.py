"""How soon a desk is there after its process starts, and what it holds in memory when nothing happens."""

import tempfile
import time
from pathlib import Path
from typing import Final

from bench.desk import desk_in, environment_of
from bench.figures import Figure, Result, Skipped
from bench.server import Server, resident_mebibytes, running
from rig.loopback import free_port

GOAL_READY_SECONDS: Final = 2.0
GOAL_IDLE_MEBIBYTES: Final = 120.0
_SETTLES_SECONDS: Final = 3.0  # the judges' dictionaries are read after the desk is ready: they belong to what it holds


def run(settle_seconds: float = _SETTLES_SECONDS) -> list[Result]:
    """``earshot serve`` on a migrated database; beside it the bare broadcast server, which shows what Python and Starlette take."""
    bare, bare_memory = _started(["-m", "bench.broadcast"], 0.0)
    desk, memory = _started(["-m", "app", "serve"], settle_seconds)
    cpu = {} if desk.ready_cpu_seconds is None else {"of it CPU s": desk.ready_cpu_seconds}
    found: list[Result] = [
        Figure("start, ready", desk.ready_seconds, "s", bare.ready_seconds, "bare Starlette", goal=GOAL_READY_SECONDS, more=cpu)
    ]
    if memory is None or bare_memory is None:
        return [*found, Skipped("start, idle memory", "this system has no /proc")]
    return [*found, Figure("start, idle memory", memory, "MiB resident", bare_memory, "bare Starlette", goal=GOAL_IDLE_MEBIBYTES)]


def _started(arguments: list[str], settle_seconds: float) -> tuple[Server, float | None]:
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name:
        folder = Path(name)
        with desk_in(folder):
            pass  # a desk that was there before: its first start also makes the schema
        # The second start counts: the first leaves compiled modules, which an installed desk has, whatever this shell forbids.
        compiled = {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
        with running(arguments, free_port(), environment_of(folder) | compiled, "/readyz"):
            pass
        with running(arguments, free_port(), environment_of(folder) | compiled, "/readyz") as server:
            time.sleep(settle_seconds)
            return server, resident_mebibytes(server.pid)
