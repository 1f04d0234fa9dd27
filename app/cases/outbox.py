"""Drafts and replies: the outbox. One outgoing reply a case, guarded by a unique index; each move is a conditional update.

queued -> sending (attempt and fence are committed before the network is called) -> sent, failed or unknown. A reply
found in ``sending`` after a crash is unknown: the network may have it, so a person decides, never a retry by itself.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from app.cases.model import LIVE_REPLY_STATES, Draft, Reply, ReplyState
from app.cases.tables import DRAFT, REPLY
from app.core.errors import NotFound
from app.core.ids import CaseId, PersonId, ReplyId
from app.engine.database import Transaction
from app.engine.inserts import insert_for

_FIELDS: Final = tuple(f.name for f in fields(Reply))
_REPLIES_BOUND: Final = 500


def add_reply(tx: Transaction, reply: Reply) -> None:
    """Store a reply; IntegrityError when the case has an outgoing one already."""
    tx.conn.execute(insert(REPLY).values({f: getattr(reply, f) for f in _FIELDS}))


def reply(conn: Connection, id: str) -> Reply:
    """One reply; NotFound when there is none."""
    row = conn.execute(select(REPLY).where(REPLY.c.id == id)).first()
    if row is None:
        raise NotFound("No such reply.")
    return reply_of(row)


def by_key(conn: Connection, person: PersonId, key: str) -> Reply | None:
    """The reply this person made under that idempotency key."""
    row = conn.execute(select(REPLY).where(REPLY.c.by_id == person, REPLY.c.idempotency_key == key)).first()
    return None if row is None else reply_of(row)


def replies(conn: Connection, case: CaseId) -> tuple[Reply, ...]:
    """Replies of a case, the oldest first."""
    rows = conn.execute(select(REPLY).where(REPLY.c.case_id == case).order_by(REPLY.c.created_at, REPLY.c.id).limit(_REPLIES_BOUND))
    return tuple(reply_of(r) for r in rows)


def outgoing(conn: Connection, case: CaseId) -> Reply | None:
    """The reply that holds the case's one outgoing place."""
    row = conn.execute(select(REPLY).where(REPLY.c.case_id == case, REPLY.c.state.in_(LIVE_REPLY_STATES))).first()
    return None if row is None else reply_of(row)


def move(tx: Transaction, id: ReplyId, before: Sequence[ReplyState], after: ReplyState, *, held: int | None = None, **values: Any) -> bool:
    """Move a reply from one of the states before; False when it is not in one of them, or its fence is no longer ``held``."""
    where = and_(REPLY.c.id == id, REPLY.c.state.in_(before))
    if held is not None:
        where = and_(where, REPLY.c.fence == held)
    return tx.conn.execute(update(REPLY).where(where).values(state=after, **values)).rowcount == 1


def ready(conn: Connection, now: datetime, limit: int) -> list[Reply]:
    """Queued replies whose undo window is over, the longest due first."""
    rows = conn.execute(select(REPLY).where(REPLY.c.state == "queued", REPLY.c.send_after <= now).order_by(REPLY.c.send_after).limit(limit))
    return [reply_of(r) for r in rows]


def next_ready(conn: Connection) -> datetime | None:
    """When the next queued reply may leave."""
    row = conn.execute(select(REPLY.c.send_after).where(REPLY.c.state == "queued").order_by(REPLY.c.send_after).limit(1)).first()
    return row.send_after if row else None


def stuck(conn: Connection, since: datetime) -> list[Reply]:
    """Replies that have been ``sending`` since before then: their sender is gone."""
    return [reply_of(r) for r in conn.execute(select(REPLY).where(REPLY.c.state == "sending", REPLY.c.sending_at < since))]


def save_draft(tx: Transaction, case: CaseId, person: PersonId, text: str, visibility: str) -> Draft:
    """Keep what a person is writing; the version grows with each save."""
    statement = insert_for(tx.conn, DRAFT).values(
        case_id=case, person_id=person, text=text, visibility=visibility, version=1, updated_at=tx.now
    )
    statement = statement.on_conflict_do_update(
        index_elements=["case_id", "person_id"],
        set_={"text": text, "visibility": visibility, "version": DRAFT.c.version + 1, "updated_at": tx.now},
    )
    tx.conn.execute(statement)
    kept = draft(tx.conn, case, person)
    if kept is None:
        raise NotFound("The draft could not be kept.")
    return kept


def draft(conn: Connection, case: CaseId, person: str) -> Draft | None:
    """What this person is writing on the case."""
    row = conn.execute(select(DRAFT).where(DRAFT.c.case_id == case, DRAFT.c.person_id == person)).first()
    return (
        None if row is None else Draft(CaseId(row.case_id), PersonId(row.person_id), row.text, row.visibility, row.version, row.updated_at)
    )


def drop_draft(tx: Transaction, case: CaseId, person: PersonId) -> None:
    """Forget a draft that became a reply."""
    tx.conn.execute(delete(DRAFT).where(DRAFT.c.case_id == case, DRAFT.c.person_id == person))


def reply_of(row: Row[Any]) -> Reply:
    """The frozen record of a row of ``reply``."""
    return Reply(*(getattr(row, f) for f in _FIELDS))


def set_response_time(tx: Transaction, id: ReplyId, seconds: float | None) -> None:
    """Keep how long the customer had waited when this answer stood on the network; None when nobody waited."""
    tx.conn.execute(update(REPLY).where(REPLY.c.id == id).values(response_seconds=seconds))
