"""How the rules that fire become one decision."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.facts import Facts
from app.routing.compile import compile_rules
from app.routing.decide import decide
from app.routing.model import Decision, Matter, RuleSet, TimerSpec
from tests.routing.written import facts, rule_sets, rules


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
        ("close: spam", "close: duplicate", "close", "spam"),
        ("close: spam", "hold: look", "close", None),
        ("community_minutes: 60", "community_minutes: 5", "community_minutes", 60),
        ("community_minutes: 60", "escalate: pr", "community_minutes", None),
        ("reply_with: thanks", "reply_with: sorry", "reply_with", "thanks"),
        ("reply_with: thanks", "hold: look", "reply_with", None),
        ("term: 10", "term: 15", "term", 25),
        ("term: 40", "term: 40", "term", 50),
        ("term: -40", "term: 10", "term", -30),
        ("untag: [x]", "untag: [y, x]", "untag", ("x", "y")),
        ("untag: [x]", "tags: [x, y]", "tags", ("y",)),
        ("tags: [x]", "untag: [x, y]", "untag", ("y",)),
        ("note: asked twice", "note: a lawyer", "note", "asked twice\na lawyer"),
        ("note: same", "note: same", "note", "same"),
        ("webhooks: crm", "webhooks: [bi, crm]", "webhooks", ("crm", "bi")),
        ("start_timers: {name: t, minutes: 5}", "start_timers: {name: t, minutes: 9}", "start_timers", (TimerSpec("t", 5),)),
        ("start_timers: {name: t, minutes: 5}", "stop_timers: t", "stop_timers", ()),
        ("stop_timers: t", "start_timers: {name: t, minutes: 5}", "start_timers", ()),
        (
            "start_timers: [{name: t, minutes: 5, business: true}, {name: u, minutes: 1}]", "stop_timers: [v]",
            "start_timers", (TimerSpec("t", 5, True), TimerSpec("u", 1)),
        ),
    ],
)  # fmt: skip
def test_two_rules_that_fire(first: str, second: str, field: str, value: object) -> None:
    assert getattr(decided(TWO.format(first, second)), field) == value


def test_the_trace_says_of_each_new_action_what_came_of_it() -> None:
    a = "close: spam, term: 30, tags: [x], start_timers: {name: t, minutes: 5}, note: n, webhooks: crm, reply_with: m, community_minutes: 9"
    b = "close: spam, term: 30, untag: [x, y], stop_timers: t"
    first, second = decided(TWO.format(a, b)).trace
    assert first.actions == (
        "close: spam", "wait for the community, minutes: 9", "reply with: m", "tags: x", "priority +30", "note: n", "webhook: crm",
        "start the timer t, 5 minutes",
    )  # fmt: skip
    assert second.actions == (
        "close: spam (not used: a already chose spam)", "remove tags: x, y (not used: x, set by a rule above)", "priority +30 (+50 in all)",
        "stop the timer t (not used: a already decided about it)",
    )  # fmt: skip


SPENT = "rules:\n  - id: a\n    repeat: once\n    do: {tags: [a]}\n    stop: true\n  - id: b\n    do: {tags: [b]}\n"


def test_a_spent_rule_does_nothing_and_stops_nothing() -> None:
    compiled = rules(SPENT)
    assert compiled.once_on == {"mention.received": ("a",), "mention.edited": ("a",)}
    assert decide(compiled, Facts()).fired == ("a",)
    again = decide(compiled, Facts(), spent={"a"})
    assert (again.fired, again.tags, again.spent, again.stopped_by) == (("b",), ("b",), ("a",), None)
    assert [line.rule for line in again.trace] == ["b"]
    nothing = decide(compiled, Facts(), spent={"a", "b", "of another version"})
    assert (nothing.fired, nothing.spent, nothing.tags, nothing.trace) == ((), ("a", "b"), (), ())
    assert Decision.from_json(nothing.as_json()) == nothing


@given(rule_sets(), facts(), st.sets(st.sampled_from(["r0", "r1", "r2", "r3"])))
def test_what_is_spent_is_as_if_it_were_switched_off(rule_set: RuleSet, given_facts: Facts, spent: set[str]) -> None:
    without = tuple(replace(rule, enabled=rule.enabled and rule.id not in spent) for rule in rule_set.rules)
    one = decide(compile_rules(rule_set), given_facts, spent=spent)
    other = decide(compile_rules(replace(rule_set, rules=without)), given_facts)
    assert replace(one, spent=()) == other
    assert [line.rule for line in one.trace] == [line.rule for line in other.trace]


def test_order_is_the_order_written_not_the_alphabet() -> None:
    """Pitfall: triggers ran by their names, so that people called them 01, 02 (Zammad's manual)."""
    assert decided("rules:\n  - id: z\n    do: {queue: z}\n  - id: a\n    do: {queue: a}\n").fired == ("z", "a")


def test_a_rule_can_leave_alone_what_we_began() -> None:
    """Pitfall: rules acted on conversations that agents had started (CW#9224): who began is a fact."""
    text = "rules:\n  - id: a\n    when: {initiator: customer}\n    do: {tags: [a]}\n"
    assert decided(text, initiator="us").fired == ()
    assert decided(text).fired == ("a",)


def test_stop_ends_the_list_only_when_its_rule_fires() -> None:
    text = "rules:\n  - id: a\n    when: {tier: gold}\n    stop: true\n  - id: b\n    do: {queue: b}\n"
    assert decided(text, tier="gold").stopped_by == "a"
    assert decided(text, tier="gold").queue is None
    assert decided(text).queue == "b"
    assert decided(text).stopped_by is None


def test_all_rules_see_the_same_snapshot() -> None:
    """Pitfall: a trigger saw what an earlier one had made, and answered a second time (ZA#3071). Here nobody sees what is not done yet."""
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
    text = "rules:\n  - id: a\n    do: {queue: q, tags: [x], escalate: {to: pr, tier: 2}, hold: true, notify: lead}\n"
    text += "  - id: b\n    do: {untag: [y], term: -5, note: n, start_timers: {name: t, minutes: 5, business: true}, webhooks: [crm]}\n"
    text += "    stop: true\n"
    decision = decided(text)
    assert json.loads(json.dumps(decision.as_json())).keys() >= {"untag", "term", "note", "start_timers", "webhooks"}
    stored = Decision.from_json(decision.as_json(), decision.trace_json())
    assert stored == decision
    assert stored.trace == decision.trace
