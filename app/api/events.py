"""What of the log an asker may read, and the pages of it that the live stream and the long poll hand on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.core.asker import Asker
from app.core.events import Event
from app.core.roles import Permission
from app.engine.cursor import Cursor, at_event, newest, read_after
from app.engine.log import as_json
from app.engine.ports import Ports

PAGE_EVENTS: Final = 256
_NEEDED: Final[dict[str, Permission]] = {
    "intake": "intake.repair",
    "person": "people.read",
    "presence": "people.read",
    "session": "people.read",
    "rules": "rules.read",
    "policy": "policies.read",
    "customer": "customers.read",
    "channel": "channels.edit",
}


@dataclass(frozen=True, slots=True)
class LogPage:
    """Events after a cursor. ``lost`` says that the cursor is older than what is kept, or of another log: the future, or a restored one."""

    events: tuple[Event, ...]
    head: Cursor
    lost: bool

    @property
    def full(self) -> bool:
        """Whether more is there already."""
        return len(self.events) == PAGE_EVENTS


def read_page(ports: Ports, since: Cursor) -> LogPage:
    """The next events after the cursor, all of them, whoever asks."""
    with ports.db.read() as conn:
        events = read_after(conn, since, PAGE_EVENTS)
        head = newest(conn)
    if events is None:
        return LogPage((), head, lost=True)
    return LogPage(tuple(events), max(head, at_event(events[-1]), key=lambda c: c.seq) if events else head, lost=False)


def newest_of(ports: Ports) -> Cursor:
    """The head of the log."""
    with ports.db.read() as conn:
        return newest(conn)


def may_see(asker: Asker, event: Event) -> bool:
    """Whether the asker may have this event; those of cases ask for the right to see cases."""
    return asker.may(_NEEDED.get(event.kind.partition(".")[0], "cases.read"))


def shown_to(asker: Asker, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The events the asker may have, in the form of the stream."""
    return [as_json(e) for e in events if may_see(asker, e)]
