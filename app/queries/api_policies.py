"""Policies as programs see them: those in force with their checklists, and their versions."""

from dataclasses import dataclass
from datetime import datetime

from app.core.asker import Asker
from app.core.errors import NotFound
from app.engine.ports import Ports
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


def _policy(p: Policy) -> PolicyRecord:
    return PolicyRecord(p.id, p.title, p.version, p.body, p.items, p.approval, dict(p.checks), p.applies)


def _step(v: PolicyVersion) -> PolicyStep:
    return PolicyStep(v.policy.version, v.policy.title, v.active, v.activated_at, v.by_name)
