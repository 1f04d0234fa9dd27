"""The records of the case page, one for each of its panels."""

from dataclasses import dataclass
from datetime import date, datetime

from app.people.model import Person
from app.queries.case_row import CaseRow
from app.queries.case_thread import ThreadItem
from app.routing.model import TraceLine


@dataclass(frozen=True, slots=True)
class TermShown:
    """One term of the score."""

    term: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class ScoreShown:
    """The score as the panel "Why here" shows it."""

    total: int
    band: str
    terms: tuple[TermShown, ...]
    override: str | None
    what_would_change: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemShown:
    """One line of the checklist."""

    id: str
    text: str
    required: bool
    ticked_by: str | None
    ticked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChecklistShown:
    """The checklist that the next answer must satisfy."""

    policy: str
    title: str
    version: int
    items: tuple[ItemShown, ...]


@dataclass(frozen=True, slots=True)
class ClockShown:
    """One clock; ``name`` is what its metric is called, ``within`` its target in words, ``arithmetic`` how its deadline came about."""

    id: str
    metric: str
    name: str
    state: str
    stopped: bool
    due_at: datetime | None
    target_seconds: int
    within: str
    elapsed_seconds: float
    arithmetic: str


@dataclass(frozen=True, slots=True)
class IdentityShown:
    """An account of the customer. ``verified`` says who vouches that it is theirs."""

    network: str
    handle: str
    verified: str
    url: str | None


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One line of the customer's other cases."""

    at: datetime
    kind: str
    text: str
    who: str
    case_id: str


@dataclass(frozen=True, slots=True)
class CustomerShown:
    """The customer beside the thread."""

    id: str
    name: str
    known: bool
    tier: str | None
    value: float | None
    currency: str
    since: date | None
    author_class: str
    identities: tuple[IdentityShown, ...]
    timeline: tuple[EntryShown, ...]


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding in the draft."""

    message: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class GateShown:
    """Whether the draft may leave, and why not."""

    can_send: bool
    can_submit: bool
    reasons: tuple[str, ...]
    limit: int
    count: int
    findings: tuple[FindingShown, ...]


@dataclass(frozen=True, slots=True)
class DraftShown:
    """What the viewer was writing."""

    text: str
    version: int
    updated_at: datetime
    author: str
    visibility: str


@dataclass(frozen=True, slots=True)
class MatterShown:
    """The open matter of the case."""

    id: str
    kind: str
    state: str
    risk: tuple[str, ...]
    why: str
    asked_by: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class UndoShown:
    """An answer that can still be taken back."""

    reply_id: str
    seconds_left: int


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """The reply that holds the case's outgoing place, for whoever must act on it."""

    id: str
    state: str
    by: str
    text: str
    link: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class QueueShown:
    """A queue to move a case to."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything on the page of one case, for one viewer."""

    row: CaseRow
    version: int
    visibility: str
    intent: str
    thread: tuple[ThreadItem, ...]
    siblings: tuple[CaseRow, ...]
    score: ScoreShown
    checklist: ChecklistShown | None
    clocks: tuple[ClockShown, ...]
    customer: CustomerShown | None
    trace: tuple[TraceLine, ...]
    gate: GateShown
    draft: DraftShown | None
    matter: MatterShown | None
    can: frozenset[str]
    queues: tuple[QueueShown, ...]
    people: tuple[Person, ...]
    undo: UndoShown | None
    outgoing: OnItsWay | None
    left_draft: DraftShown | None = None
    """What a colleague had begun before the case was taken from them; only for who may write here and has not begun."""
    skip_reasons: tuple[str, ...] = ()
