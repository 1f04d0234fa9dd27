"""What an open case page says when something happens to its case: one line above the composer, urgent only when it must stop the hand."""

from typing import Any, Final

from app.core.events import Event

_SAID: Final = {
    "mention.received": "The customer wrote again.",
    "mention.edited": "The customer edited a post.",
    "mention.deleted": "The customer deleted a post.",
    "case.claimed": "{who} took this case.",
    "case.assigned": "{who} gave this case to {name}.",
    "case.released": "This case is free again.",
    "case.held": "Held: {why}",
    "case.unheld": "The hold was lifted.",
    "case.closed": "{who} closed this case.",
    "reply.queued": "{who} answered.",
    "reply.submitted": "{who} proposed an answer.",
    "reply.rejected": "The answer was sent back: {why}",
    "reply.failed": "The answer did not leave: {why}",
    "reply.unknown": "It is not known whether the answer left.",
    "clock.breached": "The target was missed.",
}
_URGENT: Final = frozenset({"case.held", "clock.breached", "reply.failed", "reply.unknown"})


def notices(events: tuple[Event, ...], case: str, me: str | None) -> list[dict[str, Any]]:
    """Notices for whoever has this case open; what they did themselves is no news to them."""
    found = []
    for event in events:
        if event.case != case or event.kind not in _SAID or (event.actor.kind == "agent" and event.actor.id == me):
            continue
        words = {"who": event.actor.name or "The desk", "name": "", "why": ""} | {k: str(v) for k, v in event.data.items()}
        found.append({"case": case, "text": _SAID[event.kind].format_map(words), "urgent": event.kind in _URGENT})
    return found
