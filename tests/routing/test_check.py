"""The shipped rules and queues hold; examples fail where they should; the schema says what the parser says."""

import json
from functools import cache
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from app.routing.check import check
from app.routing.fields import FIELDS, Field
from app.routing.lint import Known
from app.routing.model import Queue
from app.routing.operators import operators_for
from app.routing.parse import parse
from app.routing.parse_actions import ACTION_KEYS
from app.routing.queues import parse_queues
from app.routing.schema import schema

FOLDER = Path(__file__).resolve().parents[2] / "routing_rules"
SHIPPED = (FOLDER / "rules.yaml").read_text(encoding="utf-8")


def queues() -> tuple[Queue, ...]:
    """The shipped queues."""
    found = parse_queues((FOLDER / "queues.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, tuple), found
    return found


def known() -> Known:
    """The names the shipped rules may use."""
    return Known(frozenset(queue.id for queue in queues()), frozenset(path.stem for path in (FOLDER / "policies").glob("*.md")))


def test_the_shipped_rules_have_no_problem_at_all() -> None:
    verdict = check(SHIPPED, known())
    assert verdict.problems == ()
    assert verdict.ok
    assert verdict.words.endswith("held, no warnings.")


def test_the_shipped_queues() -> None:
    assert [queue.id for queue in queues()] == ["care", "care-es", "care-de", "care-fa", "vip", "legal", "community", "bulk"]
    assert queues()[1].languages == ("es",)
    assert queues()[4].skills == ("vip",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no queue"),
        ("queues: []", "no queue"),
        ("queues: [{title: x}]", "has no id"),
        ("queues: [{id: A B}]", "small letters"),
        ("queues: [{id: a}, {id: a}]", "stands twice"),
        ("queues: [{id: a, lang: es}]", "Did you mean languages?"),
        ("queue: []", "Did you mean queues?"),
        ("queues: [a]", "map of keys"),
    ],
)
def test_bad_queues_are_named(text: str, words: str) -> None:
    found = parse_queues(text)
    assert isinstance(found, list)
    assert any(words in str(one) for one in found), found


@pytest.mark.parametrize(
    "expect",
    ["queue: care", "hold: true", "hold: look at it", "tags: [x]", "floor: 5", "escalate: legal", "escalate: {to: pr, tier: 3}",
     "tags: {a: b}", "start_timers: [t]",
     "fired: [b]", "not_fired: [a]", "stopped_by: null", "no_response_needed: true", "notify: [pr]"],
)  # fmt: skip
def test_an_example_that_does_not_hold_is_an_error_at_its_line(expect: str) -> None:
    rules = "rules:\n  - id: a\n    do: {queue: vip, escalate: pr}\n    stop: true\n  - id: b\n    on: clock.warned\n    do: {floor: 1}\n"
    text = f"{rules}examples:\n  - name: n\n    expect: {{{expect}}}\n"
    verdict = check(text)
    assert [(one.line, one.severity) for one in verdict.problems] == [(10, "error")], verdict.problems
    assert not verdict.ok


@pytest.mark.parametrize(
    "expect",
    ["queue: vip", "hold: false", "hold: null", "tags: [x]", "tags: []", "escalate: pr", "escalate: [{to: pr, tier: 1}]", "fired: a",
     "not_fired: [b]", "stopped_by: a", "floor: null", "assign: null"],
)  # fmt: skip
def test_an_example_that_holds(expect: str) -> None:
    rules = "rules:\n  - id: a\n    do: {queue: vip, escalate: pr, tags: [x, y]}\n    stop: true\n"
    other = "  - id: b\n    on: clock.warned\n    do: {floor: 1}\n"
    verdict = check(f"{rules}{other}examples:\n  - name: n\n    expect: {{{expect}}}\n")
    assert verdict.ok is (expect != "tags: []"), verdict.problems


def test_a_text_that_does_not_parse_has_no_rules() -> None:
    verdict = check("rules: 5")
    assert (verdict.ok, verdict.rule_set, len(verdict.errors)) == (False, None, 1)
    assert "cannot be published" in verdict.words


def test_the_schema_accepts_the_shipped_rules() -> None:
    names = known()
    validator = jsonschema_rs.validator_for(schema(tuple(names.queues or ()), tuple(names.policies or ())))
    assert [error.message for error in validator.iter_errors(YAML(typ="safe", pure=True).load(SHIPPED))] == []


@cache
def validator() -> jsonschema_rs.Validator:
    """What an editor would ask; made once, because that takes a tenth of a second."""
    return jsonschema_rs.validator_for(schema())


def value_for(field: Field, takes: str) -> object:
    """A value that an operator of this kind takes."""
    one: object = {"flag": True, "number": field.low if field.low is not None else 1}.get(field.type, (field.values or ("word",))[0])
    kinds: dict[str, object] = {
        "yes": True, "many": [one], "words": [one], "pair": [one, one], "pattern": "a+b", "lists": ["late"], "step": 0.5,
    }  # fmt: skip
    return kinds.get(takes, one)


@pytest.mark.parametrize("name", FIELDS)
def test_parser_and_schema_take_every_operator_of_every_field(name: str) -> None:
    field = FIELDS[name]
    tests = [{name: {one.name: value_for(field, one.takes)}} for one in operators_for(field)]
    made = {"lists": {"late": ["late", "waiting*"]}, "rules": [{"id": "a", "when": {"any": tests}, "do": {"floor": 1}}]}
    assert not isinstance(parse(json.dumps(made)), list), parse(json.dumps(made))
    assert [error.message for error in validator().iter_errors(made)] == []


EVERY_ACTION = """\
engine: 1
lists: {late: [late, 'waiting*']}
rules:
  - id: all
    name: Everything a rule can do
    note: For the test.
    enabled: true
    on: [mention.received, timer.due, reply.failed]
    repeat: once_per_state
    when: {text: {in_list: late}}
    do:
      queue: care
      assign: last_agent
      tags: [a]
      untag: [b]
      term: -5
      floor: 20
      checklist: public-reply
      approval: supervisor
      notify: [lead, ana@desk.example]
      note: A customer waits.
      reply_with: we-have-it
      community_minutes: 60
      start_timers: [{name: chase, minutes: 30}, {name: lead, minutes: 10, business: true, waiting: true}]
      stop_timers: [old]
      webhooks: [crm]
  - id: away
    on: case.opened
    do: {snooze_minutes: 5, hold: look, escalate: {to: legal, tier: 2}}
  - id: closed
    on: [case.opened]
    do: {no_response_needed: spam, close: spam, assign: 'skill:vip', start_timers: {name: chase, minutes: 1}}
    stop: true
examples:
  - name: a late parcel
    facts: {text: still waiting for it}
    expect:
      fired: [all]
      tags: [a]
      untag: b
      term: -5
      note: A customer waits.
      reply_with: we-have-it
      community_minutes: 60
      start_timers: [chase, {name: lead, business: true, waiting: true}]
      stop_timers: [old]
      webhooks: [crm]
      assign: last_agent
      close: null
  - name: a case is opened
    facts: {trigger: case.opened}
    expect: {close: null, hold: true, start_timers: [{minutes: 1}], webhooks: []}
"""


def test_parser_and_schema_take_every_key_and_examples_may_expect_it() -> None:
    verdict = check(EVERY_ACTION)
    assert verdict.errors == ()
    plain = YAML(typ="safe", pure=True).load(EVERY_ACTION)
    assert {key for rule in plain["rules"] for key in rule["do"]} == set(ACTION_KEYS)
    assert [error.message for error in validator().iter_errors(plain)] == []


ODD_VALUES = (
    "", "null", "true", "-1", "1e9", "[]", "{}", "[x]", "{a: b}", "[[1]]", "''", "timer.due", "{name: x, minutes: 5}", "&a [*a]", "*a",
)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_no_value_anywhere_makes_the_check_raise(data: st.DataObject) -> None:
    lines = EVERY_ACTION.splitlines()
    for place in data.draw(st.lists(st.sampled_from([i for i, line in enumerate(lines) if ": " in line]), min_size=1, max_size=2)):
        lines[place] = f"{lines[place].partition(': ')[0]}: {data.draw(st.sampled_from(ODD_VALUES))}"
    verdict = check("\n".join(lines), known())
    assert verdict.ok is (verdict.compiled is not None and not verdict.errors)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("term: -5", "term: 60"), ("note: A customer waits.", "note: ''"), ("minutes: 30", "minutes: 0"), ("close: spam", "close: spamm"),
        ("repeat: once_per_state", "repeat: twice"), ("'skill:vip'", "'skill:'"), ("name: chase, minutes: 1", "name: Chase, minutes: 1"),
        ("webhooks: [crm]\n  -", "webhooks: [https://x]\n  -"), ("community_minutes: 60\n      start", "community_minutes: x\n      start"),
        ("name: chase, minutes: 1}", "name: chase}"), ("in_list: late", "in_list: []"), ("lists: {late: ", "lists: {Late: "),
    ],
)  # fmt: skip
def test_parser_and_schema_refuse_the_same_values(right: str, wrong: str) -> None:
    assert right in EVERY_ACTION
    text = EVERY_ACTION.replace(right, wrong, 1)
    assert isinstance(parse(text), list)
    assert not validator().is_valid(YAML(typ="safe", pure=True).load(text))


@pytest.mark.parametrize(
    "text",
    [
        "rules: [{id: a, when: {sentimet: 1}}]", "rules: [{id: a, when: {score: {bellow: 1}}}]", "rules: [{id: a, when: {score: 101}}]",
        "rules: [{id: a, do: {queue: nowhere}}]", "rules: [{id: a, on: never}]", "rules: [{name: a}]", "rules: [{id: a, do: {floor: 1.5}}]",
        "rules: [{id: a, when: {all: []}}]", "rules: [{id: a, when: {}}]", "rulez: []", "rules: [{id: a, do: {assign: Ana}}]",
    ],
)  # fmt: skip
def test_schema_and_parser_refuse_the_same(text: str) -> None:
    assert not check(text, known()).ok
    assert not jsonschema_rs.validator_for(schema(("care",))).is_valid(YAML(typ="safe", pure=True).load(text))
