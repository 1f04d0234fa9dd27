"""What tests of customers share: who asks, authors and rows by a word, a mention with its case, the log."""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select

from app.cases.tables import CASE
from app.core.asker import Asker, asker_of
from app.core.events import Event
from app.core.ids import PersonId
from app.customers.form import read_form
from app.customers.model import AuthorSeen, CustomerRecord, FormRow, IdentityRecord
from app.customers.store import find_or_make
from app.engine.log import read_since
from app.engine.ports import Ports
from app.mentions.tables import MENTION

TODAY = date(2026, 3, 2)  # of the clock that tests set
AGENT: Asker = asker_of("agent", PersonId("person-agent"), "Mina")
ADMIN: Asker = asker_of("admin", PersonId("person-admin"), "Ada")
AUDITOR: Asker = asker_of("auditor", PersonId("person-auditor"), "Omid")


def row(number: int = 2, *, today: date = TODAY, **raw: Any) -> FormRow:
    """A checked row of the CRM; ``handles`` as a mapping."""
    return read_form(raw, row=number, today=today)


def author(handle: str | None = "cairdin", **seen: Any) -> AuthorSeen:
    """An author on x."""
    return AuthorSeen(**{"network": "x", "handle": handle, **seen})


def seen(ports: Ports, *authors: AuthorSeen) -> list[CustomerRecord]:
    """These authors as intake stores them."""
    with ports.db.write() as tx:
        found = find_or_make(tx, authors)
        return [found[a.key][1] for a in authors]


def events(ports: Ports, kind: str | None = None) -> list[Event]:
    """What the log tells of customers, of one kind or all."""
    with ports.db.read() as conn:
        return [e for e in read_since(conn, 0, limit=10_000) if e.customer is not None and kind in (None, e.kind)]


def said(ports: Ports, identity: IdentityRecord, text: str, *, hold: bool = False, sentiment: float | None = -0.5) -> str:
    """A stored mention of this account in a case of its own; returns the case's id."""
    with ports.db.write() as tx:
        case, mention = tx.new_id(), tx.new_id()
        given = {
            "identity_id": identity.id,
            "customer_id": identity.customer_id,
            "author_handle": identity.handle,
            "author_name": identity.name,
        }
        tx.conn.execute(insert(MENTION), [_fill(MENTION, tx.now) | given | {
            "id": mention, "external_id": mention, "network": identity.network, "text": text, "sentiment": sentiment,
            "case_id": case, "judgement": {"urgency": 0.5, "marks": [{"word": text}]},
        }])  # fmt: skip
        tx.conn.execute(insert(CASE), [_fill(CASE, tx.now) | given | {
            "id": case, "network": identity.network, "state": "open", "excerpt": text, "hold": hold,
            "last_mention_id": mention, "version": 1, "signals": {}, "intent": "question",
        }])  # fmt: skip
    return case


def _fill(table: Any, now: datetime) -> dict[str, Any]:
    """A plain value for each column that needs one."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.nullable:
            values[column.name] = None
            continue
        kind = type(column.type).__name__
        plain: dict[str, Any] = {"UtcDateTime": now, "Integer": 0, "Float": 0.0, "Boolean": False, "Json": []}
        values[column.name] = plain.get(kind, "")
    return values


def stored(ports: Ports, *tables: Any) -> str:
    """All rows of these tables as one text, to look for what must not be there."""
    with ports.db.read() as conn:
        return json.dumps([list(map(list, conn.execute(select(t)))) for t in tables], default=str, ensure_ascii=False)
