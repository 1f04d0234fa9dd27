"""Which changes of the rules touch what legal relies on."""

import pytest

from app.routing.changes import changed_ids
from app.routing.touching import touched
from tests.routing.written import rules

BASE = """
rules:
  - id: hold
    when: {text: lawyer}
    do: {hold: the customer speaks of legal steps}
  - id: gold
    when: {tier: gold}
    do: {queue: vip, tags: [vip]}
  - id: late
    on: clock.breached
    do: {notify: [lead]}
"""
HOLD = "  - id: hold\n    when: {text: lawyer}\n    do: {hold: the customer speaks of legal steps}\n"
GOLD = "  - id: gold\n    when: {tier: gold}\n    do: {queue: vip, tags: [vip]}\n"


def touches(after: str, before: str = BASE) -> dict[str, str]:
    return {one.rule: one.why for one in touched(rules(before).rules, rules(after).rules)}


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("text: lawyer", "text: [lawyer, court]", "says something else"),
        ("    when: {text: lawyer}\n", "    when: {text: lawyer}\n    enabled: false\n", "is switched off"),
        ("    do: {hold: the customer speaks of legal steps}\n", "    do: {tags: [legal]}\n", "says something else"),
        (HOLD, "", "is deleted"),
        (HOLD + GOLD, GOLD + HOLD, "stands below other rules than before"),
    ],
)
def test_a_rule_of_legals_concern_that_changes_goes_or_moves(was: str, now: str, why: str) -> None:
    assert was in BASE
    assert touches(BASE.replace(was, now)) == {"hold": why}


@pytest.mark.parametrize(
    "do",
    ["hold: true", "escalate: legal", "escalate: [{to: pr, tier: 2}]", "approval: legal", "queue: legal"],
)
def test_a_new_rule_is_legals_concern_by_what_it_does(do: str) -> None:
    assert touches(f"{BASE}  - id: new\n    do: {{{do}}}\n") == {"new": "is new"}
    assert touches(BASE, f"{BASE}  - id: new\n    do: {{{do}}}\n") == {"new": "is deleted"}


@pytest.mark.parametrize(
    "when",
    ["risk: legal", "not: {risk: {not_set: true}}", "any: [{hold: true}, {tier: gold}]", "queue: [care, legal]", "queue: {in_list: ours}"],
)
def test_a_rule_is_legals_concern_by_what_it_asks(when: str) -> None:
    assert touches(f"lists: {{ours: [care, legal]}}\n{BASE}  - id: new\n    when: {{{when}}}\n    do: {{tags: [a]}}\n") == {"new": "is new"}


@pytest.mark.parametrize(
    "after",
    [
        BASE + "# a comment\n",
        BASE.replace("queue: vip", "queue: care"),
        BASE.replace(GOLD, "") + GOLD,
        BASE.replace("rules:\n", "rules:\n  - id: top\n    do: {queue: community}\n"),
        f"{BASE}  - id: new\n    do: {{escalate: supervisor, approval: supervisor}}\n",
    ],
)
def test_other_changes_need_nobody(after: str) -> None:
    assert touches(after) == {}


def test_a_rule_that_stops_is_legals_concern_when_it_stands_above() -> None:
    stops = "  - id: spam\n    when: {text: followers}\n    do: {tags: [spam]}\n    stop: true\n"
    above, below = BASE.replace("rules:\n", "rules:\n" + stops), BASE + stops
    assert touches(above) == {"hold": "spam above it stops the list, and is new or changed"}
    assert touches(below) == {}
    assert list(touches(above.replace("followers", "winners"), above)) == ["hold"]
    assert touches(BASE, above) == {}, "without it the rule is asked more often"


def test_the_rules_a_version_changed_are_those_that_differ_or_moved() -> None:
    after = BASE.replace("queue: vip", "queue: care").replace(HOLD, "") + "  - id: new\n    do: {tags: [a]}\n"
    assert changed_ids(rules(BASE).rules, rules(after).rules) == ["gold", "new", "hold"]
    assert changed_ids(rules(BASE).rules, rules(BASE).rules) == []
    assert len(changed_ids(rules(BASE).rules, rules(BASE.replace(HOLD + GOLD, GOLD + HOLD)).rules)) == 1
