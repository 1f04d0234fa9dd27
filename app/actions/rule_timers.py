"""The timers that rules start and stop on a case, each by its name; what happens when one is due is in ``fire_rule_timer``.

A timer remembers the rule that started it and what that rule said then.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from app.actions.rule_acts import Acts
from app.cases.model import Case
from app.core.clock import rfc3339
from app.engine import timers
from app.engine.database import Transaction
from app.engine.timers import Timer
from app.judgement.desk import Desk
from app.routing.model import Rule, TimerSpec
from app.sla import calendar

PURPOSE: Final = "rule:"
"""What the purpose of a rule's timer begins with; its name follows."""
_WORDLESS: Final = frozenset({"line", "column", "name", "note"})
_MARK_LENGTH: Final = 16


def started(tx: Transaction, desk: Desk, case: Case, specs: Sequence[TimerSpec], fired: Sequence[str], acts: Acts) -> list[Timer]:
    """Tell that these timers start, and hand them back to be armed with those of other cases; one that runs already under the name
    begins anew. ``fired`` are the rules that asked for them."""
    found = []
    for spec in specs:
        rule = next((r for r in desk.rules.rules if r.id in fired and spec in r.do.start_timers), None)
        if rule is None or case.state == "done":
            continue
        due = due_at(desk, (case.waiting_since if spec.waiting else None) or tx.now, spec)
        about = {"rule": rule.id, "mark": mark_of(rule), "version": desk.rules.version}
        found.append(Timer(case.id, f"{PURPOSE}{spec.name}", due, about))
        acts.tell(case, "timer.started", {"timer": spec.name, "rule": rule.id, "due": rfc3339(due)})
    return found


def stop(tx: Transaction, case: Case, names: Sequence[str], acts: Acts) -> None:
    """Stop these timers; of one that does not run nothing is said."""
    ran = timers.disarm_of(tx, case.id, [f"{PURPOSE}{name}" for name in names])
    for name in dict.fromkeys(names):
        if f"{PURPOSE}{name}" in ran:
            acts.tell(case, "timer.stopped", {"timer": name})


def due_at(desk: Desk, start: datetime, spec: TimerSpec) -> datetime:
    """When a timer that counts from ``start`` is due: in wall time, or in open time of the first business calendar."""
    if spec.business and desk.levels.calendars:
        return _in_open_time(desk.levels.calendars[0], start, spec.minutes * 60)
    return start + timedelta(minutes=spec.minutes)


_in_open_time = lru_cache(maxsize=64)(calendar.add)  # a batch asks for one moment


@lru_cache(maxsize=256)  # a rule set has that many rules with timers at most
def mark_of(rule: Rule) -> str:
    """A mark of what a rule says: another one as soon as its triggers, conditions or actions are, but not for its name or its place."""
    return hashlib.sha256(repr(_said(rule)).encode()).hexdigest()[:_MARK_LENGTH]


def _said(value: Any) -> Any:
    if is_dataclass(value):
        return (type(value).__name__, *((f.name, _said(getattr(value, f.name))) for f in fields(value) if f.name not in _skipped(value)))
    if isinstance(value, tuple | list):
        return tuple(_said(part) for part in value)
    return value


def _skipped(value: Any) -> frozenset[str]:
    """What of a part is not what it says; a timer's name is."""
    return _WORDLESS if isinstance(value, Rule) else frozenset({"line", "column"})
