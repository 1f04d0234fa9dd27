"""Writes of whole plans: rows and accounts in batches, merges with what an undo needs, the search words, erasure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, insert, or_, select, update

from app.core.ids import CustomerId, IdentityId
from app.customers.model import CustomerForm, CustomerRecord, HandleGiven, handle_key
from app.customers.planning import Change, Stored
from app.customers.rows import customer_of, customer_values, identity_of, identity_values
from app.customers.tables import CUSTOMER, CUSTOMER_SEARCH, IDENTITY
from app.customers.words import keys_of
from app.engine.database import Transaction

# Counts and class are intake's, which adds to them in place; a plan made on a snapshot would write them back.
_NOT_PLANNED: Final = ("id", "merged_into", "erased_at", "praise_count", "complaint_count", "author_class")
_CUSTOMER_COLUMNS: Final = [c.name for c in CUSTOMER.columns if c.name not in _NOT_PLANNED]
_IDENTITY_COLUMNS: Final = ("customer_id", "external_id", "handle", "verified_by")
_UPDATE_CUSTOMER: Final = (
    update(CUSTOMER).where(CUSTOMER.c.id == bindparam("at_id")).values({n: bindparam(f"to_{n}") for n in _CUSTOMER_COLUMNS})
)
_UPDATE_IDENTITY: Final = (
    update(IDENTITY).where(IDENTITY.c.id == bindparam("at_id")).values({n: bindparam(f"to_{n}") for n in _IDENTITY_COLUMNS})
)


def load(conn: Connection, forms: Iterable[CustomerForm], hide_ref: Callable[[str], str], *, lock: bool) -> Stored:
    """All that is stored about these rows: their customers, the accounts they name, those accounts' owners."""
    forms = list(forms)
    refs = {f.ref for f in forms}
    return _load(conn, CUSTOMER.c.ref.in_(sorted(refs | {hide_ref(r) for r in refs})), [h for f in forms for h in f.handles], lock=lock)


def load_accounts(conn: Connection, customer: CustomerId, handles: Sequence[HandleGiven]) -> Stored:
    """All that is stored about one customer and these accounts."""
    return _load(conn, CUSTOMER.c.id == customer, handles, lock=True)


def _load(conn: Connection, wanted: Any, handles: Iterable[HandleGiven], *, lock: bool) -> Stored:
    stored = Stored()
    # Locked in id order (PostgreSQL): two imports of one customer follow each other, and never wait in a circle.
    query = select(CUSTOMER).where(wanted).order_by(CUSTOMER.c.id)
    for row in conn.execute(query.with_for_update() if lock else query):
        stored.add_customer(customer_of(row))
    handles = list(handles)
    keys = sorted({handle_key(h.handle) for h in handles if h.handle})
    external_ids = sorted({h.external_id for h in handles if h.external_id})
    if keys or external_ids:
        named = or_(IDENTITY.c.external_id.in_(external_ids), IDENTITY.c.handle_key.in_(keys))
        for row in conn.execute(select(IDENTITY).where(named)):
            stored.add_identity(identity_of(row))
    # Owners, and whoever answers for a merged customer; a chain of merges is as many rounds as it is long.
    while missing := _unknown(stored):
        for row in conn.execute(select(CUSTOMER).where(CUSTOMER.c.id.in_(missing))):
            stored.add_customer(customer_of(row))
    return stored


def _unknown(stored: Stored) -> list[CustomerId]:
    owners = {i.customer_id for i in stored.identities.values()}
    heirs = {c.merged_into for c in stored.customers.values() if c.merged_into is not None}
    return sorted((owners | heirs) - stored.customers.keys())


def write(tx: Transaction, changes: Sequence[Change]) -> None:
    """Write plans in order, in a fixed number of statements; merges of absorbed prospects are ``absorb``'s."""
    # One customer may stand in several plans of a chunk: only its last state is written.
    last = {c.after.id: c.after for c in changes}
    created = {c.after.id for c in changes if c.before is None}
    updated = {c.after.id for c in changes if c.before is not None and c.outcome != "unchanged"} - created
    seen = {c.after.id for c in changes} - created - updated
    if created:
        tx.conn.execute(insert(CUSTOMER), [customer_values(last[i]) for i in sorted(created)])
    if updated:
        rows = [
            {f"to_{n}": v for n, v in customer_values(last[i]).items() if n in _CUSTOMER_COLUMNS} | {"at_id": i} for i in sorted(updated)
        ]
        tx.conn.execute(_UPDATE_CUSTOMER, rows)
    if seen:
        tx.conn.execute(update(CUSTOMER).where(CUSTOMER.c.id.in_(sorted(seen)), CUSTOMER.c.known).values(refreshed_at=tx.now))
    fresh = {i.id: i for c in changes for i in c.new_identities}
    sure = {i.id: i for c in changes for i in c.confirmed}
    if fresh:
        tx.conn.execute(insert(IDENTITY), [identity_values(i) for i in (fresh | {k: v for k, v in sure.items() if k in fresh}).values()])
    if confirmed := [i for k, i in sorted(sure.items()) if k not in fresh]:
        tx.conn.execute(_UPDATE_IDENTITY, [{"at_id": i.id} | {f"to_{n}": getattr(i, n) for n in _IDENTITY_COLUMNS} for i in confirmed])


def lock(tx: Transaction, *ids: CustomerId) -> dict[CustomerId, CustomerRecord]:
    """These customers, locked to the end of the transaction in id order, so that two merges never wait in a circle."""
    rows = tx.conn.execute(select(CUSTOMER).where(CUSTOMER.c.id.in_(sorted(ids))).order_by(CUSTOMER.c.id).with_for_update())
    return {CustomerId(r.id): customer_of(r) for r in rows}


def absorb(tx: Transaction, source: CustomerId, target: CustomerId) -> list[IdentityId]:
    """Let ``target`` answer for ``source``: move its accounts, add its counts. Returns the accounts; the fields are the caller's.

    Before ``write`` of the plan that says so: a confirmed account has moved after it.
    """
    moved = [
        IdentityId(i)
        for i in tx.conn.execute(select(IDENTITY.c.id).where(IDENTITY.c.customer_id == source).order_by(IDENTITY.c.id)).scalars()
    ]
    tx.conn.execute(update(IDENTITY).where(IDENTITY.c.customer_id == source).values(customer_id=target))
    _add_counts(tx, source, target, 1)
    tx.conn.execute(
        update(CUSTOMER).where(CUSTOMER.c.id == source).values(merged_into=target, updated_at=tx.now, version=CUSTOMER.c.version + 1)
    )
    return moved


def _add_counts(tx: Transaction, source: CustomerId, target: CustomerId, sign: int) -> None:
    counts = tx.conn.execute(select(CUSTOMER.c.praise_count, CUSTOMER.c.complaint_count).where(CUSTOMER.c.id == source)).one()
    if any(counts):
        praise, complaints = (
            _not_negative(c + sign * n) for c, n in zip((CUSTOMER.c.praise_count, CUSTOMER.c.complaint_count), counts, strict=True)
        )
        tx.conn.execute(update(CUSTOMER).where(CUSTOMER.c.id == target).values(praise_count=praise, complaint_count=complaints))


def _not_negative(value: ColumnElement[int]) -> ColumnElement[int]:
    return case((value < 0, 0), else_=value)


def restore(tx: Transaction, source: CustomerId, target: CustomerId, identities: Sequence[str]) -> None:
    """Let ``source`` answer for itself again, and give it these accounts and its counts back."""
    _add_counts(tx, source, target, -1)
    tx.conn.execute(update(IDENTITY).where(IDENTITY.c.id.in_(identities)).values(customer_id=source))
    tx.conn.execute(
        update(CUSTOMER).where(CUSTOMER.c.id == source).values(merged_into=None, updated_at=tx.now, version=CUSTOMER.c.version + 1)
    )


def save(tx: Transaction, record: CustomerRecord) -> None:
    """Write one customer's fields."""
    values = {f"to_{n}": v for n, v in customer_values(record).items() if n in _CUSTOMER_COLUMNS}
    tx.conn.execute(_UPDATE_CUSTOMER, [values | {"at_id": record.id}])


def reindex(tx: Transaction, ids: Iterable[CustomerId]) -> None:
    """Write the search words of these customers anew; a merged or erased one has none, its words are found under its heir."""
    wanted = sorted(set(ids))
    if not wanted:
        return
    tx.conn.execute(delete(CUSTOMER_SEARCH).where(CUSTOMER_SEARCH.c.customer_id.in_(wanted)))
    heir: dict[str, str] = {i: i for i in wanted}
    records: dict[str, list[CustomerRecord]] = {}
    level = select(CUSTOMER).where(CUSTOMER.c.id.in_(wanted), CUSTOMER.c.merged_into.is_(None))
    while rows := tx.conn.execute(level).all():
        for row in rows:
            heir[row.id] = heir[row.merged_into or row.id]
            if row.erased_at is None:
                records.setdefault(heir[row.id], []).append(customer_of(row))
        level = select(CUSTOMER).where(CUSTOMER.c.merged_into.in_([r.id for r in rows]))
    handles: dict[str, list[str]] = {}
    for row in tx.conn.execute(
        select(IDENTITY.c.customer_id, IDENTITY.c.handle_key).where(IDENTITY.c.customer_id.in_(wanted), IDENTITY.c.handle_key.is_not(None))
    ):
        handles.setdefault(row.customer_id, []).append(row.handle_key)
    words = [{"key": k, "customer_id": i} for i in wanted for k in sorted(keys_of(records.get(i, ()), handles.get(i, ())))]
    if words:
        tx.conn.execute(insert(CUSTOMER_SEARCH), words)
