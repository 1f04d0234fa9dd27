"""The list of cases for programs: filtered, in one of five orders, continued by key.

Every order is served by an index that begins with the state: each state asked for is read on its own, at most one page of
it, and the pages are merged. So a list costs the same whatever has been closed before.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Column, ColumnElement, Connection, and_, false, or_, select

from app.cases import store as cases
from app.cases.model import STATES, Case, Disposition, State
from app.cases.tables import CASE
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.facts import Band
from app.core.ids import CaseId
from app.core.paging import DEFAULT_LIMIT, Page, decode_cursor, encode_cursor
from app.customers.model import handle_key
from app.customers.rows import customer_of as record_of
from app.customers.tables import CUSTOMER, CUSTOMER_SEARCH
from app.customers.words import prefix_range
from app.engine.ports import Ports
from app.queries.api_case import assignee_of, customer_of, priority_of
from app.queries.api_case_records import CaseCustomer, Priority, Who
from app.queries.case_columns import cases_where
from app.routing.store import active_rules

Sort = Literal["next", "newest", "oldest", "deadline", "waiting"]
_FOUND_CUSTOMERS: Final = 200  # customers a word may find; beyond that the word says too little to search by
_AFTER_ANY_CHARACTER: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What to list; None means whatever. ``assignee`` is a person's id, ``me`` or ``none``; no state means every state."""

    states: tuple[State, ...] = ()
    queue: str | None = None
    assignee: str | None = None
    band: Band | None = None
    network: str | None = None
    customer: str | None = None
    q: str | None = None
    sort: Sort = "next"
    when: str | None = None
    """A condition as in a rule's ``when:``, of what the table of cases holds."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case of the list; ``GET /cases/{id}`` gives the whole."""

    id: CaseId
    version: int
    state: State
    disposition: Disposition | None
    hold: bool
    network: str
    account: str
    queue: str
    assignee: Who | None
    language: str
    author_handle: str
    excerpt: str
    risk: tuple[str, ...]
    tags: tuple[str, ...]
    priority: Priority
    customer: CaseCustomer | None
    mention_count: int
    reply_count: int
    opened_at: datetime
    updated_at: datetime
    last_mention_at: datetime
    waiting_since: datetime | None
    due_at: datetime | None
    due_metric: str | None


@dataclass(frozen=True, slots=True)
class _Order:
    """A sort: its column, whether it descends, and the key of a case in it."""

    column: Column[Any]
    descending: bool
    key: Callable[[Case], Any]


_ORDERS: Final[dict[Sort, _Order]] = {
    "next": _Order(CASE.c.rank_at, False, lambda c: c.rank_at),
    "newest": _Order(CASE.c.opened_at, True, lambda c: c.opened_at),
    "oldest": _Order(CASE.c.opened_at, False, lambda c: c.opened_at),
    "deadline": _Order(CASE.c.due_at, False, lambda c: c.due_at),
    "waiting": _Order(CASE.c.waiting_since, False, lambda c: c.waiting_since),
}


def api_cases(ports: Ports, asker: Asker, wanted: CaseFilter, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT) -> Page[CaseLine]:
    """A page of cases. The orders ``deadline`` and ``waiting`` hold only cases that have a deadline, or whose customer waits.

    Raises Invalid for a cursor of another list, and for a condition that cannot be read or asked.
    """
    asker.need("cases.read")
    order = _ORDERS[wanted.sort]
    after = _after(cursor, wanted.sort, order) if cursor else None
    with ports.db.read() as conn:
        where = [*_where(wanted, asker), *([] if after is None else [after])]
        if wanted.when is not None:
            where.append(cases_where(wanted.when, active_rules(conn).lists, ports.clock.now()))
        pages = [_of_state(conn, state, order, where, limit + 1) for state in wanted.states or STATES]
        merged = list(heapq.merge(*pages, key=lambda c: (order.key(c), c.id), reverse=order.descending))
        found = merged[:limit]
        people = _customers(conn, found)
    last = found[-1] if len(merged) > limit else None
    return Page(tuple(_line(c, people.get(c.customer_id)) for c in found), None if last is None else _cursor(wanted.sort, order, last))


def _of_state(conn: Connection, state: State, order: _Order, where: Sequence[ColumnElement[bool]], limit: int) -> list[Case]:
    by = (order.column.desc(), CASE.c.id.desc()) if order.descending else (order.column, CASE.c.id)
    query = select(CASE).where(CASE.c.state == state, order.column.is_not(None), *where).order_by(*by).limit(limit)
    return [cases.case_of(row) for row in conn.execute(query)]


def _where(wanted: CaseFilter, asker: Asker) -> list[ColumnElement[bool]]:
    exact = {"queue": wanted.queue, "band": wanted.band, "network": wanted.network, "customer_id": wanted.customer}
    where: list[ColumnElement[bool]] = [CASE.c[name] == value for name, value in exact.items() if value is not None]
    if wanted.assignee == "none":
        where.append(CASE.c.assignee_id.is_(None))
    elif wanted.assignee is not None:
        where.append(CASE.c.assignee_id == (asker.person() if wanted.assignee == "me" else wanted.assignee))
    if wanted.q and wanted.q.strip():
        where.append(_matching(wanted.q.strip()))
    return where


def _matching(q: str) -> ColumnElement[bool]:
    """Cases with this id, of an author whose handle begins so, or of a customer one of whose words begins so."""
    handle = handle_key(q)
    by_handle = and_(CASE.c.author_handle >= handle, CASE.c.author_handle < handle + _AFTER_ANY_CHARACTER) if handle else false()
    bounds = prefix_range(q)
    if bounds is None:
        return or_(CASE.c.id == q, by_handle)
    word = CUSTOMER_SEARCH.c
    found = select(word.customer_id).where(word.key >= bounds[0], word.key < bounds[1]).limit(_FOUND_CUSTOMERS)
    return or_(CASE.c.id == q, by_handle, CASE.c.customer_id.in_(found))


def _customers(conn: Connection, found: Sequence[Case]) -> dict[str, CaseCustomer | None]:
    ids = {c.customer_id for c in found}
    if not ids:
        return {}
    return {r.id: customer_of(record_of(r)) for r in conn.execute(select(CUSTOMER).where(CUSTOMER.c.id.in_(sorted(ids))))}


def _cursor(sort: Sort, order: _Order, last: Case) -> str:
    key = order.key(last)
    return encode_cursor([sort, key.isoformat() if isinstance(key, datetime) else key, last.id])


def _after(cursor: str, sort: Sort, order: _Order) -> ColumnElement[bool]:
    made_for, stored, id = decode_cursor(cursor, 3)
    key = _key(stored, order)
    if made_for != sort or key is None or not isinstance(id, str):
        raise Invalid(
            "This cursor is of another list: start again without it.", errors=[{"loc": ["query", "cursor"], "msg": "of another list"}]
        )
    if order.descending:
        return or_(order.column < key, and_(order.column == key, CASE.c.id < id))
    return or_(order.column > key, and_(order.column == key, CASE.c.id > id))


def _key(stored: Any, order: _Order) -> Any:
    """The sort key a cursor holds, None when it is not of this order's kind."""
    try:
        if order.column is CASE.c.rank_at:
            return float(stored) if isinstance(stored, int | float) else None
        at = datetime.fromisoformat(stored)
        return at if at.tzinfo is not None else None
    except (TypeError, ValueError, OverflowError):
        return None


def _line(case: Case, customer: CaseCustomer | None) -> CaseLine:
    return CaseLine(
        id=case.id, version=case.version, state=case.state, disposition=case.disposition, hold=case.hold, network=case.network,
        account=case.account, queue=case.queue, assignee=assignee_of(case), language=case.language, author_handle=case.author_handle,
        excerpt=case.excerpt, risk=tuple(case.risk), tags=tuple(case.tags), priority=priority_of(case), customer=customer,
        mention_count=case.mention_count, reply_count=case.reply_count, opened_at=case.opened_at, updated_at=case.updated_at,
        last_mention_at=case.last_mention_at, waiting_since=case.waiting_since, due_at=case.due_at, due_metric=case.due_metric,
    )  # fmt: skip
