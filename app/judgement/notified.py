"""Who is meant by a word of ``notify``, and from when they are shown the notice. Pure.

Nobody is rung at night for what can wait: outside a person's shift, or without one outside the desk's hours, a notice is shown when the
next one begins. What cannot wait is shown at once: a target that is missed, a timer of an escalation, whatever is urgent.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from app.cases.model import Case
from app.core.ids import PersonId
from app.core.roles import may
from app.people.model import Person
from app.people.shifts import ShiftPlan, next_change, on_shift
from app.routing.model import Queue
from app.sla import calendar
from app.sla.model import Calendar

LOUD: Final = ("clock.breached", "timer.due", "matter.opened", "matter.unacknowledged", "spike.started")
"""Triggers whose notices know no quiet hours."""


def people_meant(word: str, case: Case | None, queues: Sequence[Queue], everyone: Iterable[Person]) -> list[Person]:
    """The people of a word: the case's assignee, the lead of its queue, everyone at a desk, or one person by e-mail or id.

    A queue without a lead has the supervisors in their place, so that a ladder has no missing rung. Who is shut out is nobody.
    """
    working = [person for person in everyone if not person.disabled]
    if word == "assignee":
        return [p for p in working if case is not None and p.id == case.assignee_id]
    if word == "lead":
        lead = next((q.lead for q in queues if case is not None and q.id == case.queue), None)
        found = [p for p in working if lead is not None and p.email == lead.lower()]
        return found or [p for p in working if p.role == "supervisor"]
    if word == "supervisor":
        return [p for p in working if p.role == "supervisor"]
    if word in ("legal", "pr"):
        return [p for p in working if may(p.role, "matters.decide")]
    return [p for p in working if word.lower() == p.email or word == p.id]


def shown_from(
    person: Person, plans: Mapping[PersonId, ShiftPlan], hours: Calendar | None, now: datetime, *, trigger: str, band: str
) -> datetime:
    """From when this person is shown a notice of now. Who says that they are there is there, whatever their plan says."""
    if trigger in LOUD or band == "urgent" or person.presence != "away":
        return now
    plan = plans.get(person.id)
    if plan is not None:
        return now if on_shift(plan, now) else next_change(plan, now) or now
    return now if hours is None or calendar.is_open(hours, now) else calendar.add(hours, now, 1)
