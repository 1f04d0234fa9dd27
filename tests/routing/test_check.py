"""The shipped rules and queues hold; examples fail where they should; the schema says what the parser says."""

from pathlib import Path

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from app.routing.check import check
from app.routing.lint import Known
from app.routing.model import Queue
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
