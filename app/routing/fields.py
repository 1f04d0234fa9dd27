"""The table of what a rule may ask: every field of Facts with its type, its words and the values it can have.

The parser, the linter, the form in the browser, the JSON Schema and the rules guide all read this table; a field that
is added to ``app.core.facts.Facts`` must be added here (a test says so).
"""

from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any, Final, Literal

from app.core.facts import RISK_CLASSES, Facts
from app.routing.model import DESKS, DISPOSITIONS

FieldType = Literal["text", "name", "number", "flag", "names"]
CUSTOM_PREFIX: Final = "custom."
ARRIVAL: Final = "mention.received"
DEFAULT_TRIGGERS: Final = (ARRIVAL, "mention.edited")

TRIGGERS: Final[dict[str, str]] = {
    "mention.received": "a mention arrives",
    "mention.edited": "its author edits a mention",
    "mention.deleted": "its author deletes a mention",
    "case.opened": "a case is opened",
    "case.reopened": "a case is opened again",
    "case.assigned": "a case is given to somebody",
    "case.claimed": "somebody takes a case",
    "case.released": "a case is given back",
    "case.snoozed": "a case is put to sleep",
    "case.woken": "a case wakes",
    "case.closed": "a case is closed",
    "reply.sent": "an answer of ours stands on the network",
    "reply.failed": "an answer of ours could not be sent",
    "note.added": "somebody writes a note",
    "clock.warned": "a target is near",
    "clock.breached": "a target is missed",
    "timer.due": "a timer that a rule started is due",
    "matter.opened": "a matter is opened at a desk",
    "matter.acknowledged": "a desk takes up a matter",
    "matter.decided": "a desk decides a matter",
    "cluster.grew": "near-copies of a mention multiply",
    "spike.started": "mentions arrive much faster than usual",
    "presence.changed": "somebody comes, goes or is busy",
    "customer.updated": "the customer's record changes",
}
"""Events that ask the rules, with their words. Each is also in ``app.core.events.EVENT_KINDS``."""
CASELESS: Final = ("spike.started", "presence.changed")
"""Triggers that are about no case."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a rule may ask. ``values`` is the closed list of a name, empty when any is allowed; ``low`` and ``high``
    bound a number; ``fold`` says that case does not matter; ``optional`` that it can be unknown; ``words_search`` that a plain value
    is looked for as a word."""

    name: str
    type: FieldType
    words: str
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    fold: bool = False
    optional: bool = False
    words_search: bool = False
    numbers: bool = False
    """A text that may hold a number, which can then be compared as one."""
    business: str = ""
    """The field that holds the same time counted in business minutes, "" where there is none."""


_RAW: Final = (
    Field("trigger", "name", "what happened", tuple(TRIGGERS)),
    Field("text", "text", "the text", fold=True, words_search=True),
    Field("language", "name", "the language (ISO 639-1, und when unsure)"),
    Field("network", "name", "the network"),
    Field("instance", "text", "the instance or page", fold=True),
    Field("account", "text", "our account", fold=True),
    Field("visibility", "name", "the visibility", ("public", "unlisted", "followers", "direct")),
    Field("kind", "name", "the kind of post", ("mention", "reply", "comment", "quote", "repost", "message", "review", "post")),
    Field("intent", "name", "the intent", ("question", "complaint", "praise", "chat")),
    Field("wants_answer", "flag", "it wants an answer"),
    Field("sentiment", "number", "the sentiment (-1 very negative to 1 very positive)", low=-1, high=1, optional=True),
    Field("urgency", "number", "the urgency (0 to 1)", low=0, high=1),
    Field("problem", "number", "the certainty of a failed service (0 to 1)", low=0, high=1),
    Field("complaint", "number", "the certainty of a complaint (0 to 1)", low=0, high=1),
    Field("praise", "number", "the certainty of praise (0 to 1)", low=0, high=1),
    Field("risk", "names", "risk class", RISK_CLASSES),
    Field("has_media", "flag", "it has a picture or video"),
    Field("handle", "text", "the author's handle", fold=True),
    Field("reach", "number", "the author's reach", low=0, unit="followers", optional=True),
    Field("verified", "flag", "the author is verified by the network"),
    Field("author_class", "name", "the author's class", ("advocate", "influencer", "detractor", "consumer")),
    Field("customer_known", "flag", "the author is a known customer"),
    Field("tier", "text", "the customer's tier", fold=True, optional=True),
    Field("value", "number", "the customer's lifetime value", low=0, optional=True),
    Field("currency", "text", "the currency of the value", fold=True),
    Field("tenure_days", "number", "the time as a customer", low=0, unit="days", optional=True),
    Field("segments", "names", "segment", fold=True),
    Field("consent", "flag", "the customer consented to be contacted", optional=True),
    Field("cluster_size", "number", "the number of near-copies (this one included)", low=1),
    Field("thread_size", "number", "the length of the thread", low=0),
    Field("case_mentions", "number", "the number of the author's posts in this case", low=0),
    Field("case_replies", "number", "the number of our replies in this case", low=0),
    Field("queue", "name", "the queue"),
    Field("assignee", "text", "whom it is assigned to", fold=True),
    Field("tags", "names", "tag", fold=True),
    Field("state", "name", "the state of the case", ("open", "waiting", "pending", "snoozed", "done")),
    Field("hold", "flag", "it is on hold"),
    Field("score", "number", "the priority score", low=0, high=100),
    Field("band", "name", "the priority band", ("urgent", "high", "normal", "low")),
    Field("waiting_minutes", "number", "the wait", low=0, unit="minutes", business="waiting_business_minutes"),
    Field("minutes_to_due", "number", "the time left to the target (negative when missed)", unit="minutes", optional=True),
    Field("clock", "name", "the clock that warned or was missed"),
    Field("business_hours", "flag", "it is within business hours"),
    Field("actor", "name", "who caused it", ("agent", "customer", "rule", "timer", "system", "api")),
    Field("sentiment_change", "number", "the change of the author's sentiment (-2 to 2)", low=-2, high=2, optional=True),
    Field("initiator", "name", "who began the conversation", ("customer", "us")),
    Field("timer", "name", "the timer that is due"),
    Field("waiting_business_minutes", "number", "the wait in business hours", low=0, unit="business minutes"),
    Field("since_reply_minutes", "number", "the time since our last public answer", low=0, unit="minutes", optional=True),
    Field("last_agent", "text", "who answered this customer last, or else had a case of theirs", fold=True),
    Field("presence", "name", "the presence somebody changed to", ("available", "busy", "away")),
    Field("person", "text", "whose presence changed", fold=True),
    Field("matter", "name", "the desk of the matter", DESKS),
    Field("case_age_minutes", "number", "the age of the case", low=0, unit="minutes"),
    Field("disposition", "name", "why the case was closed", DISPOSITIONS, optional=True),
)

FIELDS: Final[dict[str, Field]] = {field.name: field for field in _RAW}


def field_of(name: str) -> Field | None:
    """The field of that name; ``custom.NAME`` is a text for any NAME, perhaps with a number in it; None when there is no such field."""
    found = FIELDS.get(name)
    if found is None and name.startswith(CUSTOM_PREFIX) and len(name) > len(CUSTOM_PREFIX):
        return Field(name, "text", f"the customer's {name.removeprefix(CUSTOM_PREFIX)}", fold=True, optional=True, numbers=True)
    return found


def value_of(facts: Facts, name: str) -> Any:
    """The value of a field in ``facts``; None for a custom field that is not there."""
    if name.startswith(CUSTOM_PREFIX):
        return facts.custom.get(name.removeprefix(CUSTOM_PREFIX))
    return getattr(facts, name)


def number_in(value: Any) -> float | None:
    """The number that a text holds; None where it holds none."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def spell(value: Any) -> str:
    """A value as ``Facts.previous`` holds it: flags as true and false, numbers without trailing zeros, lists sorted and joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.10g}"
    if isinstance(value, tuple | list | frozenset | set):
        return ",".join(sorted(str(item) for item in value))
    return str(value)


def nearest(word: str, known: Any) -> str | None:
    """The known word most like ``word``, None when none is near."""
    found = get_close_matches(word[:60], list(known), n=1, cutoff=0.55)
    return found[0] if found else None
