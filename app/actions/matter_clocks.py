"""The clocks of a matter: from its opening until its desk saw it, and until legal decides. Meanwhile the case's own clocks rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.actions import clocks
from app.cases import store as cases
from app.cases.model import Case
from app.core.events import Actor
from app.core.ids import CaseId, MatterId
from app.engine.database import Transaction
from app.escalation.model import Kind
from app.judgement.clocks_wanted import served
from app.judgement.desk import Desk
from app.sla import calendar
from app.sla import store as sla
from app.sla.levels import target_for
from app.sla.model import Metric
from app.sla.store import Opening

ACKNOWLEDGE_WITHIN: Final = timedelta(minutes=30)
"""By when a matter should be acknowledged where the service levels have no target for it."""
_OF: Final[dict[Kind, tuple[Metric, ...]]] = {
    "legal": ("escalation_ack", "legal_answer"),
    "pr": ("escalation_ack", "legal_answer"),
    "supervisor": ("escalation_ack",),
}


@dataclass(frozen=True, slots=True)
class NewlyOpen:
    """A matter that was opened just now on this case, and by whom."""

    case: Case
    kind: Kind
    matter: MatterId
    actor: Actor


def acknowledge_by(case: Case, desk: Desk, now: datetime) -> datetime:
    """By when a matter opened now should be acknowledged."""
    target = target_for(desk.levels, "escalation_ack", served(case))
    return calendar.add(desk.levels.calendar(target.calendar), now, target.seconds) if target else now + ACKNOWLEDGE_WITHIN


def matters_opened(tx: Transaction, desk: Desk, matters: Sequence[NewlyOpen]) -> dict[CaseId, Case]:
    """Start the clocks of matters, each in a cycle of its own, in few statements; what they rest is paused. The caller saves the cases."""
    found = {one.case.id: one.case for one in matters}
    last = sla.cycles(tx.conn, list(found))
    openings = []
    for one in matters:
        for metric in _OF[one.kind]:
            target = target_for(desk.levels, metric, served(one.case))
            if target is not None:
                cycle = last[one.case.id, metric] = last.get((one.case.id, metric), 0) + 1
                openings.append(Opening(one.case.id, target, tx.now, cycle, one.matter))
    clocks.opened(tx, openings, desk.levels)
    actors = {one.case.id: one.actor for one in matters}
    lasting = sla.lasting_of(tx, [id for id, case in found.items() if not case.hold])
    held = clocks.settle_all(tx, [(case, actors[id]) for id, case in found.items() if case.hold], desk, "with a desk")
    settled = {case.id: case for case in held}
    return {id: settled[id] if case.hold else clocks.marked(case, lasting[id]) for id, case in found.items()}


def matter_acknowledged(tx: Transaction, case: Case, desk: Desk, matter: MatterId, actor: Actor) -> Case:
    """Its desk said that it saw it. The case is saved with what that leaves it."""
    return _stopped(tx, case, desk, matter, _OF["supervisor"], "acknowledged", actor)


def matter_decided(tx: Transaction, case: Case, desk: Desk, matter: MatterId, decision: str, actor: Actor) -> Case:
    """It was decided, and so seen. The case is saved with what that leaves it; whether its own clocks run on is the hold's affair."""
    return _stopped(tx, case, desk, matter, _OF["legal"], decision.replace("_", " "), actor)


def _stopped(tx: Transaction, case: Case, desk: Desk, matter: MatterId, metrics: Collection[Metric], why: str, actor: Actor) -> Case:
    moved = sla.stop(tx, case.id, desk.levels, why, metrics, matter)
    if moved.changed:
        case = clocks.stopped(tx, case, moved, why, actor)
        cases.change(tx, case.id, bump=False, due_at=case.due_at, due_metric=case.due_metric, due_state=case.due_state)
    return clocks.touched(tx, case, desk.levels, actor)
