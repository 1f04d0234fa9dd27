"""What stands around the floor: one person as a form, and what their fields are chosen from. The floor itself is ``queries.floor``."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from app.core.asker import Asker
from app.core.roles import ROLES, Role
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.people import store as people_store
from app.people import store_shifts
from app.people.model import Person
from app.people.shifts import week_text
from app.people.tables import SESSION
from app.queries.reports import desk_zone

_ROLE_WORDS: Final[dict[Role, str]] = {
    "agent": "answers customers", "trainee": "drafts, others approve", "supervisor": "answers, approves, edits rules and people",
    "legal": "decides held cases", "auditor": "reads everything, changes nothing", "admin": "supervisor, settings and erasure too",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """A queue of the desk."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class PersonChosen:
    """The person whose form is open. ``sessions`` are browsers signed in now; ``shifts`` their week as it is written, and ``zone`` the one
    whose wall clock it goes by: without shifts the desk's own."""

    person: Person
    sessions: int
    shifts: str
    zone: str


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """What stands around the floor. ``roles`` are those the asker may give, with their words."""

    queues: tuple[QueueChoice, ...]
    roles: tuple[tuple[Role, str], ...]
    may_edit: bool
    chosen: PersonChosen | None


def people(ports: Ports, conn: Connection, asker: Asker, *, chosen: str = "") -> PeoplePage:
    """The page beside the floor. ``chosen`` is a person's id; nobody is chosen whom the asker may not change."""
    asker.need("people.read")
    may_edit = asker.may("people.edit")
    return PeoplePage(
        queues=tuple(QueueChoice(q.id, q.title) for q in queues_of(ports)),
        roles=tuple((role, _ROLE_WORDS[role]) for role in ROLES if asker.may_give(role)),
        may_edit=may_edit,
        chosen=_chosen(ports, conn, asker, chosen) if may_edit and chosen else None,
    )


def email_of(conn: Connection, asker: Asker, id: str) -> str:
    """The e-mail of this person; NotFound when there is none."""
    asker.need("people.edit")
    return people_store.get(conn, id).email


def _chosen(ports: Ports, conn: Connection, asker: Asker, id: str) -> PersonChosen | None:
    person = next((p for p in people_store.everyone(conn) if p.id == id), None)
    if person is None or not asker.may_give(person.role):
        return None
    sessions = select(func.count()).where(SESSION.c.person_id == person.id, SESSION.c.expires_at > ports.clock.now())
    plan = store_shifts.plans(conn).get(person.id)
    return PersonChosen(
        person, conn.execute(sessions).scalar_one(), week_text(plan.week) if plan else "", plan.zone if plan else desk_zone(ports)
    )
