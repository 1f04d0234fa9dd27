"""Rule texts, good and bad: what they mean, and that every fault is named with its line, field and mend."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.facts import Facts
from app.routing.conditions import All, AnyOf, Compare, Not
from app.routing.model import Matter, RuleSet
from app.routing.parse import parse
from tests.routing.written import problems, set_of


def when(text: str) -> object:
    """The condition of a rule whose ``when:`` is the text, indented."""
    body = "\n".join(f"      {line}" for line in text.strip("\n").splitlines())
    return set_of(f"rules:\n  - id: a\n    when:\n{body}\n").rules[0].when


def test_a_rule_with_everything() -> None:
    text = """
engine: 1
rules:
  - id: gold
    name: Gold
    note: why it exists
    enabled: false
    on: [clock.warned, clock.breached]
    when: {language: es}
    do:
      queue: vip
      assign: ana@desk.example
      tags: [one, 2]
      floor: 70
      checklist: public-reply
      hold: look first
      escalate: [legal, {to: pr, tier: 2}]
      notify: [lead, ben@desk.example]
      no_response_needed: true
      snooze_minutes: 30
      approval: legal
    stop: true
"""
    rule = set_of(text).rules[0]
    assert (rule.id, rule.name, rule.note, rule.enabled, rule.stop, rule.line) == ("gold", "Gold", "why it exists", False, True, 4)
    assert rule.on == ("clock.warned", "clock.breached")
    assert rule.do.tags == ("one", "2")
    assert rule.do.escalate == (Matter("legal", 1), Matter("pr", 2))
    assert (rule.do.hold, rule.do.no_response_needed, rule.do.assign) == ("look first", "no answer is needed", "ana@desk.example")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("language: es", Compare("language", "is", "es")),
        ("language: no", Compare("language", "is", "no")),  # Norwegian, not a YAML 1.1 false
        ("language: [es, de]", Compare("language", "any_of", ("es", "de"))),
        ("text: refund", Compare("text", "contains_any", ("refund",))),
        ("risk: legal", Compare("risk", "contains_any", ("legal",))),
        ("tier: null", Compare("tier", "not_set", True)),
        ("tier: {set: false}", Compare("tier", "not_set", True)),
        ("custom.plan: 7", Compare("custom.plan", "is", "7")),
        ("score: {above: 10, below: 20}", All((Compare("score", "above", 10), Compare("score", "below", 20)))),
        ("score: {between: [10, 20]}", Compare("score", "between", (10, 20))),
        ("language: es\ntier: gold", All((Compare("language", "is", "es"), Compare("tier", "is", "gold")))),
        ("not: {hold: true}", Not(Compare("hold", "is", True))),
        ("any: [language: es, tier: gold]", AnyOf((Compare("language", "is", "es"), Compare("tier", "is", "gold")))),
        ("any: {language: es, tier: gold}", AnyOf((Compare("language", "is", "es"), Compare("tier", "is", "gold")))),
    ],
)
def test_forms_of_a_condition(text: str, tree: object) -> None:
    assert when(text) == tree


@pytest.mark.parametrize("text", ["", "# only words\n", "rules:\n", "rules: []\nexamples: []\n", "---\n"])
def test_no_rules_is_a_rule_set(text: str) -> None:
    assert parse(text) == RuleSet(())


def test_facts_of_an_example() -> None:
    facts = "{text: hi, risk: [legal], tier: gold, sentiment: -1, custom: {plan: 7}, reach: null}"
    text = f"examples:\n  - name: n\n    facts: {facts}\n    expect: {{queue: null}}\n"
    assert set_of(text).examples[0].facts == Facts(text="hi", risk=("legal",), tier="gold", sentiment=-1, custom={"plan": "7"})


RULE = "rules:\n  - id: a\n    when:\n      {}\n"
DO = "rules:\n  - id: a\n    do:\n      {}\n"


@pytest.mark.parametrize(
    ("text", "line", "field", "words"),
    [
        ("rules: 5", 1, "rules", "must be a list"),
        ("[1]", 1, "file", "map of keys"),
        ("rulez: []", 1, "rulez", "Did you mean rules?"),
        ("engine: 9\nrules: []", 1, "engine", "Write engine: 1"),
        ("rules:\n  - name: x", 2, "rules[0]", "has no id"),
        ("rules:\n  - id: Über Alles", 2, "rules[Über Alles].id", "small letters"),
        ("rules:\n  - id: a\n    enabled: maybe", 3, "rules[a].enabled", "true or false"),
        ("rules:\n  - id: a\n    on: mention.recieved", 3, "rules[a].on", "Did you mean mention.received?"),
        ("rules:\n  - id: a\n    stopp: true", 3, "rules[a].stopp", "Did you mean stop?"),
        ("rules:\n  - id: a\n    id: b", 3, "id", "stands twice"),
        (RULE.format("sentimet: -1"), 4, "rules[a].when.sentimet", "Did you mean sentiment?"),
        (RULE.format("zzz: 1"), 4, "rules[a].when.zzz", "docs/rules.md"),
        (RULE.format("sentiment: {bellow: 1}"), 4, "rules[a].when.sentiment.bellow", "Did you mean below?"),
        (RULE.format("sentiment: {contains_any: [x]}"), 4, "rules[a].when.sentiment.contains_any", "does not fit sentiment"),
        (RULE.format("sentiment: {below: low}"), 4, "rules[a].when.sentiment.below", "must be a number"),
        (RULE.format("sentiment: {below: -5}"), 4, "rules[a].when.sentiment.below", "runs from -1 to 1"),
        (RULE.format("score: {between: [20, 10]}"), 4, "rules[a].when.score.between", "between: [10, 20]"),
        (RULE.format("score: {between: 20}"), 4, "rules[a].when.score.between", "low and a high"),
        (RULE.format("visibility: privat"), 4, "rules[a].when.visibility", "Use one of: public"),
        (RULE.format("risk: [leggal]"), 4, "rules[a].when.risk", "Did you mean legal?"),
        (RULE.format("hold: perhaps"), 4, "rules[a].when.hold", "true or false"),
        (RULE.format("language: true"), 4, "rules[a].when.language", "in quotes"),
        (RULE.format("language: {is: [a]}"), 4, "rules[a].when.language.is", "Use any_of"),
        (RULE.format("language: []"), 4, "rules[a].when.language", "list is empty"),
        (RULE.format("language: {}"), 4, "rules[a].when.language", "test is empty"),
        (RULE.format("all: []"), 4, "rules[a].when.all", "no conditions"),
        (RULE.format("- language: es"), 4, "rules[a].when", "all or any"),
        ("rules:\n  - id: a\n    when: {}", 3, "rules[a].when", "condition is empty"),
        (RULE.format("text: {matches: '(a'}"), 4, "rules[a].when.text.matches", "missing )"),
        (RULE.format("text: {matches: '(?=a)b'}"), 4, "rules[a].when.text.matches", "RE2"),
        (RULE.format("text: {matches: '((a{1,500}){1,500}){1,500}'}"), 4, "rules[a].when.text.matches", "cannot be used"),
        (DO.format("que: care"), 4, "rules[a].do.que", "Did you mean queue?"),
        (DO.format("queue: [a, b]"), 4, "rules[a].do.queue", "must be text, this is a list"),
        (DO.format("floor: 170"), 4, "rules[a].do.floor", "from 0 to 100"),
        (DO.format("floor: 7.5"), 4, "rules[a].do.floor", "whole number"),
        (DO.format("escalate: lawyers"), 4, "rules[a].do.escalate", "legal, pr, supervisor"),
        (DO.format("escalate: {to: legal, tier: 9}"), 4, "rules[a].do.escalate.tier", "from 1 to 3"),
        (DO.format("escalate: {tier: 1}"), 4, "rules[a].do.escalate", "to whom"),
        (DO.format("notify: everyone"), 4, "rules[a].do.notify", "assignee"),
        (DO.format("assign: Ana"), 4, "rules[a].do.assign", "least_loaded"),
        (DO.format("approval: agent"), 4, "rules[a].do.approval", "supervisor, legal"),
        (DO.format("snooze_minutes: 0"), 4, "rules[a].do.snooze_minutes", "from 1 to"),
        (DO.format("tags: []"), 4, "rules[a].do.tags", "empty list"),
        ("examples:\n  - facts: {}\n    expect: {queue: a}", 2, "examples[0]", "no name"),
        ("examples:\n  - name: n", 2, "examples[0]", "expects nothing"),
        ("examples:\n  - name: n\n    facts: {txt: a}\n    expect: {queue: a}", 3, "examples[0].facts.txt", "Did you mean text?"),
        ("examples:\n  - name: n\n    facts: {reach: many}\n    expect: {queue: a}", 3, "examples[0].facts.reach", "must be a number"),
        ("examples:\n  - name: n\n    expect: {que: a}", 3, "examples[0].expect.que", "Did you mean queue?"),
        ("rules:\n\t- id: a", 2, "file", "not valid YAML"),
        ("rules: [", 1, "file", "not valid YAML"),
        ("rules: []\n--- \nrules: []", 2, "file", "second YAML document"),
        ("a: *nobody", 1, "file", "has no anchor"),
        ("a: &a [*a]", 1, "file", "inside its own anchor"),
        ("rules: []\nx: \x00", 2, "file", "U+0000"),
        ("x: \ud800", 1, "file", "U+D800"),
        ("x: " + "[" * 100, 1, "file", "deeper than"),
    ],
)
def test_each_fault_names_its_place_and_its_mend(text: str, line: int, field: str, words: str) -> None:
    found = problems(text)
    assert any((one.line, one.field) == (line, field) and words in f"{one.msg}. {one.mend}" for one in found), "\n".join(map(str, found))


def test_every_fault_is_named_not_only_the_first() -> None:
    found = problems("rules:\n  - id: a\n    when: {sentimet: 1}\n    do: {que: x}\n  - name: b\n    stop: 3\n")
    assert [one.line for one in found] == [3, 4, 5, 6]


def test_a_text_full_of_faults_has_a_bounded_list() -> None:
    assert len(problems("rules:\n" + "  - 1\n" * 5_000)) == 200


def test_ten_levels_of_ten_aliases_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    began = time.thread_time()
    found = problems("\n".join(lines))
    assert "aliases" in found[-1].mend
    assert time.thread_time() - began < 2


def test_a_huge_text_is_refused_before_it_is_read() -> None:
    began = time.thread_time()
    assert "400,000" in problems("x: y\n" * 1_000_000)[0].msg
    assert time.thread_time() - began < 1


@given(st.text(alphabet=st.characters(), max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(parse(text), RuleSet | list)


_PIECES = [
    "rules:\n", "  - id: a\n", "    when:\n", "      language: es\n", "      all:\n", "        - hold: true\n", "    do: {queue: x}\n",
    "    stop: true\n", "examples:\n", "  - name: n\n", "    expect: {hold: ", "}\n", "&a ", "*a", "[", "]", "{", ": ", "\t", "- ", "'",
    '"', "|\n", "? ", "!!x ",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_no_jumble_of_rule_pieces_makes_it_raise(text: str) -> None:
    found = parse(text)
    assert isinstance(found, RuleSet) or all(one.line >= 1 and one.mend for one in found)


def test_a_comment_that_the_parser_cannot_place_is_a_problem_and_no_crash() -> None:
    found = parse("%YAML 1.2\n---\nnull:  # c\n  a- x\n\nkey: v\n")
    assert isinstance(found, list)
    assert found[0].msg.startswith("This is not valid YAML")
