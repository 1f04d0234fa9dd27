"""What sentiment reads: no names, no links, bounded."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.clean import CLEAN_BOUND_CHARACTERS, clean


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("@united you LOST my bag http://t.co/x !!", "you LOST my bag !!"),
        ("  two\n\nlines\t ", "two lines"),
        ("a@b.example stays", "a@b.example stays"),
        ("e\u0301" + "\u0301" * 10_000 + "!", "é\u0301!"),
        ("love 😍 it", "love 😍 it"),
        ("", ""),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_neutral_words_are_left_out() -> None:
    assert clean("credit card, United is great", neutral=[(0, 11), (13, 19)]) == ", is great"


@given(st.text(st.characters(exclude_categories=()), max_size=3_000))
def test_any_text_is_bounded_and_composed(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= CLEAN_BOUND_CHARACTERS
    assert cleaned == unicodedata.normalize("NFC", cleaned)
