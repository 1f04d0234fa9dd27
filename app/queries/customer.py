"""The customer's page: fields, accounts and who vouches for them, who it may also be, the timeline, sentiment over time."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.cases.tables import CASE
from app.core.asker import Asker
from app.core.errors import Invalid, NotFound
from app.core.ids import CustomerId
from app.core.paging import MAX_LIMIT, Page, decode_cursor, encode_cursor
from app.customers import lookup, store
from app.customers.candidates import Candidate, candidates
from app.customers.classify import classify
from app.customers.model import AuthorClass, CustomerRecord, IdentityRecord, ValueTier
from app.engine.log import of_customers
from app.engine.ports import Ports
from app.mentions.tables import MENTION
from app.queries.customer_timeline import GROUPS, LEFT_OUT, Group, TimelineItem, item_of, kinds_of
from app.queries.told import told_by

_SENTIMENT_POINTS: Final = 200
_VOUCHED: Final = {
    "crm": "named by the CRM",
    "stream": "seen on the network",
    "agent": "linked by an agent",
    "api": "linked by a program",
}


@dataclass(frozen=True, slots=True)
class IdentityItem:
    """An account. ``how`` says in words who vouches that it is this customer's; ``verified`` is the network's own tick."""

    id: str
    network: str
    instance: str
    handle: str
    external_id: str | None
    name: str
    url: str | None
    followers: int | None
    verified: bool
    verified_by: str
    how: str
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class MergedItem:
    """A record that this one answers for; ``can_undo`` while the merge can be taken back."""

    id: CustomerId
    ref: str | None
    name: str
    can_undo: bool


@dataclass(frozen=True, slots=True)
class SentimentPoint:
    """VADER's compound, -1..1, of one scored mention."""

    at: datetime
    value: float
    mention: str


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Everything of the page. ``asked_for`` differs from ``id`` when the customer asked for was merged into this one."""

    id: CustomerId
    asked_for: str
    ref: str | None
    name: str
    email: str | None
    phone: str | None
    tier: str | None
    value_tier: ValueTier | None
    value: float | None
    currency: str
    since: date | None
    tenure_days: int | None
    owner: str | None
    segments: tuple[str, ...]
    consent: bool | None
    custom: dict[str, str]
    known: bool
    author_class: AuthorClass
    class_evidence: str
    version: int
    created_at: datetime | None
    updated_at: datetime | None
    refreshed_at: datetime | None
    erased_at: datetime | None
    held: bool
    mention_count: int
    open_cases: int
    identities: tuple[IdentityItem, ...]
    merged: tuple[MergedItem, ...]
    may_be: tuple[Candidate, ...]
    timeline: Page[TimelineItem] = field(default_factory=lambda: Page((), None))
    sentiment: tuple[SentimentPoint, ...] = ()


def customer(
    ports: Ports, asker: Asker, id: str, *, cursor: str | None = None, limit: int = 50, group: Group | None = None
) -> CustomerPage:
    """The page; ``cursor`` and ``group`` choose the part of the timeline. Raises NotFound, and Invalid for a wrong cursor or limit."""
    asker.need("customers.read")
    with ports.db.read() as conn:
        record = _living(conn, id)
        merged = lookup.absorbed(conn, record.id)
        ids = [record.id, *(m.id for m in merged)]
        accounts = store.identities_of(conn, record.id)
        profile = lookup.profile_of(record, accounts)
        mine = CASE.c.customer_id.in_(ids)
        held = conn.execute(select(CASE.c.id).where(mine, CASE.c.hold).limit(1)).first()
        open_cases = conn.execute(select(func.count()).where(mine, CASE.c.state != "done")).scalar_one()
        return CustomerPage(
            **_fields(record),
            asked_for=id,
            tenure_days=record.tenure_days(ports.clock.now()),
            value=record.lifetime_value,
            class_evidence=_evidence(record, accounts),
            held=held is not None,
            mention_count=conn.execute(select(func.count()).where(MENTION.c.customer_id.in_(ids))).scalar_one(),
            open_cases=open_cases,
            identities=tuple(_identity(a) for a in accounts),
            merged=tuple(MergedItem(m.id, m.ref, m.name, m.merged_into == record.id and m.erased_at is None) for m in merged),
            may_be=() if record.erased_at is not None else candidates(profile, lookup.comparable(conn, profile)),
            timeline=_timeline(conn, ids, cursor, limit, group),
            sentiment=_sentiment(conn, ids),
        )


def timeline(
    ports: Ports, asker: Asker, id: str, *, cursor: str | None = None, limit: int = 50, group: Group | None = None
) -> Page[TimelineItem]:
    """Only the timeline, a page at a time, newest first."""
    asker.need("customers.read")
    with ports.db.read() as conn:
        record = _living(conn, id)
        return _timeline(conn, [record.id, *(m.id for m in lookup.absorbed(conn, record.id))], cursor, limit, group)


def _living(conn: Connection, id: str) -> CustomerRecord:
    record = lookup.living(conn, id)
    if record is None:
        raise NotFound(f"There is no customer {id!r}.")
    return record


_SAME_NAMES: Final = (
    "id", "ref", "name", "email", "phone", "tier", "value_tier", "currency", "since", "owner", "segments", "consent", "custom", "known",
    "author_class", "version", "created_at", "updated_at", "refreshed_at", "erased_at",
)  # fmt: skip


def _fields(record: CustomerRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _SAME_NAMES}


def _evidence(record: CustomerRecord, accounts: tuple[IdentityRecord, ...]) -> str:
    reach = max((a.followers for a in accounts if a.followers is not None), default=None)
    ticks = any(a.verified for a in accounts)
    return classify(praise=record.praise_count, complaints=record.complaint_count, reach=reach, verified=ticks).evidence


def _identity(account: IdentityRecord) -> IdentityItem:
    return IdentityItem(
        id=account.id,
        network=account.network,
        instance=account.instance,
        handle=account.handle or account.external_id or "",
        external_id=account.external_id,
        name=account.name,
        url=account.url,
        followers=account.followers,
        verified=account.verified,
        verified_by=account.verified_by,
        how=_VOUCHED[account.verified_by],
        first_seen=account.first_seen,
        last_seen=account.last_seen,
    )


def _timeline(conn: Connection, ids: list[CustomerId], cursor: str | None, limit: int, group: Group | None) -> Page[TimelineItem]:
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(f"limit must be 1 to {MAX_LIMIT}.", errors=[{"loc": ["query", "limit"], "msg": f"1 to {MAX_LIMIT}"}])
    if group is not None and group not in GROUPS:
        raise Invalid(
            f"{group!r} is no part of the timeline: use {', '.join(GROUPS)}.", errors=[{"loc": ["query", "group"], "msg": "unknown"}]
        )
    before = None
    if cursor is not None:
        before = decode_cursor(cursor, 1)[0]
        if not isinstance(before, int):
            raise Invalid(
                "This cursor is not one we gave: start again without it.", errors=[{"loc": ["query", "cursor"], "msg": "unknown cursor"}]
            )
    kinds = () if group is None else kinds_of(group)
    events = of_customers(conn, ids, kinds=kinds, without=LEFT_OUT, before=before, limit=limit + 1)
    shown = events[:limit]
    told = told_by(conn, shown)
    return Page(tuple(item_of(e, told.get(e.seq)) for e in shown), encode_cursor([shown[-1].seq]) if len(events) > limit else None)


def _sentiment(conn: Connection, ids: list[CustomerId]) -> tuple[SentimentPoint, ...]:
    """The newest scored mentions in the order of time."""
    rows = conn.execute(
        select(MENTION.c.created_at, MENTION.c.sentiment, MENTION.c.id)
        .where(MENTION.c.customer_id.in_(ids), MENTION.c.sentiment.is_not(None))
        .order_by(MENTION.c.created_at.desc())
        .limit(_SENTIMENT_POINTS)
    ).all()
    return tuple(SentimentPoint(r.created_at, r.sentiment, r.id) for r in reversed(rows))
