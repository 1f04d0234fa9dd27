"""A server in a process of its own on loopback, started as anyone would start it, and ended by its own id."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from bench.desk import ROOT
from rig.loopback import HOST

_STARTS_WITHIN_SECONDS: Final = 60.0
_STOPS_WITHIN_SECONDS: Final = 15.0
_ASK_EVERY_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answered. ``ready_seconds`` went by from the start of its process to its first good answer, and so much CPU."""

    address: str
    pid: int
    ready_seconds: float
    ready_cpu_seconds: float | None


@contextmanager
def running(arguments: Sequence[str], port: int, environment: dict[str, str], ready_path: str) -> Iterator[Server]:
    """Python with these arguments until the block ends; RuntimeError with what it said when it does not answer in time."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    settings = os.environ | environment | {"PYTHONPATH": os.pathsep.join(paths), "PORT": str(port)}
    log = Path(environment["EARSHOT_DATA_DIR"]) / "server.log"
    with log.open("wb") as said:
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-P", *arguments], cwd=ROOT, env=settings, stdout=said, stderr=said)  # noqa: S603  # our own program
        try:
            address = f"http://{HOST}:{port}"
            _wait_until_ready(process, address + ready_path, began, log)
            yield Server(address, process.pid, time.perf_counter() - began, cpu_seconds(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(_STOPS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def resident_mebibytes(pid: int) -> float | None:
    """The process's resident memory; None on a system that does not tell it under /proc."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def cpu_seconds(pid: int) -> float | None:
    """The CPU time the process has used, which other work on the machine hardly changes; None where /proc does not tell it."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return None
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, began: float, log: Path) -> None:
    with httpx2.Client() as client:
        while time.perf_counter() - began < _STARTS_WITHIN_SECONDS:
            if process.poll() is not None:
                break
            try:
                if client.get(address).status_code == httpx2.codes.OK:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(_ASK_EVERY_SECONDS)
    raise RuntimeError(f"the server did not get ready: {log.read_text(errors='replace')[-2_000:]}")
