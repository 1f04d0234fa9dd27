"""A decision in plain words, and for one rule why it did not fire."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.core.facts import Facts
from app.routing.because import condition_words, find
from app.routing.compile import Compiled
from app.routing.decide import timer_words
from app.routing.fields import TRIGGERS
from app.routing.model import Actions, Decision, Matter, Rule

_OUTCOMES: Final = (
    ("queue", "goes to the queue {}"),
    ("assign", "is given to {}"),
    ("hold_reason", "is held: {}"),
    ("escalate", "is escalated to {}"),
    ("approval", "needs approval by {}"),
    ("checklist", "is answered under the checklist {}"),
    ("floor", "has a priority of at least {}"),
    ("no_response_needed", "needs no answer: {}"),
    ("close", "is closed as {}"),
    ("snooze_minutes", "sleeps {} minutes"),
    ("community_minutes", "is left to the community for {} minutes"),
    ("term", "gets {} points of priority"),
    ("tags", "is tagged {}"),
    ("untag", "loses the tag {}"),
    ("start_timers", "starts the timer {}"),
    ("stop_timers", "stops the timer {}"),
    ("reply_with", "is answered with {}"),
    ("note", "gets the note “{}”"),
    ("webhooks", "is told to the webhook {}"),
    ("notify", "is told to {}"),
)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why one rule fired or did not, in words."""

    rule: str
    fired: bool
    because: str


def outcome_words(field: str, value: Any) -> str:
    """One outcome of a decision in words, "" for nothing."""
    if value is None or value in ("", (), False):
        return ""
    if field == "escalate":
        return ", ".join(_matter(matter) for matter in value)
    if field == "start_timers":
        return "; ".join(timer_words(timer) for timer in value)
    if field == "term":
        return f"{value:+d}"
    if isinstance(value, tuple):
        return ", ".join(sorted(str(item) for item in value))
    return "yes" if value is True else str(value)


def decision_words(decision: Decision) -> str:
    """The whole decision as one sentence."""
    parts = [form.format(words) for field, form in _OUTCOMES if (words := outcome_words(field, getattr(decision, field)))]
    return f"It {'; '.join(parts)}." if parts else "No rule wanted anything done."


def rule_words(rule: Rule) -> str:
    """A rule as one sentence: when it is asked, what it asks, what it does."""
    on = " or ".join(TRIGGERS.get(trigger, trigger) for trigger in rule.on)
    then = "; ".join(action_words(rule.do)) or "nothing"
    often = {"once": ", once a case", "once_per_state": ", once while a case is in one state"}.get(rule.repeat, "")
    return f"When {on}{often}, if {condition_words(rule.when)}: {then}{'; then ask no further rule' if rule.stop else ''}."


def action_words(do: Actions) -> tuple[str, ...]:
    """A rule's actions in words, in the order the form shows them."""
    named = (
        ("queue", do.queue), ("assign", do.assign), ("hold", do.hold), ("escalate to", outcome_words("escalate", do.escalate)),
        ("approval by", do.approval), ("checklist", do.checklist), ("priority at least", do.floor), ("tags", ", ".join(do.tags)),
        ("notify", ", ".join(do.notify)), ("no response needed", do.no_response_needed), ("snooze minutes", do.snooze_minutes),
        ("remove tags", ", ".join(do.untag)), ("priority", outcome_words("term", do.term)), ("close as", do.close),
        ("wait for the community, minutes", do.community_minutes), ("note", do.note),
        ("start timer", outcome_words("start_timers", do.start_timers)), ("stop timer", ", ".join(do.stop_timers)),
        ("webhook", ", ".join(do.webhooks)), ("reply with", do.reply_with),
    )  # fmt: skip
    return tuple(f"{words}: {value}" for words, value in named if value not in (None, ""))


def why_not(compiled: Compiled, facts: Facts, rule_id: str, spent: Collection[str] = (), stopped: str = "") -> WhyNot:
    """Why the rule fired, or the first reason why it did not, in the order the desk looks.

    Only fired rules are stored; this is found again from the stored Facts when somebody asks. ``spent`` as the decision has it;
    ``stopped`` is what was said of the rule where a guard kept it from firing.
    """
    rule = next((one for one in compiled.rules if one.id == rule_id), None)
    if rule is None:
        return WhyNot(rule_id, False, f"version {compiled.version} has no rule {rule_id}")
    ask = compiled.by_trigger.get(facts.trigger)
    places = {place for place, one in enumerate(compiled.rules) if one.id in spent}
    fired = [compiled.rules[index] for index in (ask(facts, places) if ask is not None else []) if index >= 0]
    found = find(rule.when, facts)
    if rule in fired:
        return WhyNot(rule_id, True, found.because)
    if not rule.enabled:
        return WhyNot(rule_id, False, "it is switched off")
    if facts.trigger not in rule.on:
        return WhyNot(rule_id, False, f"it is not asked when {TRIGGERS.get(facts.trigger, facts.trigger)}")
    if not found.holds:
        return WhyNot(rule_id, False, found.because)
    if rule_id in spent:
        why = f"a guard kept it from firing: {stopped}" if stopped else _USED_UP.get(rule.repeat, _GUARDED)
        return WhyNot(rule_id, False, f"its condition held ({found.because}), but {why}")
    stopper = next((one for one in fired if one.stop), None)
    return WhyNot(rule_id, False, f"{stopper.id if stopper else 'a rule'} fired before it and stopped")


_USED_UP: Final[Mapping[str, str]] = {
    "once": "it fires once a case, and has fired on this one before",
    "once_per_state": "it fires once while a case is in one state, and has fired since the state last changed",
}
_GUARDED: Final = "it was kept from going round in a circle"  # of decisions that were kept before the guards said of whom they speak


def _matter(matter: Matter) -> str:
    return matter.to if matter.tier == 1 else f"{matter.to} (tier {matter.tier})"
