"""F7: the process that sends answers is killed without warning, over and over, while answers leave.

The network takes 20 ms to answer after it has posted, so that a kill often falls between the post and its being written down. Three
kinds of network: one that honours keys, one that can be asked, one that offers neither. On PostgreSQL two workers share the work.
"""

import random
import time
from typing import Final

from faults.model import Count, Fault, Place, Row, Scale
from faults.outgoing import Ground, ground, queue, settled, standing, together, words
from rig.network import KINDS, Kind
from rig.waiting import until

GOAL: Final = "0 twice, 0 never, 0 told falsely; for a person at most the kills, and none where key or look-up decide"
TAIL_SECONDS: Final = 0.02
_ONE_KIND: Final[dict[str, tuple[Kind, ...]]] = {"sqlite": ("neither",), "postgresql": ("look-up",)}


def run(place: Place, scale: Scale) -> Row:
    """Each kind in turn."""
    kills, answers = scale.of(20, 2), scale.of(400, 40)
    found, handed, made = [], {}, 0
    for kind in scale.of(KINDS, _ONE_KIND[place.database]):
        with ground(place, kind, TAIL_SECONDS) as on:
            queue(on, answers)
            place.say(f"{kind}: {answers} answers wait")
            made += _kill_while_they_leave(on, kills, timeout=scale.of(2.0, 1.0))
            found.append(standing(on))
            handed[kind] = found[-1].handed
            place.say(f"{kind}: {found[-1]}, {words(on)}")
    sums = together(found)
    counted: dict[str, Count] = {
        "answers": answers * len(found), "kills": made, "twice": sums["twice"], "never": sums["none"], "told falsely": sums["false"],
        **{f"for a person ({kind})": count for kind, count in handed.items()},
    }  # fmt: skip
    sure = all(count <= (kills if kind == "neither" else 0) for kind, count in handed.items())
    return Row("F7", place.database, counted, GOAL, sums["twice"] == sums["none"] == sums["false"] == 0 and sure)


def _kill_while_they_leave(on: Ground, kills: int, timeout: float) -> int:
    chance = random.Random()
    settings = on.network.settings() | {
        "EARSHOT_WEBHOOK_TIMEOUT_SECONDS": f"{timeout:g}", "EARSHOT_WEBHOOK_SETTLE_SECONDS": f"{timeout:g}", "EARSHOT_UNDO_SECONDS": "0",
    }  # fmt: skip
    parts = ("worker",) if on.site.ports.db.embedded else ("worker", "worker")
    made = 0
    with on.site.processes(*parts, **settings) as workers:
        for number in range(kills):
            before = len(on.network.book()["calls"])
            until(lambda before=before: len(on.network.book()["calls"]) > before, "an answer that leaves")  # type: ignore[misc]  # bound at once
            time.sleep(chance.random() * 0.1)
            victim = workers[number % len(workers)]
            victim.kill()
            made += 1
            victim.again()
            if len(workers) == 1:
                victim.wait_until_ready()
        for worker in workers:
            worker.wait_until_ready()
        settled(on, 120)
    return made


FAULT = Fault("F7", "the sender is killed in mid-call", run)
