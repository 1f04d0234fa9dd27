"""The inbox's views: each is one condition, written once as SQL and once as a test of a case, so that page and live feed agree.

Every view is served by an index that begins with its state; a count stops at ``COUNT_BOUND``. A test holds both forms together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, and_, literal_column

from app.cases.model import Case
from app.cases.tables import CASE, HELD, LATE
from app.core.ids import PersonId

View = Literal["mine", "all", "risk", "due", "approvals", "legal", "snoozed", "bulk", "done"]
VIEWS: Final[tuple[View, ...]] = ("mine", "all", "risk", "due", "approvals", "legal", "snoozed", "bulk", "done")
TITLES: Final[dict[View, str]] = {
    "mine": "Mine", "all": "All open", "risk": "At risk", "due": "Due soon", "approvals": "Approvals", "legal": "Legal",
    "snoozed": "Snoozed", "bulk": "Praise & chat", "done": "Done",
}  # fmt: skip
DUE_SOON: Final = timedelta(minutes=30)
BULK_QUEUES: Final = ("bulk", "community")
LATE_WORDS: Final = ("warned", "breached")
_MINE: Final = ("open", "pending")


@dataclass(frozen=True, slots=True)
class Rule:
    """One view in both forms. ``holds`` takes who looks and now; ``where`` takes them too, as values or as bound parameters.

    Its third argument is ``DUE_SOON`` from now, because a parameter cannot be added to.
    """

    where: Callable[[Any, Any, Any], ColumnElement[bool]]
    holds: Callable[[Case, PersonId | None, datetime], bool]


_C: Final[Any] = CASE.c


def _word(word: str) -> ColumnElement[str]:
    """Of ours, and in the statement itself: with parameters PostgreSQL would plan the counts of every page anew."""
    return literal_column(f"'{word}'")


RULES: Final[dict[View, Rule]] = {
    "mine": Rule(
        lambda me, _n, _s: and_(_C.assignee_id == me, _C.state.in_([_word(state) for state in _MINE])),
        lambda c, me, _: c.assignee_id is not None and c.assignee_id == me and c.state in _MINE,
    ),
    "all": Rule(lambda _m, _n, _s: _C.state == _word("open"), lambda c, _m, _n: c.state == "open"),
    "risk": Rule(
        lambda _m, _n, _s: and_(_C.state == _word("open"), LATE),
        lambda c, _m, _n: c.state == "open" and c.due_state in LATE_WORDS,
    ),
    "due": Rule(
        lambda _m, now, soon: and_(_C.state == _word("open"), _C.due_at.is_not(None), _C.due_at <= soon, _C.due_at > now),
        lambda c, _m, now: c.state == "open" and c.due_at is not None and now < c.due_at <= now + DUE_SOON,
    ),
    "approvals": Rule(
        lambda _m, _n, _s: _C.state == _word("pending"),
        lambda c, _m, _n: c.state == "pending",
    ),
    "legal": Rule(lambda _m, _n, _s: HELD, lambda c, _m, _n: c.hold and c.state != "done"),
    "snoozed": Rule(lambda _m, _n, _s: _C.state == _word("snoozed"), lambda c, _m, _n: c.state == "snoozed"),
    "bulk": Rule(
        lambda _m, _n, _s: and_(_C.state == _word("open"), _C.queue.in_([_word(queue) for queue in BULK_QUEUES])),
        lambda c, _m, _n: c.state == "open" and c.queue in BULK_QUEUES,
    ),
    "done": Rule(lambda _m, _n, _s: _C.state == _word("done"), lambda c, _m, _n: c.state == "done"),
}


def left_because(case: Case, view: View) -> str:
    """Why a case is no longer in a view it was in, in words."""
    if case.state == "done":
        return f"done: {(case.disposition or '').replace('_', ' ')}"
    if case.state == "waiting":
        return "answered, waiting on the customer"
    if case.state == "snoozed":
        return "snoozed"
    if case.state == "pending" and view != "approvals":
        return "pending on approval"
    if view == "mine":
        return f"taken by {case.assignee_name}" if case.assignee_name else "back in its queue"
    if view == "legal":
        return "the hold was lifted"
    return f"moved to {case.queue}" if view == "bulk" else "no longer in this view"
