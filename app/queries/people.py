"""The people of the desk as a list and one of them as a form, with how much each holds and where they are signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from app.core.asker import Asker
from app.core.ids import PersonId
from app.core.roles import ROLES, Role
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.people import store as people_store
from app.people import store_shifts
from app.people.model import Person
from app.people.shifts import week_text
from app.people.tables import SESSION
from app.queries.reports import desk_zone
from app.queries.workload import held_by

_ROLE_WORDS: Final[dict[Role, str]] = {
    "agent": "answers customers", "trainee": "drafts, others approve", "supervisor": "answers, approves, edits rules and people",
    "legal": "decides held cases", "auditor": "reads everything, changes nothing", "admin": "supervisor, settings and erasure too",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person; ``held`` open and pending cases, ``sessions`` browsers signed in now. The e-mail is "" for those who may not edit."""

    person: Person
    email: str
    held: int
    sessions: int
    may_change: bool


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """A queue of the desk."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """The list. ``roles`` are those the asker may give, with their words; ``chosen`` the person whose form is open, if any."""

    lines: tuple[PersonLine, ...]
    queues: tuple[QueueChoice, ...]
    roles: tuple[tuple[Role, str], ...]
    may_edit: bool
    chosen: PersonLine | None
    now: datetime
    shifts: str = ""
    zone: str = "UTC"
    """The chosen person's week as it is written, and the zone whose wall clock it goes by; of one without shifts the desk's own."""


def people(ports: Ports, conn: Connection, asker: Asker, *, chosen: str = "") -> PeoplePage:
    """Everyone by name, those who are disabled last. ``chosen`` is a person's id."""
    asker.need("people.read")
    now = ports.clock.now()
    everyone = people_store.everyone(conn)
    held = held_by(conn, [p.id for p in everyone])
    counted = select(SESSION.c.person_id, func.count().label("n")).where(SESSION.c.expires_at > now).group_by(SESSION.c.person_id)
    sessions: dict[str, int] = {row.person_id: row.n for row in conn.execute(counted)}
    may_edit = asker.may("people.edit")
    lines = tuple(
        PersonLine(p, p.email if may_edit else "", held.get(p.id, 0), sessions.get(p.id, 0), asker.may_give(p.role))
        for p in sorted(everyone, key=lambda p: p.disabled)
    )
    plan = store_shifts.plans(conn).get(PersonId(chosen)) if chosen else None
    return PeoplePage(
        shifts=week_text(plan.week) if plan else "",
        zone=plan.zone if plan else desk_zone(ports),
        lines=lines,
        queues=tuple(QueueChoice(q.id, q.title) for q in queues_of(ports)),
        roles=tuple((role, _ROLE_WORDS[role]) for role in ROLES if asker.may_give(role)),
        may_edit=may_edit,
        chosen=next((line for line in lines if line.person.id == chosen and line.may_change), None),
        now=now,
    )
