"""Several processes on one desk: so many that accept mentions, so many that understand them, and how long all of it takes.

Each is what a ``web`` or ``worker`` process does with mentions, without the network before it: ``python -m bench.workers accept`` or
``… work``. They say "ready" when they have read their lists, wait for a line, and say "done" and the CPU they took.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from app.actions.accept_mentions import Delivery, accept_mentions
from app.engine.ports import Ports
from app.jobs.intake import one_batch
from app.judgement.warming import warm_desk
from app.mentions.tables import MENTION
from bench.desk import ROOT, desk_in
from bench.texts import texts

BATCH: Final = 100
_WITHIN_SECONDS: Final = 300
_LOOK_AGAIN_SECONDS: Final = 0.005
_STORED: Final = select(func.count()).select_from(MENTION)


@dataclass(frozen=True, slots=True)
class Together:
    """Mentions a second from the first accepted to the last understood, and CPU milliseconds a mention over all our processes."""

    a_second: float
    cpu_milliseconds: float


def together(folder: Path, url: str, count: int, *, accepting: int, working: int) -> Together:
    """``count`` mentions shared by so many processes of each kind, on an empty desk at ``url``."""
    share = count // accepting
    roles = [["accept", str(share * at), str(share)] for at in range(accepting)] + [["work", "0", str(share * accepting)]] * working
    with desk_in(folder, url), ExitStack() as stack:
        running = [stack.enter_context(_process([*role, str(folder), url])) for role in roles]
        for process in running:
            _said(process)
        began = time.perf_counter()
        for process in running:
            if process.stdin is not None:
                process.stdin.write(b"go\n")
                process.stdin.flush()
        cpu = sum(_said(process) for process in running)
        wall = time.perf_counter() - began
    return Together(share * accepting / wall, cpu * 1000 / (share * accepting))


def _process(arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-P", "-m", "bench.workers", *arguments], cwd=ROOT, env=os.environ | {"PYTHONPATH": paths},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def _said(process: "subprocess.Popen[bytes]") -> float:
    line = process.stdout.readline() if process.stdout is not None else b""
    if not line:
        raise RuntimeError(f"a process of the bench ended with {process.wait()}")
    return float(json.loads(line))


def _accept(ports: Ports, bodies: Sequence[dict[str, Any]]) -> None:
    for at in range(0, len(bodies), BATCH):
        accept_mentions(ports, [Delivery("bench", bodies[at : at + BATCH])])


def _work(ports: Ports, count: int) -> None:
    """Until every mention of the run is through, whoever took it."""
    until = time.monotonic() + _WITHIN_SECONDS
    while time.monotonic() < until:
        if one_batch(ports):
            continue
        with ports.db.read() as conn:
            if (conn.execute(_STORED).scalar() or 0) >= count:
                return
        time.sleep(_LOOK_AGAIN_SECONDS)
    raise RuntimeError(f"not all of {count} mentions were understood in {_WITHIN_SECONDS} s")


def main(arguments: Sequence[str]) -> None:
    """One process's part: role, first mention, count, folder, address."""
    role, first, count, folder, url = arguments
    with desk_in(Path(folder), url) as ports:
        warm_desk(ports)
        bodies = texts(int(first) + int(count)).mentions[int(first) :] if role == "accept" else ()
        sys.stdout.write("0\n")
        sys.stdout.flush()
        sys.stdin.readline()
        began = time.process_time()
        if role == "accept":
            _accept(ports, bodies)
        else:
            _work(ports, int(count))
        sys.stdout.write(f"{time.process_time() - began}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
