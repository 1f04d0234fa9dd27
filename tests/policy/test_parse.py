"""Policy files: the form, every error with its line and mend, and no crash on any text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.policy.model import Item
from app.policy.parse import parse, read_folder

GOOD = """\
---
id: care
title: Care
applies: [public reply, legal]
approval: legal
checks: {promise: block}
---
Be kind.

- [ ] {looked-up} The order was looked up (required)
- [ ] {tone} The tone is right
"""


def test_a_good_file() -> None:
    got = parse(GOOD, "care.md")
    assert (got.id, got.title, got.version, got.approval, got.applies) == ("care", "Care", 0, "legal", ("public reply", "legal"))
    assert got.checks == {"promise": "block"}
    assert got.items == (Item("looked-up", "The order was looked up", True), Item("tone", "The tone is right", False))
    assert got.body.startswith("Be kind.")


def test_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert parse("\ufeff" + GOOD.replace("\n", "\r\n"), "care.md") == parse(GOOD, "care.md")
    assert parse(GOOD + " ", "care.md").hash != parse(GOOD, "care.md").hash


def test_the_shipped_policies_are_good(shipped: Path) -> None:
    policies = {p.id: p for p in read_folder(shipped)}
    assert set(policies) == {"public-reply", "legal-risk", "personal-data"}
    assert policies["legal-risk"].approval == "legal"
    assert all(any(i.required for i in p.items) for p in policies.values())


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "mend"),
    [
        ("id: care", "id: Care", 2, "id", "lower-case"),
        ("id: care", "id: other", 2, "id", "give both the same name"),
        ("id: care\n", "", 1, "id", "is missing"),
        ("title: Care", "title: ''", 3, "title", "1 to 120 characters"),
        ("title: Care", "title: 5", 3, "title", "put it in quotes"),
        ("[public reply, legal]", "[public]", 4, "applies", "'public' is not known: use public reply"),
        ("[public reply, legal]", "{a: b}", 4, "applies", "must be a list"),
        ("approval: legal", "approval: boss", 5, "approval", "agent, supervisor, legal"),
        ("{promise: block}", "{promise: maybe}", 6, "checks.promise", "block or warn"),
        ("{promise: block}", "{promises: block}", 6, "checks.promises", "is not a text check"),
        ("{promise: block}", "block", 6, "checks", "must be text checks"),
        ("approval: legal", "approve: legal", 5, "approve", "is not a field"),
        ("approval: legal", "version: 3", 5, "version", "counted by the desk"),
        ("approval: legal", "id: again", 5, "", "duplicate key"),
        ("approval: legal", "approval: [", 5, "", "mend the line"),
        ("{tone} The tone", "The tone", 11, "checklist", "write it like"),
        ("- [ ] {tone}", "- [x] {tone}", 11, "checklist", "write it like"),
        ("{tone}", "{Tone!}", 11, "checklist", "the id 'Tone!'"),
        ("{tone}", "{looked-up}", 11, "checklist", "stands twice"),
        ("{tone} The tone is right", "{tone} (required)", 11, "checklist", "needs a text"),
        ("---\nid", "id", 1, "", "has no front matter"),
    ],
)
def test_an_error_names_line_field_and_mend(old: str, new: str, line: int, field: str, mend: str) -> None:
    assert old in GOOD
    with pytest.raises(Invalid) as wrong:
        parse(GOOD.replace(old, new, 1), "care.md")
    assert wrong.value.errors[0]["loc"] == ["care.md", line, field]
    assert mend in wrong.value.errors[0]["msg"]
    assert wrong.value.detail.startswith("care.md, line ")


def test_all_errors_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "care.md").write_text(GOOD.replace("title: Care", "titel: Care").replace("{tone}", "{T}"))
    (tmp_path / "other.md").write_text("no front matter")
    (tmp_path / "latin.md").write_bytes(b"---\nid: caf\xe9")
    with pytest.raises(Invalid) as wrong:
        read_folder(tmp_path)
    assert [(e["loc"][0], e["loc"][2]) for e in wrong.value.errors] == [
        ("care.md", "title"), ("care.md", "titel"), ("care.md", "checklist"), ("latin.md", ""), ("other.md", ""),
    ]  # fmt: skip
    assert "(4 more)" in wrong.value.detail


_LINES = st.sampled_from(
    ["---", "id: care", "title: T", "applies: [legal]", "checks: {length: warn}", "? [a]", "- [ ] {a} b (required)", "&a [*a]", "x: !!t 1"]
)


@given(
    st.text() | st.lists(_LINES | st.text(max_size=12), max_size=12).map("\n".join) | st.text(max_size=40).map(lambda t: f"---\n{t}\n---\n")
)
def test_any_text_is_a_policy_or_refused_with_a_place(text: str) -> None:
    try:
        policy = parse(text, "care.md")
    except Invalid as wrong:
        places = [e["loc"] for e in wrong.errors]
    else:
        assert policy.id == "care"
        places = [["care.md", 1, ""]]
    assert places
    assert all(place[0] == "care.md" and place[1] >= 1 for place in places)
