"""Decisions, rules and refusals in words."""

import pytest

from app.core.facts import Facts
from app.routing.because import condition_words
from app.routing.decide import decide
from app.routing.explain import decision_words, rule_words, why_not
from tests.routing.written import rules, set_of

TEXT = """\
rules:
  - id: gold
    when: {tier: gold, sentiment: {below: -0.4}}
    do: {queue: vip}
  - id: off
    enabled: false
  - id: late
    on: clock.breached
  - id: es
    when: {language: es}
    stop: true
  - id: after
"""


@pytest.mark.parametrize(
    ("rule", "fired", "because"),
    [
        ("gold", False, "the sentiment is -0.1, not below -0.4"),
        ("off", False, "it is switched off"),
        ("late", False, "it is not asked when a mention arrives"),
        ("es", True, "the language is es"),
        ("after", False, "es fired before it and stopped"),
        ("zzz", False, "version 7 has no rule zzz"),
    ],
)
def test_why_a_rule_did_not_fire(rule: str, fired: bool, because: str) -> None:
    answer = why_not(rules(TEXT), Facts(tier="Gold", sentiment=-0.1, language="es"), rule)
    assert (answer.fired, answer.because) == (fired, because)


@pytest.mark.parametrize(
    ("test", "facts", "because"),
    [
        ("tier: gold", {}, "the customer's tier is not known"),
        ("tier: gold", {"tier": "silver"}, "the customer's tier is silver (asked: is gold)"),
        ("text: {contains_any: [refund, lawyer]}", {"text": "hi"}, "the text has none of “refund”, “lawyer”"),
        ("text: {contains_all: [order, late]}", {"text": "order"}, "the text lacks “late”"),
        ("risk: legal", {"risk": ("press",)}, "it has no risk class “legal”"),
        ("verified: true", {}, "the author is verified by the network: no"),
        ("score: {between: [10, 20]}", {"score": 30}, "the priority score is 30, not between 10 and 20"),
        ("score: {crosses_above: 70}", {"score": 30}, "the priority score did not change (asked: rises to or over 70)"),
        ("tier: {changed: true}", {"tier": "gold", "previous": {"tier": "gold"}}, "the customer's tier was gold and is gold"),
        ("any: [tier: gold, language: es]", {"language": "de"}, "the customer's tier is not known and the language is de (asked: is es)"),
        ("not: {language: de}", {"language": "de"}, "the language is de"),
        ("handle: {matches: '^a'}", {"handle": "bob"}, "the author's handle does not match ^a"),
        ("text: {in_list: words}", {"text": "hi"}, "the text has none of “late”, “refund*” (the list words)"),
        ("text: {in_list: words}", {"text": "refunds"}, "the text has “refund*” (the list words)"),
        ("handle: {in_list: [words, vips]}", {"handle": "bob"},
         "the author's handle is bob (asked: is any of late, refund*, Ann) (the list words, vips)"),
        ("handle: {in_list: vips}", {"handle": "ann"}, "the author's handle is ann (the list vips)"),
        ("sentiment: {changed_by: 0.5}", {"sentiment": 0.1, "previous": {"sentiment": "0.2"}},
         "the sentiment was 0.2 and is 0.1 (asked: has changed by at least 0.5)"),
        ("waiting_minutes: {within_business_minutes: 5}", {"waiting_business_minutes": 9.5},
         "the wait in business hours is 9.5, not at most 5"),
        ("timer: chase", {}, "the timer that is due is not known"),
    ],
)  # fmt: skip
def test_reasons(test: str, facts: dict[str, object], because: str) -> None:
    lists = "lists:\n  words: [late, 'refund*']\n  vips: [Ann]\n"
    compiled = rules(f"{lists}rules:\n  - id: a\n    when:\n      {test}\n")
    assert why_not(compiled, Facts(**facts), "a").because == because  # type: ignore[arg-type]  # the table holds values of many fields


@pytest.mark.parametrize(
    ("repeat", "because"),
    [
        ("once", "it fires once a case, and has fired on this one before"),
        ("once_per_state", "it fires once while a case is in one state, and has fired since the state last changed"),
        ("always", "it was kept from going round in a circle"),
    ],
)
def test_why_a_spent_rule_did_not_fire(repeat: str, because: str) -> None:
    compiled = rules(f"rules:\n  - id: a\n    repeat: {repeat}\n    stop: true\n  - id: b\n")
    assert because in why_not(compiled, Facts(), "a", spent={"a"}).because
    assert why_not(compiled, Facts(), "b", spent={"a"}).fired
    assert decide(compiled, Facts(), spent={"a"}).fired == ("b",)


def test_what_a_guard_said_of_a_rule_is_told_instead_of_how_often_it_may_fire() -> None:
    compiled = rules("rules:\n  - id: a\n    repeat: once\n    when: {tier: gold}\n")
    told = why_not(compiled, Facts(tier="gold"), "a", spent={"a"}, stopped="The rule a was not asked: too deep.").because
    assert told == "its condition held (the customer's tier is gold), but a guard kept it from firing: The rule a was not asked: too deep."
    assert why_not(compiled, Facts(tier="tin"), "a", spent={"a"}, stopped="x").because == "the customer's tier is tin (asked: is gold)"


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("text: {in_list: delivery}", "the text has a word of the list delivery"),
        ("tags: {not_in_list: delivery}", "it has no tag of the list delivery"),
        ("handle: {not_in_list: delivery}", "the author's handle is not in the list delivery"),
        ("waiting_minutes: {within_business_minutes: 5}", "the wait is at most 5 minutes of business hours"),
        ("score: {changed_by: 5}", "the priority score has changed by at least 5"),
    ],
)
def test_conditions_in_words(test: str, words: str) -> None:
    assert condition_words(set_of(f"rules:\n  - id: a\n    when:\n      {test}\n").rules[0].when) == words


def test_a_decision_as_a_sentence() -> None:
    compiled = rules("rules:\n  - id: a\n    do: {queue: legal, hold: a lawyer is named, escalate: {to: legal, tier: 2}, tags: [b, a]}\n")
    expected = "It goes to the queue legal; is held: a lawyer is named; is escalated to legal (tier 2); is tagged a, b."
    assert decision_words(decide(compiled, Facts())) == expected
    assert decision_words(decide(compiled, Facts(trigger="clock.warned"))) == "No rule wanted anything done."


def test_a_rule_as_a_sentence() -> None:
    rule = set_of(
        "rules:\n  - id: a\n    on: clock.warned\n    when: {any: [band: urgent, hold: true]}\n    do: {notify: lead}\n    stop: true\n"
    )
    expected = "When a target is near, if the priority band is urgent or it is on hold: yes: notify: lead; then ask no further rule."
    assert rule_words(rule.rules[0]) == expected
