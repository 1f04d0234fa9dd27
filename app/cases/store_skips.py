"""Who passed which case on, until when it is not offered to them again, and in what words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

from app.cases.tables import SKIP
from app.core.ids import CaseId, PersonId
from app.engine.database import Transaction
from app.engine.inserts import upsert_for

_BY: Final = select(SKIP.c.case_id, SKIP.c.person_id).where(
    SKIP.c.case_id.in_(bindparam("cases", expanding=True)), SKIP.c.until > bindparam("now")
)


def add(tx: Transaction, case: CaseId, person: PersonId, until: datetime, reason: str) -> bool:
    """Keep it, or move its end; False when this person had passed the case on before and the time still runs.

    What of theirs has ended goes with the same write, so that the table holds no more than what counts.
    """
    tx.conn.execute(delete(SKIP).where(SKIP.c.person_id == person, SKIP.c.until <= tx.now))
    stood = person in passed_on_by(tx.conn, [case], tx.now).get(case, frozenset())
    upsert = upsert_for(tx.conn, SKIP, ("case_id", "person_id"), ("at", "until", "reason"))
    tx.conn.execute(upsert, {"case_id": case, "person_id": person, "at": tx.now, "until": until, "reason": reason})
    return not stood


def passed_on_by(conn: Connection, cases: Sequence[str], now: datetime) -> dict[CaseId, frozenset[PersonId]]:
    """Who is not to be offered each of these cases now; those that nobody passed on are left out."""
    found: dict[CaseId, frozenset[PersonId]] = {}
    for row in conn.execute(_BY, {"cases": list(cases), "now": now}) if cases else ():
        found[CaseId(row.case_id)] = found.get(CaseId(row.case_id), frozenset()) | {PersonId(row.person_id)}
    return found
