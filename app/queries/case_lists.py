"""How a list of cases is read so that it costs the same whatever has piled up.

A view in an order is a run of an index, or two runs merged: what its cases have in common first, then the order. What no index
begins with (a network, a language, late ones by age) is looked for among the ``LOOKED`` cases that come next in the order: a page
may then hold less than was asked for, and its cursor still leads on. What is small by nature (what one person holds, one
customer's cases, what is held, what falls due soon) is read up to ``LOOKED`` and then put in order.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Integer, Select, String, and_, bindparam, or_, select, true, tuple_, union_all

from app.cases.tables import CASE, LATE
from app.engine.columns import UtcDateTime
from app.queries.case_row import STORED
from app.queries.inbox_views import BULK_QUEUES, LATE_WORDS, RULES, View

Sort = Literal["next", "newest", "oldest", "deadline", "waiting"]
SORTS: Final[tuple[Sort, ...]] = ("next", "newest", "oldest", "deadline", "waiting")
FILTERED: Final = {
    "queue": "queue", "network": "network", "band": "band", "customer": "customer_id", "assignee": "assignee_id", "language": "language",
}  # fmt: skip
LOOKED: Final = 1_000
_C: Final[Any] = CASE.c
_ORDERS: Final[dict[Sort, tuple[Any, bool]]] = {
    "next": (_C.rank_at, False),
    "newest": (_C.opened_at, True),
    "oldest": (_C.opened_at, False),
    "deadline": (_C.due_at, False),
    "waiting": (_C.waiting_since, False),
}
Depth = int | Literal["limit"]
Run = dict[str, Any]
"""What the cases of one run have in common: columns and the value of each, a word, a parameter, or None for nobody."""
_OPEN: Final[Run] = {"state": "open"}
_ME: Final = bindparam("me", type_=String())
_RUNS: Final[dict[View, tuple[Run, ...]]] = {
    "all": (_OPEN,),
    "mine": tuple({"state": state, "assignee_id": _ME} for state in ("open", "pending")),
    "risk": tuple(_OPEN | {"due_state": word} for word in LATE_WORDS),
    "due": (_OPEN,),
    "approvals": ({"state": "pending"},),
    "legal": ({},),
    "snoozed": ({"state": "snoozed"},),
    "bulk": tuple(_OPEN | {"queue": queue} for queue in BULK_QUEUES),
    "done": ({"state": "done"},),
}
SEARCHED: Final = 5_000  # newest cases that a search by words looks through: it costs the same in year five
_DIRECT: Final[frozenset[tuple[View, Sort]]] = frozenset({("legal", "next"), ("due", "deadline")})
_SHARP: Final = (frozenset(("state", "assignee_id")), frozenset(("state", "queue")), frozenset(("state", "due_state")))
_STATE: Final = frozenset(("state",))


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it is read: ``STORED``, and last the order's ``key``.

    Parameters: ``me``, ``now``, ``soon``, ``limit``; ``f_`` and the name of each filter, of a search ``words`` and ``pattern``;
    ``after_key`` and ``after_id`` when it is continued. ``last_looked`` gives key and id of the last case it looks at, for a page
    that came out short; None where that is the end.
    """

    page: Select[Any]
    last_looked: Select[Any] | None


@lru_cache(maxsize=512)  # every form that people use; the rest are built again
def listing(view: View, sort: Sort, filters: frozenset[str], *, free: bool = False, continued: bool = False) -> Listing:
    """The list of a view in an order. ``filters`` are names of ``FILTERED``, and "q" for a search by words, which looks at no view but
    at the newest cases; ``free`` says that the assignee asked for is nobody."""
    asked: Run = {FILTERED[name]: bindparam(f"f_{name}", type_=String()) for name in sorted(filters - {"q"})}
    if free:
        asked["assignee_id"] = None
    if (view, sort) in _DIRECT and not asked and "q" not in filters:
        return Listing(_in_order(select(*STORED, _key(sort)).where(_rule(view), *_after(sort, continued)), _C, sort, "limit"), None)
    small = _newest_saying() if "q" in filters else _small(view, sort, asked)
    if small is not None:
        looked = _narrow(small.where(*_keyed(sort)), sort, asked).subquery()
        return Listing(_wide(looked, sort, *_alike(looked.c, asked), *_after(sort, continued, looked.c)), None)
    return _by_runs(sort, _RUNS[view], asked, continued=continued)


def _small(view: View, sort: Sort, asked: Run) -> Select[Any] | None:
    """What is small by nature, by an index of its own and in that one's order; None for what an order of the whole desk serves."""
    found = select(_C.id).where(_rule(view)).limit(LOOKED)
    if "customer_id" in asked:
        theirs = select(_C.id).where(_C.customer_id == asked["customer_id"]).order_by(_C.last_mention_at.desc()).limit(LOOKED)
        return found.where(_C.id.in_(theirs))
    if view == "legal":
        return found.order_by(_C.rank_at, _C.id)
    if view == "due":
        return found.order_by(_C.due_at, _C.id)
    if view == "mine" and sort != "next":
        return found
    if asked.get("assignee_id") is not None and sort != "next" and view != "done":
        return found.where(_C.assignee_id == asked["assignee_id"])
    return None


def _newest_saying() -> Select[Any]:
    """The newest cases whose author, customer or latest words hold the text."""
    recent = select(_C.id).order_by(_C.id.desc()).limit(SEARCHED)
    columns = (_C.author_handle, _C.author_name, _C.customer_name, _C.excerpt)
    return select(_C.id).where(
        _C.id.in_(recent), or_(*(c.ilike(bindparam("pattern"), escape="\\") for c in columns), _C.id == bindparam("words"))
    )


def _by_runs(sort: Sort, view: tuple[Run, ...], asked: Run, *, continued: bool) -> Listing:
    runs = [asked | run for run in view]
    served = next((s for s in _SHARP if sort == "next" and all(_gives(s, run) for run in runs)), _STATE)
    heads = list({repr([run[k] for k in sorted(served)]): {k: run[k] for k in sorted(served)} for run in runs}.values())
    also = {k: v for k, v in asked.items() if k in view[0]}  # asked of a column that the view itself has something to say of
    rest = also | {k: None for run in runs for k in run if k not in served}
    by_words = [LATE] if "due_state" in served else []
    wheres = [[*_alike(_C, head), *by_words, *_keyed(sort), *_after(sort, continued)] for head in heads]
    if len(heads) == 1 and not rest:
        return Listing(_in_order(select(*STORED, _key(sort)).where(*wheres[0]), _C, sort, "limit"), None)
    depth: Depth = LOOKED if rest else "limit"
    parts = [_in_order(_narrow(select(_C.id).where(*where), sort, rest), _C, sort, depth) for where in wheres]
    if len(parts) == 1:
        looked = parts[0].subquery()
    else:
        both = union_all(*(select(part.subquery()) for part in parts)).subquery()
        looked = _in_order(select(both), both.c, sort, depth).subquery()
    rules = (and_(true(), *_alike(looked.c, {k: v for k, v in run.items() if k in rest})) for run in runs)
    last = _in_order(select(looked.c.key, looked.c.id), looked.c, sort, 1).offset(LOOKED - 1) if rest else None
    return Listing(_wide(looked, sort, or_(*rules), *_alike(looked.c, also)), last)


def _gives(served: frozenset[str], run: Run) -> bool:
    """Whether an index that begins with these columns holds the run; whose assignee is nobody stands in none by assignee."""
    return served <= run.keys() and not ("assignee_id" in served and run["assignee_id"] is None)


def _narrow(query: Select[Any], sort: Sort, looked_at: Run) -> Select[Any]:
    """Only what is looked at and sorted by: rows are wide, and of thousands looked at a page shows fifty."""
    return query.add_columns(_key(sort), *(_C[name] for name in looked_at))


def _wide(looked: Any, sort: Sort, *wanted: ColumnElement[bool]) -> Select[Any]:
    """The whole rows of one page of what was looked at."""
    page = _in_order(select(looked.c.id).where(*wanted), looked.c, sort, "limit")
    found = select(*STORED, _key(sort)).where(_C.id.in_(select(page.subquery().c.id)))
    return _in_order(found, _C, sort, "limit")


def _key(sort: Sort) -> ColumnElement[Any]:
    labelled: ColumnElement[Any] = _ORDERS[sort][0].label("key")
    return labelled


def _keyed(sort: Sort) -> list[ColumnElement[bool]]:
    """Those cases that have the order's key at all."""
    column = _ORDERS[sort][0]
    return [column.is_not(None)] if column.nullable else []


def _after(sort: Sort, continued: bool, columns: Any = None) -> list[ColumnElement[bool]]:
    """What comes after the cursor of a continued list."""
    if not continued:
        return []
    column, falling = _ORDERS[sort]
    last = tuple_(bindparam("after_key", type_=column.type), bindparam("after_id", type_=String()))
    here = tuple_(column, _C.id) if columns is None else tuple_(columns.key, columns.id)
    return [here < last if falling else here > last]


def _in_order(query: Select[Any], columns: Any, sort: Sort, depth: Depth) -> Select[Any]:
    column, falling = _ORDERS[sort]
    key = column if columns is _C else columns.key
    order = (key.desc(), columns.id.desc()) if falling else (key, columns.id)
    return query.order_by(*order).limit(bindparam("limit", type_=Integer()) if depth == "limit" else depth)


def _alike(columns: Any, run: Run) -> list[ColumnElement[bool]]:
    return [columns[name].is_(None) if value is None else columns[name] == value for name, value in run.items()]


def _rule(view: View) -> ColumnElement[bool]:
    return RULES[view].where(_ME, bindparam("now", type_=UtcDateTime), bindparam("soon", type_=UtcDateTime))
