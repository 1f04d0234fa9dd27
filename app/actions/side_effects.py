"""What a decision asks for beside the case itself: matters at a desk, notices, a person, timers. Written in the caller's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.actions import rule_timers
from app.actions.call_webhook import payload_of, queue_webhook
from app.actions.notify import Telling, notify_all
from app.actions.open_matters import Wanted, open_matters
from app.actions.rule_acts import Acts
from app.actions.rule_guards import Stopped, say_stopped
from app.cases import assign
from app.cases import store as cases
from app.cases import store_known as cases_known
from app.cases.model import Case
from app.core.records import quick
from app.engine import timers
from app.engine.database import Transaction
from app.engine.timers import Timer
from app.judgement.deciding import Outcome
from app.judgement.desk import Desk
from app.judgement.roster import Hands, need_of, roster
from app.people import store as people
from app.routing.model import NO_DECISION, Decision

WAKE: Final = "wake"
_SKILL: Final = "skill:"


@quick
@dataclass(frozen=True, slots=True)
class Effects:
    """A case as a decision leaves it, and the outcome that says what else has to be written. ``acts`` tells of it.

    ``trigger``, ``decision`` and the name of the ``timer`` are what led to it, where rules did.
    """

    case: Case
    outcome: Outcome
    acts: Acts
    trigger: str = ""
    decision: Decision = NO_DECISION
    timer: str = ""

    @property
    def about(self) -> str:
        """The trigger, and of a timer its name: what a notice is about."""
        return f"{self.trigger} {self.timer}".rstrip()


def write_side_effects(tx: Transaction, desk: Desk, case: Case, outcome: Outcome, acts: Acts) -> Case:
    """Write them; returns the case as they leave it. A matter that is open already is left as it is."""
    return write_all_side_effects(tx, desk, [Effects(case, outcome, acts)])[0]


def write_all_side_effects(tx: Transaction, desk: Desk, effects: Sequence[Effects], hands: Hands | None = None) -> list[Case]:
    """``write_side_effects`` of several cases, each once, in few statements; the cases in the same order.

    ``hands`` are for who calls it again before the cases are saved: empty at first, then everyone with what they were given besides.
    """
    hands = {} if hands is None else hands
    wanted = [Wanted(e.case, m.to, m.tier, e.outcome.reason, e.acts) for e in effects for m in e.outcome.matters]
    at_desk = open_matters(tx, desk, wanted) if wanted else {}
    effects = [replace(e, case=at_desk[e.case.id]) if e.case.id in at_desk else e for e in effects] if at_desk else effects
    notify_all(tx, desk, [Telling(e.case, e.outcome.notices, e.about, e.decision.fired, e.acts) for e in effects if e.outcome.notices])
    away = [e.case for e in effects if e.case.state == "snoozed" or e.case.waiting_on is not None]
    if away:
        timers.arm_all(tx, [Timer(case.id, WAKE, case.snoozed_until, {}) for case in away if case.snoozed_until is not None])
    begun: list[Timer] = []
    after = [_with_the_rest(tx, desk, e, begun, hands) if e.outcome.more else e.case for e in effects]
    if begun:
        timers.arm_all(tx, begun)
    return after


def _with_the_rest(tx: Transaction, desk: Desk, e: Effects, begun: list[Timer], hands: Hands) -> Case:
    """What few decisions ask for; timers that begin are added to ``begun``."""
    case, outcome = e.case, e.outcome
    if outcome.person_wanted and case.assignee_id is None and case.state == "open":
        case = _given(tx, desk, e, hands)
    if outcome.note:
        note = cases.add_note(tx, case.id, e.acts.actor.id, e.acts.actor.name, outcome.note)
        e.acts.tell(case, "note.added", {"note": note})
    rule_timers.stop(tx, case, outcome.stop_timers, e.acts)
    begun += rule_timers.started(tx, desk, case, outcome.start_timers, e.decision.fired, e.acts)
    for name in outcome.webhooks:
        queue_webhook(tx, name, payload_of(case, e.trigger, e.decision.fired, e.decision.version), case=case.id)
    return case


def _given(tx: Transaction, desk: Desk, e: Effects, hands: Hands) -> Case:
    """Give the case to whom the rules name, or to who fits best. Where nobody does it stays in its queue, and its history says why."""
    case, wanted = e.case, e.outcome.person_wanted or ""
    if not hands:
        hands.update((worker.id, worker) for worker in roster(tx.conn, desk, tx.now))
    worker, why = _chosen(tx, desk, case, wanted, hands.values())
    if worker is None:
        rules = tuple(r.id for r in desk.rules.rules if r.id in e.decision.fired and r.do.assign == wanted)
        stopped = Stopped("assign", rules, f"The case was given to nobody ({wanted}): {why}.")
        say_stopped(tx, case, stopped, e.decision.version, cause=e.acts.cause, depth=e.acts.depth)
        return case
    hands[worker.id] = replace(worker, load=worker.load + need_of(case, desk).weight)
    case = replace(case, assignee_id=worker.id, assignee_name=worker.name, claim_until=None)
    e.acts.tell(case, "case.assigned", {"to": worker.id, "name": worker.name, "why": f"rules: {why}"})
    return case


def _chosen(tx: Transaction, desk: Desk, case: Case, wanted: str, everyone: Collection[assign.Worker]) -> tuple[assign.Worker | None, str]:
    """Who it is and why, or nobody and why not."""
    if wanted in ("least_loaded", "last_agent") or wanted.startswith(_SKILL):
        known = cases_known.last_agent_of(tx.conn, case.customer_id) if wanted == "last_agent" else None
        if wanted == "last_agent" and known is None:
            return None, "nobody has answered this customer yet"
        skills = (wanted.removeprefix(_SKILL),) if wanted.startswith(_SKILL) else ()
        choice = assign.choose(everyone, need_of(case, desk, skills=skills, last_agent=known.id if known else None))
        if known is not None and (choice.worker is None or choice.worker.id != known.id):
            return None, f"{known.name} {dict(choice.passed).get(known.id, 'no longer works here')}"
        return choice.worker, choice.why
    person = people.by_email(tx.conn, wanted)
    named = next((w for w in everyone if w.id == wanted or (person is not None and w.id == person[0].id)), None)
    if named is None:
        return None, "nobody of that name works cases"
    # A rule that names somebody means them, whatever their queues and however busy; only not who is gone or at their very limit.
    if named.presence == "away":
        return None, f"{named.name} {assign.not_there(named)}"
    full = assign.over(named, need_of(case, desk).weight, hard=True)
    return (None, f"{named.name} {full}") if full else (named, "named by the rule")
