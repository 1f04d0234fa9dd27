"""A timer is due: a clock warns or is breached, a snooze ends, a claim lapses, a hand-set score ends. Each fires once.

Many fire in one transaction. Of those that are due for the same case only the first does; the others stay for the next one, because
what the first does may move or disarm them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from app.actions import clocks
from app.actions.ask_rules import Asked, ask, ask_all
from app.actions.case_at_hand import CLAIM
from app.actions.fire_rule_timer import fire_rule_timer
from app.actions.open_matters import ACKNOWLEDGE
from app.actions.raise_matter import raise_matter
from app.actions.rule_timers import PURPOSE
from app.actions.set_score import OVERRIDE
from app.actions.side_effects import WAKE
from app.actions.snooze_case import wake_all
from app.actions.take_back_unopened import PICK_UP, take_back_unopened
from app.cases import store as cases
from app.cases.model import Case
from app.core.events import TIMER, NewEvent
from app.core.ids import CaseId
from app.core.records import with_values
from app.engine import timers
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.engine.telemetry import TIMERS_FIRED
from app.engine.timers import Timer
from app.judgement.desk import Desk, desk_of
from app.judgement.judging import moving, scored
from app.measures import store as measures
from app.routing import store as routing
from app.sla import store_due as sla

_CLOCK_PURPOSES: Final = (clocks.WARN, clocks.BREACH)
_OF_PARTS: Final = (*_CLOCK_PURPOSES, ACKNOWLEDGE)
"""Timers of a clock or a matter, which name their case beside it."""


def fire_timer(ports: Ports, timer: Timer) -> bool:
    """Act on a due timer; False when another process did, or it was moved or disarmed meanwhile."""
    return fire_timers(ports, [timer]) == 1


def fire_timers(ports: Ports, due: Sequence[Timer]) -> int:
    """Act on the first of each case in one transaction; returns how many were still there to act on."""
    first: dict[str, Timer] = {}
    for timer in due:
        first.setdefault(_case_of(timer), timer)
    with ports.db.write() as tx:
        held = cases.held_all(tx, first)
        taken = timers.take_all(tx, list(first.values()))
        if taken:
            _act(tx, desk_of(ports, tx.conn), held, taken)
    TIMERS_FIRED.inc(len(taken))
    return len(taken)


def _case_of(timer: Timer) -> str:
    return str(timer.data["case"]) if timer.purpose in _OF_PARTS else timer.subject


def put_off_timer(ports: Ports, timer: Timer, seconds: float) -> None:
    """Try a timer that failed again later, so that it does not stand before those that are due after it."""
    with ports.db.write() as tx:
        if timers.take(tx, timer):
            timers.arm(tx, timer.subject, timer.purpose, tx.now + timedelta(seconds=seconds), timer.data)


def _act(tx: Transaction, desk: Desk, held: Mapping[CaseId, Case], taken: Sequence[Timer]) -> None:
    """Where a case is not there any more, it was erased with its customer: the timer went with it."""
    _clocks(tx, desk, held, [timer for timer in taken if timer.purpose in _CLOCK_PURPOSES])
    asleep: list[Case] = []
    for timer in taken:
        case = held.get(CaseId(_case_of(timer)))
        if case is None or timer.purpose in _CLOCK_PURPOSES:
            continue
        if timer.purpose != WAKE:
            _case(tx, desk, case, timer)
        elif case.state == "snoozed" or case.waiting_on is not None:
            asleep.append(case)
    wake_all(tx, asleep, desk, TIMER)


def _clocks(tx: Transaction, desk: Desk, held: Mapping[CaseId, Case], due: Sequence[Timer]) -> None:
    """Mark what is due, say so, and ask the rules about each."""
    warnings = [timer.subject for timer in due if timer.purpose == clocks.WARN]
    breaches = [timer.subject for timer in due if timer.purpose == clocks.BREACH]
    marked = sla.mark_due(tx, [timer.data["case"] for timer in due], warnings, breaches)
    asked, missed = [], Counter[tuple[str, str]]()
    for timer in due:
        clock, case = marked.clocks.get(timer.subject), held.get(CaseId(timer.data["case"]))
        if clock is None or case is None:
            continue
        warning = timer.purpose == clocks.WARN
        kind = "clock.warned" if warning else "clock.breached"
        about = {"clock": clock.id, "metric": clock.metric, "target_seconds": clock.target_seconds, "queue": case.queue, "band": case.band}
        fired = tx.append(NewEvent(kind, TIMER, about, case=case.id, customer=case.customer_id))
        if not warning:
            missed["breached", clock.metric] += 1
        mark = marked.rows[case.id]
        after = with_values(case, due_at=mark.due_at, due_metric=mark.metric, due_state=mark.state, updated_at=tx.now)
        asked.append(Asked(after, kind, TIMER, fired, before=case, facts={"clock": clock.metric}, saved=False))
    measures.add_all(tx, missed)
    ask_all(tx, desk, asked)


def _case(tx: Transaction, desk: Desk, case: Case, timer: Timer) -> None:
    if timer.purpose == ACKNOWLEDGE:
        raise_matter(tx, desk, case, timer.subject)
    elif timer.purpose.startswith(PURPOSE):
        fire_rule_timer(tx, desk, case, timer)
    elif timer.purpose == PICK_UP:
        take_back_unopened(tx, desk, case, timer)
    elif timer.purpose == CLAIM and case.assignee_id is not None and case.claim_until is not None and case.claim_until <= tx.now:
        cases.change(tx, case.id, bump=False, assignee_id=None, assignee_name=None, claim_until=None)
        data = {"was": case.assignee_name, "why": "no sign of life: back to the queue, with its draft and history"}
        back = tx.append(NewEvent("case.released", TIMER, data, case=case.id, customer=case.customer_id))
        ask(tx, desk, cases.get(tx.conn, case.id), "case.released", TIMER, cause=back, before=case)
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
