"""The policies in force with their checklists, one of them with its history and who has read it, and its text to be edited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from app.core.asker import Asker
from app.core.errors import NotFound
from app.core.ids import PersonId
from app.core.roles import may
from app.engine.ports import Ports
from app.people import store as people
from app.people.model import Person
from app.policy import store as policies
from app.policy.model import Policy, PolicyVersion
from app.policy.written import Block, blocks_of, text_of
from app.queries.rule_versions import DiffLine, diff_of

_CHECK_WORDS: Final = {
    "empty": "No text",
    "length": "Longer than the network takes",
    "hidden": "Invisible characters",
    "placeholder": "A placeholder left in, such as {name}",
    "email": "An e-mail address",
    "phone": "A telephone number",
    "iban": "An account number",
    "card": "A card number",
    "order_number": "An order number",
    "banned": "A banned word",
    "promise": "A promise",
    "admission": "An admission of fault",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who is to read a policy; ``at`` is when they said so, None until then."""

    id: PersonId
    name: str
    role: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PolicyCard:
    """One policy in the list. ``read`` says whether the asker acknowledged this version."""

    policy: Policy
    activated_at: datetime
    by: str
    read: bool
    readers: int
    staff: int


@dataclass(frozen=True, slots=True)
class PoliciesPage:
    """Every policy in force."""

    cards: tuple[PolicyCard, ...]
    unread: int
    can_edit: bool


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """One version of a policy. ``checks`` are (words, severity); ``read`` is whether the asker acknowledged the version in force,
    None where that is not theirs to say; ``diff`` is against the version before."""

    policy: Policy
    in_force: int
    activated_at: datetime
    by: str
    blocks: tuple[Block, ...]
    checks: tuple[tuple[str, str], ...]
    history: tuple[PolicyVersion, ...]
    diff: tuple[DiffLine, ...]
    readers: tuple[Reader, ...]
    read: bool | None
    can_edit: bool


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """One problem of a policy's text."""

    line: int
    column: int
    field: str
    msg: str
    mend: str
    error: bool
    rule: str
    example: str


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy's text to be edited. ``base`` is the version it began from, 0 for a new one; ``said`` is why it was refused, "" at first."""

    id: str
    title: str
    text: str
    base: int
    faults: tuple[PolicyFault, ...] = ()
    said: str = ""


def policies_page(ports: Ports, asker: Asker) -> PoliciesPage:
    """The list."""
    asker.need("policies.read")
    with ports.db.read() as conn:
        staff = _staff(conn)
        mine = policies.acknowledged(conn, asker.person_id) if asker.person_id else {}
        cards = []
        for policy in policies.all_active(conn):
            newest = policies.history(conn, policy.id)[0]
            readers = policies.acknowledged_by(conn, policy.id, policy.version)
            read = mine.get(policy.id, 0) >= policy.version
            cards.append(PolicyCard(policy, newest.activated_at, newest.by_name, read, sum(p.id in readers for p in staff), len(staff)))
        unread = sum(not card.read for card in cards) if asker.person_id else 0
        return PoliciesPage(tuple(cards), unread, asker.may("policies.edit"))


def policy_page(ports: Ports, asker: Asker, id: str, version: int | None = None) -> PolicyPage:
    """One policy as in force, or an earlier version of it; NotFound."""
    asker.need("policies.read")
    with ports.db.read() as conn:
        active = policies.active(conn, id)
        policy = active if version is None else policies.version(conn, id, version)
        history = policies.history(conn, id)
        step = next((one for one in history if one.policy.version == policy.version), None)
        if step is None:
            raise NotFound(f"Version {policy.version} of {id} is too old to be shown here.")
        earlier = next((text_of(one.policy) for one in history if one.policy.version == policy.version - 1), "")
        said = policies.acknowledged_by(conn, id, active.version)
        return PolicyPage(
            policy=policy,
            in_force=active.version,
            activated_at=step.activated_at,
            by=step.by_name,
            blocks=blocks_of(policy.body),
            checks=tuple((_CHECK_WORDS.get(code, code), severity) for code, severity in policy.checks.items()),
            history=history,
            diff=diff_of(earlier, text_of(policy)) if earlier else (),
            readers=tuple(Reader(p.id, p.name, p.role, said.get(p.id)) for p in _staff(conn)),
            read=asker.person_id in said if asker.person_id else None,
            can_edit=asker.may("policies.edit"),
        )


def policy_draft(ports: Ports, asker: Asker, id: str) -> PolicyDraft:
    """The text of a policy to begin an edit with; for an empty id that of a new one."""
    asker.need("policies.edit")
    if not id:
        return PolicyDraft("", "", _EMPTY, 0)
    with ports.db.read() as conn:
        policy = policies.active(conn, id)
        return PolicyDraft(id, policy.title, text_of(policy), policy.version)


def _staff(conn: Connection) -> tuple[Person, ...]:
    """Those who answer customers or decide about answers: they are the ones a policy is for."""
    found = (p for p in people.everyone(conn) if not p.disabled)
    return tuple(p for p in found if may(p.role, "replies.draft") and p.role != "admin")


_EMPTY: Final = """---
id: new-policy
title: New policy
applies: [public reply]
---
What this policy is for, in a few sentences.

- [ ] {looked-up} What the answer says was looked up (required)
"""
