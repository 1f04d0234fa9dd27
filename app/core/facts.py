"""Facts: everything a judge may know about one mention in its case at one moment. Plain values, never rows."""

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Literal

from app.core.records import quick, unusual

Band = Literal["urgent", "high", "normal", "low"]
Intent = Literal["question", "complaint", "praise", "chat"]
Initiator = Literal["customer", "us"]
RISK_CLASSES = ("legal", "safety", "fraud", "discrimination", "press", "privacy")


@quick
@dataclass(frozen=True, slots=True)
class Facts:
    """One snapshot. ``None`` means not known or not scored, never zero.

    Units: ``sentiment`` is VADER's compound, -1..1, None when the language is not scored; ``urgency``, ``problem``, ``complaint`` and
    ``praise`` 0..1; ``reach`` is the author's followers; ``value`` is the customer's lifetime value in
    ``currency``; minutes are wall-clock minutes unless their name says business. ``sentiment_change`` is this mention's sentiment less
    that of the author's mention before it; ``since_reply_minutes`` counts from our last public answer; ``timer`` is the name of the timer
    that is due, ``matter`` the desk of the matter, ``person`` and ``presence`` the person whose presence changed and to what.
    """

    trigger: str = "mention.received"
    text: str = ""
    language: str = "und"
    network: str = ""
    instance: str = ""
    account: str = ""
    visibility: str = "public"
    kind: str = "mention"
    intent: Intent = "chat"
    wants_answer: bool = False
    sentiment: float | None = None
    urgency: float = 0.0
    problem: float = 0.0
    complaint: float = 0.0
    praise: float = 0.0
    risk: tuple[str, ...] = ()
    has_media: bool = False
    handle: str = ""
    reach: int | None = None
    verified: bool = False
    author_class: str = "consumer"
    customer_known: bool = False
    tier: str | None = None
    value: float | None = None
    currency: str = ""
    tenure_days: int | None = None
    segments: tuple[str, ...] = ()
    custom: dict[str, str] = field(default_factory=dict)
    consent: bool | None = None
    cluster_size: int = 1
    thread_size: int = 1
    case_mentions: int = 1
    case_replies: int = 0
    queue: str = ""
    assignee: str = ""
    tags: tuple[str, ...] = ()
    state: str = "open"
    hold: bool = False
    score: int = 0
    band: Band = "normal"
    waiting_minutes: float = 0.0
    minutes_to_due: float | None = None
    clock: str = ""
    business_hours: bool = True
    actor: str = "customer"
    previous: dict[str, str] = field(default_factory=dict)
    sentiment_change: float | None = None
    initiator: Initiator = "customer"
    timer: str = ""
    waiting_business_minutes: float = 0.0
    since_reply_minutes: float | None = None
    last_agent: str = ""
    presence: str = ""
    person: str = ""
    matter: str = ""
    disposition: str | None = None
    case_age_minutes: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """A plain map for storage; ``Facts.from_json`` reads it back."""
        return dict(zip(_NAMES, _values(self), strict=True)) | {"custom": dict(self.custom), "previous": dict(self.previous)}

    def as_stored(self) -> dict[str, Any]:
        """``as_json`` without what is as it is by default, which is most of it: every mention keeps one. A default that is changed
        later changes what was stored before, so add another field instead."""
        return _told(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Facts":
        """Facts from their stored map; fields since added take their defaults, fields since removed are dropped."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items() if k in _KNOWN}
        return cls(**values)


# Taken together: dataclasses.asdict copies every value deeply, which took a fifth of what a mention costs.
_NAMES = tuple(f.name for f in fields(Facts))
_KNOWN = frozenset(_NAMES)
_values = attrgetter(*_NAMES)
_told = unusual(Facts)
