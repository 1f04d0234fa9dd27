"""The cases that a run of events touched, as they stand now."""

from collections.abc import Iterable

from sqlalchemy import Connection

from app.cases import store as cases
from app.cases.model import Case
from app.core.events import Event
from app.core.ids import CaseId


def touched_cases(conn: Connection, events: Iterable[Event]) -> dict[CaseId, Case]:
    """By id; a case that was erased meanwhile is left out."""
    return cases.get_all(conn, sorted({e.case for e in events if e.case is not None}))
