"""Whom a customer knows: the person of ours who answered them last, or else had a case of theirs last. One query, bounded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select

from app.cases.model import BY_RULE
from app.cases.tables import CASE, REPLY
from app.core.ids import PersonId

_RECENT: Final = 20  # cases of one customer that are looked at, the newest first
_recent: Final = (
    select(CASE.c.id, CASE.c.assignee_id, CASE.c.assignee_name, CASE.c.last_mention_at)
    .where(CASE.c.customer_id == bindparam("customer"))
    .order_by(CASE.c.last_mention_at.desc())
    .limit(_RECENT)
    .subquery()
)
_KNOWN: Final = select(
    _recent.c.assignee_id, _recent.c.assignee_name, _recent.c.last_mention_at, REPLY.c.by_id, REPLY.c.by_name, REPLY.c.sent_at
).select_from(_recent.outerjoin(REPLY, (REPLY.c.case_id == _recent.c.id) & (REPLY.c.state == "sent") & (REPLY.c.by_id != BY_RULE)))


@dataclass(frozen=True, slots=True)
class LastAgent:
    """The person whom a customer knows, with the name that stood on the answer or the case."""

    id: PersonId
    name: str


def last_agent_of(conn: Connection, customer_id: str) -> LastAgent | None:
    """Who answered this customer last, or without an answer who had a case of theirs last; None when nobody did.

    What a rule sent is nobody's answer.
    """
    rows = conn.execute(_KNOWN, {"customer": customer_id}).all()
    answered = max(((row.sent_at, row.by_id, row.by_name) for row in rows if row.sent_at is not None), default=None)
    held = max(((row.last_mention_at, row.assignee_id, row.assignee_name) for row in rows if row.assignee_id is not None), default=None)
    found = answered or held
    return LastAgent(PersonId(found[1]), found[2] or "") if found is not None else None


def last_agents_of(conn: Connection, customers: Sequence[str]) -> dict[str, LastAgent]:
    """The same of several customers; those who know nobody are left out."""
    found = {customer: last_agent_of(conn, customer) for customer in dict.fromkeys(customers)}
    return {customer: agent for customer, agent in found.items() if agent is not None}
