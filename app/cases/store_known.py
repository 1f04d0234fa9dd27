"""Whom a customer knows: the person of ours who answered them last, or else had a case of theirs last. One query, bounded."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select

from app.cases.model import BY_RULE
from app.cases.tables import CASE, REPLY
from app.core.ids import PersonId

_RECENT: Final = 20  # cases of one customer that are looked at, the newest first
_recent: Final = (
    select(CASE.c.id, CASE.c.assignee_id, CASE.c.last_mention_at)
    .where(CASE.c.customer_id == bindparam("customer"))
    .order_by(CASE.c.last_mention_at.desc())
    .limit(_RECENT)
    .subquery()
)
_KNOWN: Final = select(_recent.c.assignee_id, _recent.c.last_mention_at, REPLY.c.by_id, REPLY.c.sent_at).select_from(
    _recent.outerjoin(REPLY, (REPLY.c.case_id == _recent.c.id) & (REPLY.c.state == "sent") & (REPLY.c.by_id != BY_RULE))
)


def last_agent_of(conn: Connection, customer_id: str) -> PersonId | None:
    """Who answered this customer last, or without an answer who had a case of theirs last; None when nobody did."""
    rows = conn.execute(_KNOWN, {"customer": customer_id}).all()
    answered = max(((row.sent_at, row.by_id) for row in rows if row.sent_at is not None), default=None)
    held = max(((row.last_mention_at, row.assignee_id) for row in rows if row.assignee_id is not None), default=None)
    found = answered or held
    return PersonId(found[1]) if found is not None else None


def last_agents_of(conn: Connection, customers: Sequence[str]) -> dict[str, PersonId]:
    """The same of several customers; those whom nobody answered are left out."""
    found = {customer: last_agent_of(conn, customer) for customer in dict.fromkeys(customers)}
    return {customer: person for customer, person in found.items() if person is not None}
