"""Whether a change of the rules touches what legal relies on. Such a change needs a second person before it is in force.

A rule is legal's concern when it holds, escalates to legal or the press, asks for legal's approval, chooses legal's queue, or asks about
a risk, a hold or legal's queue. The change touches it when it is new, gone, says something else (its switch included), or stands
below other rules than before. A rule that stops is its concern too as soon as it stands above: it would keep it from being asked.
Pure, and on the strict side: a comment and the order of other rules among themselves are no change of it.
"""

from dataclasses import dataclass
from typing import Final

from app.routing.conditions import All, AnyOf, Compare, Condition, Not, WordList
from app.routing.model import Rule

_DESKS: Final = frozenset({"legal", "pr"})
_LEGAL: Final = "legal"
"""The id of legal's queue, and the role that approves for it."""
_FIELDS: Final = frozenset({"risk", "hold"})


@dataclass(frozen=True, slots=True)
class Touched:
    """One rule of legal's concern, and in words what would happen to it."""

    rule: str
    name: str
    why: str


def touched(before: tuple[Rule, ...], after: tuple[Rule, ...]) -> tuple[Touched, ...]:
    """What the change does to rules of legal's concern, in the order of the new list, then those that are gone; () when it touches none."""
    was, now = {rule.id: rule for rule in before}, {rule.id: rule for rule in after}
    both = was.keys() & now.keys()
    found: list[Touched] = []
    for place, rule in enumerate(after):
        old = was.get(rule.id)
        if why := _said(rule, old):
            found.append(Touched(rule.id, rule.name, why))
        elif old is not None and concerns_legal(rule):
            above, old_above = after[:place], before[: before.index(old)]
            if {one.id for one in above} & both != {one.id for one in old_above} & both:
                found.append(Touched(rule.id, rule.name, "stands below other rules than before"))
            elif stopper := next((one for one in above if one.stop and one.enabled and one != was.get(one.id)), None):
                found.append(Touched(rule.id, rule.name, f"{stopper.name} above it stops the list, and is new or changed"))
    gone = (Touched(rule.id, rule.name, "is deleted") for rule in before if rule.id not in now and concerns_legal(rule))
    return (*found, *gone)


def concerns_legal(rule: Rule) -> bool:
    """Whether legal relies on the rule."""
    do = rule.do
    acts = do.hold is not None or do.approval == _LEGAL or do.queue == _LEGAL or any(matter.to in _DESKS for matter in do.escalate)
    return acts or _asks(rule.when)


def _said(rule: Rule, old: Rule | None) -> str:
    """What happened to the rule itself, "" when it is as it was or none of legal's concern."""
    if old is None:
        return "is new" if concerns_legal(rule) else ""
    if rule == old or not (concerns_legal(rule) or concerns_legal(old)):
        return ""
    if rule.enabled != old.enabled:
        return "is switched on" if rule.enabled else "is switched off"
    return "says something else"


def _asks(condition: Condition) -> bool:
    match condition:
        case Compare(field, _, value):
            values = value if isinstance(value, tuple) else (value,)
            named = any(_LEGAL in one.words if isinstance(one, WordList) else one == _LEGAL for one in values)
            return field in _FIELDS or (field == "queue" and named)
        case Not(part):
            return _asks(part)
        case All(parts) | AnyOf(parts):
            return any(_asks(part) for part in parts)
