"""What the tests of routing share: rule sets written briefly, and hypothesis strategies for Facts, conditions and rules."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from app.core.facts import Facts
from app.routing.compile import Compiled, compile_rules
from app.routing.conditions import All, AnyOf, Compare, Condition, Not, WordList
from app.routing.fields import FIELDS, TRIGGERS, Field, spell
from app.routing.model import REPEATS, Actions, Matter, Problem, Rule, RuleSet, TimerSpec
from app.routing.operators import operators_for
from app.routing.parse import parse

WORDS = ("lawyer", "refund*", "call me", "Straße", "سفارش", "😡", "don't", "order 44", "x")
CUSTOM = Field("custom.plan", "text", "the customer's plan", fold=True, optional=True, numbers=True)
LISTS = (WordList("names", ("x", "gold", "es")), WordList("signs", ("😡", "call me", "refund*", "b")))
LISTS_TEXT = "lists:\n  names: [x, gold, es]\n  signs: [😡, call me, refund*, b]\n"


def set_of(text: str) -> RuleSet:
    """The rule set of a text that must parse."""
    parsed = parse(text)
    assert isinstance(parsed, RuleSet), "\n".join(map(str, parsed))
    return parsed


def rules(text: str, version: int = 7) -> Compiled:
    """A compiled rule set of a text that must parse."""
    return compile_rules(set_of(text), version)


def problems(text: str) -> list[Problem]:
    """The problems of a text that must not parse."""
    parsed = parse(text)
    assert isinstance(parsed, list), "it parsed"
    return parsed


def _number(field: Field) -> st.SearchStrategy[Any]:
    low, high = int(field.low if field.low is not None else -100), int(field.high if field.high is not None else 100)
    whole = st.integers(low, high)
    return st.one_of(whole, st.floats(low, high).map(lambda x: round(x, 1))) if (field.high or 9) <= 1 else whole


def values(field: Field) -> st.SearchStrategy[Any]:
    """A value a field may have, unknown included where it may be."""
    texts = st.sampled_from(
        ["", "x", "X", "es", "gold", "Gold", "und", "I want my REFUNDS, call  me! lawyer", "سفارش من", "don't 😡", "STRASSE"]
    )
    match field.type:
        case "flag":
            found: st.SearchStrategy[Any] = st.booleans()
        case "number":
            found = _number(field)
        case "names":
            found = st.lists(st.sampled_from(field.values or ("a", "B", "b")), max_size=3, unique=True).map(tuple)
        case _:
            found = st.sampled_from(field.values) if field.values else texts
    return st.one_of(st.none(), found) if field.optional else found


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Any Facts the table of fields allows."""
    known = {name: draw(values(field)) for name, field in FIELDS.items()}
    known["trigger"] = draw(st.sampled_from([*TRIGGERS, "mention.received"]))
    names = draw(st.lists(st.sampled_from(list(FIELDS)), max_size=6, unique=True))
    previous = {name: spell(draw(values(FIELDS[name]))) for name in names}
    return replace(
        Facts(),
        **known,
        custom=draw(st.dictionaries(st.sampled_from(["plan", "city"]), st.sampled_from(["pro", "Pro", "", "7", "-1.5", "nan"]))),
        previous=previous,
    )


@st.composite
def compares(draw: st.DrawFn) -> Compare:
    """A test the parser could have made."""
    field = draw(st.sampled_from([*FIELDS.values(), CUSTOM]))
    operator = draw(st.sampled_from(operators_for(field)))
    named = st.sampled_from(field.values) if field.values else st.sampled_from(["x", "es", "gold", "a", "B", *WORDS])
    one = st.booleans() if field.type == "flag" else _number(field) if field.type == "number" else named
    match operator.takes:
        case "yes":
            value: Any = True
        case "many" | "words":
            value = tuple(draw(st.lists(one, min_size=1, max_size=3, unique=True)))
        case "number":
            value = draw(_number(field))
        case "pair":
            value = tuple(sorted((draw(_number(field)), draw(_number(field)))))
        case "lists":
            value = tuple(draw(st.lists(st.sampled_from(LISTS), min_size=1, max_size=2, unique=True)))
        case "step":
            value = draw(st.sampled_from([0.1, 0.5, 1]))
        case "pattern":
            value = draw(st.sampled_from(["refund", "^x", r"\bcall\b", "[a-z]{3}$", "ß|ss"]))
        case _:
            value = draw(one)
    return Compare(field.name, operator.name, value)


def conditions() -> st.SearchStrategy[Condition]:
    """A tree of any shape over such tests."""
    return st.recursive(
        compares(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
            inner.map(Not),
        ),
        max_leaves=6,
    )


ACTIONS = st.builds(
    Actions,
    queue=st.sampled_from([None, "care", "vip"]),
    tags=st.sampled_from([(), ("a",), ("a", "b")]),
    floor=st.sampled_from([None, 10, 90]),
    hold=st.sampled_from([None, "look"]),
    escalate=st.sampled_from([(), (Matter("legal"),), (Matter("legal", 2), Matter("pr"))]),
    notify=st.sampled_from([(), ("lead",)]),
    no_response_needed=st.sampled_from([None, "chat"]),
    snooze_minutes=st.sampled_from([None, 30]),
    approval=st.sampled_from([None, "legal", "supervisor"]),
    untag=st.sampled_from([(), ("a",), ("c", "b")]),
    term=st.sampled_from([None, -20, 40]),
    close=st.sampled_from([None, "spam"]),
    community_minutes=st.sampled_from([None, 60]),
    note=st.sampled_from([None, "asked twice"]),
    start_timers=st.sampled_from([(), (TimerSpec("chase", 30),), (TimerSpec("chase", 10, True), TimerSpec("lead", 1, waiting=True))]),
    stop_timers=st.sampled_from([(), ("chase",), ("lead", "chase")]),
    webhooks=st.sampled_from([(), ("crm",)]),
    reply_with=st.sampled_from([None, "thanks"]),
)


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    """A few rules with ids of their own."""
    made = draw(st.lists(st.tuples(conditions(), ACTIONS, st.booleans(), st.booleans(), st.sampled_from(REPEATS)), max_size=5))
    on = ("mention.received", "clock.breached")
    rules = (
        Rule(f"r{i}", f"Rule {i}", on, when, do, enabled, stop, repeat=repeat) for i, (when, do, enabled, stop, repeat) in enumerate(made)
    )
    return RuleSet(tuple(rules), lists=LISTS)
