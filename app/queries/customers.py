"""The list of customers: found by any word that begins with what was typed, a page at a time."""

from dataclasses import dataclass
from datetime import datetime

from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.ids import CustomerId
from app.core.paging import DEFAULT_LIMIT, MAX_LIMIT
from app.customers import lookup
from app.customers.model import AuthorClass, CustomerRecord, IdentityRecord, ValueTier
from app.engine.ports import Ports


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a list shows it: the handle, or the external id where no handle is known."""

    network: str
    instance: str
    handle: str
    followers: int | None


@dataclass(frozen=True, slots=True)
class CustomerItem:
    """One row of the list. ``value`` is in ``currency``; None means not known."""

    id: CustomerId
    ref: str | None
    name: str
    known: bool
    value_tier: ValueTier | None
    value: float | None
    currency: str
    author_class: AuthorClass
    accounts: tuple[Account, ...]
    last_seen: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """One page of the list; ``next`` is the cursor of the following one, None at the end."""

    items: tuple[CustomerItem, ...]
    next: str | None
    q: str


def customers(
    ports: Ports,
    asker: Asker,
    *,
    q: str = "",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
    known: bool | None = None,
    value_tier: ValueTier | None = None,
) -> CustomersPage:
    """Customers that ``q`` finds, in the order of the words found; without ``q`` the newest first, filtered by ``known`` and tier.

    Raises Invalid for a limit out of bounds or a cursor that is not ours.
    """
    asker.need("customers.read")
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(f"limit must be 1 to {MAX_LIMIT}.", errors=[{"loc": ["query", "limit"], "msg": f"1 to {MAX_LIMIT}"}])
    with ports.db.read() as conn:
        if q.strip():
            page = lookup.search(conn, q, limit=limit, cursor=cursor)
        else:
            page = lookup.listed(conn, limit=limit, cursor=cursor, known=known, value_tier=value_tier)
        accounts = lookup.accounts_of(conn, [r.id for r in page.items])
    return CustomersPage(tuple(_item(r, accounts.get(r.id, ())) for r in page.items), page.next, q)


def _item(record: CustomerRecord, accounts: tuple[IdentityRecord, ...]) -> CustomerItem:
    return CustomerItem(
        id=record.id,
        ref=record.ref,
        name=record.name,
        known=record.known,
        value_tier=record.value_tier,
        value=record.lifetime_value,
        currency=record.currency,
        author_class=record.author_class,
        accounts=tuple(Account(a.network, a.instance, a.handle or a.external_id or "", a.followers) for a in accounts),
        last_seen=max((a.last_seen for a in accounts if a.last_seen is not None), default=None),
        updated_at=record.updated_at,
    )
