"""What shall happen when nobody has answered in time, as one step of a rule's form.

In the rules' text it is two things: the rule starts a timer, and a second rule, asked when that timer is due, tells or gives the case to
somebody if the customer has waited so long; once, until the case's state has changed. Who writes again meanwhile does not wait longer: the
timer counts from when the wait began. Only a pair that says exactly this is shown as the one step; anything else stays two rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, Final

from app.routing.condition_form import Group, Row, when_of
from app.routing.conditions import All, Compare, Condition
from app.routing.model import DESKS, Actions, Matter, Rule, TimerSpec


def _waits(minutes: str, business: bool) -> Row:
    """The customer has waited so long. A wait ends with our public answer or with closing; it and the timer count from the same moment."""
    return Row("waiting_business_minutes" if business else "waiting_minutes", "at_least", minutes)


_TIMER_CHARACTERS: Final = 30  # of a timer's name, whose row has a short key


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Within how many minutes, of business hours or by the clock, and what then: ``notify:lead``, ``escalate:legal``, ``assign:PERSON``."""

    minutes: str = "10"
    business: bool = True
    then: str = "notify:lead"


@dataclass(frozen=True, slots=True)
class Pair:
    """A rule's timer and the rule that is asked when it is due, said as one step."""

    timer: TimerSpec
    rule: Rule
    step: FollowUp


def pair_of(rule: Rule, rules: Iterable[Rule]) -> Pair | None:
    """The step that a rule has, None when it has none or more than the step can say."""
    for timer in rule.do.start_timers:
        asked = [one for one in rules if _timer_asked(one.when) == timer.name]
        then = _then_of(asked[0]) if timer.waiting and len(asked) == 1 and _asks(asked[0].when, timer) else ""
        if then:
            return Pair(timer, asked[0], FollowUp(str(timer.minutes), timer.business, then))
    return None


def timer_name(rule_id: str, taken: Iterable[str]) -> str:
    """A name for the timer of a rule that no other rule uses."""
    stem, used = rule_id[:_TIMER_CHARACTERS].strip("-_") or "timer", set(taken)
    names = chain([stem], (f"{stem[: _TIMER_CHARACTERS - 4]}-{n}" for n in count(2)))
    return next(name for name in names if name not in used)


def second_rule(rule_id: str, of: str, timer: str, step: FollowUp) -> dict[str, Any]:
    """The rule that is asked when the timer is due, as plain values; ``of`` is the name of the rule that starts it."""
    verb, _, who = step.then.partition(":")
    hours = " of business hours" if step.business else ""
    return {
        "id": rule_id,
        "name": f"{of}: no answer after {step.minutes} min{hours}"[:120],
        "on": "timer.due",
        "repeat": "once_per_state",
        "when": when_of(Group("all", (Row("timer", "is", timer), _waits(step.minutes, step.business)))),
        "do": {verb: who},
    }


def words_of(step: FollowUp, who: str, be: str = "is") -> str:
    """The step as a sentence; ``who`` is said for whom it names, as in "the lead of its queue", ``be`` is its verb."""
    then = {"escalate": f"{who} {'have' if be == 'are' else 'has'} to decide", "assign": f"{who} gets the case"}
    minutes = f"{step.minutes} {'minute' if step.minutes == '1' else 'minutes'}"
    said = then.get(step.then.partition(":")[0], f"{who} {be} told")
    return f"If nobody has answered within {minutes}{' of business hours' if step.business else ''}, {said}."


def _then_of(rule: Rule) -> str:
    """What the rule does as a step says it, "" when it does anything else or more."""
    do = rule.do
    single = [
        *(f"notify:{who}" for who in do.notify),
        *(f"escalate:{matter.to}" for matter in do.escalate if matter == Matter(matter.to)),
        *([f"assign:{do.assign}"] if do.assign else []),
    ]
    plain = Rule(rule.id, rule.name, ("timer.due",), rule.when, _do(single[0]), note=rule.note, repeat="once_per_state") if single else None
    return single[0] if plain == rule else ""


def _do(then: str) -> Actions:
    verb, _, who = then.partition(":")
    if verb == "notify":
        return Actions(notify=(who,))
    if verb == "assign":
        return Actions(assign=who)
    return Actions(escalate=tuple(Matter(desk) for desk in DESKS if desk == who))


def _asks(when: Condition, timer: TimerSpec) -> bool:
    """Whether a condition asks for the timer and the wait, in whatever order, and for nothing else."""
    wait = "waiting_business_minutes" if timer.business else "waiting_minutes"
    wanted = {Compare("timer", "is", timer.name), Compare(wait, "at_least", timer.minutes)}
    return isinstance(when, All) and len(when.parts) == len(wanted) and set(when.parts) == wanted


def _timer_asked(when: Condition) -> str:
    """The timer whose name a condition asks at its top, "" for none."""
    parts = when.parts if isinstance(when, All) else (when,)
    return next((str(part.value) for part in parts if isinstance(part, Compare) and part.field == "timer" and part.op == "is"), "")
