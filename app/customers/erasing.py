"""Erasure: a customer's row and accounts lose all that is personal and keep the skeleton that figures and the ledger stand on."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update

from app.core.ids import CustomerId
from app.customers.tables import CUSTOMER, CUSTOMER_SEARCH, IDENTITY
from app.engine.database import Transaction

_EMPTY: Final[dict[str, Any]] = {
    "name": "", "email": None, "phone": None, "tier": None, "lifetime_value": None, "currency": "", "since": None, "owner": None,
    "segments": [], "consent": None, "custom": {},
}  # fmt: skip
_HIDE: Final = (
    update(IDENTITY)
    .where(IDENTITY.c.id == bindparam("at_id"))
    .values(handle=bindparam("to_handle"), handle_key=None, external_id=None, name="", followers=None, verified=False, url=None)
)


def erase(tx: Transaction, ids: Sequence[CustomerId], *, hide_ref: Callable[[str], str], hide_handle: Callable[[str], str]) -> list[str]:
    """Empty these customers and their accounts; returns the ids of the accounts.

    The hidden handle recognises nobody by itself: it is a keyed hash. The accounts' keys are let go, so that the person, should
    they write again, is a new prospect.
    """
    for row in tx.conn.execute(select(CUSTOMER.c.id, CUSTOMER.c.ref).where(CUSTOMER.c.id.in_(ids)).order_by(CUSTOMER.c.id)).all():
        hidden = None if row.ref is None else hide_ref(row.ref)
        tx.conn.execute(
            update(CUSTOMER)
            .where(CUSTOMER.c.id == row.id)
            .values(**_EMPTY, ref=hidden, erased_at=tx.now, updated_at=tx.now, version=CUSTOMER.c.version + 1)
        )
    tx.conn.execute(delete(CUSTOMER_SEARCH).where(CUSTOMER_SEARCH.c.customer_id.in_(ids)))
    accounts = tx.conn.execute(select(IDENTITY).where(IDENTITY.c.customer_id.in_(ids)).order_by(IDENTITY.c.id)).all()
    if accounts:
        rows = [
            {"at_id": a.id, "to_handle": hide_handle("\x1f".join((a.network, a.instance, a.external_id or a.handle_key or a.id)))}
            for a in accounts
        ]
        tx.conn.execute(_HIDE, rows)
    return [a.id for a in accounts]
