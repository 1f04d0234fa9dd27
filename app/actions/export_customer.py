"""Everything stored about a customer as one JSON value, for the person who asks for it. The log tells of each time it was handed out."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, select

from app.cases.tables import CASE, NOTE, REPLY
from app.core.asker import Asker
from app.core.clock import rfc3339
from app.core.errors import NotFound
from app.core.events import NewEvent
from app.customers import lookup
from app.customers.model import CustomerRecord
from app.customers.rows import customer_values, identity_values
from app.engine import log
from app.engine.ports import Ports
from app.mentions.tables import MENTION, REVISION

FORM: Final = "earshot.customer/1"


def export_customer(ports: Ports, asker: Asker, customer_id: str) -> dict[str, Any]:
    """The customer with everyone merged into it: fields, accounts, mentions and their revisions, cases, notes, replies, events.

    JSON values only (times as RFC 3339). Raises NotFound. The event is committed before anything is handed out.
    """
    asker.need("customers.read")
    told = _told(ports, customer_id)
    with ports.db.write() as tx:
        data = {"mentions": len(told["mentions"]), "cases": len(told["cases"])}
        tx.append(NewEvent("customer.exported", asker.actor, data, customer=told["customer"]["id"]))
    return told


def _told(ports: Ports, customer_id: str) -> dict[str, Any]:
    with ports.db.read() as conn:
        record = lookup.living(conn, customer_id)
        if record is None:
            raise NotFound(f"There is no customer {customer_id!r}.")
        merged = lookup.absorbed(conn, record.id)
        ids = [record.id, *(m.id for m in merged)]
        accounts = lookup.accounts_of(conn, ids)
        cases = select(CASE.c.id).where(CASE.c.customer_id.in_(ids))
        mentions = select(MENTION.c.id).where(MENTION.c.customer_id.in_(ids))
        return {
            "form": FORM,
            "exported_at": rfc3339(ports.clock.now()),
            "customer": _customer(record),
            "merged": [_customer(m) for m in merged],
            "identities": [_plain(identity_values(a)) for found in accounts.values() for a in found],
            "mentions": _rows(conn, MENTION, MENTION.c.customer_id.in_(ids)),
            "revisions": _rows(conn, REVISION, REVISION.c.mention_id.in_(mentions)),
            "cases": _rows(conn, CASE, CASE.c.customer_id.in_(ids)),
            "notes": _rows(conn, NOTE, NOTE.c.case_id.in_(cases)),
            "replies": _rows(conn, REPLY, REPLY.c.case_id.in_(cases)),
            "events": _rows(conn, log.EVENT, log.EVENT.c.customer_id.in_(ids)),
        }


def _customer(record: CustomerRecord) -> dict[str, Any]:
    return _plain(customer_values(record))


def _rows(conn: Connection, table: Table, mine: ColumnElement[bool]) -> list[dict[str, Any]]:
    order = list(table.primary_key.columns)
    return [_plain(dict(row)) for row in conn.execute(select(table).where(mine).order_by(*order)).mappings()]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _json(value) for name, value in values.items()}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, date) else value
