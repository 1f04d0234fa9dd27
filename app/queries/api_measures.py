"""Response times of a span by group and by day, and who has how much to do now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Connection, String, bindparam, func, select

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
from app.queries.clock_report import ClockLine, clock_report
from app.sla.model import ResponseMetric

LONGEST_SPAN: Final = timedelta(days=366)
COUNTED: Final = 10_000  # open cases counted of one queue or person: as many as anybody can tell from more


@dataclass(frozen=True, slots=True)
class ResponseTimesWanted:
    """Answers given in [since, until), grouped by ``by``; days are counted in ``zone``."""

    since: datetime
    until: datetime
    by: By
    calendar: TimeKind
    zone: str
    metric: ResponseMetric


@dataclass(frozen=True, slots=True)
class ResponseTimesReport:
    """Seconds are None where nothing was answered."""

    since: datetime
    until: datetime
    by: By
    calendar: TimeKind
    zone: str
    metric: ResponseMetric
    overall: ResponseTimes
    groups: tuple[ResponseTimes, ...]
    days: tuple[ResponseTimes, ...]


@dataclass(frozen=True, slots=True)
class ClocksReport:
    """Each of the seven metrics; shares and seconds are None where there was nothing."""

    since: datetime
    until: datetime
    clocks: tuple[ClockLine, ...]


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
    _need_span(wanted.since, wanted.until)
    with ports.db.read() as conn:
        found = measures.responses(conn, wanted.metric, wanted.since, wanted.until)
    return ResponseTimesReport(
        since=wanted.since, until=wanted.until, by=wanted.by, calendar=wanted.calendar, zone=wanted.zone, metric=wanted.metric,
        overall=overall(found, wanted.calendar), groups=by_group(found, wanted.by, wanted.calendar),
        days=by_day(found, wanted.zone, wanted.calendar),
    )  # fmt: skip


def clocks(ports: Ports, asker: Asker, since: datetime, until: datetime) -> ClocksReport:
    """What became of the clocks of [since, until); Invalid for a span that is empty or over a year."""
    _need_span(since, until)
    with ports.db.read() as conn:
        return ClocksReport(since, until, clock_report(conn, asker, since, until))


def _need_span(since: datetime, until: datetime) -> None:
    if not timedelta() < until - since <= LONGEST_SPAN:
        said = f"must be after `from`, and at most {LONGEST_SPAN.days} days later"
        raise Invalid(f"`to` {said}.", errors=[{"loc": ["query", "to"], "msg": said}])


def workload(ports: Ports, asker: Asker) -> Workload:
    """Who has how much to do now."""
    asker.need("measures.read")
    now = ports.clock.now()
    with ports.db.read() as conn:
        everyone = [p for p in people.everyone(conn) if not p.disabled]
        titles = {q.id: q.title for q in queues_of(ports)}
        holders = _loads(conn, CASE.c.assignee_id, [p.id for p in everyone], now)
        waiting = _loads(conn, CASE.c.queue, dict.fromkeys([*titles, *_queues(conn)]), now)
    persons = []
    for p in everyone:
        load = holders.get(p.id)
        held = load.open if load else 0
        persons.append(
            PersonLoad(
                p.id, p.name, p.presence, held, load.urgent if load else 0, load.overdue if load else 0, p.capacity, held >= p.capacity
            )
        )
    queues = tuple(_queue(id, titles.get(id, id), waiting.get(id), now) for id in waiting)
    return Workload(now, tuple(persons), queues)


@dataclass(frozen=True, slots=True)
class _Load:
    open: int
    unassigned: int
    urgent: int
    overdue: int
    since: datetime | None


def _queues(conn: Connection) -> list[str]:
    """Queues that cases wait in, those included that are not kept any more."""
    looked = select(CASE.c.queue).where(CASE.c.state == "open").order_by(CASE.c.rank_at, CASE.c.id).limit(COUNTED).subquery()
    return sorted(conn.execute(select(looked.c.queue).distinct()).scalars())


def _loads(conn: Connection, column: Column[Any], values: Iterable[str], now: datetime) -> dict[str, _Load]:
    """Open cases by the value of a column, of each value the ``COUNTED`` next ones at most: a desk that holds more says so many."""
    of = bindparam("of", type_=String())
    columns = (CASE.c.band, CASE.c.due_at, CASE.c.assignee_id, CASE.c.waiting_since)
    looked = select(*columns).where(CASE.c.state == "open", column == of).order_by(CASE.c.rank_at, CASE.c.id).limit(COUNTED).subquery()
    query = select(
        func.count(),
        func.count().filter(looked.c.assignee_id.is_(None)),
        func.count().filter(looked.c.band == "urgent"),
        func.count().filter(looked.c.due_at < now),
        func.min(looked.c.waiting_since),
    )
    return {value: _Load(*conn.execute(query, {"of": value}).one()) for value in values}


def _queue(id: str, title: str, load: _Load | None, now: datetime) -> QueueLoad:
    if load is None:
        return QueueLoad(id, title, 0, 0, 0, 0, None)
    waited = (now - load.since).total_seconds() if load.since else None
    return QueueLoad(id, title, load.open, load.unassigned, load.urgent, load.overdue, waited)
