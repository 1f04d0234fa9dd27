"""The hot path of intake, and the plain reads: authors of a batch found or made, a customer by id or ref.

One SELECT finds all; unknown authors become prospects by insert-or-ignore (the unique indexes decide, never a check before), so
fifty parallel posts of one unknown author make one customer. An author is first whoever has his external id, then whoever
has his handle: handles change hands, ids do not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from app.core.ids import CustomerId, IdentityId
from app.customers.model import AuthorKey, AuthorSeen, CustomerRecord, IdentityRecord, handle_key
from app.customers.rows import customer_of, identity_of
from app.customers.tables import CUSTOMER, CUSTOMER_SEARCH, IDENTITY
from app.customers.words import fold, keys_of
from app.engine.among import among
from app.engine.bulk import insert_rows, read_rows
from app.engine.database import Transaction
from app.engine.inserts import insert_or_ignore

_SEEN_EVERY: Final = timedelta(hours=1)  # last_seen is written at most this often: an hour is exact enough to call a profile fresh
_ROUNDS: Final = 3  # PostgreSQL: another transaction may win an insert between our SELECT and ours; the next round finds its row
_NAME_LENGTH, _URL_LENGTH, _TEXT_LENGTH = 300, 2000, 255


class _Held(NamedTuple):
    """An account as it stands, and the customer whose it is."""

    id: str
    network: str
    instance: str
    external_id: str | None
    handle: str | None
    handle_key: str | None
    name: str
    followers: int | None
    verified: bool
    url: str | None
    last_seen: datetime | None
    customer: CustomerRecord


_CUSTOMER_FIELDS: Final = tuple(CustomerRecord.__slots__)
_SEGMENTS: Final = _CUSTOMER_FIELDS.index("segments")
_FIND: Final = (
    select(*(CUSTOMER.c[n] for n in _CUSTOMER_FIELDS), *(IDENTITY.c[n] for n in _Held._fields if n != "customer"))
    .join_from(IDENTITY, CUSTOMER, CUSTOMER.c.id == IDENTITY.c.customer_id)
    .where(or_(among(IDENTITY.c.external_id, "external_ids"), among(IDENTITY.c.handle_key, "handle_keys")))
)
_WON: Final = select(IDENTITY.c.id).where(among(IDENTITY.c.id, "ids"))
_values: Final = attrgetter(*_CUSTOMER_FIELDS)
_GET_ALL: Final = select(*(CUSTOMER.c[n] for n in _CUSTOMER_FIELDS)).where(among(CUSTOMER.c.id, "ids"))
_IDENTITY_FIELDS: Final = tuple(IdentityRecord.__slots__)
_ADD_CUSTOMER: Final = insert(CUSTOMER)
_ADD_WORD: Final = insert(CUSTOMER_SEARCH)
_WORD_FIELDS: Final = ("key", "customer_id")
_CHANGED: Final = ("external_id", "handle", "handle_key", "name", "followers", "verified", "url", "last_seen")
_REFRESH_NAMES: Final = (*(f"to_{n}" for n in _CHANGED), "at_id")
_REFRESH: Final = update(IDENTITY).where(IDENTITY.c.id == bindparam("at_id")).values({n: bindparam(f"to_{n}") for n in _CHANGED})

_Slot = tuple[str, ...]
Found = dict[AuthorKey, tuple[IdentityId, CustomerRecord]]


@dataclass(slots=True)
class _Match:
    """What one round found, and what it has to write."""

    found: Found = field(default_factory=dict)
    missing: list[AuthorSeen] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    refreshed: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    claims: dict[_Slot, _Slot] = field(default_factory=dict)  # who of this batch holds a handle: accounts named alike must not collide
    words: list[tuple[str, str]] = field(default_factory=list)


def find_or_make(tx: Transaction, authors: Sequence[AuthorSeen]) -> Found:
    """Identity and customer of each author by ``AuthorSeen.key``; the unknown become prospects.

    One statement when all are known and unchanged, four when some are new, one more where accounts changed. Of several
    mentions of one author the last one's name and followers count. An author needs an external id or a handle (ValueError).
    """
    wanted = {a.key: a for a in authors}
    for network, _, external_id, key in wanted:
        if not external_id and not key:
            raise ValueError(f"an author on {network} has neither external id nor handle")
    found: Found = {}
    for _ in range(_ROUNDS):
        match = _match(tx, [a for k, a in wanted.items() if k not in found])
        found |= match.found
        _write(tx, match)
        if match.missing:
            found |= _make(tx, match)
        if len(found) == len(wanted):
            return found
    raise RuntimeError("authors could not be stored: their accounts kept changing hands")


def _match(tx: Transaction, authors: Iterable[AuthorSeen]) -> _Match:
    authors = sorted(authors, key=lambda a: not a.external_id)
    external_ids = sorted({a.external_id for a in authors if a.external_id})
    handle_keys = sorted({k for a in authors if (k := a.key[3])})
    rows = read_rows(tx.conn, _FIND, {"external_ids": external_ids, "handle_keys": handle_keys})
    accounts = [_Held._make((*row[len(_CUSTOMER_FIELDS) :], _customer(row))) for row in rows]
    by_id = {(a.network, a.instance, a.external_id): a for a in accounts if a.external_id is not None}
    by_handle = {(a.network, a.instance, a.handle_key): a for a in accounts if a.handle_key is not None}
    match = _Match()
    for author in authors:
        network, instance, external_id, key = author.key
        held = by_id.get((network, instance, external_id)) if external_id else None
        holder = by_handle.get((network, instance, key)) if key else None
        if held is None and holder is not None and (not external_id or holder.external_id is None):
            held = holder
        if holder is not None and holder is not held and holder.external_id is not None:
            match.released.append(holder.id)  # the handle changed hands; its former owner keeps it for display only
            holder = None
        owner = _slot(author) if held is None else ("row", held.id)
        first_claim = match.claims.setdefault((network, instance, key), owner) == owner
        if held is None:
            match.missing.append(author)
            continue
        match.found[author.key] = (IdentityId(held.id), held.customer)
        changes = _changes(tx, held, author, own_handle=first_claim and (holder is None or holder is held))
        if changes is not None:
            match.refreshed[held.id] = (*changes, held.id)
            if changes[_HANDLE_KEY] not in (None, held.handle_key):
                match.words.append((fold(changes[_HANDLE_KEY]), held.customer.id))
    return match


def _customer(row: tuple[Any, ...]) -> CustomerRecord:
    values = list(row[: len(_CUSTOMER_FIELDS)])
    values[_SEGMENTS] = tuple(values[_SEGMENTS])
    return CustomerRecord(*values)


def _slot(author: AuthorSeen) -> _Slot:
    network, instance, external_id, key = author.key
    return (network, instance, "id", external_id) if external_id else (network, instance, "handle", key)


def _changes(tx: Transaction, held: _Held, author: AuthorSeen, *, own_handle: bool) -> tuple[Any, ...] | None:
    """The identity's new values of ``_CHANGED``, None when the mention shows nothing new. What a mention leaves out stays."""
    key = author.key[3]
    new = (
        author.external_id or held.external_id,
        _cut(author.handle, _TEXT_LENGTH) or held.handle,
        # A handle that an account known only by handle holds is not taken from it: that may be the CRM's word. A person merges.
        (key if own_handle else None) if key else held.handle_key,
        author.name[:_NAME_LENGTH] or held.name,
        _followers(author.followers) if author.followers is not None else held.followers,
        author.verified or held.verified,
        _cut(author.url, _URL_LENGTH) or held.url,
    )
    stale = held.last_seen is None or tx.now - held.last_seen >= _SEEN_EVERY
    return (*new, tx.now) if stale or new != held[_EXTERNAL_ID : _EXTERNAL_ID + len(new)] else None


_EXTERNAL_ID: Final = _Held._fields.index("external_id")
_HANDLE_KEY: Final = _CHANGED.index("handle_key")


def _write(tx: Transaction, match: _Match) -> None:
    if match.released:
        tx.conn.execute(update(IDENTITY).where(IDENTITY.c.id.in_(sorted(set(match.released)))).values(handle_key=None))
    if match.refreshed:
        # In id order, so that two transactions that refresh the same accounts never wait for each other in a circle.
        insert_rows(tx.conn, _REFRESH, _REFRESH_NAMES, (match.refreshed[i] for i in sorted(match.refreshed)))
    insert_rows(tx.conn, insert_or_ignore(tx.conn, CUSTOMER_SEARCH), _WORD_FIELDS, match.words)


def _make(tx: Transaction, match: _Match) -> Found:
    """Prospects for authors nobody has seen; those another transaction made meanwhile are left for the next round."""
    groups = _group(match.missing)
    identities = [_new_identity(tx, group, match.claims) for group in groups]
    ordered = sorted(identities, key=lambda i: (i["network"], i["instance"], i["external_id"] or "", i["handle_key"] or ""))
    rows = (tuple(identity[name] for name in _IDENTITY_FIELDS) for identity in ordered)
    written = insert_rows(tx.conn, insert_or_ignore(tx.conn, IDENTITY), _IDENTITY_FIELDS, rows)
    ids = [identity["id"] for identity in identities]
    if tx.conn.dialect.name == "postgresql" or written < len(ids):
        won = {id for (id,) in read_rows(tx.conn, _WON, {"ids": ids})}
    else:
        won = set(ids)
    found: Found = {}
    customers: list[CustomerRecord] = []
    for identity, group in zip(identities, groups, strict=True):
        if identity["id"] not in won:
            continue
        customer = CustomerRecord(
            id=CustomerId(identity["customer_id"]), name=identity["name"] or identity["handle"] or "", created_at=tx.now, updated_at=tx.now
        )
        customers.append(customer)
        found |= {author.key: (IdentityId(identity["id"]), customer) for author in group}
    if customers:
        handles = {i["customer_id"]: i["handle_key"] for i in identities}
        words = [(key, c.id) for c in customers for key in keys_of([c], filter(None, [handles[c.id]]))]
        insert_rows(tx.conn, _ADD_CUSTOMER, _CUSTOMER_FIELDS, map(_values, customers))
        insert_rows(tx.conn, _ADD_WORD, _WORD_FIELDS, words)
    return found


def _group(authors: Sequence[AuthorSeen]) -> list[list[AuthorSeen]]:
    """Mentions of one author together: by external id, and by handle where only that was shown."""
    groups: dict[_Slot, list[AuthorSeen]] = {}
    by_handle: dict[_Slot, _Slot] = {}
    for author in sorted(authors, key=lambda a: not a.external_id):
        network, instance, external_id, key = author.key
        slot = _slot(author) if external_id else by_handle.get((network, instance, key), _slot(author))
        groups.setdefault(slot, []).append(author)
        if key:
            by_handle.setdefault((network, instance, key), slot)
    return list(groups.values())


def _new_identity(tx: Transaction, group: Sequence[AuthorSeen], claims: dict[_Slot, _Slot]) -> dict[str, Any]:
    shown = group[0]
    key = handle_key(next((a.handle for a in group if a.handle), ""))
    holds_handle = bool(key) and claims.get((shown.network, shown.instance, key)) == _slot(group[0])
    for later in group[1:]:
        shown = replace(
            later,
            external_id=later.external_id or shown.external_id,
            handle=later.handle or shown.handle,
            name=later.name or shown.name,
            followers=shown.followers if later.followers is None else later.followers,
            url=later.url or shown.url,
        )
    return {
        "id": tx.new_id(),
        "customer_id": tx.new_id(),
        "network": shown.network,
        "instance": shown.instance,
        "external_id": shown.external_id or None,
        "handle": _cut(shown.handle, _TEXT_LENGTH),
        "handle_key": key if holds_handle else None,
        "name": shown.name[:_NAME_LENGTH],
        "followers": _followers(shown.followers),
        "verified": shown.verified,
        "url": _cut(shown.url, _URL_LENGTH),
        "verified_by": "stream",
        "first_seen": tx.now,
        "last_seen": tx.now,
    }


def _followers(count: int | None) -> int | None:
    return None if count is None else min(max(count, 0), 2**31 - 1)


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None


def get(conn: Connection, id: str) -> CustomerRecord | None:
    """A customer by id, merged and erased ones too; None when there is none."""
    return get_all(conn, [id]).get(CustomerId(id))


def get_all(conn: Connection, ids: Sequence[str]) -> dict[CustomerId, CustomerRecord]:
    """These customers by id, in one statement."""
    found = [_customer(row) for row in read_rows(conn, _GET_ALL, {"ids": sorted(set(ids))})] if ids else []
    return {customer.id: customer for customer in found}


def by_ref(conn: Connection, ref: str) -> CustomerRecord | None:
    """A customer by the CRM's id; None when there is none."""
    row = conn.execute(select(CUSTOMER).where(CUSTOMER.c.ref == ref)).first()
    return None if row is None else customer_of(row)


def identities_of(conn: Connection, id: str) -> tuple[IdentityRecord, ...]:
    """A customer's accounts, the first seen first."""
    rows = conn.execute(select(IDENTITY).where(IDENTITY.c.customer_id == id).order_by(IDENTITY.c.id))
    return tuple(identity_of(r) for r in rows)
