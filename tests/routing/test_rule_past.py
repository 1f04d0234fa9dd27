"""One rule's own lines in a text that is not parsed."""

import pytest

from app.routing.rule_past import lines_of
from tests.conftest import ROOT
from tests.routing.written import set_of

DEFAULT = (ROOT / "routing_rules" / "rules.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("id", [rule.id for rule in set_of(DEFAULT).rules])
def test_the_lines_of_every_default_rule_are_that_rule(id: str) -> None:
    own = "rules:\n" + "\n".join(f"  {line}" for line in lines_of(DEFAULT, id).split("\n")) + "\n"
    assert set_of(own).rules == (next(rule for rule in set_of(DEFAULT).rules if rule.id == id),)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("rules:\n  - name: x\n    id: a\n    do: {queue: q}\n\n  # next\n  - id: b\n", "- name: x\n  id: a\n  do: {queue: q}"),
        ("rules:\r\n- id: 'a' # why\r\n  stop: true\r\n- id: b\r\n", "- id: 'a' # why\n  stop: true"),
        ("rules: [{id: a}]", ""),
        ("id: a", ""),
        ("rules:\n  - id: ab\n", ""),
        ("", ""),
    ],
)
def test_other_ways_of_writing(text: str, lines: str) -> None:
    assert lines_of(text, "a") == lines
