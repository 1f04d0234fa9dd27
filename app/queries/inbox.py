"""The inbox: a page of cases in one of the views and orders, paged by key, and the bounded counts beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, ScalarSelect, Select, bindparam, func, literal_column, select

from app.cases.tables import CASE
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.ids import PersonId
from app.core.paging import decode_cursor, encode_cursor
from app.engine.bulk import read_rows
from app.engine.columns import UtcDateTime
from app.escalation import store_notices as notices
from app.queries.case_lists import FILTERED, LOOKED, SORTS, Sort, listing
from app.queries.case_row import CaseRow, rows_of_stored
from app.queries.inbox_views import DUE_SOON, RULES, TITLES, VIEWS, View
from app.queries.notices import bell_of
from app.routing import store_proposals as proposals

PAGE_SIZE: Final = 50
COUNT_BOUND: Final = 100
COUNTED: Final[tuple[View, ...]] = ("mine", "all", "risk", "due", "approvals", "legal", "snoozed", "bulk")
NOBODY: Final = "-"  # no person's id
FILTERS: Final = (*FILTERED, "q")


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
class FrameCounts:
    """The numbers around every page: of the views, of the bell as it is shown, and of changes of the rules that wait to be confirmed."""

    views: NavCounts
    bell: str
    rules_waiting: int


@dataclass(frozen=True, slots=True)
class InboxPage:
    """What the inbox shows. ``looked`` is set on a page that came out short among so many cases while more follow them."""

    title: str
    view: View
    sort: Sort
    rows: tuple[CaseRow, ...]
    next_cursor: str | None
    filters: dict[str, str]
    looked: int | None = None


def inbox(
    conn: Connection, asker: Asker, now: datetime, *, view: str = "all", sort: str = "next", filters: Mapping[str, str] | None = None,
    cursor: str | None = None, limit: int = PAGE_SIZE,
) -> InboxPage:  # fmt: skip
    """One page. Invalid for a view or order that does not exist; unknown filters are ignored."""
    asker.need("cases.read")
    chosen_view, chosen_sort = _one_of(view, VIEWS, "view"), _one_of(sort, SORTS, "sort")
    wanted = {k: v for k, v in (filters or {}).items() if k in FILTERS and v}
    me = asker.person_id or NOBODY
    values = {"me": me, "now": now, "soon": now + DUE_SOON, "limit": limit + 1} | _after(chosen_sort, cursor or None)
    if "q" in wanted:
        values |= {"pattern": _pattern(wanted["q"]), "words": wanted["q"]}
    values |= {f"f_{name}": me if (name, value) == ("assignee", "me") else value for name, value in wanted.items()}
    free = wanted.get("assignee") == "none"
    named = frozenset(wanted) - ({"assignee"} if free else set())
    form = listing(chosen_view, chosen_sort, named, free=free, continued=bool(cursor))
    rows = read_rows(conn, form.page, values)
    last, short = (rows[limit - 1][-1], rows[limit - 1][0]) if len(rows) > limit else None, None
    if last is None and form.last_looked is not None:
        last = next(iter(read_rows(conn, form.last_looked, values)), None)
        short = LOOKED if last else None
    following = encode_cursor([_key_out(last[0]), last[1]]) if last else None
    title = f"Search: {wanted['q']}" if "q" in wanted else TITLES[chosen_view]
    return InboxPage(title, chosen_view, chosen_sort, rows_of_stored(rows[:limit]), following, wanted, short)


def counts(conn: Connection, me: PersonId | None, now: datetime) -> NavCounts:
    """The counts of the views in one statement. Each looks at no more than ``COUNT_BOUND`` rows, whatever the history."""
    (found,) = read_rows(conn, _COUNTS, {"me": me or NOBODY, "now": now, "soon": now + DUE_SOON})
    return _shown(found)


def frame_counts(conn: Connection, me: PersonId | None, now: datetime) -> FrameCounts:
    """``counts``, with what else every page shows a number of, still in one statement."""
    asks = me or NOBODY
    (found,) = read_rows(conn, _FRAME, {"me": asks, "now": now, "soon": now + DUE_SOON, "person": asks})
    *views, unread, rules = found
    return FrameCounts(_shown(views), bell_of(unread), rules)


def _shown(found: Sequence[int]) -> NavCounts:
    return NavCounts(*(str(n) if n < COUNT_BOUND else f"{COUNT_BOUND - 1}+" for n in found))


def _counted(view: View) -> ScalarSelect[int]:
    where = RULES[view].where(bindparam("me"), bindparam("now", type_=UtcDateTime), bindparam("soon", type_=UtcDateTime))
    inner = select(CASE.c.id).where(where).limit(literal_column(str(COUNT_BOUND))).subquery()
    return select(func.count()).select_from(inner).scalar_subquery()


# Built once, because every page and every pushed run of news asks it. In the order of the fields of NavCounts.
_COUNTS: Final[Select[*tuple[Any, ...]]] = select(*(_counted(view).label(view) for view in COUNTED))
_FRAME: Final = _COUNTS.add_columns(notices.COUNT.scalar_subquery().label("unread"), proposals.WAITING.scalar_subquery().label("rules"))


def _one_of(value: str, allowed: tuple[Any, ...], name: str) -> Any:
    if value not in allowed:
        raise Invalid(
            f"{name} must be one of {', '.join(allowed)}.", errors=[{"loc": ["query", name], "msg": f"must be one of {', '.join(allowed)}"}]
        )
    return value


def _after(sort: Sort, cursor: str | None) -> dict[str, Any]:
    """The parameters of a continued list."""
    if cursor is None:
        return {}
    key, id = decode_cursor(cursor, 2)
    return {"after_key": _key_in(sort, key), "after_id": str(id)}


def _pattern(words: str) -> str:
    """What a search looks for, in the form of LIKE."""
    text = words[:200].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{text}%"


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
