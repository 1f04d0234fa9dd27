"""Policies and people as programs see them."""

from dataclasses import dataclass
from datetime import datetime

from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.ids import PersonId
from app.core.roles import Role
from app.engine.ports import Ports
from app.people import store as people
from app.people.model import Person, Presence
from app.policy import store as policies
from app.policy.model import Item, Policy, PolicyVersion


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A policy in force. ``approval`` is the role that must approve, ``checks`` the severity of each text check it sets."""

    id: str
    title: str
    version: int
    body: str
    items: tuple[Item, ...]
    approval: str | None
    checks: dict[str, str]
    applies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """One version of a policy's history."""

    version: int
    title: str
    active: bool
    activated_at: datetime
    by: str


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


def api_policies(ports: Ports, asker: Asker) -> tuple[PolicyRecord, ...]:
    """Every policy in force."""
    asker.need("policies.read")
    with ports.db.read() as conn:
        return tuple(_policy(p) for p in policies.all_active(conn))


def api_policy(ports: Ports, asker: Asker, id: str) -> PolicyRecord:
    """One policy in force; NotFound."""
    asker.need("policies.read")
    with ports.db.read() as conn:
        return _policy(policies.active(conn, id))


def api_policy_history(ports: Ports, asker: Asker, id: str) -> tuple[PolicyStep, ...]:
    """Its versions, the newest first; NotFound when there never was one."""
    asker.need("policies.read")
    with ports.db.read() as conn:
        found = policies.history(conn, id)
    if not found:
        raise NotFound(f"There is no policy {id}.")
    return tuple(_step(v) for v in found)


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


def _policy(p: Policy) -> PolicyRecord:
    return PolicyRecord(p.id, p.title, p.version, p.body, p.items, p.approval, dict(p.checks), p.applies)


def _step(v: PolicyVersion) -> PolicyStep:
    return PolicyStep(v.policy.version, v.policy.title, v.active, v.activated_at, v.by_name)
