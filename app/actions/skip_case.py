"""Pass a case on with a reason: it goes back to its place for the others, and is not offered to this person again for a while."""

from datetime import timedelta
from typing import Final

from app.actions.ask_rules import ask_of_case
from app.actions.case_at_hand import CLAIM, case_for
from app.cases import store as cases
from app.cases import store_skips as skips
from app.cases.model import Case
from app.core.asker import Asker
from app.core.clock import rfc3339
from app.core.errors import Claimed, Invalid
from app.core.events import NewEvent
from app.engine import timers
from app.engine.ports import Ports
from app.measures import store as measures

LONGEST_REASON: Final = 200


def skip_case(ports: Ports, asker: Asker, id: str, reason: str) -> Case:
    """The case as it stands then. Its rank does not change. A second time the while only runs anew, without another event.

    Raises Invalid without a reason, Claimed when somebody else holds the case: then there is nothing to pass on.
    """
    asker.need("cases.work")
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        mend = f"Say in up to {LONGEST_REASON} characters why you pass this case on, so that whoever gets it knows."
        raise Invalid(mend, errors=[{"loc": ["reason"], "msg": f"must have 1 to {LONGEST_REASON} characters"}])
    with ports.db.write() as tx:
        case = case_for(tx, id, "release")
        me = asker.person()
        if case.assignee_id not in (None, me):
            raise Claimed(f"{case.assignee_name} holds this case.", by={"id": case.assignee_id, "name": case.assignee_name})
        until = tx.now + timedelta(minutes=ports.settings.earshot_skip_minutes)
        if not skips.add(tx, case.id, me, until, reason) and case.assignee_id is None:
            return case
        measures.add(tx, "skipped", me)
        data = {"reason": reason, "until": rfc3339(until)}
        seq = tx.append(NewEvent("case.skipped", asker.actor, data, case=case.id, customer=case.customer_id))
        if case.assignee_id is None:
            return case
        timers.disarm(tx, case.id, CLAIM)
        cases.change(tx, case.id, bump=False, assignee_id=None, assignee_name=None, claim_until=None)
        released = {"was": case.assignee_name, "why": "passed on"}
        back = tx.append(NewEvent("case.released", asker.actor, released, case=case.id, customer=case.customer_id, cause=seq))
        return ask_of_case(tx, ports, case, "case.released", asker.actor, cause=back)
