"""The conversation of a case as it came to the desk: what the customer said, what we answered, notes, and what happened between."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from app.analysis.model import Mark
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case, Reply
from app.core.events import Event
from app.core.ids import made_ms
from app.engine import log
from app.mentions import store as mentions

_Place = tuple[int, int, float, str]  # milliseconds, rows before events, then time or seq, then id
_TOLD: Final = {
    "case.claimed": "took the case",
    "case.released": "gave the case back{because}",
    "case.skipped": "passed the case on: {reason}",
    "case.assigned": "gave the case to {name}{because}",
    "case.snoozed": "snoozed the case",
    "case.woken": "brought the case back",
    "case.closed": "closed the case: {disposition}",
    "case.reopened": "reopened the case",
    "case.held": "put the case on hold: {why}",
    "case.unheld": "lifted the hold: {why}",
    "matter.opened": "opened a {kind} matter",
    "matter.raised": "put the {kind} matter on tier {tier}: nobody has acknowledged it",
    "matter.decided": "decided: {decision}. {why}",
    "timer.started": "started the timer {timer}",
    "timer.stopped": "stopped the timer {timer}",
    "timer.due": "says: the timer {timer} is due",
    "rules.stopped": "held back: {why}",
    "reply.drafted": "offered a draft: {why}",
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
    """One item. ``kind`` is mention, reply, note or event; ``marks`` are the words that caused a judgement; ``trouble`` says what is
    wrong with an answer of ours, and who does what about it."""

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
    trouble: str | None = None


def thread_of(conn: Connection, case: Case) -> tuple[ThreadItem, ...]:
    """Everything of the thread in the order in which it came to the desk.

    That is the order in which an open page was told of it, so a page fetched afresh reads the same: a post that a slow
    stream delivers after our answer stands below it, with the time its author wrote it. Posts of one delivery stand by
    that time, events behind what caused them.
    """
    placed: list[tuple[_Place, ThreadItem]] = []
    for m in mentions.of_case(conn, case.id):
        item = ThreadItem(
            id=m.id, kind="mention", who=m.author_handle, who_kind="customer", text=m.text,
            marks=tuple(Mark(**mark) for mark in m.judgement["marks"]), at=m.created_at, edited_at=m.edited_at,
            deleted_at=m.deleted_at, url=m.url, media=tuple(MediaShown(x["type"], x["url"], x["alt"]) for x in m.media),
            visibility=m.visibility, sentiment_label=m.judgement["sentiment_label"],
        )  # fmt: skip
        placed.append(((made_ms(m.id), 0, m.created_at.timestamp(), m.id), item))
    # A reply that was taken back stays in its place under its id: the thread only grows, on the page as in the stream.
    placed += [
        ((made_ms(r.id), 0, r.created_at.timestamp(), r.id), _taken_back(r) if r.state == "cancelled" else _answer(r))
        for r in outbox.replies(conn, case.id)
    ]
    placed += [
        (
            (made_ms(n.id), 0, n.at.timestamp(), n.id),
            ThreadItem(id=n.id, kind="note", who=n.by_name, who_kind="agent", text=n.text, marks=(), at=n.at),
        )
        for n in cases.notes(conn, case.id)
    ]
    placed += [((int(e.at.timestamp() * 1000), 1, e.seq, ""), _told(e)) for e in log.of_case(conn, case.id) if e.kind in _TOLD]
    return tuple(item for _, item in sorted(placed, key=lambda p: p[0]))


def _answer(reply: Reply) -> ThreadItem:
    return ThreadItem(
        id=reply.id, kind="reply", who=reply.by_name, who_kind="agent", text=reply.text, marks=(), at=reply.sent_at or reply.created_at,
        state=reply.state, policy_version=f"{reply.policy} v{reply.policy_version}" if reply.policy else None, url=reply.url,
        visibility=reply.visibility, response_seconds=reply.response_seconds, trouble=_trouble(reply),
    )  # fmt: skip


def _trouble(reply: Reply) -> str | None:
    why = reply.error
    if reply.state == "failed":
        return f"It did not leave: {why}. Its text is kept as a draft."
    if reply.state == "unknown" and reply.check_at is not None:
        return f"It may be on the network: {why}. The desk is finding out."
    if reply.state == "unknown":
        return f"It may be on the network: {why}. Look there, then say what became of it: sent again, the customer might get it twice."
    if reply.state == "queued" and why:
        return f"It waits to leave: {why}. The desk tries again by itself."
    return None


def _taken_back(reply: Reply) -> ThreadItem:
    why = f": {reply.error}" if reply.error and reply.error != "taken back" else ""
    return ThreadItem(
        id=reply.id, kind="event", who=reply.by_name, who_kind="agent", text=f"answer taken back{why}", marks=(), at=reply.created_at
    )


def _told(event: Event) -> ThreadItem:
    words: dict[str, Any] = {"name": "", "why": "", "kind": "", "decision": "", "metric": "", "disposition": "", "reason": ""} | event.data
    words["because"] = f": {words['why']}" if words["why"] else ""
    text = _TOLD[event.kind].format_map({k: str(v).replace("_", " ") for k, v in words.items()})
    who = event.actor.name or ("The customer" if event.actor.kind == "customer" else "Earshot")
    return ThreadItem(id=f"e{event.seq}", kind="event", who=who, who_kind=event.actor.kind, text=text, marks=(), at=event.at)
