"""Everyone who can be given work as assignment sees them: who is there, who has gone silent, and how much each holds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.cases import store as cases
from app.cases.assign import Need, Worker
from app.cases.model import Case
from app.core.ids import PersonId
from app.core.roles import may
from app.judgement.desk import Desk
from app.people import store as people
from app.people import store_shifts
from app.people.model import Person
from app.people.shifts import on_shift
from app.routing.model import Queue

Hands = dict[PersonId, Worker]
"""Everyone who can be given work, with what a transaction has given them so far."""


def roster(conn: Connection, desk: Desk, now: datetime) -> tuple[Worker, ...]:
    """Everyone who works cases and is not shut out, by name, with their load as it stands in this snapshot."""
    return workers_of(
        [p for p in people.everyone(conn) if not p.disabled and may(p.role, "cases.work")], conn, desk.queues, now, desk.silent_after
    )


def workers_of(
    persons: Collection[Person], conn: Connection, queues: Sequence[Queue], now: datetime, silent_after: timedelta = timedelta.max
) -> tuple[Worker, ...]:
    """These people as workers, with the weight of what they hold."""
    loads = loads_of(conn, [p.id for p in persons], queues)
    plans = store_shifts.plans(conn)
    return tuple(
        replace(
            as_worker(p, queues, loads.get(p.id, 0.0), silent=is_silent(p, silent_after, now)), off_shift=not on_shift(plans.get(p.id), now)
        )
        for p in persons
    )


def loads_of(conn: Connection, persons: Sequence[PersonId], queues: Sequence[Queue]) -> dict[PersonId, float]:
    """The weight of the open cases that each of these people holds, in one statement; who holds none is left out."""
    weights = {queue.id: queue.weights for queue in queues}
    loads: dict[PersonId, float] = {}
    for person, queue, visibility, n in cases.held_counts(conn, persons):
        loads[person] = loads.get(person, 0.0) + n * weights.get(queue, {}).get(visibility, 1.0)
    return loads


def as_worker(p: Person, queues: Sequence[Queue], load: float = 0.0, *, silent: bool = False) -> Worker:
    """One person as a worker. Who names no queue works them all."""
    works = p.queues or tuple(queue.id for queue in queues)
    return Worker(
        p.id, p.name, p.languages, p.skills, works, p.presence, load, p.capacity, p.hard_capacity, p.presence_reason, silent, p.given_at
    )


def weight_of(case: Case, queues: Sequence[Queue]) -> float:
    """What the case adds to the load of whoever holds it."""
    return next((queue.weights.get(case.visibility, 1.0) for queue in queues if queue.id == case.queue), 1.0)


def need_of(
    case: Case, desk: Desk, *, skills: tuple[str, ...] = (), last_agent: PersonId | None = None,
    passed_on_by: frozenset[PersonId] = frozenset(),
) -> Need:  # fmt: skip
    """What this case asks of whoever takes it; ``skills`` beside those of its queue."""
    queue = next((q for q in desk.queues if q.id == case.queue), Queue(case.queue, case.queue))
    asked = (*queue.skills, *skills)
    return Need(
        case.queue, case.language, asked, queue.languages, weight_of(case, desk.queues), case.band == "urgent", last_agent, passed_on_by
    )


def seen(person: Person) -> datetime:
    """The last sign of life: a request, an open page, or what they said of themselves."""
    return max(person.last_seen_at, person.presence_since) if person.last_seen_at is not None else person.presence_since


def is_silent(person: Person, after: timedelta, now: datetime) -> bool:
    """Whether somebody who says they are there has shown no sign of life for so long: no open page on any device and no request."""
    return person.presence != "away" and now - seen(person) > after


def gone(person: Person, desk: Desk, now: datetime, grace: timedelta, keep_minutes: Mapping[str, int]) -> str | None:
    """Why this person's open work should go back to its queue now, in words; None while it may wait for them.

    ``grace`` is how long it waits for somebody away or silent; ``keep_minutes`` the minutes that a reason for being away has instead.
    """
    if person.disabled:
        return f"{person.name} no longer works here"
    if person.presence == "away":
        reason = person.presence_reason
        waits = timedelta(minutes=keep_minutes[reason.casefold()]) if reason.casefold() in keep_minutes else grace
        since = max(person.presence_since, person.given_at or person.presence_since)
        return f"{person.name} is away{f' ({reason})' if reason else ''}" if now - since >= waits else None
    return f"no sign of life of {person.name}" if is_silent(person, desk.silent_after + grace, now) else None
