"""Everyone who can be given work as assignment sees them: who is there, who has gone silent, and how much each holds."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.cases import store as cases
from app.cases.assign import Need, Worker
from app.cases.model import Case
from app.core.ids import PersonId
from app.core.roles import may
from app.judgement.desk import Desk
from app.people import store as people
from app.people.model import Person
from app.routing.model import Queue


def roster(conn: Connection, desk: Desk, now: datetime) -> tuple[Worker, ...]:
    """Everyone who works cases and is not shut out, by name, with their load as it stands in this snapshot."""
    return workers_of([p for p in people.everyone(conn) if not p.disabled and may(p.role, "cases.work")], conn, desk, now)


def workers_of(persons: Collection[Person], conn: Connection, desk: Desk, now: datetime) -> tuple[Worker, ...]:
    """These people as workers. Who names no queue works them all."""
    weights = {queue.id: queue.weights for queue in desk.queues}
    loads: dict[PersonId, float] = {}
    for person, queue, visibility, n in cases.held_counts(conn, [p.id for p in persons]):
        loads[person] = loads.get(person, 0.0) + n * weights.get(queue, {}).get(visibility, 1.0)
    every = tuple(queue.id for queue in desk.queues)
    return tuple(
        Worker(
            p.id, p.name, p.languages, p.skills, p.queues or every, p.presence, loads.get(p.id, 0.0), p.capacity, p.hard_capacity,
            p.presence_reason, is_silent(p, desk.silent_after, now), p.given_at,
        )
        for p in persons
    )  # fmt: skip


def need_of(
    case: Case, desk: Desk, *, skills: tuple[str, ...] = (), last_agent: PersonId | None = None,
    passed_on_by: frozenset[PersonId] = frozenset(),
) -> Need:  # fmt: skip
    """What this case asks of whoever takes it; ``skills`` beside those of its queue."""
    queue = next((q for q in desk.queues if q.id == case.queue), Queue(case.queue, case.queue))
    weight = queue.weights.get(case.visibility, 1.0)
    return Need(
        case.queue, case.language, (*queue.skills, *skills), queue.languages, weight, case.band == "urgent", last_agent, passed_on_by
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
        return f"{person.name} is away{f' ({reason})' if reason else ''}" if now - person.presence_since >= waits else None
    return f"no sign of life of {person.name}" if is_silent(person, desk.silent_after + grace, now) else None
