"""Events: facts that have happened. The closed list of kinds, who caused them, and the frozen record of one."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from app.core.ids import CaseId, CustomerId, MentionId
from app.core.records import quick

ActorKind = Literal["agent", "customer", "rule", "timer", "system", "api"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. ``id`` is a person's, token's or rule's id; "" for the desk itself."""

    kind: ActorKind
    id: str = ""
    name: str = ""


SYSTEM: Final = Actor("system", "", "Earshot")
TIMER: Final = Actor("timer", "", "The clock")

EVENT_KINDS: Final = frozenset(
    {
        "mention.received", "mention.edited", "mention.deleted",
        "case.opened", "case.updated", "case.claimed", "case.released", "case.skipped", "case.assigned", "case.snoozed", "case.woken",
        "case.closed", "case.reopened", "case.held", "case.unheld",
        "priority.changed",
        "reply.drafted", "reply.submitted", "reply.approved", "reply.rejected", "reply.queued", "reply.cancelled",
        "reply.sent", "reply.failed", "reply.unknown",
        "note.added", "checklist.ticked",
        "timer.started", "timer.stopped", "timer.due",
        "matter.opened", "matter.raised", "matter.acknowledged", "matter.decided", "matter.closed",
        "clock.warned", "clock.breached", "clock.met", "clock.paused", "clock.resumed", "levels.changed",
        "rules.activated", "rules.proposed", "rules.declined", "rules.stopped", "policy.activated", "policy.acknowledged",
        "customer.updated", "customer.linked", "customer.merged", "customer.exported", "customer.erased",
        "presence.changed", "person.updated", "queue.added", "queue.changed", "session.ended",
        "cluster.grew", "spike.started", "spike.ended",
        "intake.parked", "intake.retried", "notice.sent", "channel.changed", "token.created", "token.revoked",
    }
)  # fmt: skip

# Keys of event data that can quote a person. Erasing a customer empties them; the ledger keeps only their hash.
PERSONAL_KEYS: Final = frozenset(
    {"text", "url", "name", "handle", "author", "customer", "excerpt", "words", "marks", "reason", "note", "was", "changes", "filled"}
)


@quick
@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be appended. ``cause`` is the seq of the event that led to it, ``depth`` the chain's length."""

    kind: str
    actor: Actor
    data: dict[str, Any] = field(default_factory=dict)
    case: CaseId | None = None
    customer: CustomerId | None = None
    mention: MentionId | None = None
    cause: int | None = None
    depth: int = 0

    def __post_init__(self) -> None:
        if self.kind not in EVENT_KINDS:
            raise ValueError(f"{self.kind!r} is not in app.core.events.EVENT_KINDS: add it there and to docs/api.md")


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it stands in the log. ``seq`` grows by commit order."""

    seq: int
    kind: str
    at: datetime
    actor: Actor
    data: dict[str, Any]
    case: CaseId | None
    customer: CustomerId | None
    mention: MentionId | None
    cause: int | None
    depth: int
