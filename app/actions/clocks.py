"""Start, pause, resume and stop a case's clocks, with their timers and their mark on the case. Used by every action that moves a case."""

from collections.abc import Sequence
from typing import Any, Final

from app.cases.model import Case
from app.core.events import TIMER, Actor, NewEvent
from app.core.ids import CaseId
from app.core.records import with_values
from app.engine import timers
from app.engine.database import Transaction
from app.engine.timers import Timer
from app.judgement.desk import Desk
from app.measures import store as measures
from app.sla import store as clocks
from app.sla.levels import target_for
from app.sla.model import Clock, Metric, Target

WARN: Final = "warn"
BREACH: Final = "breach"
_OURS: Final = ("open", "pending")


def metric_of(case: Case) -> Metric:
    """Which answer the customer waits for."""
    return "first_response" if case.reply_count == 0 else "next_response"


def begin(tx: Transaction, case: Case, desk: Desk) -> Case:
    """Start the clock the case needs, from when its customer began to wait; none while it does not need us."""
    target = _wanted(case, desk)
    if target is None:
        return case
    metric = target.metric
    cycle = 1 if case.reply_count == 0 and case.version == 1 else clocks.next_cycle(tx.conn, case.id, metric)
    clock = clocks.open_clock(tx, case.id, target, desk.levels, cycle=cycle, at=case.waiting_since)
    return _shown(tx, case, [clock])


def begin_new(tx: Transaction, cases: Sequence[Case], desk: Desk) -> list[Case]:
    """``begin`` for cases opened in this very transaction, in two statements for all of them."""
    wanted = [(case, target) for case in cases if (target := _wanted(case, desk)) is not None]
    openings = [(case.id, target, case.waiting_since or tx.now) for case, target in wanted]
    opened = {clock.case_id: clock for clock in clocks.open_all(tx, openings, desk.levels)}
    timers.arm_all(tx, [timer for clock in opened.values() for timer in _timers(clock)])
    return [_marked(case, [opened[case.id]]) if case.id in opened else case for case in cases]


def adjust_all(tx: Transaction, cases: Sequence[Case], desk: Desk) -> list[Case]:
    """``adjust`` for cases whose clocks run, in three statements for all of them."""
    changed: dict[CaseId, list[Clock]] = {case.id: [] for case in cases}
    for clock in clocks.recompute_all(tx, {c.id: (c.band, c.tier, c.network) for c in cases}, desk.levels) if cases else ():
        changed[clock.case_id].append(clock)
    timers.arm_all(tx, [timer for of_case in changed.values() for clock in of_case for timer in _timers(clock)])
    return [_marked(case, changed[case.id]) for case in cases]


def _wanted(case: Case, desk: Desk) -> Target | None:
    if case.state not in _OURS or case.waiting_since is None or case.due_metric is not None:
        return None
    return target_for(desk.levels, metric_of(case), case.band, case.tier, case.network)


def adjust(tx: Transaction, case: Case, desk: Desk) -> Case:
    """Give the running clock the target that holds for the case's present band and tier."""
    if case.due_metric is None:
        return begin(tx, case, desk)
    changed = clocks.recompute(tx, case.id, desk.levels, case.band, case.tier, case.network)
    return _shown(tx, case, changed) if changed else case


def pause(tx: Transaction, case: Case, desk: Desk, why: str, actor: Actor) -> Case:
    """Pause what runs: the customer's time, or a snooze, is not ours."""
    announce_breaches(tx, case, desk)
    changed = clocks.pause(tx, case.id, desk.levels, why)
    for clock in changed:
        tx.append(NewEvent("clock.paused", actor, _data(clock, why), case=case.id, customer=case.customer_id))
    return _shown(tx, case, changed) if changed else case


def resume(tx: Transaction, case: Case, desk: Desk, why: str, actor: Actor) -> Case:
    """Let it run on with the time it had left, or start one where none runs."""
    changed = clocks.resume(tx, case.id, desk.levels, why)
    for clock in changed:
        tx.append(NewEvent("clock.resumed", actor, _data(clock, why), case=case.id, customer=case.customer_id))
    return _shown(tx, case, changed) if changed else begin(tx, case, desk)


def stop(tx: Transaction, case: Case, desk: Desk, why: str, actor: Actor) -> tuple[Case, tuple[Clock, ...]]:
    """Stop every clock for good; those in time are met. Returns the case and the clocks that stopped now."""
    announce_breaches(tx, case, desk)
    stopped = clocks.stop(tx, case.id, desk.levels, why)
    for clock in stopped:
        timers.disarm(tx, clock.id)
        if clock.state == "met":
            tx.append(NewEvent("clock.met", actor, _data(clock, why), case=case.id, customer=case.customer_id))
    return with_values(case, due_at=None, due_metric=None, due_state=None), stopped


def announce_breaches(tx: Transaction, case: Case, desk: Desk) -> None:
    """Say what is overdue but not yet said: an answer within the last tick must not swallow the breach before it."""
    for clock in clocks.breach_due(tx, case.id, desk.levels):
        measures.add(tx, "breached", clock.metric)
        tx.append(NewEvent("clock.breached", TIMER, _data(clock, "its time was up"), case=case.id, customer=case.customer_id))


def _shown(tx: Transaction, case: Case, changed: Sequence[Clock]) -> Case:
    """Arm the timers of changed clocks and put the nearest deadline onto the case, where its row shows it."""
    for clock in changed:
        if clock.state == "paused":
            timers.disarm(tx, clock.id)
    timers.arm_all(tx, [timer for clock in changed for timer in _timers(clock)])
    return _marked(case, changed)


def _timers(clock: Clock) -> list[Timer]:
    """What has to fire for a running clock."""
    if clock.state != "running" or clock.due_at is None:
        return []
    about = {"case": clock.case_id}
    armed = [Timer(clock.id, BREACH, clock.due_at, about)]
    if clock.warned_at is None and clock.warn_at is not None:
        armed.append(Timer(clock.id, WARN, clock.warn_at, about))
    return armed


def _marked(case: Case, changed: Sequence[Clock]) -> Case:
    """The case with its nearest deadline, as its row shows it; unchanged where no clock is left."""
    shown: Clock | None = None
    for clock in changed:
        if not clock.stopped and (shown is None or shown.due_at is None or (clock.due_at is not None and clock.due_at < shown.due_at)):
            shown = clock
    if shown is None:
        return case
    state = "warned" if shown.state == "running" and shown.warned_at is not None else shown.state
    return with_values(case, due_at=shown.due_at, due_metric=shown.metric, due_state=state)


def _data(clock: Clock, why: str) -> dict[str, Any]:
    return {"clock": clock.id, "metric": clock.metric, "target_seconds": clock.target_seconds, "why": why}
