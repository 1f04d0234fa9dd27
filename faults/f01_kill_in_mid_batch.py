"""F1: the desk is killed without warning while mentions pour in, and started again, over and over.

Senders keep what was acknowledged in a ledger of their own and send everything else again; some of what was acknowledged they send
twice. On SQLite one process does it all; on PostgreSQL the web process and one of two workers die together.
"""

import random
import time
from contextlib import ExitStack
from typing import Final

from faults import checker
from faults.model import Count, Fault, Place, Row, Scale
from rig.desk import Part, Running, Site
from rig.load import Load
from rig.sending import Sending, sending
from rig.waiting import until

DECIDED_WITHIN_SECONDS: Final = 60.0
GOAL: Final = "0 lost, 0 doubled, 0 undecided after 60 s, integrity ok"


def run(place: Place, scale: Scale) -> Row:
    """Kill, start again, count."""
    rounds = scale.of(20, 2)
    load_size = scale.of(32, 8)
    with place.site() as site, ExitStack() as stack:
        processes = start(site, stack, workers=scale.of(2, 1))
        load = Load([processes[0].url], site.token(), connections=load_size, batch=3, redelivery=0.05, timeout_seconds=5)
        sender = stack.enter_context(sending(load, place.folder))
        held = kill_and_restart(place, site, processes, sender, rounds, scale.of(1.0, 0.5))
        summary = sender.stop()
        try:
            checker.drained(site, DECIDED_WITHIN_SECONDS)
        except TimeoutError as late:
            place.say(str(late))
        found = checker.damage(site, sender.acknowledged())
        if found.doubled:
            place.say(f"doubled: {checker.doubles(site)}")
    counted: dict[str, Count] = {
        "kills": rounds, "in mid-work": held, "acked": found.acknowledged, "lost": found.lost, "doubled": found.doubled,
        "undecided": found.undecided, "unacked": summary.unacknowledged, "integrity": found.integrity,
    }  # fmt: skip
    return Row("F1", place.database, counted, GOAL, found.none and held > 0 and summary.unacknowledged == 0)


def start(site: Site, stack: ExitStack, *, workers: int) -> tuple[Running, ...]:
    """One process on SQLite; a web process and workers on PostgreSQL. The first one is where mentions go."""
    if site.ports.db.embedded:
        return (stack.enter_context(site.serve()),)
    parts: tuple[Part, ...] = ("web", "worker", "worker")
    return stack.enter_context(site.processes(*parts[: 1 + workers]))


def kill_and_restart(place: Place, site: Site, processes: tuple[Running, ...], sender: Sending, rounds: int, shortest: float) -> int:
    """So many kills, each up to a second after ``shortest``; how many of them left work in the intake."""
    chance = random.Random()
    held = 0
    for number in range(rounds):
        before = checker.stored(site)
        until(lambda before=before: checker.stored(site) > before, "work on a mention")  # type: ignore[misc]  # bound at once
        time.sleep(shortest + chance.random() * shortest)
        victims = [processes[0], *chance.sample(processes[1:], min(1, len(processes) - 1))]
        for victim in victims:
            victim.kill()
        left = checker.waiting(site)
        held += left > 0
        place.say(f"kill {number + 1} of {rounds}: {len(sender.acknowledged()):,} acknowledged, {left:,} waiting")
        for victim in victims:
            victim.again()
        for victim in victims:
            victim.wait_until_ready()
    return held


FAULT = Fault("F1", "kill -9 in mid-batch", run)
