"""The hot path of intake, and the plain reads: authors of a batch found or made, what they said counted, a customer by id or ref.

One SELECT finds all; unknown authors become prospects by insert-or-ignore (the unique indexes decide, never a check before), so
fifty parallel posts of one unknown author make one customer. An author is first whoever has his external id, then whoever
has his handle: handles change hands, ids do not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, case, func, insert, or_, select, update

from app.core.ids import CustomerId, IdentityId
from app.customers.classify import Classified, classify
from app.customers.model import AuthorKey, AuthorSeen, CustomerRecord, IdentityRecord, Said, handle_key
from app.customers.rows import customer_of, customer_values, identity_of
from app.customers.tables import CUSTOMER, CUSTOMER_SEARCH, IDENTITY
from app.customers.words import fold, keys_of
from app.engine.database import Transaction
from app.engine.inserts import insert_for

_SEEN_EVERY: Final = timedelta(hours=1)  # last_seen is written at most this often: an hour is exact enough to call a profile fresh
_ROUNDS: Final = 3  # PostgreSQL: another transaction may win an insert between our SELECT and ours; the next round finds its row
_NAME_LENGTH, _URL_LENGTH, _TEXT_LENGTH = 300, 2000, 255

_FIND: Final = (
    select(
        CUSTOMER,
        *(IDENTITY.c[n].label(f"i_{n}") for n in (
            "id", "network", "instance", "external_id", "handle", "handle_key", "name", "followers", "verified", "url", "last_seen",
        )),
    )
    .join_from(IDENTITY, CUSTOMER, CUSTOMER.c.id == IDENTITY.c.customer_id)
    .where(
        or_(
            IDENTITY.c.external_id.in_(bindparam("external_ids", expanding=True)),
            IDENTITY.c.handle_key.in_(bindparam("handle_keys", expanding=True)),
        )
    )
)  # fmt: skip
_REFRESH: Final = (
    update(IDENTITY)
    .where(IDENTITY.c.id == bindparam("at_id"))
    .values({n: bindparam(f"to_{n}") for n in ("external_id", "handle", "handle_key", "name", "followers", "verified", "url", "last_seen")})
)
_STANDING: Final = (
    select(
        CUSTOMER.c.id, CUSTOMER.c.praise_count, CUSTOMER.c.complaint_count, CUSTOMER.c.author_class,
        func.max(IDENTITY.c.followers).label("reach"), func.max(case((IDENTITY.c.verified, 1), else_=0)).label("ticks"),
    )
    .join_from(CUSTOMER, IDENTITY, IDENTITY.c.customer_id == CUSTOMER.c.id, isouter=True)
    .where(CUSTOMER.c.id.in_(bindparam("ids", expanding=True)))
    .group_by(CUSTOMER.c.id)
    .order_by(CUSTOMER.c.id)
)  # fmt: skip
_COUNT: Final = (
    update(CUSTOMER)
    .where(CUSTOMER.c.id == bindparam("at_id"))
    .values(
        praise_count=CUSTOMER.c.praise_count + bindparam("more_praise"),
        complaint_count=CUSTOMER.c.complaint_count + bindparam("more_complaints"),
        author_class=bindparam("to_class"),
    )
)

_Slot = tuple[str, ...]
Found = dict[AuthorKey, tuple[IdentityId, CustomerRecord]]


@dataclass(slots=True)
class _Match:
    """What one round found, and what it has to write."""

    found: Found = field(default_factory=dict)
    missing: list[AuthorSeen] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    refreshed: dict[str, dict[str, Any]] = field(default_factory=dict)
    claims: dict[_Slot, _Slot] = field(default_factory=dict)  # who of this batch holds a handle: accounts named alike must not collide
    words: list[dict[str, str]] = field(default_factory=list)


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
    rows = tx.conn.execute(_FIND, {"external_ids": external_ids, "handle_keys": handle_keys}).all()
    by_id = {(r.i_network, r.i_instance, r.i_external_id): r for r in rows if r.i_external_id is not None}
    by_handle = {(r.i_network, r.i_instance, r.i_handle_key): r for r in rows if r.i_handle_key is not None}
    match = _Match()
    for author in authors:
        network, instance, external_id, key = author.key
        row = by_id.get((network, instance, external_id)) if external_id else None
        holder = by_handle.get((network, instance, key)) if key else None
        if row is None and holder is not None and (not external_id or holder.i_external_id is None):
            row = holder
        if holder is not None and holder is not row and holder.i_external_id is not None:
            match.released.append(holder.i_id)  # the handle changed hands; its former owner keeps it for display only
            holder = None
        owner = _slot(author) if row is None else ("row", row.i_id)
        first_claim = match.claims.setdefault((network, instance, key), owner) == owner
        if row is None:
            match.missing.append(author)
            continue
        match.found[author.key] = (IdentityId(row.i_id), customer_of(row))
        changes = _changes(tx, row, author, own_handle=first_claim and (holder is None or holder is row))
        if changes is not None:
            match.refreshed[row.i_id] = changes
            if changes["to_handle_key"] not in (None, row.i_handle_key):
                match.words.append({"key": fold(changes["to_handle_key"]), "customer_id": row.id})
    return match


def _slot(author: AuthorSeen) -> _Slot:
    network, instance, external_id, key = author.key
    return (network, instance, "id", external_id) if external_id else (network, instance, "handle", key)


def _changes(tx: Transaction, row: Row[Any], author: AuthorSeen, *, own_handle: bool) -> dict[str, Any] | None:
    """The identity's new columns, None when the mention shows nothing new. What a mention leaves out stays."""
    key = author.key[3]
    new = {
        "external_id": author.external_id or row.i_external_id,
        "handle": _cut(author.handle, _TEXT_LENGTH) or row.i_handle,
        # A handle that an account known only by handle holds is not taken from it: that may be the CRM's word. A person merges.
        "handle_key": (key if own_handle else None) if key else row.i_handle_key,
        "name": author.name[:_NAME_LENGTH] or row.i_name,
        "followers": _followers(author.followers) if author.followers is not None else row.i_followers,
        "verified": author.verified or row.i_verified,
        "url": _cut(author.url, _URL_LENGTH) or row.i_url,
    }
    stale = row.i_last_seen is None or tx.now - row.i_last_seen >= _SEEN_EVERY
    if not stale and all(getattr(row, f"i_{name}") == value for name, value in new.items()):
        return None
    return {"at_id": row.i_id, "to_last_seen": tx.now, **{f"to_{name}": value for name, value in new.items()}}


def _write(tx: Transaction, match: _Match) -> None:
    if match.released:
        tx.conn.execute(update(IDENTITY).where(IDENTITY.c.id.in_(sorted(set(match.released)))).values(handle_key=None))
    if match.refreshed:
        # In id order, so that two transactions that refresh the same accounts never wait for each other in a circle.
        tx.conn.execute(_REFRESH, [match.refreshed[i] for i in sorted(match.refreshed)])
    if match.words:
        tx.conn.execute(insert_for(tx.conn, CUSTOMER_SEARCH).on_conflict_do_nothing(), match.words)


def _make(tx: Transaction, match: _Match) -> Found:
    """Prospects for authors nobody has seen; those another transaction made meanwhile are left for the next round."""
    groups = _group(match.missing)
    identities = [_new_identity(tx, group, match.claims) for group in groups]
    ordered = sorted(identities, key=lambda i: (i["network"], i["instance"], i["external_id"] or "", i["handle_key"] or ""))
    statement = insert_for(tx.conn, IDENTITY).on_conflict_do_nothing().returning(IDENTITY.c.id)
    won = set(tx.conn.execute(statement, ordered).scalars())
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
        words = [{"key": k, "customer_id": c.id} for c in customers for k in keys_of([c], filter(None, [handles[c.id]]))]
        tx.conn.execute(insert(CUSTOMER), [customer_values(c) for c in customers])
        if words:
            tx.conn.execute(insert(CUSTOMER_SEARCH), words)
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


def record_said(tx: Transaction, said: Sequence[Said]) -> dict[CustomerId, Classified]:
    """Count what the batch's mentions add to their authors' records; returns every such customer's class as it is now.

    Two statements. A derived class is no event by itself: the caller compares with the record it holds and says so if it matters.
    """
    added: dict[CustomerId, list[int]] = {}
    for s in said:
        counts = added.setdefault(s.customer_id, [0, 0])
        counts[0] += s.praise
        counts[1] += s.complaint
    if not added:
        return {}
    rows = tx.conn.execute(_STANDING, {"ids": sorted(added)}).all()
    classes = {
        CustomerId(r.id): classify(
            praise=r.praise_count + added[r.id][0], complaints=r.complaint_count + added[r.id][1], reach=r.reach, verified=bool(r.ticks)
        )
        for r in rows
    }
    changed = [r for r in rows if any(added[r.id]) or classes[r.id].author_class != r.author_class]
    if changed:
        tx.conn.execute(
            _COUNT,
            [
                {"at_id": r.id, "more_praise": added[r.id][0], "more_complaints": added[r.id][1], "to_class": classes[r.id].author_class}
                for r in changed
            ],
        )
    return classes


def get(conn: Connection, id: str) -> CustomerRecord | None:
    """A customer by id, merged and erased ones too; None when there is none."""
    row = conn.execute(select(CUSTOMER).where(CUSTOMER.c.id == id)).first()
    return None if row is None else customer_of(row)


def by_ref(conn: Connection, ref: str) -> CustomerRecord | None:
    """A customer by the CRM's id; None when there is none."""
    row = conn.execute(select(CUSTOMER).where(CUSTOMER.c.ref == ref)).first()
    return None if row is None else customer_of(row)


def identities_of(conn: Connection, id: str) -> tuple[IdentityRecord, ...]:
    """A customer's accounts, the first seen first."""
    rows = conn.execute(select(IDENTITY).where(IDENTITY.c.customer_id == id).order_by(IDENTITY.c.id))
    return tuple(identity_of(r) for r in rows)
