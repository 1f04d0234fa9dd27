"""Conditions in a form and back: whatever can be written can be filled in, and nothing changes on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.facts import Facts
from app.routing.because import find
from app.routing.condition_form import Group, Row, fault_of, fitting, group_of, joined, split, when_of, with_added, without
from app.routing.conditions import ALWAYS, Condition
from app.routing.fields import FIELDS
from app.routing.rule_form import read_plain
from tests.routing.written import LISTS, conditions, facts


def back(when: Condition) -> Condition:
    """The condition after it went through the form."""
    plain = when_of(group_of(when))
    rule = read_plain({"id": "a", **({"when": plain} if plain is not None else {})}, LISTS)
    assert not isinstance(rule, list), (plain, rule)
    return rule.when


@given(when=conditions(), seen=facts())
def test_a_condition_asks_the_same_after_the_form(when: Condition, seen: Facts) -> None:
    if "All(parts=())" in repr(when) and when != ALWAYS:
        return  # an empty group inside another cannot be written, so no text holds one
    assert find(back(when), seen).holds == find(when, seen).holds


@given(st.lists(st.text("ab ,", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=4))
def test_words_survive_their_commas(words: list[str]) -> None:
    assert split(joined(words)) == words


@pytest.mark.parametrize(
    ("group", "plain"),
    [
        (Group(), None),
        (Group("all", (Row("tier", "is", "gold"),)), {"tier": "gold"}),
        (
            Group("all", (Row("tier", "any_of", "gold, platinum"), Row("tier", "changed"))),
            {"tier": {"any_of": ["gold", "platinum"], "changed": True}},
        ),
        (
            Group("all", (Row("reach", "above", "10"), Row("reach", "above", "20"))),
            {"reach": {"above": 10}, "all": [{"reach": {"above": 20}}]},
        ),
        (
            Group("any", (Row("risk", "contains_any", "legal"), Row("verified", "is", "true"))),
            {"any": [{"risk": "legal"}, {"verified": True}]},
        ),
        (Group("none", (Row("language", "is", "es"),)), {"not": {"language": "es"}}),
        (
            Group("not_all", (Row("language", "is", "es"), Row("hold", "is", "false"))),
            {"not": {"all": [{"language": "es"}, {"hold": False}]}},
        ),
        (Group("all", (Row("sentiment", "between", "-0.5, 0"),)), {"sentiment": {"between": [-0.5, 0]}}),
        (Group("all", (Row("custom.plan", "is", "pro"),)), {"custom.plan": "pro"}),
    ],
)
def test_what_is_filled_in_is_written_briefly(group: Group, plain: object) -> None:
    assert when_of(group) == plain


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (Row("reach", "at_least", "many"), "must be a number"),
        (Row("text", "contains_any", ""), "This list is empty"),
        (Row("sentiment", "at_most", "3"), "runs from -1 to 1"),
        (Row("text", "matches", "(?=x)"), "cannot be used"),
        (Row("colour", "is", "red"), "There is no field"),
        (Row("reach", "between", "9, 1"), "low number 9 above its high number 1"),
    ],
)
def test_a_row_says_what_is_wrong_with_it(test: Row, words: str) -> None:
    assert words in (fault_of(test) or "")
    assert fault_of(Row("tier", "is", "gold")) is None


def test_another_field_gets_an_operator_that_fits() -> None:
    for name in FIELDS:
        row = fitting(Row(name, "no_such"))
        assert fault_of(Row(row.field, row.op, "1" if FIELDS[name].type == "number" else row.value)) is None or row.value == ""
    assert fitting(Row("tier", "is", "gold")) == Row("tier", "is", "gold")


def test_rows_are_added_and_removed_where_they_stand() -> None:
    row, inner = Row("tier", "is", "gold"), Group("any", (Row("hold", "is", "true"),))
    group = with_added(with_added(Group(), (), row), (), inner)
    assert with_added(group, (1,), row).items[1] == Group("any", (*inner.items, row))
    assert without(group, (0,)) == Group("all", (inner,))
    assert without(group, (1, 0)).items[1] == Group("any", ())
    assert without(group, (7, 7)) == group
