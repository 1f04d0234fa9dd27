"""The wallboard: how the desk stands at this moment, for everyone in the room. A figure costs its window or a bound, never the history."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from app.cases.tables import CASE, FREE, HELD
from app.channels.networks import network
from app.core.asker import Asker
from app.engine.ports import Ports
from app.measures import store as measures
from app.measures import store_spikes, summary
from app.measures.model import ResponseTimes
from app.measures.stage import Scorecard
from app.queries.reports import desk_zone
from app.queries.stage import stage
from app.queries.workload import AgentLoad, today, workload
from app.sla import store as sla

COUNT_BOUND: Final = 10_000  # cases counted; the board then says "9,999+", and nobody at a wall can tell the difference
VOLUME_SPAN: Final = timedelta(hours=2)
_NETWORKS_SHOWN: Final = 6
_SPIKES_SHOWN: Final = 3
FEELINGS: Final = ("negative", "neutral", "positive", "not_scored")
_LATE: Final = ("warned", "breached")


@dataclass(frozen=True, slots=True)
class Now:
    """What waits. Counts are exact below ``COUNT_BOUND``; ``oldest_since`` is None when nobody waits on us."""

    open: int
    due_soon: int
    overdue: int
    held: int
    unassigned: int
    oldest_since: datetime | None
    oldest_case: str
    oldest_who: str
    oldest_over: bool


@dataclass(frozen=True, slots=True)
class Responses:
    """First responses given in the last hour and today. ``zone`` is whose midnight began today; ``overdue``: breached today, unanswered."""

    hour: ResponseTimes
    today: ResponseTimes
    overdue: int
    zone: str


@dataclass(frozen=True, slots=True)
class Slice:
    """Five minutes of mentions by feeling, in the order of ``FEELINGS``."""

    since: datetime
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All mentions of the five minutes."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class NetworkVolume:
    """Mentions of one network in the span; ``share`` 0..1 of all."""

    slug: str
    title: str
    mark: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class SpikeNow:
    """A spike that is going on: where, since when, what five minutes usually hold and the most that they have held."""

    title: str
    since: datetime
    usual: float
    peak: int


@dataclass(frozen=True, slots=True)
class Volume:
    """Two hours of mentions, oldest slice first; the last one is still filling. ``usual`` and ``spikes`` as the watch last judged."""

    slices: tuple[Slice, ...]
    total: int
    feelings: tuple[int, ...]
    networks: tuple[NetworkVolume, ...]
    others: int
    usual: float | None
    spikes: tuple[SpikeNow, ...]


@dataclass(frozen=True, slots=True)
class Crew:
    """Who is there. ``agents`` are those who are not away first, then by name."""

    available: int
    busy: int
    away: int
    agents: tuple[AgentLoad, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The whole wallboard as it stood ``at``."""

    at: datetime
    now: Now
    response: Responses
    volume: Volume
    stage: Scorecard
    people: Crew


def wallboard(ports: Ports, conn: Connection, asker: Asker) -> Board:
    """The board at this moment. The same for everyone who may see measures."""
    asker.need("measures.read")
    at = ports.clock.now()
    zone = desk_zone(ports)
    return Board(at, _now(conn), _responses(conn, at, zone), _volume(conn, at), stage(ports, conn, asker), _crew(ports, conn, asker))


def _now(conn: Connection) -> Now:
    is_open = CASE.c.state == "open"
    counted = select(CASE.c.id).where(is_open).limit(COUNT_BOUND).subquery()
    # Those late stand first by their deadline, so that looking at so many finds them without reading every open case.
    by_deadline = (
        select(CASE.c.due_state, CASE.c.due_at).where(is_open, CASE.c.due_at.is_not(None)).order_by(CASE.c.due_at).limit(COUNT_BOUND)
    ).subquery()
    late = select(by_deadline.c.due_state, func.count().label("n")).where(by_deadline.c.due_state.in_(_LATE))
    states: dict[str, int] = {row.due_state: row.n for row in conn.execute(late.group_by(by_deadline.c.due_state))}
    held = select(CASE.c.id).where(HELD).limit(COUNT_BOUND).subquery()
    free = select(CASE.c.id).where(FREE).limit(COUNT_BOUND).subquery()
    oldest = conn.execute(
        select(CASE.c.id, CASE.c.waiting_since, CASE.c.author_handle, CASE.c.due_state)
        .where(is_open, CASE.c.waiting_since.is_not(None))
        .order_by(CASE.c.waiting_since, CASE.c.id)
        .limit(1)
    ).first()
    return Now(
        open=conn.execute(select(func.count()).select_from(counted)).scalar_one(),
        due_soon=states.get("warned", 0),
        overdue=states.get("breached", 0),
        held=conn.execute(select(func.count()).select_from(held)).scalar_one(),
        unassigned=conn.execute(select(func.count()).select_from(free)).scalar_one(),
        oldest_since=oldest.waiting_since if oldest else None,
        oldest_case=oldest.id if oldest else "",
        oldest_who=oldest.author_handle if oldest else "",
        oldest_over=oldest is not None and oldest.due_state == "breached",
    )


def _responses(conn: Connection, at: datetime, zone: str) -> Responses:
    midnight, hour_ago, until = today(at, zone), at - timedelta(hours=1), at + timedelta(microseconds=1)
    answers = measures.responses(conn, "first_response", min(midnight, hour_ago), until)
    return Responses(
        hour=summary.overall(r for r in answers if r.at >= hour_ago),
        today=summary.overall(r for r in answers if r.at >= midnight),
        overdue=sla.overdue(conn, "first_response", midnight, until),
        zone=zone,
    )


def _volume(conn: Connection, at: datetime) -> Volume:
    last = measures.bucket_of(at)
    first = last - VOLUME_SPAN + measures.BUCKET
    until = last + measures.BUCKET
    felt = measures.tallies(conn, ("volume_sentiment",), first, until)
    counts: Counter[tuple[datetime, str]] = Counter({(t.since, t.key): t.n for t in felt})
    starts = [first + measures.BUCKET * step for step in range(VOLUME_SPAN // measures.BUCKET)]
    slices = tuple(Slice(start, tuple(counts[start, feeling] for feeling in FEELINGS)) for start in starts)
    found = measures.totals(conn, ("volume_network",), first, until)
    ranked = sorted(((slug, n) for (_, slug), n in found.items()), key=lambda pair: (-pair[1], pair[0]))
    whole = sum(n for _, n in ranked)
    shown = tuple(NetworkVolume(slug, network(slug).title, network(slug).mark, n, n / whole) for slug, n in ranked[:_NETWORKS_SHOWN])
    watch = store_spikes.standing(conn)
    biggest = sorted(watch.going_on.items(), key=lambda pair: (-pair[1].peak, pair[0]))
    return Volume(
        slices=slices,
        total=sum(s.total for s in slices),
        feelings=tuple(sum(s.counts[i] for s in slices) for i in range(len(FEELINGS))),
        networks=shown,
        others=whole - sum(n.count for n in shown),
        usual=watch.usual,
        spikes=tuple(
            SpikeNow(network(slug).title if slug else "all networks", one.since, one.baseline, one.peak)
            for slug, one in biggest[:_SPIKES_SHOWN]
        ),
    )


def _crew(ports: Ports, conn: Connection, asker: Asker) -> Crew:
    agents = workload(ports, conn, asker).agents
    there = Counter(agent.presence for agent in agents)
    order = {"available": 0, "busy": 1, "away": 2}
    ranked = sorted(agents, key=lambda a: (order[a.presence], a.name, a.id))
    return Crew(there["available"], there["busy"], there["away"], tuple(ranked))
