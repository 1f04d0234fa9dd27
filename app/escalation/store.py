"""Reads and writes of matters. Every move is one conditional update: of two people one wins, the other gets False."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

from app.core.errors import NotFound
from app.core.ids import CaseId, MatterId, MentionId, PersonId
from app.core.paging import DEFAULT_LIMIT, Page, decode_cursor, encode_cursor
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.database import Transaction
from app.engine.inserts import insert_or_ignore
from app.escalation.frozen import Frozen
from app.escalation.model import KINDS, Decision, Kind, Mark, Matter, OpenedBy
from app.escalation.tables import MATTER

_NAMES: Final = (
    "id", "case_id", "kind", "tier", "state", "risk", "words", "opened_at", "opened_by_kind", "opened_by_name", "opened_by_rule", "reason",
    "frozen", "frozen_hash", "ack_due_at", "acknowledged_by_name", "decided_by_name", "decision_reason",
)  # fmt: skip
"""The columns in the order of ``_row``; the others are empty in a new matter."""
_OF_CASE: Final = select(MATTER).where(MATTER.c.case_id == bindparam("of_case")).order_by(MATTER.c.id.desc())
_OF_CASES: Final = select(MATTER).where(among(MATTER.c.case_id, "of_cases")).order_by(MATTER.c.id.desc())
_THERE: Final = select(MATTER.c.id).where(among(MATTER.c.id, "ids"))


@dataclass(frozen=True, slots=True)
class NewMatter:
    """A matter about to be opened."""

    case_id: CaseId
    kind: Kind
    tier: int
    risk: tuple[str, ...]
    words: tuple[Mark, ...]
    opened_by: OpenedBy
    reason: str
    frozen: Frozen
    ack_due_at: datetime | None = None


def open_all(tx: Transaction, new: Sequence[NewMatter]) -> list[Matter]:
    """Open them, in two statements; returns those that are new. Where a case has an unclosed matter of the kind, that one stays."""
    matters = [_opened(tx, one) for one in new]
    if not matters:
        return []
    insert_rows(tx.conn, insert_or_ignore(tx.conn, MATTER), _NAMES, map(_row, matters))
    there = {id for (id,) in read_rows(tx.conn, _THERE, {"ids": [matter.id for matter in matters]})}
    return [matter for matter in matters if matter.id in there]


def _opened(tx: Transaction, new: NewMatter) -> Matter:
    return Matter(
        id=MatterId(tx.new_id()), case_id=new.case_id, kind=new.kind, tier=new.tier, state="open", risk=new.risk, words=new.words,
        opened_at=tx.now, opened_by=new.opened_by, reason=new.reason, frozen=new.frozen.copy, frozen_hash=new.frozen.hash,
        ack_due_at=new.ack_due_at, acknowledged_by=None, acknowledged_by_name="", acknowledged_at=None, decided_by=None,
        decided_by_name="", decided_at=None, decision=None, decision_reason="", closed_at=None,
    )  # fmt: skip


def _row(matter: Matter) -> tuple[Any, ...]:
    words = [{"mention": w.mention_id, "start": w.start, "end": w.end, "text": w.text, "risk": w.risk} for w in matter.words]
    by = matter.opened_by
    return (
        matter.id, matter.case_id, matter.kind, matter.tier, matter.state, list(matter.risk), words, matter.opened_at, by.kind, by.name,
        by.rule, matter.reason, matter.frozen, matter.frozen_hash, matter.ack_due_at, "", "", "",
    )  # fmt: skip


def raise_tier(tx: Transaction, id: MatterId, tier: int, ack_due_at: datetime | None) -> bool:
    """Put an open matter on this tier, to be acknowledged by then; False when it is not open any more."""
    done = tx.conn.execute(update(MATTER).where(MATTER.c.id == id, MATTER.c.state == "open").values(tier=tier, ack_due_at=ack_due_at))
    return done.rowcount == 1


def acknowledge(tx: Transaction, id: MatterId, person: PersonId, name: str) -> bool:
    """Mark as seen; False when it is not open any more."""
    done = tx.conn.execute(
        update(MATTER)
        .where(MATTER.c.id == id, MATTER.c.state == "open")
        .values(state="acknowledged", acknowledged_by=person, acknowledged_by_name=name, acknowledged_at=tx.now)
    )
    return done.rowcount == 1


def decide(tx: Transaction, id: MatterId, decision: Decision, person: PersonId, name: str, reason: str) -> bool:
    """Decide; False when it is decided (other than kept) or closed already. Deciding an open matter acknowledges it too."""
    undecided = MATTER.c.state.in_(("open", "acknowledged"))
    kept = and_(MATTER.c.state == "decided", MATTER.c.decision == "kept")
    done = tx.conn.execute(
        update(MATTER)
        .where(MATTER.c.id == id, or_(undecided, kept))
        .values(
            state="decided", decision=decision, decided_by=person, decided_by_name=name, decided_at=tx.now, decision_reason=reason,
            acknowledged_by=func.coalesce(MATTER.c.acknowledged_by, person),
            acknowledged_by_name=func.coalesce(func.nullif(MATTER.c.acknowledged_by_name, ""), name),
            acknowledged_at=func.coalesce(MATTER.c.acknowledged_at, tx.now),
        )
    )  # fmt: skip
    return done.rowcount == 1


def close(tx: Transaction, id: MatterId) -> bool:
    """Close a decided matter; False when it is not decided or closed already."""
    done = tx.conn.execute(update(MATTER).where(MATTER.c.id == id, MATTER.c.state == "decided").values(state="closed", closed_at=tx.now))
    return done.rowcount == 1


def get(conn: Connection, id: str) -> Matter:
    """The matter; NotFound when there is none."""
    row = conn.execute(select(MATTER).where(MATTER.c.id == id)).first()
    if row is None:
        raise NotFound("No such matter.")
    return _matter(row)


def for_case(conn: Connection, case: CaseId) -> tuple[Matter, ...]:
    """All matters of a case, the newest first."""
    return tuple(_matter(r) for r in conn.execute(_OF_CASE, {"of_case": case}))


def for_cases(conn: Connection, cases: Sequence[CaseId]) -> dict[CaseId, list[Matter]]:
    """``for_case`` of several cases in one statement; those without a matter are left out."""
    found: dict[CaseId, list[Matter]] = {}
    for row in conn.execute(_OF_CASES, {"of_cases": cases}) if cases else ():
        found.setdefault(CaseId(row.case_id), []).append(_matter(row))
    return found


def open_for_cases(conn: Connection, cases: Sequence[CaseId]) -> dict[CaseId, Matter]:
    """The unclosed matter of each case that has one; where there are several kinds, legal before pr before supervisor."""
    rows = conn.execute(select(MATTER).where(MATTER.c.case_id.in_(cases), MATTER.c.state != "closed"))
    found = sorted((_matter(r) for r in rows), key=lambda m: KINDS.index(m.kind), reverse=True)
    return {m.case_id: m for m in found}


def open_matters(conn: Connection, kinds: Sequence[Kind] = KINDS, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT) -> Page[Matter]:
    """Matters that are not closed, the longest open first (ids are in time order)."""
    query = select(MATTER).where(MATTER.c.state != "closed", MATTER.c.kind.in_(kinds)).order_by(MATTER.c.id).limit(limit + 1)
    if cursor:
        query = query.where(MATTER.c.id > str(decode_cursor(cursor, 1)[0]))
    found = tuple(_matter(r) for r in conn.execute(query))
    return Page(found[:limit], encode_cursor([found[limit - 1].id]) if len(found) > limit else None)


def undecided_count(conn: Connection, kinds: Sequence[Kind] = KINDS) -> int:
    """How many matters wait for a decision."""
    return conn.execute(select(func.count()).where(MATTER.c.state.in_(("open", "acknowledged")), MATTER.c.kind.in_(kinds))).scalar_one()


def _matter(row: Row[Any]) -> Matter:
    return Matter(
        id=MatterId(row.id),
        case_id=CaseId(row.case_id),
        kind=row.kind,
        tier=row.tier,
        state=row.state,
        risk=tuple(row.risk),
        words=tuple(Mark(MentionId(w["mention"]), w["start"], w["end"], w["text"], w["risk"]) for w in row.words),
        opened_at=row.opened_at,
        opened_by=OpenedBy(row.opened_by_kind, row.opened_by_name, row.opened_by_rule),
        reason=row.reason,
        frozen=row.frozen,
        frozen_hash=row.frozen_hash,
        ack_due_at=row.ack_due_at,
        acknowledged_by=None if row.acknowledged_by is None else PersonId(row.acknowledged_by),
        acknowledged_by_name=row.acknowledged_by_name,
        acknowledged_at=row.acknowledged_at,
        decided_by=None if row.decided_by is None else PersonId(row.decided_by),
        decided_by_name=row.decided_by_name,
        decided_at=row.decided_at,
        decision=row.decision,
        decision_reason=row.decision_reason,
        closed_at=row.closed_at,
    )
