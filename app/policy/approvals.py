"""Reads and writes of approvals: asked once for a reply, decided once, whoever is first."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select, update

from app.core.errors import Conflict, NotFound
from app.core.ids import CaseId, PersonId, ReplyId
from app.core.paging import DEFAULT_LIMIT, Page, decode_cursor, encode_cursor
from app.engine.database import Transaction
from app.engine.inserts import insert_for
from app.policy.model import Approval, ApprovalRole
from app.policy.tables import APPROVAL

Decision = Literal["approved", "rejected", "changed"]


def ask_approval(tx: Transaction, reply: ReplyId, case: CaseId, role: ApprovalRole, person: PersonId, name: str, text: str) -> Approval:
    """Ask for approval of a reply's text.

    While a request for the reply is open, the second call gives that request. A text or role that changed meanwhile needs
    ``expire_approvals`` first, so that nobody approves what they do not see.
    """
    tx.conn.execute(
        insert_for(tx.conn, APPROVAL)
        .values(
            id=tx.new_id(), reply_id=reply, case_id=case, role=role, asked_by=person, asked_by_name=name, asked_at=tx.now,
            state="asked", decided_by_name="", reason="", text_before=text,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    return _approval(tx.conn.execute(select(APPROVAL).where(APPROVAL.c.reply_id == reply, APPROVAL.c.state == "asked")).one())


def decide_approval(
    tx: Transaction, id: str, decision: Decision, person: PersonId, name: str, *, reason: str = "", text: str | None = None
) -> Approval:
    """Decide an open approval; ``text`` is the new text for ``changed``. Of two deciders one wins.

    Raises NotFound for an unknown id and Conflict, naming who was first, when it is decided or expired already, and when the
    decider is the one who asked.
    """
    after = {"approved": APPROVAL.c.text_before, "changed": text, "rejected": None}[decision]
    if decision == "changed" and not text:
        raise Conflict("An approval with changes needs the changed text.")
    done = tx.conn.execute(
        update(APPROVAL)
        .where(APPROVAL.c.id == id, APPROVAL.c.state == "asked", APPROVAL.c.asked_by != person)
        .values(state=decision, decided_by=person, decided_by_name=name, decided_at=tx.now, reason=reason, text_after=after)
    )
    approval = get_approval(tx.conn, id)
    if done.rowcount != 1:
        if approval.state == "asked":
            raise Conflict("You asked for this approval: another person has to decide it.")
        by = f"{approval.decided_by_name} " if approval.decided_by_name else ""
        raise Conflict(
            f"{by}decided this already: it is {approval.state}." if by else "This approval expired: the reply was changed or taken back."
        )
    return approval


def expire_approvals(tx: Transaction, reply: ReplyId) -> int:
    """Close every open or given approval of a reply whose text changed or that was taken back; how many there were."""
    done = tx.conn.execute(
        update(APPROVAL).where(APPROVAL.c.reply_id == reply, APPROVAL.c.state.in_(("asked", "approved", "changed"))).values(state="expired")
    )
    return done.rowcount


def get_approval(conn: Connection, id: str) -> Approval:
    """The approval; NotFound when there is none."""
    row = conn.execute(select(APPROVAL).where(APPROVAL.c.id == id)).first()
    if row is None:
        raise NotFound("No such approval.")
    return _approval(row)


def approvals_of_reply(conn: Connection, reply: ReplyId) -> tuple[Approval, ...]:
    """The approvals of a reply, oldest first."""
    return tuple(_approval(r) for r in conn.execute(select(APPROVAL).where(APPROVAL.c.reply_id == reply).order_by(APPROVAL.c.id)))


def approvals_of_case(conn: Connection, case: CaseId) -> tuple[Approval, ...]:
    """The approvals of a case, oldest first."""
    return tuple(_approval(r) for r in conn.execute(select(APPROVAL).where(APPROVAL.c.case_id == case).order_by(APPROVAL.c.id)))


def waiting(conn: Connection, roles: Sequence[ApprovalRole], *, cursor: str | None = None, limit: int = DEFAULT_LIMIT) -> Page[Approval]:
    """Open approvals asked of these roles, the longest waiting first (ids are in time order)."""
    query = select(APPROVAL).where(APPROVAL.c.state == "asked", APPROVAL.c.role.in_(roles)).order_by(APPROVAL.c.id).limit(limit + 1)
    if cursor:
        query = query.where(APPROVAL.c.id > str(decode_cursor(cursor, 1)[0]))
    found = tuple(_approval(r) for r in conn.execute(query))
    return Page(found[:limit], encode_cursor([found[limit - 1].id]) if len(found) > limit else None)


def waiting_count(conn: Connection, roles: Sequence[ApprovalRole]) -> int:
    """How many approvals wait for these roles."""
    return conn.execute(select(func.count()).where(APPROVAL.c.state == "asked", APPROVAL.c.role.in_(roles))).scalar_one()


def _approval(row: Row[Any]) -> Approval:
    return Approval(
        id=row.id,
        reply_id=ReplyId(row.reply_id),
        case_id=CaseId(row.case_id),
        role=row.role,
        asked_by=PersonId(row.asked_by),
        asked_by_name=row.asked_by_name,
        asked_at=row.asked_at,
        state=row.state,
        decided_by=None if row.decided_by is None else PersonId(row.decided_by),
        decided_by_name=row.decided_by_name,
        decided_at=row.decided_at,
        reason=row.reason,
        text_before=row.text_before,
        text_after=row.text_after,
    )
