"""Frozen records of cases, notes, drafts and replies, and the words of their states."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.core.facts import Band, Intent
from app.core.ids import CaseId, CustomerId, IdentityId, MentionId, NoteId, PersonId, ReplyId
from app.core.records import quick

State = Literal["open", "waiting", "pending", "snoozed", "done"]
STATES: Final[tuple[State, ...]] = ("open", "waiting", "pending", "snoozed", "done")
Disposition = Literal["answered", "no_response_needed", "answered_by_community", "spam", "duplicate"]
DISPOSITIONS: Final[tuple[Disposition, ...]] = ("answered", "no_response_needed", "answered_by_community", "spam", "duplicate")
ReplyState = Literal["pending_approval", "queued", "sending", "sent", "failed", "unknown", "cancelled", "by_hand"]
REPLY_STATES: Final[tuple[ReplyState, ...]] = ("pending_approval", "queued", "sending", "sent", "failed", "unknown", "cancelled", "by_hand")
LIVE_REPLY_STATES: Final[tuple[ReplyState, ...]] = ("pending_approval", "queued", "sending", "unknown", "by_hand")
"""States in which a reply still holds the case's one outgoing place."""
Trouble = Literal["failed", "unknown"]
Awaited = Literal["community"]
BY_RULE: Final = PersonId("rule")
"""Whose a reply, or a draft that is offered, is that no person wrote: it stands in the place of a person's id."""


@quick
@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands. Everything the inbox shows is here, so that a list is one indexed query of one table.

    ``rank_at`` is the inbox key, a virtual deadline in unix seconds (see ``app.priority.order``); ``due_at`` the nearest
    running service-level deadline; ``version`` grows with each change a replying agent must have
    seen; ``signals`` are the strengths (problem, complaint, praise, urgency; 0..1) gathered since our last answer;
    ``reply_trouble`` is set while an answer of ours wants a person; ``waiting_on`` while it is pending on somebody other than approval or
    legal, until ``snoozed_until``; ``rule_term`` are the points that rules add to its score.
    """

    id: CaseId
    version: int
    state: State
    disposition: Disposition | None
    hold: bool
    network: str
    instance: str
    account: str
    thread_key: str
    visibility: str
    identity_id: IdentityId
    customer_id: CustomerId
    author_handle: str
    author_name: str
    reach: int | None
    verified: bool
    customer_name: str | None
    tier: str | None
    value: float | None
    queue: str
    assignee_id: PersonId | None
    assignee_name: str | None
    claim_until: datetime | None
    language: str
    excerpt: str
    intent: Intent
    sentiment: float | None
    sentiment_label: str
    urgency: float
    risk: list[str]
    wants_answer: bool
    signals: dict[str, float]
    tags: list[str]
    score: int
    band: Band
    terms: list[dict[str, Any]]
    floor: int | None
    override_score: int | None
    override_by: str | None
    override_reason: str | None
    override_until: datetime | None
    rank_at: float
    policy: str
    approval_role: str | None
    cluster_id: str | None
    cluster_size: int
    mention_count: int
    reply_count: int
    last_mention_id: MentionId
    rules_version: int
    opened_at: datetime
    updated_at: datetime
    last_mention_at: datetime
    waiting_since: datetime | None
    last_reply_at: datetime | None
    due_at: datetime | None
    due_metric: str | None
    due_state: str | None
    snoozed_until: datetime | None
    closed_at: datetime | None
    reply_trouble: Trouble | None = None
    waiting_on: Awaited | None = None
    rule_term: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """An internal note; never leaves the desk."""

    id: NoteId
    case_id: CaseId
    by_id: str
    by_name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """Text a person is writing on a case; its own row, so that nobody else's act can wipe it."""

    case_id: CaseId
    person_id: PersonId
    text: str
    visibility: str
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer on its way out, or gone out. ``ticks`` is the checklist as it stood; times are UTC.

    ``attempt`` counts for ever, ``tries`` those that came to an end since a person last queued it. ``fence`` grows with each
    attempt. ``check_at`` is when the desk looks after it by itself: the end of the sender's lease while sending, the next step to
    settle it while unknown; None while unknown means that only a person can tell.
    """

    id: ReplyId
    case_id: CaseId
    mention_id: MentionId
    text: str
    visibility: str
    state: ReplyState
    by_id: PersonId
    by_name: str
    created_at: datetime
    send_after: datetime | None
    queued_at: datetime | None
    sending_at: datetime | None
    sent_at: datetime | None
    attempt: int
    fence: int
    publisher: str
    external_id: str | None
    url: str | None
    error: str | None
    policy: str
    policy_version: int
    ticks: list[dict[str, Any]]
    response_seconds: float | None
    idempotency_key: str | None
    approved_by: str | None
    check_at: datetime | None = None
    tries: int = 0


BulkVerb = Literal["assign", "release", "queue", "tag", "untag", "snooze", "close"]
BULK_VERBS: Final[tuple[BulkVerb, ...]] = ("assign", "release", "queue", "tag", "untag", "snooze", "close")
FloorVerb = Literal["presence", "reassign", "sign_out"]
FLOOR_VERBS: Final[tuple[FloorVerb, ...]] = ("presence", "reassign", "sign_out")


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for. ``taken_too`` says that cases somebody else is working on this moment are meant as well."""

    verb: BulkVerb
    person: PersonId | None = None
    queue: str = ""
    tags: tuple[str, ...] = ()
    until: datetime | None = None
    disposition: Disposition | None = None
    reason: str = ""
    taken_too: bool = False


@dataclass(frozen=True, slots=True)
class FloorChange:
    """What is to happen to a person. ``cases`` says what becomes of those they hold: they stay, go back to their queue, or to a person.

    ``only`` names cases where not all are meant; ``waiting_too`` means those as well that wait on their customer or sleep.
    """

    verb: FloorVerb
    presence: str = ""
    reason: str = ""
    cases: Literal["stay", "queue", "person"] = "stay"
    to: PersonId | None = None
    only: tuple[str, ...] = ()
    waiting_too: bool = False
