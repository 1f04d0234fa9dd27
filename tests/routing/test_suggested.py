"""Suggested conditions: pressed in, pressed out, collected; and the name a rule gets from them."""

import pytest

from app.routing.condition_form import Group, Row, when_of
from app.routing.rule_form import RuleForm, plain_of, read_plain, reshaped
from app.routing.suggested import PLAIN_KEYS, has, name_for, pressed, words_for
from app.routing.telling import conditions, told
from tests.routing.written import set_of


@pytest.mark.parametrize("key", [*PLAIN_KEYS, "tier:gold", "language:es"])
def test_each_is_a_condition_that_can_be_asked_and_goes_out_as_it_came(key: str) -> None:
    group = pressed(Group(), key)
    assert has(group, key)
    rule = read_plain(plain_of(RuleForm(id="a", when=group, queue="care")))
    assert not isinstance(rule, list), rule
    assert words_for(group.items[0]), "it has words"
    assert pressed(group, key) == Group()


def test_values_of_one_field_collect() -> None:
    group = pressed(pressed(Group(), "tier:gold"), "tier:platinum")
    assert when_of(group) == {"tier": ["gold", "platinum"]}
    assert has(group, "tier:gold")
    assert has(group, "tier:platinum")
    assert pressed(group, "tier:gold") == Group("all", (Row("tier", "is", "platinum"),))


def test_beside_conditions_of_which_one_suffices_it_narrows_all_of_them() -> None:
    either = Group("any", (Row("text", "contains_any", "a"), Row("text", "contains_any", "b")))
    group = pressed(either, "language:es")
    assert group == Group("all", (either, Row("language", "is", "es")))


@pytest.mark.parametrize("key", ["", "no-such", "tier:", "language:"])
def test_an_unknown_one_changes_nothing(key: str) -> None:
    assert reshaped(RuleForm(), f"chip:{key}") == RuleForm()


def test_the_name_and_the_sentence_are_those_of_the_founding_example() -> None:
    group = Group()
    for key in ("angry", "tier:gold", "language:es"):
        group = pressed(group, key)
    assert name_for(group) == "Angry gold customers in Spanish"
    rule = read_plain(plain_of(RuleForm(id="a", when=group, queue="ana", notify=("lead",))))
    assert not isinstance(rule, list)
    assert told(rule, {"ana": "Ana's queue"}) == (
        "When a mention arrives or is edited, and it sounds angry or complains, a gold customer wrote it and it is in Spanish: "
        "it goes to the queue Ana's queue; the lead of its queue is told."
    )
    when = "{all: [{all: [{tier: gold}, {tier: {changed: true}}]}, {any: [{hold: true}, {queue: x}]}]}"
    nested = set_of(f"rules:\n  - id: a\n    when: {when}\n    stop: true\n")
    assert conditions(nested.rules[0].when) == (
        "a gold customer wrote it and the customer's tier has changed and (it is on hold: yes or the queue is x)"
    )
    assert name_for(Group("all", (Row("text", "contains_any", "x"),))) == ""
