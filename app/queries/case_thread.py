"""The conversation of a case in the order of time: what the customer said, what we answered, notes, and what happened between."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from app.analysis.model import Mark
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply
from app.core.events import Event
from app.engine import log
from app.mentions import store as mentions

_TOLD: Final = {
    "case.claimed": "took the case",
    "case.released": "gave the case back",
    "case.assigned": "gave the case to {name}",
    "case.snoozed": "snoozed the case",
    "case.woken": "brought the case back",
    "case.closed": "closed the case: {disposition}",
    "case.reopened": "reopened the case",
    "case.held": "put the case on hold: {why}",
    "case.unheld": "lifted the hold: {why}",
    "matter.opened": "opened a {kind} matter",
    "matter.decided": "decided: {decision}. {why}",
    "clock.warned": "says: the {metric} target is near",
    "clock.breached": "says: the {metric} target was missed",
    "mention.deleted": "deleted a post",
    "mention.edited": "edited a post",
    "reply.rejected": "sent the answer back: {why}",
    "reply.approved": "approved the answer",
}


@dataclass(frozen=True, slots=True)
class MediaShown:
    """A file behind a link; never fetched by the agent's browser."""

    type: str
    url: str | None
    alt: str | None


@dataclass(frozen=True, slots=True)
class ThreadItem:
    """One item. ``kind`` is mention, reply, note or event; ``marks`` are the words that caused a judgement."""

    id: str
    kind: str
    who: str
    who_kind: str
    text: str
    marks: tuple[Mark, ...]
    at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    state: str | None = None
    policy_version: str | None = None
    url: str | None = None
    media: tuple[MediaShown, ...] = ()
    visibility: str = "public"
    sentiment_label: str = "not scored"
    response_seconds: float | None = None


def thread_of(conn: Connection, case: Case) -> tuple[ThreadItem, ...]:
    """Everything of the thread, the oldest first."""
    items = [
        ThreadItem(
            id=m.id, kind="mention", who=m.author_handle, who_kind="customer", text=m.text,
            marks=tuple(Mark(**mark) for mark in m.judgement["marks"]), at=m.created_at, edited_at=m.edited_at, deleted_at=m.deleted_at, url=m.url,
            media=tuple(MediaShown(x["type"], x["url"], x["alt"]) for x in m.media), visibility=m.visibility,
            sentiment_label=m.judgement["sentiment_label"],
        )
        for m in mentions.of_case(conn, case.id)
    ]  # fmt: skip
    items += [
        ThreadItem(
            id=r.id, kind="reply", who=r.by_name, who_kind="agent", text=r.text, marks=(), at=r.sent_at or r.created_at, state=r.state,
            policy_version=f"{r.policy} v{r.policy_version}" if r.policy else None, url=r.url, visibility=r.visibility,
            response_seconds=r.response_seconds,
        )
        for r in outbox.replies(conn, case.id)
        if r.state != "cancelled"
    ]  # fmt: skip
    # A reply that was taken back stays in its place under its id: the thread only grows, on the page as in the stream.
    items += [_taken_back(r) for r in outbox.replies(conn, case.id) if r.state == "cancelled"]
    items += [
        ThreadItem(id=n.id, kind="note", who=n.by_name, who_kind="agent", text=n.text, marks=(), at=n.at)
        for n in cases.notes(conn, case.id)
    ]
    items += [_told(e) for e in log.of_case(conn, case.id) if e.kind in _TOLD]
    return tuple(sorted(items, key=lambda i: (i.at, i.kind == "event", i.id)))


def _taken_back(reply: Reply) -> ThreadItem:
    why = f": {reply.error}" if reply.error and reply.error != "taken back" else ""
    return ThreadItem(
        id=reply.id, kind="event", who=reply.by_name, who_kind="agent", text=f"answer taken back{why}", marks=(), at=reply.created_at
    )


def _told(event: Event) -> ThreadItem:
    words: dict[str, Any] = {"name": "", "why": "", "kind": "", "decision": "", "metric": "", "disposition": ""} | event.data
    text = _TOLD[event.kind].format_map({k: str(v).replace("_", " ") for k, v in words.items()})
    who = event.actor.name or ("The customer" if event.actor.kind == "customer" else "Earshot")
    return ThreadItem(id=f"e{event.seq}", kind="event", who=who, who_kind=event.actor.kind, text=text, marks=(), at=event.at)
