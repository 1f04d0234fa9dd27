"""A matter, as everyone outside the store sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.core.events import ActorKind
from app.core.ids import CaseId, MatterId, MentionId, PersonId

Kind = Literal["legal", "pr", "supervisor"]
State = Literal["open", "acknowledged", "decided", "closed"]
Decision = Literal["approved", "approved_with_edits", "rejected", "released", "kept"]

KINDS: Final[tuple[Kind, ...]] = ("legal", "pr", "supervisor")
STATES: Final[tuple[State, ...]] = ("open", "acknowledged", "decided", "closed")
DECISIONS: Final[tuple[Decision, ...]] = ("approved", "approved_with_edits", "rejected", "released", "kept")
TIERS: Final = (1, 2, 3)  # whom it has reached: 1 the desk on duty, 2 its lead, 3 the head of it; as in the rules' escalate


@dataclass(frozen=True, slots=True)
class Mark:
    """Words of a mention that made it a matter, in code points of its text."""

    mention_id: MentionId
    start: int
    end: int
    text: str
    risk: str


@dataclass(frozen=True, slots=True)
class OpenedBy:
    """Who opened it; ``rule`` names the rule when a rule did, "" otherwise."""

    kind: ActorKind
    name: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter on one case. ``frozen`` is the copy made when it was opened and ``frozen_hash`` its SHA-256."""

    id: MatterId
    case_id: CaseId
    kind: Kind
    tier: int
    state: State
    risk: tuple[str, ...]
    words: tuple[Mark, ...]
    opened_at: datetime
    opened_by: OpenedBy
    reason: str
    frozen: dict[str, Any]
    frozen_hash: str
    ack_due_at: datetime | None
    acknowledged_by: PersonId | None
    acknowledged_by_name: str
    acknowledged_at: datetime | None
    decided_by: PersonId | None
    decided_by_name: str
    decided_at: datetime | None
    decision: Decision | None
    decision_reason: str
    closed_at: datetime | None
