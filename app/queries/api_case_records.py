"""The frozen records that make up a case as programs see it; their names and shapes are the API's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from app.cases.model import Disposition, ReplyState, State
from app.core.facts import Band
from app.core.ids import CaseId
from app.routing.model import TraceLine
from app.sla.model import ClockState, Metric


@dataclass(frozen=True, slots=True)
class Who:
    """A person by id and name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone who has the case open."""

    id: str
    name: str
    typing: bool


@dataclass(frozen=True, slots=True)
class Term:
    """One part of the score: its points and its reason in words."""

    term: str
    points: float
    why: str


@dataclass(frozen=True, slots=True)
class Override:
    """A score set by hand, until when."""

    score: int
    by: str | None
    reason: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Priority:
    """How much the case matters now, 0 to 100, with its terms."""

    score: int
    band: Band
    terms: tuple[Term, ...]
    override: Override | None


@dataclass(frozen=True, slots=True)
class CanReply:
    """Whether an answer can leave now. ``limit`` is the network's text limit in its own units; ``until`` the end of the chance, if any."""

    can: Literal["yes", "no", "by_hand"]
    why: str | None
    limit: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class CaseCustomer:
    """Who wrote. ``tier`` and ``value`` are None while the CRM does not know the author (``known`` false)."""

    id: str
    name: str
    known: bool
    tier: str | None
    value: float | None
    currency: str
    author_class: str


@dataclass(frozen=True, slots=True)
class Sentiment:
    """VADER's compound, -1 to 1; None with ``scored`` false for a language that is not scored."""

    compound: float | None
    scored: bool


@dataclass(frozen=True, slots=True)
class Author:
    """The author as the network shows them."""

    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class CaseMention:
    """One mention of the case. ``created_at`` is the network's word, ``received_at`` ours."""

    id: str
    external_id: str
    text: str
    created_at: datetime
    received_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    revision: int
    url: str | None
    kind: str
    visibility: str
    author: Author
    in_reply_to: str | None
    language: str
    sentiment: Sentiment
    risk: tuple[str, ...]
    content_warning: str | None
    media: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class CaseReply:
    """An answer. ``send_after`` is when its undo window ends; ``error`` says what stopped it."""

    id: str
    case: str
    text: str
    visibility: str
    state: ReplyState
    by: Who
    approved_by: str | None
    created_at: datetime
    send_after: datetime | None
    queued_at: datetime | None
    sent_at: datetime | None
    external_id: str | None
    url: str | None
    error: str | None
    policy: str
    policy_version: int
    response_seconds: float | None


@dataclass(frozen=True, slots=True)
class CaseClock:
    """One clock. ``elapsed_seconds`` counts on its own calendar, pauses left out; ``arithmetic`` says in words why it is due when it is."""

    metric: Metric
    target_seconds: int
    due_at: datetime | None
    state: ClockState
    elapsed_seconds: float
    arithmetic: str


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One item, and who ticked it when; None while it is open."""

    id: str
    text: str
    required: bool
    ticked_by: str | None
    ticked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Checklist:
    """What must be ticked before an answer leaves, by which version of which policy."""

    policy: str
    version: int
    items: tuple[ChecklistItem, ...]


@dataclass(frozen=True, slots=True)
class CaseMatter:
    """The legal or PR matter that stands open, or the last one."""

    id: str
    kind: str
    tier: int
    state: str
    risk: tuple[str, ...]
    reason: str
    opened_at: datetime
    acknowledged_by: str | None
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """The whole case."""

    id: CaseId
    version: int
    state: State
    disposition: Disposition | None
    hold: bool
    network: str
    instance: str
    account: str
    queue: str
    assignee: Who | None
    language: str
    visibility: str
    opened_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    closed_at: datetime | None
    priority: Priority
    reply: CanReply
    customer: CaseCustomer | None
    mentions: tuple[CaseMention, ...]
    replies: tuple[CaseReply, ...]
    clocks: tuple[CaseClock, ...]
    checklist: Checklist | None
    matter: CaseMatter | None
    tags: tuple[str, ...]
    trace: tuple[TraceLine, ...]
    viewers: tuple[Viewer, ...]
