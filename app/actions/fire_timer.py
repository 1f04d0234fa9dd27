"""A timer is due: a clock warns or is breached, a snooze ends, a claim lapses, a hand-set score ends. Each fires once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from app.actions import clocks
from app.actions.claim_case import CLAIM
from app.actions.decide_again import decide_again
from app.actions.set_score import OVERRIDE
from app.actions.side_effects import WAKE
from app.actions.snooze_case import wake
from app.cases import store as cases
from app.core.errors import NotFound
from app.core.events import TIMER, NewEvent
from app.core.ids import CaseId, ClockId
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.engine.telemetry import TIMERS_FIRED
from app.engine.timers import Timer
from app.judgement.desk import Desk, desk_of
from app.judgement.judging import in_business_hours, moving, scored
from app.measures import store as measures
from app.routing import store as routing
from app.sla import store as sla

_CLOCK_PURPOSES: Final = (clocks.WARN, clocks.BREACH)


def fire_timer(ports: Ports, timer: Timer) -> bool:
    """Act on a due timer; False when another process did, or it was moved or disarmed meanwhile."""
    return fire_timers(ports, [timer]) == 1


def fire_timers(ports: Ports, due: Sequence[Timer]) -> int:
    """Act on several in one transaction, in their order; returns how many were still there to act on."""
    fired = 0
    with ports.db.write() as tx:
        desk = desk_of(ports, tx.conn)
        cases.hold_all(tx, [_case_of(timer) for timer in due])
        for timer in due:
            # Taken one after the other, because what one does may move or disarm the next.
            if timers.take(tx, timer):
                _act(tx, desk, timer)
                fired += 1
    TIMERS_FIRED.inc(fired)
    return fired


def _case_of(timer: Timer) -> str:
    return str(timer.data["case"]) if timer.purpose in _CLOCK_PURPOSES else timer.subject


def put_off_timer(ports: Ports, timer: Timer, seconds: float) -> None:
    """Try a timer that failed again later, so that it does not stand before those that are due after it."""
    with ports.db.write() as tx:
        if timers.take(tx, timer):
            timers.arm(tx, timer.subject, timer.purpose, tx.now + timedelta(seconds=seconds), timer.data)


def _act(tx: Transaction, desk: Desk, timer: Timer) -> None:
    try:
        if timer.purpose in _CLOCK_PURPOSES:
            _clock(tx, desk, timer)
        else:
            _case(tx, desk, timer)
    except NotFound:
        pass  # the case was erased with its customer: the timer goes with it


def _clock(tx: Transaction, desk: Desk, timer: Timer) -> None:
    clock = sla.get(tx.conn, ClockId(timer.subject))
    warning = timer.purpose == clocks.WARN
    marked = sla.mark_warned(tx, clock.id) if warning else sla.mark_breached(tx, clock.id)
    if not marked:
        return
    case = cases.get(tx.conn, CaseId(timer.data["case"]))
    kind = "clock.warned" if warning else "clock.breached"
    about = {"clock": clock.id, "metric": clock.metric, "target_seconds": clock.target_seconds, "queue": case.queue, "band": case.band}
    fired = tx.append(NewEvent(kind, TIMER, about, case=case.id, customer=case.customer_id))
    if not warning:
        measures.add(tx, "breached", clock.metric)
    after = replace(case, due_state="warned" if warning else "breached")
    made = routing.for_case(tx.conn, case.id, limit=1)
    if not made:
        cases.save_all(tx, [after])
        return
    facts = replace(
        made[0].facts, trigger=kind, actor="timer", business_hours=in_business_hours(desk, tx.now),
        previous={"queue": case.queue, "band": case.band}, **moving(after, tx.now),
    )  # fmt: skip
    decide_again(tx, desk, case, after, replace(facts, clock=clock.metric), case.last_mention_id, cause=fired)


def _case(tx: Transaction, desk: Desk, timer: Timer) -> None:
    case = cases.get(tx.conn, CaseId(timer.subject))
    if timer.purpose == WAKE and case.state == "snoozed":
        wake(tx, case, desk, TIMER)
    elif timer.purpose == CLAIM and case.assignee_id is not None and case.claim_until is not None and case.claim_until <= tx.now:
        cases.change(tx, case.id, bump=False, assignee_id=None, assignee_name=None, claim_until=None)
        data = {"was": case.assignee_name, "why": "no sign of life: back to the queue, with its draft and history"}
        tx.append(NewEvent("case.released", TIMER, data, case=case.id, customer=case.customer_id))
    elif timer.purpose == OVERRIDE and case.override_score is not None:
        made = routing.for_case(tx.conn, case.id, limit=1)
        if made:
            changed, _ = scored(case, replace(made[0].facts, **moving(case, tx.now)), desk, tx.now)
            changed = clocks.adjust(tx, changed, desk) if changed.band != case.band and changed.state == "open" else changed
            cases.save_all(tx, [replace(changed, updated_at=tx.now)])
            about: dict[str, Any] = {
                "from": case.score,
                "to": changed.score,
                "band": changed.band,
                "why": "the score set by hand has ended",
            }
            tx.append(NewEvent("priority.changed", TIMER, about, case=case.id, customer=case.customer_id))
