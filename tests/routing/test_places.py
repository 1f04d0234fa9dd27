"""Findings of the linter stand at the key they name."""

from app.routing.check import check
from app.routing.lint import Known

TEXT = """\
rules:
  - id: a
    when: {language: es}
    do:
      tags: [x]
      queue: nowhere
  - id: b
"""


def test_a_finding_names_the_line_of_its_key() -> None:
    found = check(TEXT, Known(queues=frozenset({"care"}))).problems
    assert [(one.line, one.column, one.field) for one in found if "nowhere" in one.msg] == [(6, 7, "rules[a].do.queue")]
    assert [one.line for one in found if one.field.startswith("rules[b]")] == [7], "what names no key stands where the rule begins"
