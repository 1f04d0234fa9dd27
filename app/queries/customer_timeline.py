"""A customer's timeline: their events newest first, each in words, every answer with who, how fast, and under which policy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.core.events import EVENT_KINDS, Event
from app.queries.told import Told

Group = Literal["post", "reply", "note", "case", "legal", "record"]
GROUPS: Final[tuple[Group, ...]] = ("post", "reply", "note", "case", "legal", "record")
_GROUP_OF: Final[dict[str, Group]] = {
    "mention": "post", "cluster": "post", "reply": "reply", "checklist": "reply", "note": "note", "matter": "legal",
    "customer": "record",
}  # fmt: skip
# Noise on a person's timeline: what the desk's clockwork does by itself is on the case's own page.
# Ticks stand on the answer they were made for.
LEFT_OUT: Final = frozenset(
    {
        "priority.changed", "clock.paused", "clock.resumed", "clock.warned", "notice.sent", "reply.drafted", "case.updated",
        "checklist.ticked", "timer.started", "timer.stopped", "timer.due", "rules.stopped",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One line. ``text`` is what was said or written, None where nothing was; ``response_seconds`` is how long the answer took."""

    seq: int
    at: datetime
    kind: str
    group: Group
    words: str
    who: str
    by: str
    text: str | None
    network: str | None
    url: str | None
    sentiment: float | None
    policy: str | None
    policy_version: int | None
    ticks: tuple[str, ...]
    response_seconds: float | None
    case: str | None
    mention: str | None


def kinds_of(group: Group) -> frozenset[str]:
    """The kinds of events that make up one part of the timeline."""
    return frozenset(k for k in EVENT_KINDS - LEFT_OUT if _GROUP_OF.get(k.partition(".")[0], "case") == group)


def item_of(event: Event, told: Told | None = None) -> TimelineItem:
    """The event in words, with what was said or written beside it. Data that an older event lacks is simply not said."""
    data = event.data
    subject, _, verb = event.kind.partition(".")
    say = _WORDS.get(event.kind)
    return TimelineItem(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        group=_GROUP_OF.get(subject, "case"),
        words=say(data) if say else f"{subject.capitalize()} {verb}",
        who=_who(event, told),
        by=event.actor.kind,
        text=told.text if told else _text(data.get("text")),
        network=_text(data.get("network")),
        url=(told.url if told else None) or _text(data.get("url")),
        sentiment=_number(data.get("sentiment")),
        policy=_text(data.get("policy")),
        policy_version=data["policy_version"] if isinstance(data.get("policy_version"), int) else None,
        ticks=_ticks(data.get("ticks")),
        response_seconds=_number(data.get("response_seconds")),
        case=event.case,
        mention=event.mention,
    )


def _who(event: Event, told: Told | None) -> str:
    """Who did it; of what left by itself, whoever wrote it."""
    if event.actor.kind in ("customer", "system"):
        written = event.data.get("by") if event.kind.startswith("reply.") else None
        seen = event.actor.name if event.actor.kind == "customer" else ""
        return str(written or seen or (told.who if told else "") or _NAMELESS[event.actor.kind])
    return event.actor.name or _NAMELESS[event.actor.kind]


_NAMELESS: Final = {
    "agent": "An agent", "customer": "The customer", "rule": "A rule", "timer": "The clock", "system": "Earshot", "api": "A program",
}  # fmt: skip


def _plain(words: str) -> Callable[[dict[str, Any]], str]:
    return lambda data: f"{words}: {data['why']}" if data.get("why") else words


def _received(data: dict[str, Any]) -> str:
    return f"Wrote on {data['network']}" if data.get("network") else "Wrote"


def _answered(verb: str) -> Callable[[dict[str, Any]], str]:
    def say(data: dict[str, Any]) -> str:
        parts = [verb]
        seconds = _number(data.get("response_seconds"))
        if seconds is not None:
            parts.append(f"after {spell(seconds)}")
        if data.get("policy"):
            version = f" v{data['policy_version']}" if data.get("policy_version") is not None else ""
            parts.append(f"under {data['policy']}{version}")
        return " ".join(parts)

    return say


def _updated(data: dict[str, Any]) -> str:
    if data.get("created"):
        return "Became known to the CRM"
    changes = data.get("changes") or {}
    told = [f"{n.replace('_', ' ')} {_said(v[0])} → {_said(v[1])}" for n, v in changes.items()]
    named = [n.replace("_", " ") for n in data.get("fields", ()) if n not in changes]
    return "Record changed: " + ", ".join(told + named) if told or named else "Record changed"


def _linked(data: dict[str, Any]) -> str:
    sources = {"crm": "by the CRM", "stream": "by the stream", "agent": "by an agent", "api": "by a program"}
    return f"Account on {data.get('network', 'a network')} linked, vouched for {sources.get(data.get('verified_by', ''), 'by someone')}"


def _merged(data: dict[str, Any]) -> str:
    if data.get("undone"):
        return "Merge taken back"
    return "Recognised by account as the same person" if data.get("why") == "account" else "Merged with another record"


def _closed(data: dict[str, Any]) -> str:
    disposition = str(data.get("disposition") or "").replace("_", " ")
    return f"Case closed: {disposition}" if disposition else "Case closed"


_WORDS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "mention.received": _received,
    "mention.edited": _plain("Edited the post"),
    "mention.deleted": _plain("Deleted the post"),
    "cluster.grew": lambda data: f"One of {data.get('size', 'many')} near-copies",
    "case.opened": _plain("Case opened"),
    "case.claimed": _plain("Case taken"),
    "case.released": _plain("Case given back"),
    "case.skipped": _plain("Case passed on"),
    "case.assigned": _plain("Case assigned"),
    "case.snoozed": _plain("Case snoozed"),
    "case.woken": _plain("Case woken"),
    "case.closed": _closed,
    "case.reopened": _plain("Case opened again"),
    "case.held": _plain("Held"),
    "case.unheld": _plain("Hold lifted"),
    "reply.submitted": _plain("Answer submitted for approval"),
    "reply.approved": _plain("Answer approved"),
    "reply.rejected": _plain("Answer rejected"),
    "reply.queued": _answered("Answer written"),
    "reply.cancelled": _plain("Answer taken back"),
    "reply.sent": _answered("Answered"),
    "reply.failed": _plain("Answer could not be sent"),
    "reply.unknown": _plain("Not known whether the answer was sent"),
    "note.added": _plain("Note"),
    "checklist.ticked": lambda data: f"{'Cleared' if data.get('on') is False else 'Ticked'} {data.get('item') or 'an item'}",
    "matter.opened": _plain("Escalated"),
    "matter.raised": _plain("Escalation gone up a tier"),
    "matter.acknowledged": _plain("Escalation seen"),
    "matter.decided": _plain("Escalation decided"),
    "matter.closed": _plain("Escalation closed"),
    "clock.warned": _plain("Target about to be missed"),
    "clock.breached": _plain("Target missed"),
    "clock.met": _plain("Target met"),
    "customer.updated": _updated,
    "customer.linked": _linked,
    "customer.merged": _merged,
    "customer.exported": _plain("Handed out as a file"),
    "customer.erased": _plain("Erased at their own request"),
}


def spell(seconds: float) -> str:
    """A span in its two largest units: "45 s", "12 min 5 s", "3 h 20 min", "2 d 4 h"."""
    whole = max(0, round(seconds))
    sizes = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for unit, size in sizes:
        if whole >= size and len(parts) < 2:
            parts.append(f"{whole // size} {unit}")
        elif parts:
            break
        whole %= size
    return " ".join(parts) or "0 s"


def _said(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _ticks(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(str(t.get("text") or t.get("id") or "") if isinstance(t, dict) else str(t) for t in value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
