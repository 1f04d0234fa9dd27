"""Rings of rules are found and named whole; what ends a ring is believed."""

import pytest

from app.routing.chains import MAX_RINGS, rings
from app.routing.lint import lint
from tests.routing.written import set_of


def ring_words(text: str) -> list[str]:
    """Every ring of a rule text in words."""
    return [ring.words for ring in rings(set_of(text).rules)]


def said(text: str) -> list[tuple[str, str]]:
    """(severity, sentence) of what lint finds."""
    return [(one.severity, f"{one.field}: {one.msg}. {one.mend}") for one in lint(set_of(text))]


SELF = "rules:\n  - id: a\n    on: case.assigned\n    when: {queue: vip}\n    do: {assign: least_loaded}\n"


def test_a_rule_on_assignment_that_assigns_is_a_ring() -> None:
    """Pitfall: an update event that a rule's own update causes (CW#4070, CW#4071)."""
    assert ring_words(SELF) == ["a (on case.assigned) → a"]
    [(severity, words)] = said(SELF)
    assert severity == "error"
    assert "This rule starts itself: a (on case.assigned) → a" in words
    assert "repeat: once" in words


def test_a_chain_that_closes_is_named_whole() -> None:
    """Pitfall: chained rules were forbidden to avoid loops, then asked for (ZA#2035): chains are allowed, rings are named."""
    text = (
        "rules:\n  - id: a\n    on: case.assigned\n    do: {note: given away}\n"
        "  - id: b\n    on: note.added\n    do: {escalate: pr}\n"
        "  - id: c\n    on: matter.opened\n    when: {matter: pr}\n    do: {assign: least_loaded}\n"
        "  - id: d\n    on: note.added\n    do: {tags: [noted]}\n"
    )
    assert ring_words(text) == ["a (on case.assigned) → b (on note.added) → c (on matter.opened) → a"]
    assert ring_words(text.replace("{matter: pr}", "{matter: legal}")) == []


@pytest.mark.parametrize(
    "end",
    [
        "    repeat: once\n    on: case.assigned\n    do: {assign: least_loaded}\n",
        "    repeat: once_per_state\n    on: case.assigned\n    do: {assign: least_loaded}\n",
        "    enabled: false\n    on: case.assigned\n    do: {assign: least_loaded}\n",
        "    on: case.assigned\n    when: {actor: agent}\n    do: {assign: least_loaded}\n",
        "    on: case.assigned\n    when: {not: {actor: rule}}\n    do: {assign: least_loaded}\n",
        "    on: case.assigned\n    when: {tags: {contains_none: [given]}}\n    do: {assign: least_loaded, tags: [given]}\n",
        "    on: case.assigned\n    when: {assignee: {not_set: true}}\n    do: {assign: least_loaded}\n",
        "    on: case.closed\n    do: {close: spam}\n",
        "    on: case.released\n    do: {queue: care}\n",
        "    on: case.snoozed\n    do: {snooze_minutes: 5}\n",
        "    on: matter.opened\n    when: {matter: pr}\n    do: {escalate: legal}\n",
        "    on: mention.received\n    do: {assign: least_loaded, note: x, escalate: pr}\n",
    ],
)
def test_what_ends_a_ring(end: str) -> None:
    assert ring_words(f"rules:\n  - id: a\n{end}") == []


def test_two_rings_are_both_found() -> None:
    text = "rules:\n" + "".join(
        f"  - id: {a}\n    on: {on}\n    do: {do}\n"
        for a, on, do in (
            ("a", "case.assigned", "{note: x}"), ("b", "note.added", "{assign: least_loaded}"),
            ("c", "reply.failed", "{reply_with: sorry}"), ("d", "matter.opened", "{escalate: legal}"),
        )
    )  # fmt: skip
    assert ring_words(text) == ["c (on reply.failed) → c", "d (on matter.opened) → d", "a (on case.assigned) → b (on note.added) → a"]


def test_a_repetition_through_a_timer_is_only_warned_of_where_nothing_ends_it() -> None:
    rule = "rules:\n  - id: chase\n    on: timer.due\n    when: {timer: chase%s}\n    do: {start_timers: {name: chase, minutes: 30}}\n"
    assert [severity for severity, words in said(rule % "") if "again and again" in words] == ["warning"]
    assert said(rule % ", state: open") == []


def test_a_rule_that_would_answer_without_an_end_is_warned_of() -> None:
    """Pitfall: a rule's own reply satisfied its own condition (CW#6618); two machines that thank each other."""
    text = "rules:\n  - id: thanks\n%s    when: {intent: praise%s}\n    do: {reply_with: thanks}\n"
    assert [(s, "two machines" in words or words) for s, words in said(text % ("", ""))] == [("warning", True)]
    for head, test in (("    repeat: once\n", ""), ("", ", case_replies: 0"), ("", ", since_reply_minutes: null")):
        assert said(text % (head, test)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules:\n  - id: a\n    do: {start_timers: {name: chase, minutes: 5}}\n", "No rule hears the timer chase"),
        (
            "rules: [{id: a, do: {start_timers: {name: chase, minutes: 5}}}, {id: b, on: timer.due, when: {timer: chaise}, stop: true}]",
            "No rule starts the timer chaise. Did you mean chase?",
        ),
        ("rules:\n  - id: a\n    do: {stop_timers: chase}\n", "No rule starts the timer chase"),
    ],
)
def test_timers_that_nobody_starts_or_hears(text: str, words: str) -> None:
    assert any(severity == "warning" and words in sentence for severity, sentence in said(text)), said(text)


def test_a_timer_that_a_rule_hears_is_fine() -> None:
    text = (
        "rules:\n  - id: a\n    do: {start_timers: {name: chase, minutes: 5, business: true}}\n"
        "  - id: b\n    on: timer.due\n    do: {stop_timers: [chase], notify: [lead]}\n"
    )
    assert said(text) == []


def test_many_rules_on_one_event_are_looked_through_in_reasonable_steps() -> None:
    """A ring among hundreds of rules that could all follow each other: the bound on rings holds and each is looked at once."""
    text = "rules:\n" + "".join(f"  - {{id: r{i}, on: case.assigned, when: {{score: {i}}}, do: {{note: x}}}}\n" for i in range(60))
    text += "".join(f"  - {{id: n{i}, on: note.added, do: {{assign: least_loaded}}}}\n" for i in range(40))
    assert len(rings(set_of(text).rules)) == MAX_RINGS
