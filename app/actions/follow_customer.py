"""Let the open cases of customers whose record changed follow: score, place, targets, and what the rules now say of them.

Part of the actions that change customers, in their transaction. Closed cases keep what was true when they were closed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from app.actions.decide_again import decide_again
from app.cases import store as cases
from app.core.ids import CustomerId
from app.customers import store as customers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.judgement.judging import moving, scored
from app.routing import store as routing
from app.routing.fields import spell

_CASES_BOUND: Final = 200  # open cases of one chunk of customers; the rest follow with their next signal


def follow_customer(tx: Transaction, ports: Ports, tiers_before: Mapping[CustomerId, str | None]) -> None:
    """Rescore and decide again. ``tiers_before`` names the changed customers with the value tier each had."""
    found = cases.open_of_customers(tx, sorted(tiers_before), _CASES_BOUND)
    if not found:
        return
    desk = desk_of(ports, tx.conn)
    for case in found:
        customer = customers.get(tx.conn, case.customer_id)
        made = routing.for_case(tx.conn, case.id, limit=1)
        if customer is None or not made:
            continue
        facts = replace(
            made[0].facts, trigger="customer.updated", actor="api", customer_known=customer.known, tier=customer.value_tier,
            value=customer.lifetime_value, currency=customer.currency, tenure_days=customer.tenure_days(tx.now), segments=customer.segments,
            custom=dict(customer.custom), author_class=customer.author_class, consent=customer.consent,
            previous={"tier": spell(tiers_before[customer.id])}, **moving(case, tx.now),
        )  # fmt: skip
        changed, result = scored(case, facts, desk, tx.now)
        decide_again(tx, desk, case, changed, replace(facts, score=result.score, band=result.band), case.last_mention_id)
