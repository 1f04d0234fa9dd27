"""Look whether mentions arrive much faster than usual, on a network or on all together: tell when it begins and when it is over.

A job looks every half minute. Every five minutes that are over are judged once, in their order, also after a downtime; those that are still
filling only for whether a spike has begun, so that nobody waits five minutes to hear of it. What is going on is kept from look to look.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from app.actions.ask_rules import ask_without_case
from app.core.events import SYSTEM, NewEvent
from app.engine.database import Transaction
from app.engine.locks import hold_names
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.measures import store_spikes
from app.measures.spikes import LONGEST_BUCKETS, Spike, Verdict, judge, judge_filling
from app.measures.store import BUCKET, bucket_of
from app.measures.store_spikes import TOGETHER, Volumes

_LOCK: Final = "spikes"


@dataclass(slots=True)
class _Look:
    """One look: what is known, and what comes of it."""

    volumes: Volumes
    going_on: dict[str, Spike]
    usual: float | None
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def finished(self, at: datetime) -> None:
        """Judge the bucket that began ``at`` and is over."""
        for network in self._watched():
            verdict = judge(self.volumes.before(at, network), self.volumes.counts[at, network], at, self.going_on.get(network))
            self._heed(network, at, verdict)
            if network == TOGETHER:
                self.usual = verdict.baseline

    def filling(self, at: datetime) -> None:
        """Judge the bucket that began ``at`` and still fills, where nothing is going on yet."""
        for network in self._watched():
            if network not in self.going_on:
                self._heed(network, at, judge_filling(self.volumes.before(at, network), self.volumes.counts[at, network], at))

    def _watched(self) -> list[str]:
        """Single networks first: all together say nothing new while one of them stands out."""
        return [*sorted({*self.volumes.networks(), *self.going_on} - {TOGETHER}), TOGETHER]

    def _heed(self, network: str, at: datetime, verdict: Verdict) -> None:
        if verdict.spike is None or (verdict.change == "started" and network == TOGETHER and self.going_on):
            return
        self.going_on[network] = verdict.spike
        if verdict.change is None:
            return
        about: dict[str, Any] = {
            "network": network,
            "count": self.volumes.counts[at, network],
            "usual": round(verdict.spike.baseline, 1),
            "negative_share": self.volumes.negative_share(at, network),
        }
        if verdict.change == "ended":
            del self.going_on[network]
            about |= {"peak": verdict.spike.peak, "minutes": verdict.spike.buckets * int(BUCKET.total_seconds() // 60)}
        self.told.append((f"spike.{verdict.change}", about))


def watch_spikes(ports: Ports) -> int:
    """Judge what has come since the last look; how many beginnings and ends were told. Any number of processes may look at once."""
    with ports.db.write() as tx:
        hold_names(tx, [_LOCK])
        before = store_spikes.standing(tx.conn)
        filling = bucket_of(tx.now)
        # After a long downtime a day of them says all there is to say; with a clock that was put back the watch begins anew.
        through = max(before.through or filling - 2 * BUCKET, filling - (LONGEST_BUCKETS + 1) * BUCKET)
        through = min(through, filling - BUCKET)
        steps = (filling - through) // BUCKET - 1
        look = _Look(store_spikes.volumes(tx.conn, through + BUCKET, filling), dict(before.going_on), before.usual)
        for step in range(1, steps + 1):
            look.finished(through + BUCKET * step)
        look.filling(filling)
        judged = through + BUCKET * steps
        if look.told or judged != before.through:
            store_spikes.keep(tx, judged, look.going_on, look.usual)
        _tell(tx, ports, look)
        return len(look.told)


def _tell(tx: Transaction, ports: Ports, look: _Look) -> None:
    for kind, about in look.told:
        seq = tx.append(NewEvent(kind, SYSTEM, about))
        if kind == "spike.started":
            of = about["network"]
            ask_without_case(tx, desk_of(ports, tx.conn), kind, SYSTEM, cause=seq, of=of or "all networks", told=about, network=of)
