"""The rules guide names everything the language has, and its YAML is true."""

import re
from pathlib import Path

import pytest

from app.routing.fields import FIELDS, TRIGGERS
from app.routing.operators import OPERATORS
from app.routing.parse import parse
from app.routing.parse_actions import ACTION_KEYS
from app.routing.parse_examples import EXPECT_KEYS

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*FIELDS, *TRIGGERS, *OPERATORS, *ACTION_KEYS, *EXPECT_KEYS])
def test_everything_is_named(name: str) -> None:
    assert f"`{name}`" in GUIDE


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
def test_the_yaml_in_the_guide_parses(block: str) -> None:
    text = block if not block.startswith("when:") else "rules:\n  - id: a\n" + "".join(f"    {line}\n" for line in block.splitlines())
    if text.startswith("examples:"):
        text += "rules:\n  - id: spanish\n"
    found = parse(text)
    assert not isinstance(found, list), found
