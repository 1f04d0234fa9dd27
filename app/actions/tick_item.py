"""Tick or clear one item of a case's checklist. Who ticked what when, under which version, is kept."""

from app.cases import store as cases
from app.core.asker import Asker
from app.core.errors import Conflict, NotFound
from app.core.events import NewEvent
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.policy import store as policies


def tick_item(ports: Ports, asker: Asker, id: str, item_id: str, *, on: bool) -> None:
    """Tick or clear one item of the case's checklist. Ticking what is ticked changes nothing."""
    asker.need("replies.draft")
    with ports.db.write() as tx:
        case = cases.held(tx, id)
        if case.state == "done":
            raise Conflict("The case is done: reopen it to work on its checklist.")
        policy = next((p for p in desk_of(ports, tx.conn).policies if p.id == case.policy), None)
        item = next((i for i in policy.items if i.id == item_id), None) if policy else None
        if policy is None or item is None:
            raise NotFound("This checklist has no such item: the policy may have changed. Reload the case.")
        changed = (
            policies.set_tick(tx, case.id, item_id, policy, asker.person(), asker.actor.name)
            if on
            else policies.clear_tick(tx, case.id, item_id)
        )
        if changed:
            data = {"item": item_id, "text": item.text, "on": on, "policy": policy.id, "policy_version": policy.version}
            tx.append(NewEvent("checklist.ticked", asker.actor, data, case=case.id, customer=case.customer_id))
