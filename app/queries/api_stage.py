"""The final-stage scorecard: what was counted in its window and what is in place, brought to the judge of ``measures``."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, distinct, func, select

from app.channels.tables import CHANNEL
from app.core.asker import Asker
from app.core.ids import make_id
from app.customers.tables import CUSTOMER, IDENTITY
from app.engine.ports import Ports
from app.judgement.desk import levels_of
from app.measures import store as measures
from app.measures.criteria import Counts, Goals
from app.measures.stage import Scorecard, Standing, scorecard
from app.mentions.tables import MENTION
from app.policy import store as policies
from app.routing import store as routing
from app.sla import store as clocks
from app.sla.model import ServiceLevels

_TIME_CHARACTERS: Final = 9  # of an id: its moment to 8 ms, so that ids are a span of time without an index of its own
_TALLIES: Final = ("mentions", "decided_by_rules", "answered", "answered_under_policy")


def stage(ports: Ports, asker: Asker, goals: Goals | None = None) -> Scorecard:
    """Where the desk stands now, judged over the goals' window."""
    asker.need("measures.read")
    goals = goals or Goals()
    until = ports.clock.now()
    since = until - timedelta(days=goals.window_days)
    with ports.db.read() as conn:
        return scorecard(_counts(conn, goals, since, until), _standing(conn, levels_of(ports)), since, until, goals)


def _counts(conn: Connection, goals: Goals, since: datetime, until: datetime) -> Counts:
    totals = measures.totals(conn, _TALLIES, since, until)
    tally = {name: sum(n for (of, _), n in totals.items() if of == name) for name in _TALLIES}
    version = routing.active_version(conn)
    heard = MENTION.c.id >= make_id(since)[:_TIME_CHARACTERS]
    matched = select(func.count(distinct(MENTION.c.identity_id)), func.count(distinct(CUSTOMER.c.id))).select_from(
        MENTION.join(CUSTOMER, CUSTOMER.c.id == MENTION.c.customer_id)
    )
    known = matched.where(heard, CUSTOMER.c.known)
    authors, profiles = conn.execute(known).one()
    fresh = known.where(CUSTOMER.c.refreshed_at >= until - timedelta(days=goals.fresh_days))
    return Counts(
        mentions=tally["mentions"],
        decided_by_rules=tally["decided_by_rules"],
        rules_version=str(version) if version else None,
        policies=len(policies.all_active(conn)),
        answered=tally["answered"],
        answered_under_policy=tally["answered_under_policy"],
        authors=conn.execute(select(func.count(distinct(MENTION.c.identity_id))).where(heard)).scalar_one(),
        authors_matched=authors,
        profiles=profiles,
        profiles_fresh=conn.execute(fresh).one()[1],
        responses=measures.responses(conn, "first_response", since, until),
        overdue=clocks.overdue(conn, "first_response", since, until),
    )


def _standing(conn: Connection, levels: ServiceLevels) -> Standing:
    channels = conn.execute(select(func.count()).select_from(CHANNEL)).scalar_one()
    anyone = select(MENTION.c.id).limit(1)
    living = (CUSTOMER.c.known, CUSTOMER.c.merged_into.is_(None), CUSTOMER.c.erased_at.is_(None))
    linked = select(IDENTITY.c.id).where(IDENTITY.c.customer_id == CUSTOMER.c.id).exists()
    count = select(func.count()).select_from(CUSTOMER).where(*living)
    return Standing(
        channels=channels or int(conn.execute(anyone).first() is not None),
        linked=conn.execute(count.where(linked)).scalar_one(),
        targets_by_tier=any(t.tier for t in levels.targets),
        tiered=conn.execute(count.where(CUSTOMER.c.value_tier.is_not(None))).scalar_one(),
        tiered_linked=conn.execute(count.where(CUSTOMER.c.value_tier.is_not(None), linked)).scalar_one(),
    )
