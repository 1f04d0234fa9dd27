"""Let the open cases of customers whose record changed follow: score, place, targets, and what the rules now say of them.

Part of the actions that change customers, in their transaction. Closed cases keep what was true when they were closed.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.actions.ask_rules import Asked, ask_all
from app.actions.follow_score import follow_score
from app.cases import store as cases
from app.core.events import Actor
from app.core.ids import CustomerId
from app.customers import store as customers
from app.customers.model import CustomerRecord
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.judgement.judging import scored
from app.judgement.snapshot import Occasion, snapshots
from app.routing.fields import spell

_CASES_BOUND: Final = 200  # open cases of one chunk of customers; the rest follow with their next signal
_CRM: Final = Actor("api")
TRIGGER: Final = "customer.updated"


def follow_customer(tx: Transaction, ports: Ports, tiers_before: Mapping[CustomerId, str | None]) -> None:
    """Rescore and ask the rules. ``tiers_before`` names the changed customers with the value tier each had."""
    found = cases.open_of_customers(tx, sorted(tiers_before), _CASES_BOUND)
    if not found:
        return
    desk = desk_of(ports, tx.conn)
    known = customers.get_all(tx.conn, [case.customer_id for case in found])
    occasions = [Occasion(case, TRIGGER, _CRM.kind, given=_now(known.get(case.customer_id))) for case in found]
    asked = []
    for one, facts in zip(occasions, snapshots(tx.conn, desk, tx.now, occasions), strict=True):
        changed, _ = scored(one.case, facts, desk, tx.now)
        changed = follow_score(tx, desk, one.case, changed, _CRM)
        was = {"tier": spell(tiers_before[one.case.customer_id])}
        asked.append(Asked(changed, TRIGGER, _CRM, facts={**one.given, "previous": was}))
    ask_all(tx, desk, asked)


def _now(customer: CustomerRecord | None) -> dict[str, Any]:
    return {} if customer is None else {"tier": customer.value_tier, "value": customer.lifetime_value}
