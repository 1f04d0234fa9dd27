"""The inbox: a page of cases in one of the views and orders, paged by key, and the bounded counts beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, ScalarSelect, Select, bindparam, func, or_, select, tuple_

from app.cases.model import Case
from app.cases.store import case_of
from app.cases.tables import CASE
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.ids import PersonId
from app.core.paging import decode_cursor, encode_cursor
from app.engine.columns import UtcDateTime
from app.queries.case_row import CaseRow, row_of
from app.queries.inbox_views import DUE_SOON, RULES, TITLES, VIEWS, View

Sort = Literal["next", "newest", "oldest", "deadline", "waiting"]
SORTS: Final[tuple[Sort, ...]] = ("next", "newest", "oldest", "deadline", "waiting")
PAGE_SIZE: Final = 50
COUNT_BOUND: Final = 100
COUNTED: Final[tuple[View, ...]] = ("mine", "all", "risk", "due", "approvals", "legal", "snoozed", "bulk")
NOBODY: Final = "-"  # no person's id
SEARCHED: Final = 5_000  # newest cases that a search by words looks through
_COLUMNS: Final[dict[Sort, tuple[Any, bool]]] = {
    "next": (CASE.c.rank_at, False),
    "newest": (CASE.c.opened_at, True),
    "oldest": (CASE.c.opened_at, False),
    "deadline": (CASE.c.due_at, False),
    "waiting": (CASE.c.waiting_since, False),
}
FILTERS: Final = ("queue", "network", "band", "customer", "assignee", "language", "q")


@dataclass(frozen=True, slots=True)
class NavCounts:
    """How many cases each view holds, as shown: "12", or "99+" at the bound."""

    mine: str
    all: str
    at_risk: str
    due_soon: str
    approvals: str
    legal: str
    snoozed: str
    bulk: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    """What the inbox shows."""

    title: str
    view: View
    sort: Sort
    rows: tuple[CaseRow, ...]
    next_cursor: str | None
    filters: dict[str, str]


def inbox(
    conn: Connection, asker: Asker, now: datetime, *, view: str = "all", sort: str = "next", filters: Mapping[str, str] | None = None,
    cursor: str | None = None, limit: int = PAGE_SIZE,
) -> InboxPage:  # fmt: skip
    """One page. Invalid for a view or order that does not exist; unknown filters are ignored."""
    asker.need("cases.read")
    chosen_view, chosen_sort = _one_of(view, VIEWS, "view"), _one_of(sort, SORTS, "sort")
    wanted = {k: v for k, v in (filters or {}).items() if k in FILTERS and v}
    query = select(CASE)
    if "q" in wanted:
        query = _searched(query, wanted["q"])
    else:
        query = query.where(RULES[chosen_view].where(asker.person_id or NOBODY, now, now + DUE_SOON))
    query = _filtered(query, wanted, asker.person_id)
    found = page_of(conn, query, chosen_sort, cursor, limit)
    title = f"Search: {wanted['q']}" if "q" in wanted else TITLES[chosen_view]
    return InboxPage(title, chosen_view, chosen_sort, tuple(row_of(c) for c in found[0]), found[1], wanted)


def page_of(conn: Connection, query: Select[Any], sort: Sort, cursor: str | None, limit: int) -> tuple[list[Case], str | None]:
    """Cases of a query in an order, after a cursor; and the cursor of the next page."""
    column, falling = _COLUMNS[sort]
    if sort in ("deadline", "waiting"):
        query = query.where(column.is_not(None))
    if cursor:
        key, id = decode_cursor(cursor, 2)
        bound = _key_in(sort, key)
        after = tuple_(column, CASE.c.id)
        query = query.where(after < (bound, str(id)) if falling else after > (bound, str(id)))
    order = (column.desc(), CASE.c.id.desc()) if falling else (column, CASE.c.id)
    rows = [case_of(r) for r in conn.execute(query.order_by(*order).limit(limit + 1))]
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, encode_cursor([_key_out(getattr(rows[-1], column.name)), rows[-1].id]) if more else None


def counts(conn: Connection, me: PersonId | None, now: datetime) -> NavCounts:
    """The counts of the views in one statement. Each looks at no more than ``COUNT_BOUND`` rows, whatever the history."""
    found = conn.execute(_COUNTS, {"me": me or NOBODY, "now": now, "soon": now + DUE_SOON}).one()
    return NavCounts(*(str(n) if n < COUNT_BOUND else f"{COUNT_BOUND - 1}+" for n in found))


def _counted(view: View) -> ScalarSelect[int]:
    where = RULES[view].where(bindparam("me"), bindparam("now", type_=UtcDateTime), bindparam("soon", type_=UtcDateTime))
    inner = select(CASE.c.id).where(where).limit(COUNT_BOUND).subquery()
    return select(func.count()).select_from(inner).scalar_subquery()


# Built once, because every page and every pushed run of news asks it. In the order of the fields of NavCounts.
_COUNTS: Final = select(*(_counted(view).label(view) for view in COUNTED))


def _one_of(value: str, allowed: tuple[Any, ...], name: str) -> Any:
    if value not in allowed:
        raise Invalid(
            f"{name} must be one of {', '.join(allowed)}.", errors=[{"loc": ["query", name], "msg": f"must be one of {', '.join(allowed)}"}]
        )
    return value


def _searched(query: Select[Any], words: str) -> Select[Any]:
    """The newest cases whose author, customer or latest words hold the text; bounded, so that it costs the same in year five."""
    text = words[:200].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    recent = select(CASE.c.id).order_by(CASE.c.id.desc()).limit(SEARCHED)
    columns = (CASE.c.author_handle, CASE.c.author_name, CASE.c.customer_name, CASE.c.excerpt)
    return query.where(CASE.c.id.in_(recent), or_(*(c.ilike(f"%{text}%", escape="\\") for c in columns), CASE.c.id == words))


def _filtered(query: Select[Any], wanted: Mapping[str, str], me: PersonId | None) -> Select[Any]:
    for name, column in (
        ("queue", CASE.c.queue),
        ("network", CASE.c.network),
        ("band", CASE.c.band),
        ("customer", CASE.c.customer_id),
        ("language", CASE.c.language),
    ):
        if name in wanted:
            query = query.where(column == wanted[name])
    assignee = wanted.get("assignee")
    if assignee == "none":
        query = query.where(CASE.c.assignee_id.is_(None))
    elif assignee:
        query = query.where(CASE.c.assignee_id == ((me or "-") if assignee == "me" else assignee))
    return query


def _key_out(value: Any) -> float | str:
    return value.isoformat() if isinstance(value, datetime) else float(value)


def _key_in(sort: Sort, key: Any) -> Any:
    try:
        return float(key) if sort == "next" else datetime.fromisoformat(str(key)).astimezone(UTC)
    except ValueError:
        raise Invalid(
            "This cursor belongs to another order: start again without it.",
            errors=[{"loc": ["query", "cursor"], "msg": "of another order"}],
        ) from None
