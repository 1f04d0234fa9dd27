"""F33: the desk has 256 MiB and gets heavy deliveries; then the kernel ends it for want of memory, as often as it is started again.

On PostgreSQL the web process has the bound for itself and the worker another: the database is not the desk.
"""

import time
from contextlib import ExitStack
from typing import Final

from faults import checker
from faults.model import CannotRun, Count, Fault, Place, Row, Scale
from rig.desk import Running, Site
from rig.load import Load
from rig.memory import Limit, NoLimits, limited, resident_mebibytes
from rig.sending import Sending, sending
from rig.waiting import until

LIMIT_MEBIBYTES: Final = 256
FLAT: Final = 1.15  # the highest of the burst's second half by that of its first
LONG_TEXT: Final = "@acme my parcel is late again and nobody answers. " * 8
GOAL: Final = f"as F1: 0 lost, 0 doubled, 0 undecided; memory below {LIMIT_MEBIBYTES} MiB and flat (<= {FLAT:g}) in the burst"
_EVERY_SECONDS: Final = 0.1
_MANY: Final = 1_000_000


def run(place: Place, scale: Scale) -> Row:
    """The burst, then the kills, then the count."""
    kills, seconds, size = scale.of(5, 1), scale.of(40.0, 2.0), scale.of(500, 100)
    with place.site() as site, ExitStack() as stack:
        try:
            limits = [
                stack.enter_context(limited(f"{place.database}-{n}", LIMIT_MEBIBYTES)) for n in range(1 if site.ports.db.embedded else 2)
            ]
        except NoLimits as why:
            raise CannotRun(str(why)) from why
        desk = _start(site, stack, limits)
        token = site.token()
        heavy = Load(
            [desk[0].url], token, connections=scale.of(8, 4), batch=size, seconds=seconds, text=LONG_TEXT, authors=_MANY, timeout_seconds=20
        )
        with sending(heavy, place.folder) as sender:
            samples = _watch(desk[0], seconds)
            summary = sender.wait()
            acked = set(sender.acknowledged())
        survived = all(running.alive for running in desk)
        light = Load([desk[0].url], token, prefix="k", connections=8, batch=3, redelivery=0.05, timeout_seconds=5)
        with sending(light, place.folder) as sender:
            ended = sum(_overrun(desk[0], limits[0], sender) for _ in range(kills))
            late = sender.stop()
            acked |= set(sender.acknowledged())
        checker.drained(site, 180)
        found = checker.damage(site, acked)
    half = len(samples) // 2
    flat = max(samples[half:]) / max(samples[:half])
    counted: dict[str, Count] = {
        "acked": found.acknowledged, "lost": found.lost, "doubled": found.doubled, "undecided": found.undecided, "peak MiB": max(samples),
        "second half by first": flat, "survived the burst": str(survived), "ended by the kernel": ended,
        "unacked": summary.unacknowledged + late.unacknowledged, "integrity": found.integrity,
    }  # fmt: skip
    met = found.none and survived and ended == kills and flat <= FLAT and max(samples) < LIMIT_MEBIBYTES
    return Row("F33", place.database, counted, GOAL, met)


def _start(site: Site, stack: ExitStack, limits: list[Limit]) -> list[Running]:
    if site.ports.db.embedded:
        return [stack.enter_context(site.serve(before=limits[0].before))]
    return [stack.enter_context(site.web(before=limits[0].before)), stack.enter_context(site.worker(before=limits[1].before))]


def _watch(running: Running, seconds: float) -> list[float]:
    """Its memory ten times a second from the first work on: what the first call makes it read is no growth."""
    until(lambda: checker.waiting(running.site) + checker.stored(running.site) > 0, "the first work")
    over = time.monotonic() + seconds
    samples = []
    while time.monotonic() < over:
        samples.append(resident_mebibytes(running.pid))
        time.sleep(_EVERY_SECONDS)
    return samples


def _overrun(running: Running, limit: Limit, sender: Sending) -> bool:
    """Have the kernel end it while it works, and start it again; whether it was the kernel who did it."""
    before = len(sender.acknowledged())
    until(lambda: len(sender.acknowledged()) > before, "a new acknowledgement")
    limit.overrun(running.pid, 2 * LIMIT_MEBIBYTES)
    until(lambda: not running.alive, "the end of the process", seconds=20)
    ended = running.process.returncode == -9
    running.again()
    running.wait_until_ready()
    return ended


FAULT = Fault("F33", "memory limit of 256 MiB, ended by the kernel", run)
