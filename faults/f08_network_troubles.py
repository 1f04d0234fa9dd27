"""F8: the network asks for patience, breaks down, goes silent after it has posted, answers half, works for half a minute, refuses.

Each trouble has an account of its own and meets the first call of each of its answers. Judged by the network's book: what was posted
twice, and what came before Retry-After was over; and by an agent's eye on the live stream: how long after the desk could know of an
outcome its state was told, and that every failure was.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from httpx2 import Client, TransportError
from sqlalchemy import select

from app.cases.tables import REPLY
from app.engine import log
from faults.model import Count, Fault, Place, Row, Scale
from faults.outgoing import Ground, ground, queue, settled, standing, together
from rig.desk import Part
from rig.network import KINDS, Kind, Trouble
from rig.waiting import until

SEEN_WITHIN_SECONDS: Final = 2.0
GOAL: Final = "0 twice, 0 never, 0 told falsely, 0 before Retry-After, every failure told, state seen within 2 s"
_ONE_KIND: Final[dict[str, tuple[Kind, ...]]] = {"sqlite": ("key",), "postgresql": ("look-up",)}
_TELLING: Final = frozenset({"case.updated", "reply.sent", "reply.failed", "reply.unknown"})


@dataclass
class Eye:
    """An agent's program on the event stream: when it saw what of which answer."""

    seen: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    since: int = 0
    polls: int = 0

    def watch(self, url: str, token: dict[str, str]) -> None:
        """Long poll until ended, from the newest event on."""
        with Client(base_url=url, headers=token, timeout=30, trust_env=False) as client:
            while not self.ended.is_set():
                try:
                    answer = client.get("/api/v1/events", params={"since": self.since, "wait": 1})
                except TransportError:
                    continue
                if answer.status_code != 200:
                    continue
                told = answer.json()
                now = time.time()
                self.seen += [(now, e["type"], e["data"]) for e in told["items"] if e["type"] in _TELLING]
                self.polls += 1
                self.since = told["next"]  # beyond the last item: not every event is an agent's to see

    def first(self, reply: str, since: float, *kinds: str) -> float | None:
        """When it first saw an outcome of this answer after that moment, of these kinds if any are named."""
        outcomes = (
            at
            for at, kind, data in self.seen
            if data.get("reply") == reply and at >= since and (kind in kinds if kinds else data.get("state") != "sending")
        )
        return next(outcomes, None)


def run(place: Place, scale: Scale) -> Row:
    """Each kind in turn."""
    found, early, untold, slowest, troubles = [], 0, 0, 0.0, 0
    for kind in scale.of(KINDS, _ONE_KIND[place.database]):
        with ground(place, kind) as on:
            timeout = scale.of(10.0, 3.0)
            met = {t.account or "": t for t in _troubles(scale.of(3, 1), timeout, scale.of(30.0, 4.5))}
            on.network.meets(*met.values())
            with _desk(on, timeout, settle=scale.of(40.0, 6.0)) as eye:
                answers = {account: queue(on, trouble.times, account) for account, trouble in met.items()}
                settled(on, scale.of(240, 90))
                with on.site.ports.db.read() as conn:
                    head = log.head(conn)
                until(lambda eye=eye, head=head: eye.since >= head, "the stream to its head")  # type: ignore[misc]  # bound at once
                untold += _untold(on, answers["@refusing"], eye)
                slowest = max(slowest, _slowest(on, eye, timeout))
            book = on.network.book()
            early += book["early_same_reply"] + book["early_same_account"]
            found.append(standing(on))
            troubles += sum(t.times for t in met.values())
            place.say(f"{kind}: {found[-1]}, untold {untold}, state seen after {slowest:.2f} s")
    sums = together(found)
    counted: dict[str, Count] = {
        "troubles": troubles, "twice": sums["twice"], "never": sums["none"], "told falsely": sums["false"], "before Retry-After": early,
        "failures untold": untold, "for a person": sums["handed"], "seen after s": slowest,
    }  # fmt: skip
    well = not (sums["twice"] or sums["none"] or sums["false"] or early or untold)
    return Row("F8", place.database, counted, GOAL, well and slowest <= scale.within(SEEN_WITHIN_SECONDS))


def _troubles(times: int, timeout: float, slow: float) -> list[Trouble]:
    return [
        Trouble("429", times, 3, "@patience"),
        Trouble("503", times, 2, "@unavailable"),
        Trouble("500", times, 0, "@broken"),
        Trouble("500 after posting", times, 0, "@broken_late"),
        Trouble("hang", times, timeout + 1, "@silent"),
        Trouble("broken body", times, 0, "@half"),
        Trouble("cut", times, 0, "@cut"),
        Trouble("slow", times, slow, "@slow"),
        Trouble("400", times, 0, "@refusing"),
    ]


@contextmanager
def _desk(on: Ground, timeout: float, settle: float) -> Iterator[Eye]:
    """The desk as it is run on each database, and an agent's eye on its stream."""
    settings = on.network.settings() | {
        "EARSHOT_WEBHOOK_TIMEOUT_SECONDS": f"{timeout:g}", "EARSHOT_WEBHOOK_SETTLE_SECONDS": f"{settle:g}", "EARSHOT_UNDO_SECONDS": "0",
    }  # fmt: skip
    parts: tuple[Part, ...] = ("serve",) if on.site.ports.db.embedded else ("web", "worker", "worker")
    eye = Eye()
    token = on.site.token("agent", on.asker.person())
    with on.site.processes(*parts, **settings) as processes:
        thread = threading.Thread(target=eye.watch, args=(processes[0].url, token), daemon=True)
        thread.start()
        until(lambda: eye.polls > 0, "the eye on the stream")
        yield eye
        eye.ended.set()
        thread.join(30)


def _untold(on: Ground, refused: Sequence[str], eye: Eye) -> int:
    """Answers that the network refused for good, or that ended in doubt, of which the stream did not say so."""
    with on.site.ports.db.read() as conn:
        unknown = conn.execute(select(REPLY.c.id).where(REPLY.c.state == "unknown")).scalars().all()
    wanted = [(id, "reply.failed") for id in refused] + [(id, "reply.unknown") for id in unknown]

    return sum(eye.first(id, 0.0, kind) is None for id, kind in wanted)


def _slowest(on: Ground, eye: Eye, timeout: float) -> float:
    """The longest from when the desk could know of an outcome until it was seen, over every call."""
    longest = 0.0
    for call in on.network.book()["calls"]:
        known = call["at"] + (timeout if call["met"] in ("hang", "slow") else 0.0)
        seen = eye.first(call["key"].removeprefix("reply-"), call["at"])
        longest = max(longest, (seen or float("inf")) - known)
    return longest


FAULT = Fault("F8", "the network is in trouble", run)
