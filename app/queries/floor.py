"""The floor: who is there, on how many devices, what each has in hand this moment, and how full they are. It costs what is held now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, func, select

from app.cases.tables import CASE, REPLY
from app.core.asker import Asker
from app.core.facts import Band
from app.core.ids import CaseId, PersonId
from app.core.roles import may
from app.engine.ports import Ports
from app.engine.tabs import Open, open_tabs
from app.engine.viewers import looked_at
from app.judgement.desk import queues_of
from app.judgement.roster import is_silent, seen, workers_of
from app.people import store as people
from app.people import store_shifts
from app.people.model import Person
from app.people.shifts import next_change, on_shift
from app.queries.reports import desk_zone, sent_in
from app.queries.workload import today

Load = Literal["free", "near", "full", "over"]
Sort = Literal["name", "load", "presence", "due"]
SORTS: Final[tuple[Sort, ...]] = ("name", "load", "presence", "due")
BANDS: Final[tuple[Band, ...]] = ("urgent", "high", "normal", "low")
_NEAR: Final = 0.75  # of the soft capacity: one more or two and they are full
_LOOKED_BOUND: Final = 500  # cases that are looked at now, named on the floor


@dataclass(frozen=True, slots=True)
class CaseOpen:
    """A case that somebody looks at now."""

    id: CaseId
    handle: str
    band: Band
    own: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What a person holds: open and pending cases by band, in the order of ``BANDS``, and when the next of them is due."""

    bands: tuple[int, ...] = (0, 0, 0, 0)
    due_at: datetime | None = None
    due_state: str | None = None

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.bands)


@dataclass(frozen=True, slots=True)
class FloorLine:
    """One person as a supervisor sees them, or as a colleague does: then all but the person is at rest.

    ``load`` weighs open cases as the queues say; ``share`` is that of the soft capacity, 0..1 and more. ``silent`` is who says they are
    there and shows no sign of life. ``shift`` is None without a plan; ``shift_until`` when it ends or the next one begins.
    """

    person: Person
    email: str
    tabs: Open
    looks: tuple[CaseOpen, ...]
    held: Held
    load: float
    share: float
    fullness: Load
    answered: int
    seen_at: datetime | None
    silent: bool
    shift: bool | None
    shift_until: datetime | None
    works: bool
    may_change: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class FloorSums:
    """The floor in one line: all people, those who work cases by presence, and what they hold together."""

    people: int
    available: int
    busy: int
    away: int
    silent: int
    held: int
    room: float


@dataclass(frozen=True, slots=True)
class Floor:
    """Those asked for, in the order asked for; who is disabled stands last."""

    lines: tuple[FloorLine, ...]
    sums: FloorSums
    quiet: bool


@dataclass(frozen=True, slots=True)
class FloorFilter:
    """Whom to show; "" is everyone."""

    queue: str = ""
    role: str = ""
    presence: str = ""
    sort: Sort = "name"


def floor(ports: Ports, conn: Connection, asker: Asker) -> Floor:
    """Everyone now. Who may not change people sees a quiet list: names, presence, languages and queues, and how many each holds."""
    asker.need("people.read")
    now, quiet = ports.clock.now(), not asker.may("people.edit")
    everyone = people.everyone(conn)
    silent_after = timedelta(minutes=ports.settings.earshot_silent_minutes)
    loads = {w.id: w.load for w in workers_of(everyone, conn, queues_of(ports), now)}
    held = _held(conn, everyone)
    looks = {} if quiet else _looks(conn)
    tabs = {} if quiet else open_tabs()
    answered = {} if quiet else _answered(ports, conn, now)
    plans = store_shifts.plans(conn)

    def line(person: Person) -> FloorLine:
        load, plan = loads.get(person.id, 0.0), plans.get(person.id)
        share = load / max(1, person.capacity)
        return FloorLine(
            person=person, email="" if quiet else person.email, tabs=tabs.get(person.id, Open()),
            looks=looks.get(person.id, ()), held=held.get(person.id, Held()), load=load, share=share, fullness=_fullness(person, load),
            answered=answered.get(person.id, 0), seen_at=None if quiet else seen(person), silent=is_silent(person, silent_after, now),
            shift=None if plan is None else on_shift(plan, now), shift_until=next_change(plan, now), works=may(person.role, "cases.work"),
            may_change=asker.may_give(person.role), quiet=quiet,
        )  # fmt: skip

    return _floor(map(line, everyone), "name", quiet=quiet)


def narrowed(whole: Floor, wanted: FloorFilter) -> Floor:
    """Of the whole floor those who are asked for, in the order asked for, with the sums of these."""
    return _floor((one for one in whole.lines if _shown(one.person, wanted)), wanted.sort, quiet=whole.quiet)


def _floor(found: Iterable[FloorLine], sort: Sort, *, quiet: bool) -> Floor:
    lines = sorted(found, key=_order(sort))
    here = [one for one in lines if not one.person.disabled]
    working = [one for one in here if one.works]
    there = [one.person.presence for one in working]
    room = sum(max(0.0, one.person.capacity - one.load) for one in working if one.person.presence == "available" and not one.silent)
    sums = FloorSums(
        len(here), there.count("available"), there.count("busy"), there.count("away"), sum(one.silent for one in working),
        sum(one.held.total for one in working), room,
    )  # fmt: skip
    return Floor(tuple(lines), sums, quiet)


def _shown(person: Person, wanted: FloorFilter) -> bool:
    works_queue = not wanted.queue or not person.queues or wanted.queue in person.queues
    return works_queue and wanted.role in ("", person.role) and wanted.presence in ("", person.presence)


def _fullness(person: Person, load: float) -> Load:
    if person.hard_capacity is not None and load >= person.hard_capacity:
        return "over"
    if load >= person.capacity:
        return "full"
    return "near" if load >= _NEAR * person.capacity else "free"


def _order(sort: Sort) -> Any:
    presence = {"available": 0, "busy": 1, "away": 2}

    def key(one: FloorLine) -> tuple[Any, ...]:
        by: Any = {
            "name": 0, "load": -one.share, "presence": (presence[one.person.presence], one.silent),
            "due": one.held.due_at.timestamp() if one.held.due_at else float("inf"),
        }[sort]  # fmt: skip
        return one.person.disabled, by, one.person.name, one.person.id

    return key


def _held(conn: Connection, everyone: Sequence[Person]) -> dict[PersonId, Held]:
    """Open and pending cases by person and band; of each person the deadline that comes first."""
    if not everyone:
        return {}
    theirs = (CASE.c.assignee_id.in_([p.id for p in everyone]), CASE.c.state.in_(("open", "pending")))
    counts: dict[PersonId, dict[str, int]] = {}
    by_band = select(CASE.c.assignee_id, CASE.c.band, func.count()).where(*theirs).group_by(CASE.c.assignee_id, CASE.c.band)
    for person, band, n in conn.execute(by_band):
        counts.setdefault(PersonId(person), {})[band] = n
    ranked = func.row_number().over(partition_by=CASE.c.assignee_id, order_by=(CASE.c.due_at, CASE.c.id)).label("place")
    columns = (CASE.c.assignee_id, CASE.c.due_at, CASE.c.due_state)
    first = select(*columns, ranked).where(*theirs, CASE.c.due_at.is_not(None)).subquery()
    due = {row.assignee_id: row for row in conn.execute(select(first).where(first.c.place == 1))}
    return {
        person: Held(
            tuple(of_bands.get(band, 0) for band in BANDS),
            *((due[person].due_at, due[person].due_state) if person in due else ()),
        )
        for person, of_bands in counts.items()
    }


def _looks(conn: Connection) -> dict[PersonId, tuple[CaseOpen, ...]]:
    """The cases whose pages are open now, by who looks."""
    looking = looked_at()
    ids = sorted({case for cases in looking.values() for case in cases})[:_LOOKED_BOUND]
    columns = (CASE.c.id, CASE.c.author_handle, CASE.c.band, CASE.c.assignee_id)
    found = {row.id: row for row in conn.execute(select(*columns).where(CASE.c.id.in_(ids)))} if ids else {}
    return {
        PersonId(person): tuple(
            CaseOpen(CaseId(id), found[id].author_handle, found[id].band, found[id].assignee_id == person) for id in cases if id in found
        )
        for person, cases in looking.items()
    }


def _answered(ports: Ports, conn: Connection, now: datetime) -> dict[PersonId, int]:
    since = today(now, desk_zone(ports))
    query = select(REPLY.c.by_id, func.count()).where(*sent_in(since, now + timedelta(microseconds=1))).group_by(REPLY.c.by_id)
    return {PersonId(person): n for person, n in conn.execute(query)}
