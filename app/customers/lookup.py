"""Reads of pages: customers found by any word, page by key; who a customer may also be; which merged ones it answers for."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, and_, exists, or_, select

from app.core.ids import CustomerId
from app.core.paging import Page, decode_cursor, encode_cursor
from app.customers.candidates import Profile
from app.customers.model import CustomerRecord, IdentityRecord, ValueTier
from app.customers.rows import customer_of, identity_of
from app.customers.tables import CUSTOMER, CUSTOMER_SEARCH, IDENTITY
from app.customers.words import fold, prefix_range

_SURNAME_LETTERS: Final = 3  # names that are alike begin alike; rapidfuzz judges the rest
_COMPARED: Final = 200  # customers compared for candidates at most; more would only be commoner names


def search(conn: Connection, q: str, *, limit: int, cursor: str | None = None) -> Page[CustomerRecord]:
    """Customers one of whose words begins with ``q`` (handle, ref, e-mail, name from any of its words), in the order of those words."""
    bounds = prefix_range(q)
    if bounds is None:
        return listed(conn, limit=limit, cursor=cursor)
    word = CUSTOMER_SEARCH
    earlier = word.alias("earlier")
    # A customer whose handle and name both match stands at the first of them only.
    first = ~exists().where(earlier.c.customer_id == word.c.customer_id, earlier.c.key >= bounds[0], earlier.c.key < word.c.key)
    query = (
        select(CUSTOMER, word.c.key.label("word"))
        .join_from(word, CUSTOMER, CUSTOMER.c.id == word.c.customer_id)
        .where(word.c.key >= bounds[0], word.c.key < bounds[1], first)
        .order_by(word.c.key, word.c.customer_id)
    )
    if cursor is not None:
        key, id = (str(part) for part in decode_cursor(cursor, 2))
        query = query.where(or_(word.c.key > key, and_(word.c.key == key, word.c.customer_id > id)))
    rows = conn.execute(query.limit(limit + 1)).all()
    after = encode_cursor([rows[limit - 1].word, rows[limit - 1].id]) if len(rows) > limit else None
    return Page(tuple(customer_of(r) for r in rows[:limit]), after)


def listed(
    conn: Connection, *, limit: int, cursor: str | None = None, known: bool | None = None, value_tier: ValueTier | None = None
) -> Page[CustomerRecord]:
    """Customers, the newest first; merged and erased ones are left out."""
    query = select(CUSTOMER).where(CUSTOMER.c.merged_into.is_(None), CUSTOMER.c.erased_at.is_(None)).order_by(CUSTOMER.c.id.desc())
    if known is not None:
        query = query.where(CUSTOMER.c.known == known)
    if value_tier is not None:
        query = query.where(CUSTOMER.c.value_tier == value_tier)
    if cursor is not None:
        query = query.where(CUSTOMER.c.id < str(decode_cursor(cursor, 1)[0]))
    rows = conn.execute(query.limit(limit + 1)).all()
    after = encode_cursor([rows[limit - 1].id]) if len(rows) > limit else None
    return Page(tuple(customer_of(r) for r in rows[:limit]), after)


def living(conn: Connection, id: str) -> CustomerRecord | None:
    """The customer of this id, or the one it was merged into; None when there is none."""
    while (row := conn.execute(select(CUSTOMER).where(CUSTOMER.c.id == id)).first()) is not None and row.merged_into is not None:
        id = row.merged_into
    return None if row is None else customer_of(row)


def absorbed(conn: Connection, id: str) -> tuple[CustomerRecord, ...]:
    """The customers this one answers for, through any chain of merges."""
    chain = select(CUSTOMER.c.id).where(CUSTOMER.c.merged_into == id).cte("chain", recursive=True)
    chain = chain.union(select(CUSTOMER.c.id).where(CUSTOMER.c.merged_into == chain.c.id))
    rows = conn.execute(select(CUSTOMER).where(CUSTOMER.c.id.in_(select(chain.c.id))).order_by(CUSTOMER.c.id))
    return tuple(customer_of(r) for r in rows)


def accounts_of(conn: Connection, ids: Sequence[CustomerId]) -> dict[CustomerId, tuple[IdentityRecord, ...]]:
    """The accounts of each of these customers, the first seen first."""
    accounts: dict[CustomerId, list[IdentityRecord]] = {}
    for row in conn.execute(select(IDENTITY).where(IDENTITY.c.customer_id.in_(ids)).order_by(IDENTITY.c.id)):
        accounts.setdefault(CustomerId(row.customer_id), []).append(identity_of(row))
    return {id: tuple(found) for id, found in accounts.items()}


def profile_of(record: CustomerRecord, accounts: Sequence[IdentityRecord]) -> Profile:
    """What of a customer can be compared with others."""
    handles = tuple((a.network, a.handle_key) for a in accounts if a.handle_key)
    return Profile(record.id, record.name, record.email, record.phone, handles, record.known)


def comparable(conn: Connection, subject: Profile) -> tuple[Profile, ...]:
    """Customers worth comparing with the subject: same e-mail, same handle anywhere, or a surname that begins alike."""
    exact = {fold(w) for w in (subject.email, *(h for _, h in subject.handles)) if w}
    surname = fold(subject.name).split()[-1:]
    near = [and_(CUSTOMER_SEARCH.c.key >= b[0], CUSTOMER_SEARCH.c.key < b[1]) for s in surname if (b := prefix_range(s[:_SURNAME_LETTERS]))]
    matching = or_(CUSTOMER_SEARCH.c.key.in_(sorted(exact)), *near)
    ids = select(CUSTOMER_SEARCH.c.customer_id).where(matching, CUSTOMER_SEARCH.c.customer_id != subject.id).distinct().limit(_COMPARED)
    records = [customer_of(r) for r in conn.execute(select(CUSTOMER).where(CUSTOMER.c.id.in_(ids)))]
    accounts = accounts_of(conn, [r.id for r in records])
    return tuple(profile_of(r, accounts.get(r.id, ())) for r in records)
