"""Ask the rules again about a case that exists: after an edit, a warned or breached clock, a change of the customer."""

from dataclasses import replace

from app.actions import clocks
from app.actions.side_effects import write_side_effects
from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Case
from app.core.events import Actor, NewEvent
from app.core.facts import Facts
from app.core.ids import MentionId
from app.engine.database import Transaction
from app.judgement.deciding import carried_out
from app.judgement.desk import Desk
from app.judgement.judging import scored
from app.routing import store as routing
from app.routing.decide import decide


def decide_again(
    tx: Transaction, desk: Desk, before: Case, case: Case, facts: Facts, mention: MentionId, *, cause: int | None = None
) -> Case:
    """Decide, write what follows, save the case; returns it. ``facts`` carry the trigger. Nothing fired: only the case is saved."""
    decision = decide(desk.rules, facts)
    outcome = carried_out(decision, case, tx.now, trigger=facts.trigger, answering=outbox.outgoing(tx.conn, case.id) is not None)
    case = outcome.case
    if case.floor != before.floor:
        case, _ = scored(case, facts, desk, tx.now)
    routing.record_decisions(tx, [(facts, decision, mention, case.id)])
    depth = 0 if cause is None else 1
    rule = Actor("rule", ",".join(decision.fired)[:40], f"Rules v{decision.version}")
    if case.score != before.score:
        data = {"from": before.score, "to": case.score, "band": case.band}
        tx.append(NewEvent("priority.changed", rule, data, case=case.id, customer=case.customer_id, cause=cause, depth=depth))
    for kind, data in outcome.moves:
        tx.append(NewEvent(kind, rule, data, case=case.id, customer=case.customer_id, cause=cause, depth=depth))
    case = write_side_effects(tx, desk, case, outcome, rule)
    case = clocks.follow(tx, before, case, desk, rule)
    case = replace(case, updated_at=tx.now)
    cases.save_all(tx, [case])
    return case
