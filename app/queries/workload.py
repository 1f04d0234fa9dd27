"""Who holds how much: open cases, answers today, the median of today's first responses. Costs what is held, not what was."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from app.cases.tables import CASE, REPLY
from app.core.asker import Asker
from app.core.ids import PersonId
from app.core.roles import Role
from app.engine.ports import Ports
from app.measures import percentiles
from app.measures import store as measures
from app.people import store as people
from app.people.model import Person, Presence
from app.queries.reports import desk_zone, sent_in

ANSWERING: Final[tuple[Role, ...]] = ("agent", "trainee", "supervisor")
_HELD: Final = ("open", "pending")
_TAKEN: Final = ("claimed_by_hand", "rank_inversions", "pushed", "skipped", "not_picked_up")  # in the order of the record


@dataclass(frozen=True, slots=True)
class AgentLoad:
    """One agent. ``held`` counts open and pending cases; ``median_seconds`` is that of first responses given today, None without any.

    ``by_hand`` are free cases that they chose from a list today, ``inversions`` those of them taken while a better one waited that they
    could have had; ``pushed`` those that the desk gave them, ``passed_on`` those that they skipped, ``unopened`` those that were
    taken back because they were not opened in time.
    """

    id: PersonId
    name: str
    initials: str
    role: Role
    presence: Presence
    presence_since: datetime
    held: int
    capacity: int
    answered_today: int
    median_seconds: float | None
    by_hand: int = 0
    inversions: int = 0
    pushed: int = 0
    passed_on: int = 0
    unopened: int = 0


@dataclass(frozen=True, slots=True)
class Workload:
    """Everyone who answers, by name. ``today`` began at ``since`` in the desk's zone ``zone``."""

    agents: tuple[AgentLoad, ...]
    since: datetime
    zone: str


def workload(ports: Ports, conn: Connection, asker: Asker) -> Workload:
    """How the work is spread now."""
    asker.need("measures.read")
    now = ports.clock.now()
    zone = desk_zone(ports)
    since, until = today(now, zone), now + timedelta(microseconds=1)
    agents = [p for p in people.everyone(conn) if p.role in ANSWERING and not p.disabled]
    held = held_by(conn, [p.id for p in agents])
    counted = select(REPLY.c.by_id, func.count().label("n")).where(*sent_in(since, until)).group_by(REPLY.c.by_id)
    answered: dict[str, int] = {row.by_id: row.n for row in conn.execute(counted)}
    times: dict[str, list[float]] = {}
    for response in measures.responses(conn, "first_response", since, until):
        times.setdefault(response.agent_id, []).append(response.wall_seconds)
    taken = measures.totals(conn, _TAKEN, since, until)
    return Workload(tuple(_load(p, held, answered, times, [taken.get((name, p.id), 0) for name in _TAKEN]) for p in agents), since, zone)


def held_by(conn: Connection, ids: Collection[str]) -> dict[str, int]:
    """How many open or pending cases each of these people holds; those with none are left out."""
    if not ids:
        return {}
    query = (
        select(CASE.c.assignee_id, func.count().label("n"))
        .where(CASE.c.assignee_id.in_(sorted(ids)), CASE.c.state.in_(_HELD))
        .group_by(CASE.c.assignee_id)
    )
    return {row.assignee_id: row.n for row in conn.execute(query)}


def today(now: datetime, zone: str) -> datetime:
    """The midnight that began the present day in the zone, as a moment in UTC."""
    local = now.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


def _load(person: Person, held: dict[str, int], answered: dict[str, int], times: dict[str, list[float]], taken: Sequence[int]) -> AgentLoad:
    return AgentLoad(
        person.id, person.name, person.initials, person.role, person.presence, person.presence_since,
        held.get(person.id, 0), person.capacity, answered.get(person.id, 0), percentiles.of(times.get(person.id, ())).median, *taken,
    )  # fmt: skip
