"""Nobody has acknowledged a matter in time: it goes a tier higher, and more people are told, until somebody says that they saw it."""

from datetime import timedelta
from typing import Final

from app.actions.matter_clocks import ACKNOWLEDGE_WITHIN
from app.actions.notify import Telling, notify_all
from app.actions.open_matters import ACKNOWLEDGE
from app.actions.rule_acts import Acts
from app.cases.model import Case
from app.core.errors import NotFound
from app.core.events import TIMER
from app.core.ids import MatterId
from app.engine import timers
from app.engine.database import Transaction
from app.escalation import store as escalation
from app.escalation.model import TIERS
from app.judgement.desk import Desk
from app.people import store as people

UNACKNOWLEDGED: Final = "matter.unacknowledged"
_HIGHEST: Final = max(TIERS)
_LEAST: Final = timedelta(minutes=1)


def raise_matter(tx: Transaction, desk: Desk, case: Case, id: str) -> None:
    """Raise an open matter by one tier and wait as long again; at the highest tier its people are told once more and that is all.

    The desk's own people are told at each tier, the supervisors from the second, the admins at the third. A matter that somebody has
    acknowledged, decided or closed meanwhile stays as it is.
    """
    try:
        matter = escalation.get(tx.conn, id)
    except NotFound:
        return
    tier = min(matter.tier + 1, _HIGHEST)
    waited = matter.ack_due_at - matter.opened_at if matter.ack_due_at and matter.tier == 1 else ACKNOWLEDGE_WITHIN
    again = tx.now + max(waited, _LEAST) if tier > matter.tier else None
    if not escalation.raise_tier(tx, MatterId(id), tier, again if again is not None else matter.ack_due_at):
        return
    if again is not None:
        timers.arm(tx, id, ACKNOWLEDGE, again, {"case": case.id})
    acts = Acts(tx, TIMER)
    acts.tell(case, "matter.raised", {"matter": id, "kind": matter.kind, "tier": tier, "was_tier": matter.tier})
    admins = [p.id for p in people.everyone(tx.conn) if p.role == "admin"] if tier == _HIGHEST else []
    notify_all(tx, desk, [Telling(case, (matter.kind, "supervisor", *admins), UNACKNOWLEDGED, (), acts)])
