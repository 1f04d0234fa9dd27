"""A real database with the clock table, the calendars and targets the tests speak of, and moments written briefly."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel

from app.core.clock import SetClock
from app.engine.database import Database
from app.sla import levels
from app.sla.model import ServiceLevels
from app.sla.tables import CLOCK

BERLIN = ZoneInfo("Europe/Berlin")

TEXT = """\
calendars:
  business:
    zone: Europe/Berlin
    week: {mon-fri: ["09:00-12:00", "13:00-17:00"]}
    holidays: DE
targets:
  - {id: urgent, metric: first_response, band: urgent, within: 15 min, warn: 60 %, calendar: wall, faster: {platinum: 50 %}}
  - {id: on-mastodon, metric: first_response, network: mastodon, within: 30 min, calendar: business}
  - {id: first, metric: first_response, within: 2 h, calendar: business}
  - {id: next, metric: next_response, within: 4 h, calendar: wall}
  - {id: seen-safety, metric: escalation_ack, risk: safety, within: 5 min, calendar: wall}
  - {id: seen, metric: escalation_ack, within: 30 min, calendar: wall}
  - {id: done, metric: resolution, within: 8 h, calendar: wall}
"""
LEVELS: ServiceLevels = levels.parse(TEXT)


def at(text: str) -> datetime:
    """A moment in Berlin, e.g. ``2026-03-06 16:50``."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@contextmanager
def database(url: str, now: datetime) -> Iterator[tuple[Database, SetClock]]:
    """A database with only what the log and the clocks need."""
    hands = SetClock(now)
    db = Database(url, hands)
    try:
        SQLModel.metadata.create_all(db.writer, tables=[CLOCK, SQLModel.metadata.tables["event"]])
        yield db, hands
    finally:
        db.close()
