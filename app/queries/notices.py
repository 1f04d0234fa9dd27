"""What somebody was told and has not read: the count of the bell, and the list behind it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from app.cases import store as cases
from app.channels.networks import network
from app.core.asker import Asker
from app.core.events import Event
from app.core.ids import CaseId, PersonId
from app.escalation import store_notices as notices
from app.escalation.store_notices import COUNT_BOUND, Notice

SHOWN: Final = 50
_ABOUT: Final = {
    "clock.warned": "A target is near", "clock.breached": "A target is missed", "timer.due": "Nobody has acted",
    "mention.received": "A new post",
    "mention.edited": "A post was edited", "case.reopened": "A case is open again", "matter.opened": "A matter was opened",
    "reply.failed": "An answer did not leave", "cluster.grew": "Many say the same", "spike.started": "A spike has begun",
    "matter.unacknowledged": "A matter waits to be acknowledged",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """One notice: what happened, the rules that tell where their names say more, and the case.

    ``case`` is "" where there is none, or where it was erased.
    """

    id: str
    title: str
    why: str
    band: str
    at: datetime
    case: str
    who: str
    network: str
    network_mark: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class OwnNotices:
    """The newest unread notices, and how many there are in all, "99+" at the bound."""

    count: str
    notices: tuple[NoticeShown, ...]


def own_notices(conn: Connection, asker: Asker, now: datetime) -> OwnNotices:
    """The asker's own; a program has none."""
    return _shown(conn, asker.person_id, now) if asker.person_id is not None else OwnNotices("0", ())


def told_by(events: Iterable[Event]) -> frozenset[PersonId]:
    """Whom these events told something."""
    return frozenset(PersonId(person) for e in events if e.kind == "notice.sent" for person in e.data.get("people", ()))


def came_to_show(conn: Connection, since: datetime, now: datetime) -> frozenset[PersonId]:
    """Who is shown something since then that waited for their shift."""
    return notices.came_to_show(conn, since, now)


def bell(conn: Connection, person: PersonId | None, now: datetime) -> str:
    """The count alone."""
    return bell_of(notices.count(conn, person, now)) if person is not None else "0"


def _shown(conn: Connection, person: PersonId, now: datetime) -> OwnNotices:
    unread = notices.unread(conn, person, now, SHOWN)
    about = cases.get_all(conn, sorted({n.case_id for n in unread if n.case_id}))
    shown = []
    for notice in unread:
        case, title = about.get(CaseId(notice.case_id)), _title(notice)
        why = ", ".join(name for name in notice.rules.split(", ") if name != title)
        shown.append(
            NoticeShown(
                notice.id, title, why, notice.band, notice.at,
                case.id if case else "", case.author_handle if case else "", case.network if case else "",
                network(case.network).mark if case else "", case.excerpt if case else "",
            )
        )  # fmt: skip
    count = notices.count(conn, person, now) if len(unread) == SHOWN else len(unread)
    return OwnNotices(bell_of(count), tuple(shown))


def _title(notice: Notice) -> str:
    trigger, _, timer = notice.about.partition(" ")
    return _ABOUT.get(trigger, "A word from the rules") + (f" ({timer})" if timer else "")


def bell_of(number: int) -> str:
    """A count as the bell shows it."""
    return str(number) if number < COUNT_BOUND else f"{COUNT_BOUND - 1}+"
