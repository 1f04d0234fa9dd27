"""Reads and writes of shift plans."""

from sqlalchemy import Connection, delete, select

from app.core.ids import PersonId
from app.engine.database import Transaction
from app.engine.inserts import upsert_for
from app.people.shifts import ShiftPlan
from app.people.tables_shifts import SHIFT_PLAN


def plans(conn: Connection) -> dict[PersonId, ShiftPlan]:
    """Everyone's plan; who has none is left out, and is always on shift."""
    return {
        PersonId(row.person_id): ShiftPlan(row.zone, tuple(tuple((a, b) for a, b in spans) for spans in row.week))
        for row in conn.execute(select(SHIFT_PLAN))
    }


def set_plan(tx: Transaction, person: PersonId, plan: ShiftPlan | None) -> bool:
    """Keep this plan, or none; False when it is so already."""
    if plans(tx.conn).get(person) == plan:
        return False
    if plan is None:
        tx.conn.execute(delete(SHIFT_PLAN).where(SHIFT_PLAN.c.person_id == person))
    else:
        statement = upsert_for(tx.conn, SHIFT_PLAN, ("person_id",), ("zone", "week"))
        tx.conn.execute(statement, {"person_id": person, "zone": plan.zone, "week": [[list(s) for s in day] for day in plan.week]})
    return True
