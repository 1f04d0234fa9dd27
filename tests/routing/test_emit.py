"""Edits inside the text: what was meant changes, everything else stays as it was written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid, NotFound
from app.routing import emit
from app.routing.rule_blocks import parsed_or_refused
from tests.routing.written import set_of

TEXT = """\
# Head of the file.
engine: 1

rules:
  # ---- Section one ----

  # About a.
  - id: a
    name: First   # beside the name
    when:
      all:
        # Only these.
        - language: [es, de]   # beside the test
        - tier: "gold"
    do: {queue: vip}
    # after a's last key

  - id: b
    stop: true   # b stops

  # ---- Section two ----

  # About c,
  # in two lines.
  - id: c
    enabled: false
    do:
      queue: care  # beside the queue

# Before the examples.
examples:
  - name: n
    expect: {queue: care}
"""


def comments(text: str) -> list[str]:
    """Every comment of a text, sorted."""
    return sorted(line.split("#", 1)[1].strip() for line in text.splitlines() if "#" in line)


def ids(text: str) -> list[str]:
    """The rule ids in their order."""
    return [rule.id for rule in set_of(text).rules]


def test_off_and_on_again_leaves_all_comments() -> None:
    off = emit.set_enabled(TEXT, "a", False)
    assert not set_of(off).rules[0].enabled
    assert comments(off) == comments(TEXT)
    assert off.splitlines()[:8] == TEXT.splitlines()[:8]
    assert set_of(emit.set_enabled(off, "a", True)).rules[0].enabled


def test_switching_on_what_is_on_changes_no_byte() -> None:
    assert emit.set_enabled(TEXT, "b", True) == TEXT


def test_a_form_changes_one_value_and_keeps_the_rest() -> None:
    form = emit.plain_rule(TEXT, "a")
    form["do"] = {"queue": "care", "tags": ["x", "y"]}
    new = emit.replace_rule(TEXT, "a", form)
    assert set_of(new).rules[0].do.tags == ("x", "y")
    assert set_of(new).rules[0].when == set_of(TEXT).rules[0].when
    assert comments(new) == comments(TEXT)
    assert new.split("- id: b")[1] == TEXT.split("- id: b")[1]


def test_a_form_that_leaves_keys_out_removes_them() -> None:
    new = emit.replace_rule(TEXT, "a", {"id": "a", "do": {"queue": "vip"}})
    rule = set_of(new).rules[0]
    assert (rule.name, rule.when) == ("a", set_of("rules: [{id: x}]").rules[0].when)


def test_a_form_can_rename_a_rule() -> None:
    assert ids(emit.replace_rule(TEXT, "b", {"id": "bb", "stop": True})) == ["a", "bb", "c"]


def test_a_form_with_a_fault_is_refused_with_its_place() -> None:
    with pytest.raises(Invalid, match="sentimet"):
        emit.replace_rule(TEXT, "a", {"id": "a", "when": {"sentimet": 1}})


def test_deleting_takes_the_rules_own_comments_with_it() -> None:
    new = emit.delete_rule(TEXT, "c")
    assert ids(new) == ["a", "b"]
    assert "About c" not in new
    assert "Section two" in new
    assert "Before the examples" in new


def test_the_only_rule_cannot_be_deleted() -> None:
    with pytest.raises(Invalid, match="switch it off"):
        emit.delete_rule("rules:\n  - id: a\n", "a")


@pytest.mark.parametrize(
    ("moved", "before", "order"),
    [
        ("a", None, ["b", "c", "a"]), ("a", "c", ["b", "a", "c"]), ("c", "a", ["c", "a", "b"]), ("c", "b", ["a", "c", "b"]),
        ("b", None, ["a", "c", "b"]), ("b", "c", ["a", "b", "c"]), ("a", "b", ["a", "b", "c"]), ("b", "b", ["a", "b", "c"]),
    ],
)  # fmt: skip
def test_moving_keeps_every_comment(moved: str, before: str | None, order: list[str]) -> None:
    new = emit.move(TEXT, moved, before)
    assert ids(new) == order
    assert comments(new) == comments(TEXT)
    assert all(rule in set_of(new).rules for rule in set_of(TEXT).rules)


def test_a_rules_comments_move_with_it() -> None:
    lines = emit.move(TEXT, "c", "a").splitlines()
    at = lines.index("  - id: c")
    assert lines[at - 2 : at] == ["  # About c,", "  # in two lines."]
    assert lines.index("  # About a.") > at


@pytest.mark.parametrize("before", ["a", "c", None])
def test_adding_a_rule(before: str | None) -> None:
    form = {"when": {"any": [{"language": "es"}, {"risk": {"contains_none": ["legal"]}}]}, "id": "new", "do": {"queue": "care"}, "note": ""}
    new = emit.add_rule(TEXT, form, before)
    assert ids(new) == {"a": ["new", "a", "b", "c"], "c": ["a", "b", "new", "c"], None: ["a", "b", "c", "new"]}[before]
    assert comments(new) == comments(TEXT)


@pytest.mark.parametrize("text", ["", "# empty\n", "engine: 1\n", "engine: 1\nrules: []\nexamples: []\n", "rules:\nexamples: []\n"])
def test_adding_the_first_rule(text: str) -> None:
    assert ids(emit.add_rule(text, {"id": "new", "do": {"queue": "care"}})) == ["new"]


def test_an_id_that_is_taken_is_refused() -> None:
    with pytest.raises(Invalid, match="choose another id"):
        emit.add_rule(TEXT, {"id": "a"})


def test_a_rule_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        emit.move(TEXT, "zzz", None)


@pytest.mark.parametrize(
    "text",
    [
        "rules: [{id: a, stop: true}]\n",
        "rules:\n  - {id: a}\n",
        "rules:\n  - id: a\n    note: \u2028x\n",
        "rules:\n  - id: a\n    when: &w {tier: x}\n    stop: true\n  - id: b\n    when: *w\n",
        "rules:\n  - id: a\n    when: {sentimet: 1}\n",
    ],
)
def test_what_cannot_be_edited_safely_is_refused_in_words(text: str) -> None:
    with pytest.raises(Invalid):
        emit.set_enabled(emit.set_enabled(text, "a", False), "b", False)


def test_windows_line_ends_and_no_indentation_are_fine() -> None:
    text = "rules:\r\n- id: a\r\n  stop: true\r\n- id: b\r\n"
    assert ids(emit.move(text, "b", "a")) == ["b", "a"]
    assert not set_of(emit.set_enabled(text, "b", False)).rules[1].enabled


def test_the_yaml_of_one_rule() -> None:
    assert emit.rule_text(TEXT, "c").startswith("# About c,\n# in two lines.\n- id: c\n  enabled: false\n")


_EDITS: st.SearchStrategy[tuple[Any, ...]] = st.one_of(
    st.tuples(st.just("set_enabled"), st.sampled_from("abc"), st.booleans()),
    st.tuples(st.just("move"), st.sampled_from("abc"), st.sampled_from(["a", "b", "c", None])),
    st.tuples(st.just("replace_rule"), st.sampled_from("abc"), st.booleans()),
)


@given(st.lists(_EDITS, max_size=8))
def test_no_row_of_edits_loses_a_comment_or_touches_another_rule(edits: list[tuple[Any, ...]]) -> None:
    text = TEXT
    for name, rule, value in edits:
        before = {one.id: one for one in parsed_or_refused(text, "").rules}
        if name == "replace_rule":
            text = emit.replace_rule(text, rule, {**emit.plain_rule(text, rule), "stop": value})
        else:
            text = getattr(emit, name)(text, rule, value)
        after = {one.id: one for one in parsed_or_refused(text, "").rules}
        assert {key: one for key, one in after.items() if key != rule} == {key: one for key, one in before.items() if key != rule}
    if all(name != "replace_rule" for name, _, _ in edits):
        assert comments(text) == comments(TEXT)
    assert [line for line in comments(TEXT) if line != "b stops" and line not in comments(text)] == []
