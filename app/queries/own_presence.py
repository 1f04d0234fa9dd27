"""What people say of themselves, for the top bar of their own pages: a supervisor, or another of their pages, may have said it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from app.core.events import Event
from app.core.ids import PersonId
from app.people.model import Presence
from app.people.tables import PERSON


@dataclass(frozen=True, slots=True)
class OwnPresence:
    """One person's word, its reason ("" without one), and since when it stands."""

    presence: Presence
    reason: str
    since: datetime


def presence_changed(events: Iterable[Event]) -> frozenset[PersonId]:
    """Of whom it was said anew."""
    return frozenset(PersonId(str(e.data["person"])) for e in events if e.kind == "presence.changed")


def own_presences(conn: Connection, people: Iterable[PersonId]) -> dict[PersonId, OwnPresence]:
    """As it stands now; those who are not there any more are left out."""
    query = select(PERSON.c.id, PERSON.c.presence, PERSON.c.presence_reason, PERSON.c.presence_since)
    rows = conn.execute(query.where(PERSON.c.id.in_(sorted(people))))
    return {PersonId(row.id): OwnPresence(row.presence, row.presence_reason, row.presence_since) for row in rows}
