"""Rules put beside others: above or below, in the group that is meant, once."""

import pytest

from app.core.errors import NotFound
from app.routing.rule_blocks import heading_in, headings_of
from app.routing.rule_edits import doubled, placed, shifted
from tests.routing.written import set_of

TEXT = """# ==== All our rules ====
rules:
  # ---- Risk: look first ----

  # About a.
  - id: a
    stop: true

  - id: b
    stop: true
  ## Who it is
  - id: c
    stop: true

examples: []
"""


def groups(text: str) -> list[str]:
    """Headings and ids in their order."""
    rules = set_of(text).rules
    heads = headings_of(text, rules)
    return [one for rule in rules for one in ([heads[rule.id], rule.id] if rule.id in heads else [rule.id])]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("  # ---- Risk: look first ----", "Risk: look first"), ("## Who it is", "Who it is"), ("#=== x ===", "x"), ("# -- a - b", "a - b"),
        ("# plain", ""), ("# ------", ""), ("rules:", ""), ("#", ""), ("", ""), ("# " + "-" * 3_000, ""), ("# --" + " -" * 3_000, ""),
    ],
)  # fmt: skip
def test_a_heading_is_told_from_a_comment(line: str, words: str) -> None:
    assert heading_in(line) == words


def test_groups_begin_where_their_headings_stand() -> None:
    assert groups(TEXT) == ["Risk: look first", "a", "b", "Who it is", "c"]


@pytest.mark.parametrize(
    ("rule", "before", "after", "order"),
    [
        ("c", "a", "", ["Risk: look first", "c", "a", "b"]),
        ("a", "", "b", ["Risk: look first", "b", "a", "Who it is", "c"]),
        ("b", "c", "", ["Risk: look first", "a", "Who it is", "b", "c"]),
        ("c", "", "b", ["Risk: look first", "a", "b", "c"]),
        ("a", "", "c", ["Risk: look first", "b", "Who it is", "c", "a"]),
        ("a", "a", "", ["Risk: look first", "a", "b", "Who it is", "c"]),
        ("a", "b", "", ["Risk: look first", "a", "b", "Who it is", "c"]),
    ],
)
def test_a_rule_is_put_above_or_below_another_in_its_group_and_twice_is_once(rule: str, before: str, after: str, order: list[str]) -> None:
    text = placed(TEXT, rule, before, after)
    assert groups(text) == order
    assert placed(text, rule, before, after) == text
    assert text.count("# About a.") == 1
    assert text.count("## Who it is") == 1


def test_one_step_down_passes_one_rule_also_over_a_heading() -> None:
    assert [rule.id for rule in set_of(shifted(TEXT, "b", 1)).rules] == ["a", "c", "b"]
    assert [rule.id for rule in set_of(shifted(TEXT, "c", -1)).rules] == ["a", "c", "b"]
    assert shifted(TEXT, "c", 1) == TEXT
    assert groups(doubled(TEXT, "b")[0]) == ["Risk: look first", "a", "b", "b-copy", "Who it is", "c"]


def test_what_is_gone_is_said() -> None:
    for rule, before in (("a", "z"), ("z", "a")):
        with pytest.raises(NotFound):
            placed(TEXT, rule, before, "")
