"""Who is sent the same bytes: everyone with the same page open, the same view of it and the same rights.

A page that shows one's own things has an audience a person. What was sent last is remembered once an audience, not once a connection:
whoever joins was brought up to date first, so the same holds for all of them.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qsl

from app.core.events import Actor
from app.door.identity import Visitor
from app.engine.cursor import Cursor
from app.web.live.line import Line
from app.web.live.watch import Region

SENT_BOUND: Final = 1_000  # regions remembered an audience; beyond it all are forgotten, and what is equal may be sent once more
_SHARED: Final = frozenset({"wallboard", "people", "none"})
"""Kinds of page that are the same for everyone with the same rights. The inbox is too, but for views of one's own cases."""


@dataclass(eq=False, slots=True)
class Subscriber:
    """One connection: who looks at which page, and what they have already. ``kind`` and ``args`` are the page's key."""

    visitor: Visitor
    kind: str
    args: str
    cursor: Cursor
    line: Line | None = None
    audience: "Audience | None" = None


@dataclass(eq=False, slots=True)
class Audience:
    """Connections that are sent the same frames. ``visitor`` stands for all of them; of a shared page it is nobody in particular."""

    visitor: Visitor
    kind: str
    args: str
    members: set[Subscriber] = field(default_factory=set)
    sent: dict[str, int] = field(default_factory=dict)
    over: bool = False
    """Its page is not there (for it) any more: it was told to fetch afresh, and is not told so at every piece of news."""

    def forget(self) -> None:
        """Take nothing for known any more: somebody joined, or it is not certain what was sent."""
        self.sent.clear()
        self.over = False

    def news(self, regions: Sequence[Region]) -> list[Region]:
        """Those of the regions that are not as they were sent last; from now on they count as sent."""
        changed = []
        for region in regions:
            mark = hash(region)
            if self.sent.get(region.id) != mark:
                if len(self.sent) >= SENT_BOUND:
                    self.sent.clear()
                self.sent[region.id] = mark
                changed.append(region)
        return changed


def is_shared(kind: str, args: str) -> bool:
    """Whether a page shows everybody the same. A page that is not known here counts as one's own."""
    if kind == "inbox":
        asked = dict(parse_qsl(args))
        return asked.get("view") != "mine" and asked.get("assignee") != "me"
    return kind in _SHARED


def key_of(subscriber: Subscriber) -> Hashable:
    """Equal for those who are sent the same."""
    asker = subscriber.visitor.asker
    own = None if is_shared(subscriber.kind, subscriber.args) else asker.person_id
    return (subscriber.kind, subscriber.args, asker.role, asker.permissions, own)


def audience_of(subscriber: Subscriber) -> Audience:
    """A new audience for this connection and its like."""
    visitor = subscriber.visitor
    if is_shared(subscriber.kind, subscriber.args):
        # Nobody in particular, so that nothing of one person can get into what all are sent.
        anyone = replace(visitor.asker, actor=Actor("agent"), person_id=None)
        visitor = Visitor(anyone, None, None, "")
    return Audience(visitor, subscriber.kind, subscriber.args)
