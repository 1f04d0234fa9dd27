"""The frozen copy: the same for the same words, another for any change, and still provable after a database had it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.escalation.frozen import Revision, Said, freeze, hash_of, is_intact

AT = datetime(2026, 3, 6, 12, tzinfo=UTC)
SAID = Said(
    "m1", "x", "", "12", None, "I will call my lawyer", "4", "jo", "Jo", AT, AT + timedelta(seconds=1), edits=(Revision("I will call", AT),)
)


def test_the_copy_is_the_same_in_any_order_and_zone() -> None:
    later = replace(SAID, id="m2", created_at=AT + timedelta(minutes=1))
    one = freeze([SAID, later], AT)
    assert one == freeze([later, replace(SAID, created_at=AT.astimezone(timezone(timedelta(hours=3.5))))], AT)
    assert one.copy["mentions"][0]["created_at"] == "2026-03-06T12:00:00.000000Z"


@pytest.mark.parametrize(
    "change",
    [
        {"text": "I will call my lawyer."},
        {"author_name": "Joe"},
        {"url": "https://x.example"},
        {"edits": ()},
        {"deleted_at": AT},
        {"created_at": AT - timedelta(microseconds=1)},
    ],
)
def test_any_change_is_another_hash(change: dict[str, Any]) -> None:
    assert freeze([SAID], AT).hash != freeze([replace(SAID, **change)], AT).hash


def test_the_hash_is_of_the_canonical_form() -> None:
    assert freeze([], AT).hash == hash_of({"mentions": [], "frozen_at": "2026-03-06T12:00:00.000000Z", "format": 1})
    assert hash_of({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # sha256 of {}


@given(st.text(st.characters()), st.text())
def test_any_text_survives_a_database(text: str, name: str) -> None:
    frozen = freeze([replace(SAID, text=text, author_name=name)], AT)
    back = json.loads(json.dumps(frozen.copy, sort_keys=True))
    assert is_intact(back, frozen.hash)
    back["mentions"][0]["text"] += "!"
    assert not is_intact(back, frozen.hash)
