"""How the table of cases holds what a rule's condition may ask, so that one condition is a list of cases too.

Only what a stored case says as ``app.judgement.judging`` says it to the rules: the text, the customer's record, what was before and
business hours are not in it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement

from app.cases.tables import CASE
from app.core.errors import Invalid
from app.routing.because import condition_words
from app.routing.conditions import Compare, WordList
from app.routing.model import Problem
from app.routing.parse_conditions import condition_of
from app.routing.to_sql import Held, where_of

_SAME: Final = (
    "queue", "state", "band", "score", "hold", "tier", "value", "network", "instance", "account", "visibility", "language", "intent",
    "wants_answer", "sentiment", "urgency", "reach", "verified", "cluster_size", "disposition",
)  # fmt: skip
COLUMNS: Final = {
    **{name: Held(CASE.c[name]) for name in _SAME},
    "assignee": Held(CASE.c.assignee_name),
    "handle": Held(CASE.c.author_handle),
    "case_mentions": Held(CASE.c.mention_count),
    "case_replies": Held(CASE.c.reply_count),
    "clock": Held(CASE.c.due_metric),
    "tags": Held(CASE.c.tags, "list"),
    "risk": Held(CASE.c.risk, "list"),
    "waiting_minutes": Held(CASE.c.waiting_since, "since", 0.0),
    "case_age_minutes": Held(CASE.c.opened_at, "since"),
    "since_reply_minutes": Held(CASE.c.last_reply_at, "since"),
    "minutes_to_due": Held(CASE.c.due_at, "until"),
}


def cases_where(when: str, lists: Sequence[WordList], now: datetime) -> ColumnElement[bool]:
    """The clause of a condition written as in a rule's ``when:`` (YAML or JSON), with the word lists it may name.

    Raises Invalid when it cannot be read, or asks what the table of cases does not hold.
    """
    condition = condition_of(when, lists)
    if not isinstance(condition, list):
        where = where_of(condition, COLUMNS, now)
        if where.exact:
            return where.clause
        condition = [_not_held(test) for test in where.left]
    errors = [{**one.as_error(), "loc": ["query", "when"]} for one in condition]
    raise Invalid(f"The condition cannot be used: {condition[0].msg}. {condition[0].mend}", errors=errors)


def _not_held(test: Compare) -> Problem:
    msg = f"A list of cases cannot be asked whether {condition_words(test)}"
    mend = f"It can be asked for {', '.join(sorted(COLUMNS))}, by values and not by patterns, words or what was before."
    return Problem(test.line or 1, test.column or 1, f"when.{test.field}", msg, mend)
