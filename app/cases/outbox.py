"""Drafts and replies: the outbox. One outgoing reply a case, guarded by a unique index; each move is a conditional update.

queued -> sending (attempt, fence and the lease's end are committed before the network is called) -> sent, failed or unknown. A
reply still in ``sending`` when its lease is over has lost its sender, and the network may have it: see ``reconcile_reply``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, insert, select, tuple_, update

from app.cases.model import LIVE_REPLY_STATES, Draft, Reply, ReplyState
from app.cases.tables import CASE, DRAFT, REPLY
from app.core.errors import NotFound
from app.core.ids import CaseId, PersonId, ReplyId
from app.engine.among import among
from app.engine.bulk import read_rows
from app.engine.database import Transaction
from app.engine.inserts import insert_for

TOPIC: Final = "outbox"
"""What wakes those who let answers out."""
_FIELDS: Final = tuple(f.name for f in fields(Reply))
_REPLIES_BOUND: Final = 500
_OUTGOING_OF: Final = select(REPLY.c.id).where(among(REPLY.c.case_id, "cases"), among(REPLY.c.state, "states"))  # every batch asks it
_OLD_LEASE: Final = timedelta(seconds=60)  # of a reply that a process of an older version is sending, which writes no lease
Lane = tuple[str, str, str]
"""Network, instance and account: what one network may slow down or refuse together."""


@dataclass(frozen=True, slots=True)
class Due:
    """A reply that wants something done now, and the account it goes out on."""

    reply: Reply
    lane: Lane


def add_reply(tx: Transaction, reply: Reply) -> None:
    """Store a reply; IntegrityError when the case has an outgoing one already."""
    tx.conn.execute(insert(REPLY).values({f: getattr(reply, f) for f in _FIELDS}))
    tx.wake(TOPIC)


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
    return outgoing_of(conn, [case]).get(case)


def outgoing_of(conn: Connection, cases: Sequence[CaseId]) -> dict[CaseId, Reply]:
    """``outgoing`` of each of these cases that has one."""
    found = read_rows(conn, _OUTGOING_OF, {"cases": cases, "states": LIVE_REPLY_STATES}) if cases else ()
    if not found:  # as nearly always: then no reply needs to be read
        return {}
    rows = conn.execute(select(REPLY).where(REPLY.c.id.in_([id for (id,) in found])))
    return {reply.case_id: reply for reply in map(reply_of, rows)}


def move(tx: Transaction, id: ReplyId, before: Sequence[ReplyState], after: ReplyState, *, held: int | None = None, **values: Any) -> bool:
    """Move a reply from one of the states before; False when it is not in one of them, or its fence is no longer ``held``."""
    where = and_(REPLY.c.id == id, REPLY.c.state.in_(before))
    if held is not None:
        where = and_(where, REPLY.c.fence == held)
    moved = tx.conn.execute(update(REPLY).where(where).values(state=after, **values)).rowcount == 1
    if moved:
        tx.wake(TOPIC)
    return moved


def ready(conn: Connection, now: datetime, limit: int, without: Collection[Lane] = ()) -> list[Due]:
    """Queued replies whose undo window is over, the longest due first, except those on the accounts of ``without``."""
    return _due(conn, and_(REPLY.c.state == "queued", REPLY.c.send_after <= now), REPLY.c.send_after, limit, without)


def in_doubt(conn: Connection, now: datetime, limit: int, without: Collection[Lane] = ()) -> list[Due]:
    """Replies to be looked after: their sender's lease is over, or it is time to settle an unknown one."""
    old = now - _OLD_LEASE
    orphan = and_(REPLY.c.state == "sending", REPLY.c.check_at.is_(None), REPLY.c.sending_at < old)
    return [
        *_due(conn, REPLY.c.check_at <= now, REPLY.c.check_at, limit, without),
        *_due(conn, orphan, REPLY.c.sending_at, limit, without),
    ]


def next_ready(conn: Connection) -> datetime | None:
    """When the next queued reply may leave."""
    row = conn.execute(select(REPLY.c.send_after).where(REPLY.c.state == "queued").order_by(REPLY.c.send_after).limit(1)).first()
    return row.send_after if row else None


def put_off(tx: Transaction, reply: Reply, until: datetime | None) -> bool:
    """Move when an unknown reply is looked after again; False when another process moved or settled it meanwhile."""
    done = tx.conn.execute(
        update(REPLY)
        .where(REPLY.c.id == reply.id, REPLY.c.state == "unknown", REPLY.c.fence == reply.fence, REPLY.c.check_at == reply.check_at)
        .values(check_at=until)
    )
    return done.rowcount == 1


def _due(conn: Connection, where: ColumnElement[bool], order: ColumnElement[Any], limit: int, without: Collection[Lane]) -> list[Due]:
    lane = (CASE.c.network, CASE.c.instance, CASE.c.account)
    query: Select[Any] = select(*(REPLY.c[f] for f in _FIELDS), *lane).join(CASE, CASE.c.id == REPLY.c.case_id)
    query = query.where(where).order_by(order).limit(limit)
    if without:
        query = query.where(tuple_(*lane).not_in(list(without)))
    return [Due(reply_of(r), (r.network, r.instance, r.account)) for r in conn.execute(query)]


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


def left_draft(conn: Connection, case: CaseId, besides: Collection[str]) -> Draft | None:
    """The newest draft on the case that somebody else began and left: not of these people, and not empty."""
    query = select(DRAFT).where(DRAFT.c.case_id == case, DRAFT.c.text != "", DRAFT.c.person_id.not_in(sorted(besides)))
    row = conn.execute(query.order_by(DRAFT.c.updated_at.desc()).limit(1)).first()
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
