"""Carry out what the rules decided on cases that are stored: write what follows, and give back the cases, which the caller saves.

Score and clocks follow what the rules changed. They are derived: no rule is asked about them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.actions import clocks
from app.actions.rule_acts import Acts
from app.actions.side_effects import Effects, write_all_side_effects
from app.cases.model import Case
from app.core.facts import Facts
from app.core.ids import CaseId
from app.core.records import quick
from app.engine import timers
from app.engine.database import Transaction
from app.judgement.clocks_wanted import served
from app.judgement.deciding import Outcome
from app.judgement.desk import Desk
from app.judgement.judging import scored
from app.measures import store as measures
from app.routing.model import Decision


@quick
@dataclass(frozen=True, slots=True)
class Decided:
    """A case with what the rules decided about it: on these facts, told by these acts."""

    before: Case
    outcome: Outcome
    facts: Facts
    decision: Decision
    acts: Acts


def carry_out(tx: Transaction, desk: Desk, decided: Sequence[Decided]) -> list[Case]:
    """The cases after their outcomes, each at most once, with all but their own rows written. What changes nothing is not told."""
    effects = [Effects(_told(tx, desk, d), d.outcome, d.acts, d.facts.trigger, d.decision, d.facts.timer) for d in decided]
    after = write_all_side_effects(tx, desk, effects)
    return _clocked(tx, desk, decided, after)


def _told(tx: Transaction, desk: Desk, d: Decided) -> Case:
    """The case with its new score, its news told."""
    case, before = d.outcome.case, d.before
    if (case.floor, case.rule_term) != (before.floor, before.rule_term):
        case, _ = scored(case, d.facts, desk, tx.now)
    if case.score != before.score:
        d.acts.tell(case, "priority.changed", {"from": before.score, "to": case.score, "band": case.band})
    for kind, data in d.outcome.moves:
        d.acts.tell(case, kind, data)
    return case


def _clocked(tx: Transaction, desk: Desk, decided: Sequence[Decided], after: Sequence[Case]) -> list[Case]:
    """The cases with their clocks as their new state, hold, band and tags ask for."""
    found: dict[CaseId, Case] = {}
    moved = []
    for d, case in zip(decided, after, strict=True):
        before, actor = d.before, d.acts.actor
        if case.state == "done" and before.state != "done":
            found[case.id], _ = clocks.stop(tx, case, desk, "closed by a rule", actor)
            timers.disarm(tx, case.id)
            measures.add(tx, "closed", case.disposition or "")
        elif case.state != before.state or case.hold != before.hold:
            why = "put away by a rule" if case.state != before.state else "held by a rule"
            found[case.id] = clocks.settle(tx, case, desk, why, actor)
        elif served(case) != served(before):
            moved.append(case)
    found |= {case.id: case for case in clocks.adjust_all(tx, moved, desk)}
    return [found.get(case.id, case) for case in after]
