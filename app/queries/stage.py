"""The final-stage scorecard: what it needs is counted over a sliding window, then judged by ``app.measures.stage``.

Authors and answers of a window are found by the keys of their rows (ids are in time order), so the cost is that of the window.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, case, distinct, func, select

from app.channels.tables import CHANNEL
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.ids import first_id
from app.customers.tables import CUSTOMER, IDENTITY
from app.engine.ports import Ports
from app.judgement.desk import levels_of
from app.measures import stage as stages
from app.measures import store as measures
from app.measures.criteria import Counts, Goals
from app.measures.stage import Scorecard, Standing
from app.mentions.tables import MENTION
from app.policy import store as policies
from app.routing import store as routing
from app.sla import store as sla

WINDOW_HOURS: Final = 24
LONGEST_HOURS: Final = 30 * 24
GOALS: Final = Goals()
_STANDING_SAMPLE: Final = 1_000  # newest customers looked at for "customers with a tier have a social profile": a strategy, not a census
_TALLIES: Final = ("mentions", "decided_by_rules", "answered", "answered_under_policy")


@dataclass(frozen=True, slots=True)
class Window:
    """The span [since, until) that a scorecard looks at. ``since`` is the start of a bucket, because tallies are kept by bucket."""

    since: datetime
    until: datetime


def window_of(now: datetime, hours: int = WINDOW_HOURS) -> Window:
    """The last hours up to now, this moment's own events included. Invalid for a length that is not offered."""
    if not 1 <= hours <= LONGEST_HOURS:
        words = f"must be 1 to {LONGEST_HOURS}"
        raise Invalid(f"hours {words}.", errors=[{"loc": ["query", "hours"], "msg": words}])
    return Window(measures.bucket_of(now - timedelta(hours=hours)), now + timedelta(microseconds=1))


def stage(ports: Ports, conn: Connection, asker: Asker, *, hours: int = WINDOW_HOURS) -> Scorecard:
    """Where the desk stands now."""
    asker.need("measures.read")
    window = window_of(ports.clock.now(), hours)
    return stages.scorecard(counts_of(conn, window), standing_of(ports, conn), window.since, window.until, GOALS)


def counts_of(conn: Connection, window: Window) -> Counts:
    """What the three criteria are judged from."""
    counted = measures.totals(conn, _TALLIES, window.since, window.until)
    authors = conn.execute(_authors_counted(window)).one()
    version = routing.active_version(conn)
    return Counts(
        mentions=counted.get(("mentions", ""), 0),
        decided_by_rules=counted.get(("decided_by_rules", ""), 0),
        rules_version=str(version) if version else None,
        policies=len(policies.all_active(conn)),
        answered=counted.get(("answered", ""), 0),
        answered_under_policy=counted.get(("answered_under_policy", ""), 0),
        authors=authors.authors,
        authors_matched=authors.matched or 0,
        profiles=authors.profiles,
        profiles_fresh=authors.fresh,
        responses=measures.responses(conn, "first_response", window.since, window.until),
        overdue=sla.overdue(conn, "first_response", window.since, window.until),
    )


def standing_of(ports: Ports, conn: Connection) -> Standing:
    """What is in place. Customers are looked at in a sample of the newest, because a full count would grow with the CRM."""
    newest = select(CUSTOMER.c.id, CUSTOMER.c.value_tier).where(CUSTOMER.c.known).order_by(CUSTOMER.c.id.desc()).limit(_STANDING_SAMPLE)
    sample = newest.subquery()
    tiered = sample.c.value_tier.is_not(None)
    linked = select(IDENTITY.c.id).where(IDENTITY.c.customer_id == sample.c.id).exists()
    found = conn.execute(
        select(
            func.coalesce(func.sum(case((linked, 1), else_=0)), 0).label("linked"),
            func.coalesce(func.sum(case((tiered, 1), else_=0)), 0).label("tiered"),
            func.coalesce(func.sum(case((tiered & linked, 1), else_=0)), 0).label("tiered_linked"),
        ).select_from(sample)
    ).one()
    return Standing(
        channels=len(conn.execute(select(CHANNEL.c.id).limit(1)).all()),
        linked=found.linked,
        targets_by_tier=any(target.tier for target in levels_of(ports).targets),
        tiered=found.tiered,
        tiered_linked=found.tiered_linked,
    )


def authors_in(window: Window) -> Select[Any]:
    """The distinct identities that wrote in the window."""
    ids = (MENTION.c.id >= first_id(window.since), MENTION.c.id < first_id(window.until + timedelta(milliseconds=1)))
    return select(MENTION.c.identity_id).where(*ids).distinct()


def fresh_since(window: Window) -> datetime:
    """A profile updated since then is fresh."""
    return window.until - timedelta(days=GOALS.fresh_days)


def _authors_counted(window: Window) -> Select[int, int, int, int]:
    wrote = authors_in(window).subquery()
    known_id = case((CUSTOMER.c.known, CUSTOMER.c.id))
    fresh_id = case((CUSTOMER.c.known & (CUSTOMER.c.refreshed_at >= fresh_since(window)), CUSTOMER.c.id))
    return (
        select(
            func.count().label("authors"),
            func.count(known_id).label("matched"),
            func.count(distinct(known_id)).label("profiles"),
            func.count(distinct(fresh_id)).label("fresh"),
        )
        .select_from(wrote)
        .join(IDENTITY, IDENTITY.c.id == wrote.c.identity_id)
        .join(CUSTOMER, CUSTOMER.c.id == IDENTITY.c.customer_id)
    )
