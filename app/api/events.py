"""What of the log an asker may read, and the pages of it that the live stream and the long poll hand on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.core.asker import Asker
from app.core.events import Event
from app.core.roles import Permission
from app.engine.log import as_json, head, oldest, read_since
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
# After one of these the asker may have other rights, or none: whoever holds a connection asks again before the next event.
RIGHTS_CHANGED: Final = frozenset({"session.ended", "person.updated"})


@dataclass(frozen=True, slots=True)
class LogPage:
    """Events after a cursor. ``lost`` says that the cursor is older than what is kept, or from a future that never was."""

    events: tuple[Event, ...]
    head: int
    lost: bool

    @property
    def full(self) -> bool:
        """Whether more is there already."""
        return len(self.events) == PAGE_EVENTS


def read_page(ports: Ports, since: int) -> LogPage:
    """The next events after the cursor, all of them, whoever asks."""
    with ports.db.read() as conn:
        events = tuple(read_since(conn, since, PAGE_EVENTS))
        newest = max(head(conn), events[-1].seq if events else 0)
        first = oldest(conn)
    return LogPage(events, newest, since > newest or since < first - 1)


def newest_of(ports: Ports) -> int:
    """The head of the log."""
    with ports.db.read() as conn:
        return head(conn)


def may_see(asker: Asker, event: Event) -> bool:
    """Whether the asker may have this event; those of cases ask for the right to see cases."""
    return asker.may(_NEEDED.get(event.kind.partition(".")[0], "cases.read"))


def shown_to(asker: Asker, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The events the asker may have, in the form of the stream."""
    return [as_json(e) for e in events if may_see(asker, e)]
