"""Let cases and mentions follow their author when customers are merged, parted again, or known better than before.

Part of the actions that change customers, in their transaction; nothing here is an event by itself.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, update

from app.cases.tables import CASE
from app.core.ids import CustomerId
from app.customers.model import CustomerRecord
from app.engine.database import Transaction
from app.mentions.tables import MENTION

_NAME_LENGTH: Final = 200
_SHOW: Final = (
    update(CASE)
    .where(CASE.c.customer_id == bindparam("of"))
    .values(customer_name=bindparam("to_name"), tier=bindparam("to_tier"), value=bindparam("to_value"))
)


def move_history(tx: Transaction, source: CustomerId, heir: CustomerRecord) -> None:
    """All that ``source`` said and all its cases become the heir's."""
    _move(tx, MENTION.c.customer_id == source, CASE.c.customer_id == source, heir)


def give_back(tx: Transaction, identities: Sequence[str], owner: CustomerRecord) -> None:
    """What was said under these accounts, before a merge and since, becomes their owner's again."""
    _move(tx, MENTION.c.identity_id.in_(identities), CASE.c.identity_id.in_(identities), owner)


def show_on_cases(tx: Transaction, records: Iterable[CustomerRecord]) -> None:
    """Bring name, tier and value that cases show of these customers up to date; their score follows with their next signal."""
    rows = [{"of": r.id, **{f"to_{n}": v for n, v in _shown(r).items()}} for r in sorted(records, key=lambda r: r.id)]
    if rows:
        tx.conn.execute(_SHOW, rows)


def _move(tx: Transaction, mentions: ColumnElement[bool], cases: ColumnElement[bool], owner: CustomerRecord) -> None:
    shown = _shown(owner)
    tx.conn.execute(update(MENTION).where(mentions).values(customer_id=owner.id))
    tx.conn.execute(
        update(CASE).where(cases).values(customer_id=owner.id, customer_name=shown["name"], tier=shown["tier"], value=shown["value"])
    )


def _shown(record: CustomerRecord) -> dict[str, Any]:
    return {
        "name": (record.name[:_NAME_LENGTH] or None) if record.known else None,
        "tier": record.value_tier,
        "value": record.lifetime_value,
    }
