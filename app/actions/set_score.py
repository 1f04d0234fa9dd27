"""A person sets a case's score by hand, until a time; the desk's own score comes back by itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from app.actions import clocks
from app.actions.case_at_hand import case_for
from app.cases import store as cases
from app.cases.model import Case
from app.core.asker import Asker
from app.core.errors import Conflict, Invalid
from app.core.events import NewEvent
from app.engine import timers
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.judgement.judging import moving, scored
from app.routing import store as routing

OVERRIDE: Final = "override"
LONGEST_HOURS: Final = 24 * 14


def set_score(ports: Ports, asker: Asker, id: str, score: int | None, *, hours: float = 4, reason: str = "") -> Case:
    """Set the score 0..100 for some hours, or with None give it back to the desk. The place in the inbox follows at once."""
    asker.need("cases.work")
    if score is not None and not 0 <= score <= 100:
        raise Invalid("A score is a whole number from 0 to 100.", errors=[{"loc": ["score"], "msg": "must be 0 to 100"}])
    if not 0 < hours <= LONGEST_HOURS:
        raise Invalid(
            f"Set it for up to {LONGEST_HOURS} hours.", errors=[{"loc": ["hours"], "msg": f"must be above 0 and at most {LONGEST_HOURS}"}]
        )
    with ports.db.write() as tx:
        case = case_for(tx, id, "score")
        made = routing.for_case(tx.conn, case.id, limit=1)
        if not made:
            raise Conflict("The case has not been decided yet: try again in a moment.")
        facts = made[0].facts
        until = tx.now + timedelta(hours=hours) if score is not None else None
        changed = replace(
            case, override_score=score, override_by=asker.actor.name if score is not None else None, override_reason=reason[:200] or None,
            override_until=until,
        )  # fmt: skip
        desk = desk_of(ports, tx.conn)
        changed, _ = scored(changed, replace(facts, **moving(changed, tx.now)), desk, tx.now)
        if until is not None:
            timers.arm(tx, case.id, OVERRIDE, until)
        else:
            timers.disarm(tx, case.id, OVERRIDE)
        if changed.band != case.band:
            changed = clocks.adjust(tx, changed, desk)
        cases.save_all(tx, [replace(changed, updated_at=tx.now)])
        data = {"from": case.score, "to": changed.score, "band": changed.band, "by_hand": score is not None, "why": reason}
        tx.append(NewEvent("priority.changed", asker.actor, data, case=case.id, customer=case.customer_id))
        return changed
