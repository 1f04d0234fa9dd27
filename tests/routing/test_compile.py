"""The generated function means what the tree means, never raises, and cannot be made to hang."""

import time
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.events import EVENT_KINDS
from app.core.facts import Facts
from app.routing.because import find, reason_of
from app.routing.compile import compile_rules
from app.routing.conditions import AnyOf, Compare, Condition
from app.routing.decide import decide
from app.routing.fields import FIELDS, TRIGGERS
from app.routing.model import NOTHING, Rule, RuleSet
from app.routing.pattern import Pattern
from tests.routing.written import conditions, facts, rule_sets, rules

NAMED = "lists:\n  late: ['refund*', call me]\n  vips: [bob]\n"


def compiled_holds(condition: Condition, given_facts: Facts) -> bool:
    """What the generated function says of one condition."""
    rule = Rule("r", "", (given_facts.trigger,), condition, NOTHING)
    return compile_rules(RuleSet((rule,))).by_trigger[given_facts.trigger](given_facts) == [0]


@given(conditions(), facts())
def test_the_generated_function_agrees_with_the_plain_meaning(condition: Condition, given_facts: Facts) -> None:
    found = find(condition, given_facts)
    assert compiled_holds(condition, given_facts) == found.holds
    assert isinstance(found.because, str)


@pytest.mark.parametrize(
    ("sources", "one"),
    [
        (["a+b", "^c$"], True),
        (["(?-i)X|y", "z", "[0-9]{3}$"], True),
        (["\\Qa.b", "c"], False),  # a quotation that is never closed would swallow the next
        ([f"{n}\\pL{{30}}" for n in range(80)], False),  # each is small, together they are not
    ],
)
def test_patterns_of_which_any_suffices_are_asked_as_one_where_they_go_together(sources: list[str], one: bool) -> None:
    together = Pattern.any_of(sources)
    assert (together is not None) == one
    any_of = AnyOf(tuple(Compare("text", "matches", source) for source in sources))
    for text in ("", "aab", "c", "cc", "C", "x", "X", "Y", "zz", "1234", "a.b", "a.b)|(?:c", "ä" * 200, "a" * 199):
        wanted = any(Pattern(source).found(text) for source in sources)
        assert compiled_holds(any_of, Facts(text=text)) == wanted
        assert together is None or together.found(text) == wanted


@given(conditions(), st.lists(facts(), max_size=4))
def test_a_prepared_reason_says_what_the_plain_meaning_says(condition: Condition, given_facts: list[Facts]) -> None:
    reason = reason_of(condition)
    for each in given_facts:
        found = find(condition, each)
        if found.holds:
            assert reason(each) == reason(each) == found.because


def test_sums_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.routing.decide.SUMS_KEPT", 2)
    compiled = rules("rules:\n" + "".join(f"  - id: r{i}\n    when: {{score: {i}}}\n    do: {{tags: [t{i}]}}\n" for i in range(5)))
    assert [decide(compiled, Facts(score=i)).tags for i in (0, 1, 2, 3, 4, 0)] == [("t0",), ("t1",), ("t2",), ("t3",), ("t4",), ("t0",)]
    assert len(compiled.sums) <= 2


def test_decisions_are_remembered_up_to_a_bound_each_with_its_own_reasons_and_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.routing.decide.TRACES_KEPT", 2)
    compiled = rules("rules:\n  - id: a\n    when: {score: {at_least: 0}}\n    do: {tags: [t]}\n")
    for score in (1, 2, 3, 1):
        decision = decide(compiled, Facts(score=score))
        assert [line.because for line in decision.trace] == [find(compiled.rules[0].when, Facts(score=score)).because]
        assert decide(compiled, Facts(score=score)) is decision
    assert len(compiled.traced) <= 2
    later = replace(compiled, version=8)
    assert [(d.version, d.trace[0].version) for d in (decide(one, Facts(score=1)) for one in (later, compiled))] == [(8, 8), (7, 7)]


@given(rule_sets(), facts())
def test_deciding_never_raises_and_is_repeatable(rule_set: RuleSet, given_facts: Facts) -> None:
    compiled = compile_rules(rule_set)
    decision = decide(compiled, given_facts)
    assert decision == decide(compiled, given_facts, trace=False)
    assert len(decision.trace) == len(decision.fired)


@given(
    st.text(alphabet=st.characters(), max_size=200), st.floats(allow_nan=True), st.dictionaries(st.text(max_size=5), st.text(max_size=5))
)
def test_no_text_number_or_custom_field_makes_it_raise(text: str, number: float, custom: dict[str, str]) -> None:
    compiled = rules(
        "rules:\n  - id: a\n    when:\n      any:\n        - text: {matches: 'a+b', contains_any: [x], starts_with: q}\n"
        "        - sentiment: {below: 0}\n        - custom.plan: pro\n        - handle: {ends_with: z}\n"
    )
    decide(compiled, Facts(text=text, handle=text, sentiment=number, custom=custom, previous=custom))


def test_every_fact_can_be_asked() -> None:
    assert {field.name for field in fields(Facts)} - {"custom", "previous"} == set(FIELDS)


def test_every_trigger_is_an_event() -> None:
    assert set(TRIGGERS) <= EVENT_KINDS


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        ("text: {contains_any: [refund]}", {"text": "REFUND!"}, {"text": "refunds"}),
        ("text: {contains_any: ['refund*']}", {"text": "refunds"}, {"text": "a re-fund"}),
        ("text: {contains_any: [call me]}", {"text": "Call   me."}, {"text": "call them"}),
        ("text: {contains_any: [😡]}", {"text": "why😡"}, {"text": "why"}),
        ("text: {contains_all: [order, late]}", {"text": "late, my order"}, {"text": "my order"}),
        ("text: {contains_none: [please]}", {"text": ""}, {"text": "Please"}),
        ("text: {starts_with: [hello, hi]}", {"text": "Hi there"}, {"text": "oh hi"}),
        ("text: {matches: '#[0-9]{4}'}", {"text": "order #4471"}, {"text": "order #44"}),
        ("handle: {is: '@Bob'}", {"handle": "@bob"}, {"handle": "@bobby"}),
        ("tier: gold", {"tier": "Gold"}, {"tier": None}),
        ("tier: {is_not: gold}", {"tier": None}, {"tier": "GOLD"}),
        ("tier: {none_of: [gold, silver]}", {"tier": None}, {"tier": "silver"}),
        ("tier: {set: true}", {"tier": "gold"}, {"tier": ""}),
        ("language: {set: true}", {"language": "es"}, {"language": "und"}),
        ("sentiment: {below: 0}", {"sentiment": -0.1}, {"sentiment": None}),
        ("sentiment: {is_not: 0}", {"sentiment": None}, {"sentiment": 0.0}),
        ("consent: false", {"consent": False}, {"consent": None}),
        ("consent: {is_not: true}", {"consent": None}, {"consent": True}),
        ("risk: {contains_all: [legal, press]}", {"risk": ("press", "legal")}, {"risk": ("legal",)}),
        ("risk: {contains_none: [legal]}", {"risk": ()}, {"risk": ("legal",)}),
        ("segments: {contains_any: [VIP]}", {"segments": ("vip",)}, {"segments": ("vips",)}),
        ("tier: {changed: true}", {"tier": "gold", "previous": {"tier": "Silver"}}, {"tier": "gold", "previous": {"tier": "Gold"}}),
        ("tier: {was: silver}", {"tier": "gold", "previous": {"tier": "Silver"}}, {"tier": "gold"}),
        ("score: {changed: true}", {"score": 5, "previous": {"score": "4"}}, {"score": 5, "previous": {"score": "5.0"}}),
        ("score: {crosses_above: 70}", {"score": 70, "previous": {"score": "69"}}, {"score": 80, "previous": {"score": "70"}}),
        ("score: {crosses_below: 30}", {"score": 30, "previous": {"score": "31"}}, {"score": 10}),
        ("custom.plan: {starts_with: p}", {"custom": {"plan": "Pro"}}, {"custom": {}}),
        ("custom.orders: {at_least: 5}", {"custom": {"orders": "12"}}, {"custom": {"orders": "4"}}),
        ("custom.orders: {below: 5}", {"custom": {"orders": "-1.5"}}, {"custom": {"orders": "many"}}),
        ("custom.orders: {between: [1, 5]}", {"custom": {"orders": "5.0"}}, {"custom": {}}),
        ("custom.orders: {above: 5}", {"custom": {"orders": "1e3"}}, {"custom": {"orders": "nan"}}),
        ("text: {in_list: late}", {"text": "my refunds, please"}, {"text": "late"}),
        ("text: {in_list: [late, vips]}", {"text": "I am BOB"}, {"text": "bobby"}),
        ("text: {not_in_list: late}", {"text": ""}, {"text": "call  me!"}),
        ("handle: {in_list: vips}", {"handle": "Bob"}, {"handle": "bob smith"}),
        ("handle: {not_in_list: vips}", {"handle": ""}, {"handle": "bob"}),
        ("segments: {in_list: vips}", {"segments": ("x", "BOB")}, {"segments": ()}),
        ("sentiment: {changed_by: 0.2}", {"sentiment": -0.1, "previous": {"sentiment": "0.1"}}, {"sentiment": -0.1}),
        ("score: {changed_by: 10}", {"score": 5, "previous": {"score": "15"}}, {"score": 6, "previous": {"score": "15"}}),
        ("waiting_minutes: {within_business_minutes: 30}", {"waiting_minutes": 900.0, "waiting_business_minutes": 30.0},
         {"waiting_minutes": 20.0, "waiting_business_minutes": 31.0}),
        ("sentiment_change: {at_most: -0.5}", {"sentiment_change": -0.5}, {"sentiment_change": None}),
        ("since_reply_minutes: {above: 60}", {"since_reply_minutes": 61.0}, {"since_reply_minutes": None}),
        ("disposition: spam", {"disposition": "spam"}, {"disposition": None}),
        ("initiator: us", {"initiator": "us"}, {}),
        ("timer: chase", {"timer": "chase"}, {"timer": "Chase"}),
    ],
)  # fmt: skip
def test_what_the_operators_mean(test: str, yes: dict[str, object], no: dict[str, object]) -> None:
    compiled = rules(f"{NAMED}rules:\n  - id: a\n    when:\n      {test}\n")
    assert decide(compiled, replace(Facts(), **yes)).fired == ("a",)  # type: ignore[arg-type]  # the table holds values of many fields
    assert decide(compiled, replace(Facts(), **no)).fired == ()  # type: ignore[arg-type]  # the same


@pytest.mark.parametrize("bomb", ["(a+)+$", "(a|aa)+$", "(a|a?)+b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a?){60}a{60}"])
def test_a_regex_bomb_does_not_hang(bomb: str) -> None:
    began = time.thread_time()
    Pattern(bomb).found("a" * 1_000_000 + "!")
    assert time.thread_time() - began < 1


def test_values_never_become_source() -> None:
    nasty = "'); import os; os._exit(1); ('"
    rule = Rule("r", "", ("mention.received",), Compare("handle", "is", nasty), NOTHING)
    assert compile_rules(RuleSet((rule,))).by_trigger["mention.received"](Facts(handle=nasty)) == [0]


def test_a_hundred_rules_of_three_tests_are_quick() -> None:
    """Issue's goal is 25 microseconds; the bound here is loose because test machines are shared."""
    line = "      sentiment: {{below: {}}}\n      language: [es, de, en]\n      tier: [gold, platinum]\n    do: {{queue: q}}\n"
    text = "rules:\n" + "".join(f"  - id: r{i}\n    when:\n" + line.format(-0.5 - i / 250) for i in range(100))
    compiled = rules(text)
    quiet = Facts(text="my order is late", sentiment=-0.2, language="en", tier="gold")
    best = min(_seconds(lambda: decide(compiled, quiet)) for _ in range(5))
    assert best < 100e-6


def _seconds(call: object, times: int = 200) -> float:
    began = time.thread_time()
    for _ in range(times):
        call()  # type: ignore[operator]  # any call without arguments
    return (time.thread_time() - began) / times
