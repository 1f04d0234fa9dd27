"""A stored policy as text again, and its text as blocks that hold no HTML."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.policy.parse import parse, read_folder
from app.policy.written import blocks_of, text_of
from tests.conftest import ROOT

SHIPPED = read_folder(ROOT / "routing_rules" / "policies")


@pytest.mark.parametrize("id", [policy.id for policy in SHIPPED])
def test_a_shipped_policy_is_the_same_after_writing(id: str) -> None:
    policy = next(one for one in SHIPPED if one.id == id)
    again = parse(text_of(policy), f"{id}.md")
    assert replace(again, hash=policy.hash) == policy
    assert text_of(again) == text_of(policy)


@pytest.mark.parametrize("title", ["Yes", "a: b # c", 'He said "no"', "سیاست", "- [x]", "null"])
def test_any_title_survives(title: str) -> None:
    policy = replace(SHIPPED[0], title=title)
    assert parse(text_of(policy), Path(f"{policy.id}.md").name).title == title


def test_blocks() -> None:
    found = blocks_of("# Head\nOne\ntwo <b>\n\n* a\n  goes on\n* b\n- [ ] {x} ticked elsewhere\nThree\n## Foot\n")
    assert [(block.kind, block.lines) for block in found] == [
        ("heading", ("Head",)),
        ("paragraph", ("One two <b>",)),
        ("list", ("a goes on", "b")),
        ("paragraph", ("Three",)),
        ("heading", ("Foot",)),
    ]
