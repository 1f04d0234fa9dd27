"""A case whose facts changed is saved with its new score and the targets that then hold. Both are derived: no rule is asked about them."""

from dataclasses import replace

from app.actions import clocks
from app.cases import store as cases
from app.cases.model import Case
from app.core.events import Actor, NewEvent
from app.engine.database import Transaction
from app.judgement.clocks_wanted import served
from app.judgement.desk import Desk


def follow_score(tx: Transaction, desk: Desk, before: Case, case: Case, actor: Actor, *, cause: int | None = None) -> Case:
    """Say what its score has become, move its targets, save it; returns it."""
    if case.score != before.score:
        data = {"from": before.score, "to": case.score, "band": case.band}
        depth = 0 if cause is None else 1
        tx.append(NewEvent("priority.changed", actor, data, case=case.id, customer=case.customer_id, cause=cause, depth=depth))
    if served(case) != served(before):
        case = clocks.adjust(tx, case, desk)
    case = replace(case, updated_at=tx.now)
    cases.save_all(tx, [case])
    return case
