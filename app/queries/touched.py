"""The cases that a run of events touched, as they stand now, and whether the page of a case shows any of it."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from app.cases import store as cases
from app.cases.model import Case
from app.cases.tables import CASE
from app.core.events import Event
from app.core.ids import CaseId


def touched_cases(conn: Connection, events: Iterable[Event], also: Iterable[CaseId] = ()) -> dict[CaseId, Case]:
    """By id, with those named beside the events; a case that was erased meanwhile is left out."""
    return cases.get_all(conn, sorted({e.case for e in events if e.case is not None} | set(also)))


def on_page_of(conn: Connection, id: str, events: Sequence[Event], touched: Mapping[CaseId, Case]) -> bool:
    """Whether events touch what the page of a case shows: itself, its customer and their other cases, its neighbours in the thread."""
    if id in touched:
        return True
    about = select(CASE.c.customer_id, CASE.c.network, CASE.c.instance, CASE.c.thread_key).where(CASE.c.id == id)
    own = conn.execute(about).first()
    if own is None:
        return False
    thread = (own.network, own.instance, own.thread_key)
    return any(e.customer == own.customer_id for e in events) or any(
        (c.network, c.instance, c.thread_key) == thread for c in touched.values()
    )
