"""People as programs see them."""

from dataclasses import dataclass
from datetime import datetime

from app.core.asker import Asker
from app.core.ids import PersonId
from app.core.roles import Role
from app.engine.ports import Ports
from app.people import store as people
from app.people.model import Person, Presence


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One person. ``email`` is told only to those who may change people."""

    id: PersonId
    name: str
    email: str | None
    role: Role
    disabled: bool
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    queues: tuple[str, ...]
    capacity: int
    presence: Presence
    presence_reason: str
    presence_since: datetime


def api_people(ports: Ports, asker: Asker) -> tuple[PersonRecord, ...]:
    """Everyone of the desk, by name."""
    asker.need("people.read")
    with ports.db.read() as conn:
        return tuple(person_of(p, asker) for p in people.everyone(conn))


def person_of(p: Person, asker: Asker) -> PersonRecord:
    """A person as the asker may see them."""
    return PersonRecord(
        id=p.id, name=p.name, email=p.email if asker.may("people.edit") else None, role=p.role, disabled=p.disabled, languages=p.languages,
        skills=p.skills, queues=p.queues, capacity=p.capacity, presence=p.presence, presence_reason=p.presence_reason,
        presence_since=p.presence_since,
    )  # fmt: skip
