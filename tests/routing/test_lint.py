"""What lint finds, what it leaves alone, and that it only says what is certain."""

import pytest
from hypothesis import given

from app.core.facts import Facts
from app.routing.because import find
from app.routing.conditions import Condition
from app.routing.contradictions import impossible
from app.routing.lint import Known, lint
from tests.routing.written import conditions, facts, set_of

KNOWN = Known(
    frozenset({"care", "vip"}), frozenset({"public-reply"}), frozenset({"ana@desk.example"}),
    skills=frozenset({"vip"}), webhooks=frozenset({"crm"}), macros=frozenset({"thanks"}),
)  # fmt: skip


def found(text: str, known: Known = KNOWN) -> list[tuple[int, str, str]]:
    """(line, severity, sentence) of every finding."""
    return [(one.line, one.severity, f"{one.msg}. {one.mend}") for one in lint(set_of(text), known)]


@pytest.mark.parametrize(
    ("text", "line", "severity", "words"),
    [
        ("rules:\n  - id: a\n    do: {floor: 1}\n  - id: a\n    do: {floor: 2}\n", 4, "error", "taken by the rule on line 2"),
        ("rules:\n  - id: a\n    do: {queue: cure}\n", 2, "error", "Did you mean care?"),
        ("rules:\n  - id: a\n    when: {queue: cure}\n    do: {floor: 1}\n", 3, "error", "no queue 'cure'"),
        ("rules:\n  - id: a\n    do: {checklist: legal}\n", 2, "error", "no policy 'legal'"),
        ("rules:\n  - id: a\n    do: {assign: bob@desk.example}\n", 2, "error", "no person"),
        ("rules:\n  - id: a\n    do: {notify: bob@desk.example}\n", 2, "warning", "no person"),
        ("rules:\n  - id: a\n", 2, "warning", "does nothing"),
        ("rules:\n  - id: a\n    do: {hold: true, escalate: legal, snooze_minutes: 5}\n", 2, "warning", "never put away"),
        ("rules:\n  - id: a\n    do: {hold: true}\n", 2, "warning", "nobody who could lift it"),
        ("rules:\n  - id: a\n    stop: true\n  - id: b\n    do: {floor: 1}\n", 4, "error", "never asked: a on line 2"),
        (
            "rules:\n  - id: a\n    when: {tier: x}\n    stop: true\n  - id: b\n    when: {tier: x}\n    do: {floor: 1}\n",
            5, "error", "same condition",
        ),
        ("rules:\n  - id: a\n    do: {queue: care}\n  - id: b\n    do: {queue: vip}\n", 4, "warning", "never used: a on line 2"),
        ("rules:\n  - id: a\n    when: {language: {is: es, is_not: es}}\n    do: {floor: 1}\n", 3, "error", "can never fire"),
        ("rules:\n  - id: a\n    do: {assign: 'skill:vipp'}\n", 2, "error", "Did you mean vip?"),
        ("rules:\n  - id: a\n    do: {webhooks: [crn]}\n", 2, "error", "Did you mean crm?"),
        ("rules:\n  - id: a\n    repeat: once\n    do: {reply_with: thank}\n", 2, "error", "Did you mean thanks?"),
        ("rules:\n  - id: a\n    when: {text: {in_list: words}}\n    do: {floor: 1}\n", 3, "error", "no list 'words'"),
        ("lists: {words: [a]}\nrules:\n  - id: a\n    do: {floor: 1}\n", 1, "warning", "No rule asks for the list words"),
        ("rules:\n  - id: a\n    do: {close: spam, snooze_minutes: 5}\n", 2, "warning", "one way only: close is carried out"),
        ("rules:\n  - id: a\n    on: presence.changed\n    do: {queue: care, notify: lead}\n", 2, "error", "about no case, so queue has"),
        (
            "rules:\n  - id: a\n    on: [spike.started, clock.warned]\n    do: {floor: 5, webhooks: crm}\n",
            2, "warning", "spike.started is about no case, so floor has no effect there. Only notify and webhooks can follow it",
        ),
        ("rules:\n  - id: a\n    do: {tags: [x], untag: [x]}\n", 2, "error", "sets and removes the tag x"),
        ("rules:\n  - id: a\n    when: {timer: chase}\n    do: {floor: 1}\n", 3, "error", "never fire on mention.received"),
        (
            "rules:\n  - id: a\n    on: [case.closed, case.opened]\n    when: {state: open}\n    do: {floor: 1}\n",
            4, "warning", "never fire on case.closed",
        ),
        ("examples:\n  - name: n\n    expect: {not_fired: [b]}\n", 3, "error", "no rule 'b'"),
    ],
)  # fmt: skip
def test_findings(text: str, line: int, severity: str, words: str) -> None:
    assert any(one[:2] == (line, severity) and words in one[2] for one in found(text)), found(text)


@pytest.mark.parametrize(
    "text",
    [
        "rules:\n  - id: a\n    stop: true\n    enabled: false\n  - id: b\n    do: {floor: 1}\n",
        "rules:\n  - id: a\n    on: clock.warned\n    stop: true\n  - id: b\n    do: {floor: 1}\n",
        "rules:\n  - id: a\n    when: {tier: x}\n    stop: true\n  - id: b\n    do: {floor: 1}\n",
        "rules:\n  - id: a\n    repeat: once\n    stop: true\n  - id: b\n    do: {floor: 1}\n",
        "rules:\n  - id: a\n    repeat: once\n    do: {queue: care}\n  - id: b\n    do: {queue: vip}\n",
        "rules:\n  - id: a\n    do: {assign: last_agent}\n  - id: b\n    on: case.opened\n    do: {assign: 'skill:vip'}\n",
        "rules:\n  - id: a\n    when: {tier: x}\n    do: {queue: care}\n  - id: b\n    do: {queue: vip}\n",
    ],
)
def test_what_is_fine_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_names_are_not_checked_when_none_are_known() -> None:
    assert found("rules:\n  - id: a\n    do: {queue: anything, checklist: any}\n", Known()) == []


@pytest.mark.parametrize(
    ("test", "never"),
    [
        ("score: {above: 60, below: 50}", True),
        ("score: {above: 60, below: 61}", False),
        ("score: {at_least: 60, at_most: 60}", False),
        ("score: {above: 60, at_most: 60}", True),
        ("score: {is: 5, above: 60}", True),
        ("score: {above: 100}", True),
        ("score: {not_set: true}", True),
        ("sentiment: {not_set: true, below: 0}", True),
        ("tier: {not_set: true, is: gold}", True),
        ("language: {not_set: true, is: und}", False),
        ("language: {any_of: [es, de], none_of: [es]}", False),
        ("language: {any_of: [es, de], none_of: [es, de, fa]}", True),
        ("language: {is: es, starts_with: d}", True),
        ("risk: {contains_all: [legal], contains_none: [legal]}", True),
        ("risk: {contains_any: [legal, press], contains_none: [legal]}", False),
        ("all: [tier: gold, {all: [tier: silver]}]", True),
        ("all: [tier: gold, {not: {tier: gold}}]", True),
        ("any: [tier: gold, tier: silver]", False),
        ("any: [{score: {above: 100}}, {tier: {is: a, is_not: a}}]", True),
        ("tier: {is: gold, was: silver, changed: true}", False),
        ("waiting_minutes: {within_business_minutes: 5}\n      waiting_business_minutes: {above: 5}", True),
        ("waiting_minutes: {within_business_minutes: 5, above: 5}", False),
        ("handle: {in_list: vips, is: carol}", True),
        ("handle: {in_list: vips, is: BOB}", False),
        ("handle: {in_list: vips, not_in_list: vips}", True),
        ("text: {in_list: vips, contains_none: [ann, bob]}", True),
    ],
)
def test_contradictions(test: str, never: bool) -> None:
    condition = set_of(f"lists: {{vips: [bob, ann]}}\nrules:\n  - id: a\n    when:\n      {test}\n").rules[0].when
    assert (impossible(condition) is not None) is never


@given(conditions(), facts())
def test_what_is_called_impossible_never_holds(condition: Condition, given_facts: Facts) -> None:
    if find(condition, given_facts).holds:
        assert impossible(condition) is None
