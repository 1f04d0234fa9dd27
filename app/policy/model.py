"""A policy and what hangs on it, as everyone outside the store sees them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from app.core.facts import RISK_CLASSES
from app.core.ids import CaseId, PersonId, ReplyId

Severity = Literal["block", "warn"]
ApprovalRole = Literal["agent", "supervisor", "legal"]
ApprovalState = Literal["asked", "approved", "rejected", "changed", "expired"]

APPROVAL_ROLES: Final[tuple[ApprovalRole, ...]] = ("agent", "supervisor", "legal")  # from the mildest to the strictest
APPROVAL_STATES: Final[tuple[ApprovalState, ...]] = ("asked", "approved", "rejected", "changed", "expired")
PUBLIC_REPLY: Final = "public reply"
DIRECT_REPLY: Final = "direct reply"
APPLIES: Final = (PUBLIC_REPLY, DIRECT_REPLY, *RISK_CLASSES)

DEFAULT_CHECKS: Final[Mapping[str, Severity]] = {
    "empty": "block",
    "length": "block",
    "hidden": "block",
    "placeholder": "block",
    "email": "block",
    "phone": "block",
    "iban": "block",
    "card": "block",
    "order_number": "warn",
    "banned": "block",
    "promise": "warn",
    "admission": "block",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a checklist."""

    id: str
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy. ``version`` is 0 until it is stored; ``hash`` is SHA-256 of the file's text."""

    id: str
    title: str
    version: int
    hash: str
    body: str
    items: tuple[Item, ...]
    approval: ApprovalRole | None
    checks: Mapping[str, Severity]
    applies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One line of a policy's history."""

    policy: Policy
    active: bool
    activated_at: datetime
    by_name: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One item ticked on one case, under one version of its policy."""

    case_id: CaseId
    item_id: str
    policy: str
    version: int
    by: PersonId
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """One request for a second person's word on a reply. ``text_after`` is the text that was allowed, None until then."""

    id: str
    reply_id: ReplyId
    case_id: CaseId
    role: ApprovalRole
    asked_by: PersonId
    asked_by_name: str
    asked_at: datetime
    state: ApprovalState
    decided_by: PersonId | None
    decided_by_name: str
    decided_at: datetime | None
    reason: str
    text_before: str
    text_after: str | None


def applying(policies: Iterable[Policy], visibility: str, risk: Iterable[str]) -> tuple[Policy, ...]:
    """The policies for an answer of this visibility on a case with these risk classes, the strictest first.

    Strictest: by risk before by kind of reply, then by the approval it asks for, then by id. The first is the one whose
    checklist the case carries.
    """
    kind, risks = DIRECT_REPLY if visibility == "direct" else PUBLIC_REPLY, set(risk)
    wanted = [p for p in policies if kind in p.applies or not risks.isdisjoint(p.applies)]
    return tuple(sorted(wanted, key=lambda p: (risks.isdisjoint(p.applies), -_strictness(p.approval), p.id)))


def checks_of(policies: Iterable[Policy]) -> dict[str, Severity]:
    """The severity of every text check: what a policy says goes before the default, and of two policies the stricter one wins."""
    said: dict[str, Severity] = {}
    for policy in policies:
        for code, severity in policy.checks.items():
            said[code] = "block" if "block" in (severity, said.get(code)) else severity
    return dict(DEFAULT_CHECKS) | said


def _strictness(role: ApprovalRole | None) -> int:
    return -1 if role is None else APPROVAL_ROLES.index(role)
