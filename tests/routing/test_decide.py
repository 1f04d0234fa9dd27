"""How the rules that fire become one decision."""

import pytest

from app.core.facts import Facts
from app.routing.decide import decide
from app.routing.model import Decision, Matter
from tests.routing.written import rules


def decided(text: str, **facts: object) -> Decision:
    """The decision of a rule text on Facts given by keyword."""
    return decide(rules(text), Facts(**facts))  # type: ignore[arg-type]  # keywords of many fields


TWO = "rules:\n  - id: a\n    do: {{{}}}\n  - id: b\n    do: {{{}}}\n"


@pytest.mark.parametrize(
    ("first", "second", "field", "value"),
    [
        ("queue: one", "queue: two", "queue", "one"),
        ("assign: a@x.example", "assign: least_loaded", "assign", "a@x.example"),
        ("checklist: one", "checklist: two", "checklist", "one"),
        ("snooze_minutes: 5", "snooze_minutes: 9", "snooze_minutes", 5),
        ("no_response_needed: chat", "no_response_needed: spam", "no_response_needed", "chat"),
        ("tags: [x, y]", "tags: [y, z]", "tags", ("x", "y", "z")),
        ("notify: lead", "notify: [lead, pr]", "notify", ("lead", "pr")),
        ("floor: 40", "floor: 70", "floor", 70),
        ("floor: 70", "floor: 40", "floor", 70),
        ("approval: supervisor", "approval: legal", "approval", "legal"),
        ("approval: legal", "approval: supervisor", "approval", "legal"),
        ("hold: first", "hold: second", "hold_reason", "first"),
        ("escalate: legal", "escalate: [{to: legal, tier: 2}, pr]", "escalate", (Matter("legal", 2), Matter("pr", 1))),
        ("no_response_needed: chat", "hold: look", "no_response_needed", None),
        ("snooze_minutes: 5", "escalate: pr", "snooze_minutes", None),
    ],
)
def test_two_rules_that_fire(first: str, second: str, field: str, value: object) -> None:
    assert getattr(decided(TWO.format(first, second)), field) == value


def test_order_is_the_order_written_not_the_alphabet() -> None:
    assert decided("rules:\n  - id: z\n    do: {queue: z}\n  - id: a\n    do: {queue: a}\n").fired == ("z", "a")


def test_stop_ends_the_list_only_when_its_rule_fires() -> None:
    text = "rules:\n  - id: a\n    when: {tier: gold}\n    stop: true\n  - id: b\n    do: {queue: b}\n"
    assert decided(text, tier="gold").stopped_by == "a"
    assert decided(text, tier="gold").queue is None
    assert decided(text).queue == "b"
    assert decided(text).stopped_by is None


def test_all_rules_see_the_same_snapshot() -> None:
    """A rule never sees what an earlier one set: no chain within one event."""
    text = "rules:\n  - id: a\n    do: {tags: [x], queue: q}\n  - id: b\n    when: {any: [tags: x, queue: q]}\n    do: {floor: 9}\n"
    assert decided(text).fired == ("a",)
    assert decided(text, tags=("x",)).fired == ("a", "b")


def test_a_rule_is_asked_only_by_its_triggers_and_only_when_on() -> None:
    text = "rules:\n  - id: a\n    on: clock.warned\n  - id: b\n    enabled: false\n  - id: c\n"
    assert decided(text).fired == ("c",)
    assert decided(text, trigger="mention.edited").fired == ("c",)
    assert decided(text, trigger="clock.warned").fired == ("a",)
    assert decided(text, trigger="note.added").fired == ()


def test_the_trace_says_why_and_what_came_of_it() -> None:
    text = "rules:\n  - id: a\n    when: {risk: legal, sentiment: {below: 0}}\n    do: {queue: legal}\n"
    text += "  - id: b\n    do: {queue: care}\n    stop: true\n"
    decision = decided(text, risk=("legal",), sentiment=-0.5)
    a, b = decision.trace
    assert (a.rule, a.matched, a.version) == ("a", True, 7)
    assert a.because == "it has the risk class “legal” and the sentiment is -0.5, below 0"
    assert a.actions == ("queue: legal",)
    assert b.actions == ("queue: care (not used: a already chose legal)", "no rule after this one is asked")


def test_a_decision_survives_storage() -> None:
    text = "rules:\n  - id: a\n    do: {queue: q, tags: [x], escalate: {to: pr, tier: 2}, hold: true, notify: lead}\n    stop: true\n"
    decision = decided(text)
    stored = Decision.from_json(decision.as_json(), decision.trace_json())
    assert stored == decision
    assert stored.trace == decision.trace
