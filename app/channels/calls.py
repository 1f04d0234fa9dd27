"""Calls of webhooks in the database: put there with what they tell of, taken one attempt at a time, settled by whoever made it.

waiting -> sent or parked. Taking a call moves its ``due_at`` to the end of a lease and counts the try, in a transaction of its own
before anything leaves: a process that dies leaves it to be tried again, by its id.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.channels.model import CallState, WebhookCall
from app.channels.tables import WEBHOOK_CALL as CALL
from app.core.ids import CaseId
from app.engine.database import Transaction

TOPIC: Final = "calls"
"""What wakes those who make the calls."""
_FIELDS: Final = tuple(f.name for f in fields(WebhookCall))
_ERROR_CHARACTERS: Final = 500
_SHOWN: Final = 50


def add(tx: Transaction, webhook: str, payload: Mapping[str, Any], case: CaseId | None) -> str:
    """Put a call into the outbox, to be made at once; returns its id."""
    id = tx.new_id()
    values = {
        "id": id, "webhook": webhook, "case_id": case, "payload": dict(payload), "state": "waiting", "tries": 0, "due_at": tx.now,
        "made_at": tx.now, "last_error": "",
    }  # fmt: skip
    tx.conn.execute(insert(CALL).values(values))
    tx.wake(TOPIC)
    return id


def due(conn: Connection, now: datetime, limit: int, without: Collection[str] = ()) -> list[WebhookCall]:
    """Calls whose time has come, the longest due first, except those of the webhooks of ``without``."""
    query = select(CALL).where(CALL.c.state == "waiting", CALL.c.due_at <= now).order_by(CALL.c.due_at).limit(limit)
    return [_call(r) for r in conn.execute(query.where(CALL.c.webhook.not_in(sorted(without))) if without else query)]


def next_due(conn: Connection) -> datetime | None:
    """When the next call is due, None when none waits."""
    row = conn.execute(select(CALL.c.due_at).where(CALL.c.state == "waiting").order_by(CALL.c.due_at).limit(1)).first()
    return row.due_at if row else None


def take(tx: Transaction, call: WebhookCall, lease: timedelta) -> bool:
    """Begin the next attempt; False when another process did, or the call has ended."""
    done = tx.conn.execute(
        update(CALL)
        .where(CALL.c.id == call.id, CALL.c.state == "waiting", CALL.c.tries == call.tries)
        .values(tries=call.tries + 1, due_at=tx.now + lease)
    )
    return done.rowcount == 1


def settle(
    tx: Transaction, call: WebhookCall, state: CallState, error: str = "", again_at: datetime | None = None, *, tries: int | None = None
) -> bool:
    """What came of the attempt after ``take`` of this very record; False when somebody has made a later one. ``tries`` are those that
    count now, where that is not one more than before."""
    ended = None if state == "waiting" else tx.now
    done = tx.conn.execute(
        update(CALL)
        .where(CALL.c.id == call.id, CALL.c.state == "waiting", CALL.c.tries == call.tries + 1)
        .values(
            state=state,
            last_error=error[:_ERROR_CHARACTERS],
            ended_at=ended,
            due_at=again_at or tx.now,
            tries=call.tries + 1 if tries is None else tries,
        )
    )
    return done.rowcount == 1


def retry(tx: Transaction, id: str) -> bool:
    """Let a parked call be tried anew, with all its tries; False when it is not parked."""
    values = {"state": "waiting", "tries": 0, "due_at": tx.now, "ended_at": None}
    waits = tx.conn.execute(update(CALL).where(CALL.c.id == id, CALL.c.state == "parked").values(values)).rowcount == 1
    if waits:
        tx.wake(TOPIC)
    return waits


def get(conn: Connection, id: str) -> WebhookCall | None:
    """One call."""
    row = conn.execute(select(CALL).where(CALL.c.id == id)).first()
    return None if row is None else _call(row)


def parked(conn: Connection) -> tuple[WebhookCall, ...]:
    """The newest calls that were given up, at most 50."""
    return tuple(_call(r) for r in conn.execute(select(CALL).where(CALL.c.state == "parked").order_by(CALL.c.id.desc()).limit(_SHOWN)))


def counts(conn: Connection) -> dict[str, dict[CallState, int]]:
    """How many calls of each webhook wait and are parked."""
    rows = conn.execute(
        select(CALL.c.webhook, CALL.c.state, func.count()).where(CALL.c.state != "sent").group_by(CALL.c.webhook, CALL.c.state)
    )
    found: dict[str, dict[CallState, int]] = {}
    for webhook, state, count in rows:
        found.setdefault(webhook, {})[state] = count
    return found


def forget_sent(tx: Transaction, before: datetime) -> int:
    """Delete calls that were sent before this moment; returns how many."""
    return tx.conn.execute(delete(CALL).where(CALL.c.state == "sent", CALL.c.ended_at < before)).rowcount


def forget_case(tx: Transaction, case: CaseId) -> int:
    """Delete the calls about a case; returns how many."""
    return tx.conn.execute(delete(CALL).where(CALL.c.case_id == case)).rowcount


def _call(row: Row[Any]) -> WebhookCall:
    return WebhookCall(*(getattr(row, name) for name in _FIELDS))
