"""Response times of a span by group and by day, and who has how much to do now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.cases.tables import CASE
from app.core.asker import Asker
from app.core.errors import Invalid
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.measures import store as measures
from app.measures.model import By, ResponseTimes, TimeKind
from app.measures.summary import by_day, by_group, overall
from app.people import store as people
from app.people.model import Presence
from app.sla.model import Metric

LONGEST_SPAN: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ResponseTimesWanted:
    """Answers given in [since, until), grouped by ``by``; days are counted in ``zone``."""

    since: datetime
    until: datetime
    by: By
    calendar: TimeKind
    zone: str
    metric: Metric


@dataclass(frozen=True, slots=True)
class ResponseTimesReport:
    """Seconds are None where nothing was answered."""

    since: datetime
    until: datetime
    by: By
    calendar: TimeKind
    zone: str
    metric: Metric
    overall: ResponseTimes
    groups: tuple[ResponseTimes, ...]
    days: tuple[ResponseTimes, ...]


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """What one person holds. ``full`` when it is their capacity or more."""

    id: str
    name: str
    presence: Presence
    open: int
    urgent: int
    overdue: int
    capacity: int
    full: bool


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What waits in one queue; ``unassigned`` is held by nobody, ``oldest_waiting_seconds`` None where nobody waits."""

    id: str
    title: str
    open: int
    unassigned: int
    urgent: int
    overdue: int
    oldest_waiting_seconds: float | None


@dataclass(frozen=True, slots=True)
class Workload:
    """Open work by person and by queue, at one moment."""

    at: datetime
    people: tuple[PersonLoad, ...]
    queues: tuple[QueueLoad, ...]


def response_times(ports: Ports, asker: Asker, wanted: ResponseTimesWanted) -> ResponseTimesReport:
    """The report; Invalid for a span that is empty or over a year."""
    asker.need("measures.read")
    if not timedelta() < wanted.until - wanted.since <= LONGEST_SPAN:
        said = f"must be after `from`, and at most {LONGEST_SPAN.days} days later"
        raise Invalid(f"`to` {said}.", errors=[{"loc": ["query", "to"], "msg": said}])
    with ports.db.read() as conn:
        found = measures.responses(conn, wanted.metric, wanted.since, wanted.until)
    return ResponseTimesReport(
        since=wanted.since, until=wanted.until, by=wanted.by, calendar=wanted.calendar, zone=wanted.zone, metric=wanted.metric,
        overall=overall(found, wanted.calendar), groups=by_group(found, wanted.by, wanted.calendar),
        days=by_day(found, wanted.zone, wanted.calendar),
    )  # fmt: skip


def workload(ports: Ports, asker: Asker) -> Workload:
    """Who has how much to do now."""
    asker.need("measures.read")
    now = ports.clock.now()
    with ports.db.read() as conn:
        holders = _loads(conn, CASE.c.assignee_id, now)
        waiting = _loads(conn, CASE.c.queue, now)
        everyone = [p for p in people.everyone(conn) if not p.disabled]
    persons = []
    for p in everyone:
        load = holders.get(p.id)
        held = load.open if load else 0
        persons.append(
            PersonLoad(
                p.id, p.name, p.presence, held, load.urgent if load else 0, load.overdue if load else 0, p.capacity, held >= p.capacity
            )
        )
    titles = {q.id: q.title for q in queues_of(ports)}
    queues = tuple(_queue(id, titles.get(id, id), waiting.get(id), now) for id in dict.fromkeys([*titles, *sorted(waiting)]))
    return Workload(now, tuple(persons), queues)


@dataclass(frozen=True, slots=True)
class _Load:
    open: int
    unassigned: int
    urgent: int
    overdue: int
    since: datetime | None


def _loads(conn: Connection, column: Any, now: datetime) -> dict[str, _Load]:
    """Open cases by the value of a column; one pass over them."""
    urgent = func.count().filter(CASE.c.band == "urgent")
    overdue = func.count().filter(CASE.c.due_at < now)
    nobody = func.count().filter(CASE.c.assignee_id.is_(None))
    query = (
        select(column.label("of"), func.count().label("open"), nobody, urgent, overdue, func.min(CASE.c.waiting_since))
        .where(CASE.c.state == "open", column.is_not(None))
        .group_by(column)
    )
    return {row[0]: _Load(*row[1:]) for row in conn.execute(query)}


def _queue(id: str, title: str, load: _Load | None, now: datetime) -> QueueLoad:
    if load is None:
        return QueueLoad(id, title, 0, 0, 0, 0, None)
    waited = (now - load.since).total_seconds() if load.since else None
    return QueueLoad(id, title, load.open, load.unassigned, load.urgent, load.overdue, waited)
