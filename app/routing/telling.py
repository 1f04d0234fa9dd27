"""A rule told as one person tells it to another, with the names that the desk's people know. The exact words are ``explain.rule_words``."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.routing.because import condition_words
from app.routing.condition_form import Group, Row, group_of
from app.routing.conditions import All, AnyOf, Condition
from app.routing.fields import DEFAULT_TRIGGERS, TRIGGERS, field_of
from app.routing.model import Actions, Matter, Rule, TimerSpec
from app.routing.suggested import words_for

Names = Mapping[str, str]
"""What people call a queue, a policy, a person: by its id or e-mail; a macro or webhook by its id behind MACRO or WEBHOOK."""
MACRO: Final = "macro:"
WEBHOOK: Final = "webhook:"
_AUDIENCES = {
    "assignee": "whoever has the case",
    "lead": "the lead of its queue",
    "supervisor": "the supervisors",
    "legal": "legal",
    "pr": "the press office",
}
_DESKS = {"legal": "legal", "pr": "the press office", "supervisor": "the supervisors"}
_NEGATED = ((" is ", " is not "), (" has ", " has no "), (" wants ", " does not want "), (" consented ", " did not consent "))
_TIERS = {1: "", 2: " (its lead)", 3: " (its head)"}
_CHOSEN = {"least_loaded": "whoever has least to do", "last_agent": "whoever answered this customer last"}
_DISPOSITIONS = {"no_response_needed": "needing no answer", "answered_by_community": "answered by the community"}


def told(rule: Rule, names: Names) -> str:
    """The whole rule: when, if, then."""
    on = "a mention arrives or is edited" if rule.on == DEFAULT_TRIGGERS else _listed([TRIGGERS.get(one, one) for one in rule.on], "or")
    asked = conditions(rule.when)
    then = acts(rule.do, names)
    stop = " No rule below it is asked then." if rule.stop else ""
    often = {"once": " At most once a case.", "once_per_state": " Again only after the case's state has changed."}.get(rule.repeat, "")
    return f"When {on}{', and ' + asked if asked else ''}: {then or 'nothing happens yet'}.{often}{stop}"


def conditions(when: Condition) -> str:
    """What must hold in the words of the suggestions it is made of, the rest in the exact words; "" for always."""
    parts = when.parts if isinstance(when, All) else (when,)
    return _listed([_asked(part, len(parts) == 1) for part in parts], "and")


def _asked(part: Condition, alone: bool) -> str:
    if isinstance(part, All):
        return conditions(part)
    item = group_of(All((part,))).items[0]
    exact = condition_words(part)
    return words_for(item) or _flag(item) or (f"({exact})" if isinstance(part, AnyOf) and not alone else exact)


def acts(do: Actions, names: Names) -> str:
    """What the rule does, as "it goes to the queue VIP and is tagged vip"."""
    found = [
        *([f"goes to the queue {names.get(do.queue, do.queue)}"] if do.queue else []),
        *([f"is given to {whom(do.assign, names)}"] if do.assign else []),
        *([f"has a priority of at least {do.floor}"] if do.floor is not None else []),
        *([f"gets {do.term:+d} points of priority"] if do.term is not None else []),
        *([f"is tagged {', '.join(do.tags)}"] if do.tags else []),
        *([f"loses the tag {', '.join(do.untag)}"] if do.untag else []),
        *([f"is answered under the checklist {names.get(do.checklist, do.checklist)}"] if do.checklist else []),
        *([f"is answered only with the approval of {_DESKS.get(do.approval, do.approval)}"] if do.approval else []),
        *([f"is held back ({do.hold})"] if do.hold is not None else []),
        *([f"is escalated to {_listed([_matter(one) for one in do.escalate], 'and')}"] if do.escalate else []),
        *([f"is answered with the macro {names.get(MACRO + do.reply_with, do.reply_with)}"] if do.reply_with else []),
        *([f"is closed: no answer needed ({do.no_response_needed})"] if do.no_response_needed is not None else []),
        *([f"is closed as {_DISPOSITIONS.get(do.close, do.close)}"] if do.close else []),
        *([f"sleeps {_minutes(do.snooze_minutes)}"] if do.snooze_minutes is not None else []),
        *([f"waits {_minutes(do.community_minutes)} for the community"] if do.community_minutes is not None else []),
        *([f"gets the note “{do.note}”"] if do.note else []),
        *(f"starts the timer {one.name}, {_timer(one)}" for one in do.start_timers),
        *([f"stops the timer {', '.join(do.stop_timers)}"] if do.stop_timers else []),
        *([f"is sent to {', '.join(names.get(WEBHOOK + one, one) for one in do.webhooks)}"] if do.webhooks else []),
    ]
    said = [f"it {_listed(found, 'and')}"] if found else []
    if do.notify:
        said.append(f"{_listed([whom(one, names) for one in do.notify], 'and')} {be(do.notify)} told")
    return "; ".join(said)


def whom(who: str, names: Names) -> str:
    """A person, an audience or a way of choosing, as in "is given to whoever has least to do"."""
    if who.startswith("skill:"):
        return f"somebody who knows {who.removeprefix('skill:')}"
    return names.get(who) or _AUDIENCES.get(who) or _CHOSEN.get(who) or _DESKS.get(who) or who


def be(who: Sequence[str]) -> str:
    """The verb that goes with these people."""
    return "are" if len(who) > 1 or "supervisor" in who else "is"


def _flag(item: Row | Group) -> str:
    """A yes or no as a sentence part: "it is on hold", "it is not on hold"; "" for anything else."""
    field = field_of(item.field) if isinstance(item, Row) and item.op == "is" else None
    if field is None or field.type != "flag" or not isinstance(item, Row):
        return ""
    if item.value == "true":
        return field.words
    verb, no = next(((verb, no) for verb, no in _NEGATED if verb in field.words), ("", ""))
    return field.words.replace(verb, no, 1) if verb else f"not: {field.words}"


def _matter(matter: Matter) -> str:
    return _DESKS[matter.to] + _TIERS.get(matter.tier, "")


def _timer(timer: TimerSpec) -> str:
    since = " from when the customer began to wait" if timer.waiting else ""
    return f"{_minutes(timer.minutes)}{' of business hours' if timer.business else ''}{since}"


def _minutes(minutes: int) -> str:
    return f"{minutes:,} {'minute' if minutes == 1 else 'minutes'}"


def _listed(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}" if parts else ""
