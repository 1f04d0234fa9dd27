"""Reads and writes of acts on many cases. An act is kept a week, so that what became of each case can be looked up."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from app.cases.bulk import BulkAct, BulkRow, Outcome, as_stored, change_of
from app.cases.model import LIVE_REPLY_STATES, State
from app.cases.tables import CASE, DRAFT, REPLY
from app.cases.tables_bulk import BULK_ACT, BULK_CASE
from app.core.errors import NotFound
from app.core.ids import CaseId, PersonId
from app.engine.database import Transaction

KEPT: Final = timedelta(days=7)
_RECENT_BOUND: Final = 20
_OLD_AT_ONCE: Final = 50  # forgotten with each new act: more than one, so that none is left over


def add(tx: Transaction, act: BulkAct, cases: Sequence[str]) -> None:
    """Keep a new act whose cases all wait, and forget acts of more than a week ago."""
    old = list(tx.conn.execute(select(BULK_ACT.c.id).where(BULK_ACT.c.at < tx.now - KEPT).limit(_OLD_AT_ONCE)).scalars())
    if old:
        tx.conn.execute(delete(BULK_CASE).where(BULK_CASE.c.act_id.in_(old)))
        tx.conn.execute(delete(BULK_ACT).where(BULK_ACT.c.id.in_(old)))
    tx.conn.execute(
        insert(BULK_ACT).values(
            id=act.id, change=as_stored(act.change) if act.change else {}, by_id=act.by, by_name=act.by_name, at=act.at,
            expires_at=act.expires_at, person_id=act.person, person_before=act.person_before, person_after=act.person_after,
            signed_out=act.signed_out, undone_by="", undone_said="",
        )
    )  # fmt: skip
    if cases:
        rows = [
            {"act_id": act.id, "place": place, "case_id": case, "outcome": "waits", "why": "", "before": {}, "after": {}, "undone_why": ""}
            for place, case in enumerate(cases)
        ]
        tx.conn.execute(insert(BULK_CASE), rows)


def get(conn: Connection, id: str, *, hold: bool = False) -> BulkAct:
    """The act; NotFound. ``hold`` keeps others from going on with it or taking it back until the transaction ends."""
    query = select(BULK_ACT).where(BULK_ACT.c.id == id)
    row = conn.execute(query.with_for_update() if hold else query).first()
    if row is None:
        raise NotFound("There is no such act any more: an act on many cases is kept for a week.")
    return _act(row)


def recent(conn: Connection, by: str | None = None) -> tuple[BulkAct, ...]:
    """The newest acts first, of one asker or of everyone."""
    query = select(BULK_ACT).order_by(BULK_ACT.c.at.desc(), BULK_ACT.c.id.desc()).limit(_RECENT_BOUND)
    return tuple(_act(row) for row in conn.execute(query if by is None else query.where(BULK_ACT.c.by_id == by)))


def rows(conn: Connection, act: str, outcome: Outcome | None = None, limit: int | None = None) -> tuple[BulkRow, ...]:
    """The cases of an act in its order."""
    query = select(BULK_CASE).where(BULK_CASE.c.act_id == act).order_by(BULK_CASE.c.place)
    if outcome is not None:
        query = query.where(BULK_CASE.c.outcome == outcome)
    return tuple(_row(row) for row in conn.execute(query if limit is None else query.limit(limit)))


def of_person(conn: Connection, person: str, states: Sequence[State], limit: int) -> tuple[CaseId, ...]:
    """The cases this person holds in these states, and those whose answer is on its way; those due first."""
    leaving = select(REPLY.c.case_id).where(REPLY.c.case_id == CASE.c.id, REPLY.c.state.in_(LIVE_REPLY_STATES)).exists()
    wanted = (CASE.c.assignee_id == person, CASE.c.state != "done", or_(CASE.c.state.in_(states), leaving))
    query = select(CASE.c.id).where(*wanted).order_by(CASE.c.rank_at, CASE.c.id).limit(limit)
    return tuple(CaseId(id) for id in conn.execute(query).scalars())


def drafts_on(conn: Connection, cases: Sequence[str], besides: str | None) -> dict[CaseId, int]:
    """How many people other than this one have something written on each of these cases."""
    if not cases:
        return {}
    written = (DRAFT.c.case_id.in_(cases), DRAFT.c.text != "", DRAFT.c.person_id != (besides or ""))
    query = select(DRAFT.c.case_id, func.count()).where(*written).group_by(DRAFT.c.case_id)
    return {CaseId(case): n for case, n in conn.execute(query)}


def settle(tx: Transaction, act: str, row: BulkRow) -> None:
    """Write what became of one case."""
    tx.conn.execute(
        update(BULK_CASE)
        .where(BULK_CASE.c.act_id == act, BULK_CASE.c.case_id == row.case)
        .values(
            outcome=row.outcome, why=row.why[:300], before=row.before, after=row.after, undone=row.undone, undone_why=row.undone_why[:300]
        )
    )


def change(tx: Transaction, id: str, **values: Any) -> None:
    """Change columns of an act."""
    tx.conn.execute(update(BULK_ACT).where(BULK_ACT.c.id == id).values(**values))


def _act(row: Row[Any]) -> BulkAct:
    return BulkAct(
        id=row.id, change=change_of(row.change) if row.change else None, by=row.by_id, by_name=row.by_name, at=row.at,
        expires_at=row.expires_at, person=PersonId(row.person_id) if row.person_id else None, person_before=row.person_before,
        person_after=row.person_after, signed_out=row.signed_out, undone_at=row.undone_at, undone_by=row.undone_by,
        undone_said=row.undone_said,
    )  # fmt: skip


def _row(row: Row[Any]) -> BulkRow:
    return BulkRow(CaseId(row.case_id), row.outcome, row.why, row.before, row.after, row.undone, row.undone_why)
