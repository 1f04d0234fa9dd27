"""The cases that a run of events touched, as they stand now, and which open pages of cases show any of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from app.cases import store as cases
from app.cases.model import Case
from app.cases.tables import CASE
from app.core.events import Event
from app.core.ids import CaseId

_AT_ONCE: Final = 500  # ids in one statement
_OF_CUSTOMERS: Final = select(CASE).order_by(CASE.c.last_mention_at.desc()).limit(500)
_ABOUT: Final = select(CASE.c.id, CASE.c.customer_id, CASE.c.network, CASE.c.instance, CASE.c.thread_key)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the page of a case shows beside the case itself: its customer with their other cases, and its thread."""

    customer: str | None
    thread: tuple[str, str, str]


def touched_cases(conn: Connection, events: Iterable[Event], also: Iterable[CaseId] = ()) -> dict[CaseId, Case]:
    """By id, in the order of the events, then those named beside them; a case that was erased meanwhile is left out.

    A change of a customer's record touches their newest cases too, which show the customer's name and tier.
    """
    told = tuple(events)
    wanted = dict.fromkeys((*(e.case for e in told if e.case is not None), *also))
    read = cases.get_all(conn, sorted(wanted))
    found = {id: read[id] for id in wanted if id in read}
    if customers := sorted({e.customer for e in told if e.customer is not None and e.kind.startswith("customer.")}):
        newest = _OF_CUSTOMERS.where(CASE.c.customer_id.in_(customers))
        found |= {CaseId(row.id): cases.case_of(row) for row in conn.execute(newest)}
    return found


def surroundings_of(conn: Connection, ids: Iterable[CaseId]) -> dict[CaseId, Surroundings]:
    """Of many open cases at once; one that is gone is left out."""
    wanted, found = sorted(set(ids)), {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in conn.execute(_ABOUT.where(CASE.c.id.in_(wanted[start : start + _AT_ONCE]))):
            found[CaseId(row.id)] = Surroundings(row.customer_id, (row.network, row.instance, row.thread_key))
    return found


def shows(id: CaseId, around: Surroundings, events: Sequence[Event], touched: Mapping[CaseId, Case]) -> bool:
    """Whether events touch what the page of a case shows: itself, its customer and their other cases, its neighbours in the thread."""
    if id in touched:
        return True
    return any(e.customer == around.customer for e in events if e.customer is not None) or any(
        (c.network, c.instance, c.thread_key) == around.thread for c in touched.values()
    )
