"""What a decision asks for beside the case itself: matters at a desk, notices, a person, timers. Written in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.actions.open_matters import Wanted, open_matters
from app.cases import assign
from app.cases import store_known as cases_known
from app.cases.model import Case
from app.core.events import Actor, NewEvent
from app.engine import timers
from app.engine.database import Transaction
from app.engine.timers import Timer
from app.judgement.deciding import Outcome
from app.judgement.desk import Desk
from app.judgement.roster import need_of, roster
from app.people import store as people

WAKE: Final = "wake"
_SKILL: Final = "skill:"


@dataclass(frozen=True, slots=True)
class Effects:
    """A case as a decision leaves it, and the outcome that says what else has to be written. ``actor`` names the rules."""

    case: Case
    outcome: Outcome
    actor: Actor
    cause: int | None = None


def write_side_effects(tx: Transaction, desk: Desk, case: Case, outcome: Outcome, actor: Actor) -> Case:
    """Write them; returns the case as they leave it. A matter that is open already is left as it is."""
    return write_all_side_effects(tx, desk, [Effects(case, outcome, actor)])[0]


def write_all_side_effects(tx: Transaction, desk: Desk, effects: Sequence[Effects]) -> list[Case]:
    """``write_side_effects`` of several cases, each once, in few statements; the cases in the same order."""
    wanted = [Wanted(e.case, m.to, m.tier, e.outcome.reason, e.actor, e.cause) for e in effects for m in e.outcome.matters]
    at_desk = open_matters(tx, desk, wanted) if wanted else {}
    effects = [replace(e, case=at_desk.get(e.case.id, e.case)) for e in effects] if at_desk else effects
    for e in effects:
        for whom in e.outcome.notices:
            tx.append(NewEvent("notice.sent", e.actor, {"to": whom, "band": e.case.band}, case=e.case.id, customer=e.case.customer_id))
    snoozed = [e.case for e in effects if e.case.state == "snoozed"]
    timers.arm_all(tx, [Timer(case.id, WAKE, case.snoozed_until, {}) for case in snoozed if case.snoozed_until is not None])
    return [
        _given(tx, desk, e.case, e.outcome.person_wanted, e.actor)
        if e.outcome.person_wanted and e.case.assignee_id is None and e.case.state == "open"
        else e.case
        for e in effects
    ]


def _given(tx: Transaction, desk: Desk, case: Case, wanted: str, actor: Actor) -> Case:
    """Give the case to the person the rules name, or to the least loaded one who fits; stays in its queue when nobody does."""
    found = _chosen(tx, desk, case, wanted)
    if found is None:
        return case
    chosen, why = found
    data = {"to": chosen.id, "name": chosen.name, "why": f"rules: {why}"}
    tx.append(NewEvent("case.assigned", actor, data, case=case.id, customer=case.customer_id))
    return replace(case, assignee_id=chosen.id, assignee_name=chosen.name, claim_until=None)


def _chosen(tx: Transaction, desk: Desk, case: Case, wanted: str) -> tuple[assign.Worker, str] | None:
    everyone = roster(tx.conn, desk, tx.now)
    if wanted in ("least_loaded", "last_agent") or wanted.startswith(_SKILL):
        known = cases_known.last_agent_of(tx.conn, case.customer_id) if wanted == "last_agent" else None
        skills = (wanted.removeprefix(_SKILL),) if wanted.startswith(_SKILL) else ()
        choice = assign.choose(everyone, need_of(case, desk, skills=skills, last_agent=known))
        if choice.worker is None or (wanted == "last_agent" and choice.worker.id != known):
            return None
        return choice.worker, choice.why
    person = people.by_email(tx.conn, wanted)
    named = next((w for w in everyone if w.id == wanted or (person is not None and w.id == person[0].id)), None)
    # A rule that names somebody means them, whatever their queues and however busy; only not who is gone or at their very limit.
    if named is None or named.presence == "away" or assign.over(named, need_of(case, desk).weight, hard=True) is not None:
        return None
    return named, "named by the rule"
