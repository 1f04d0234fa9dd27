"""Words are found where they stand, folded so that spellings meet, and bounded."""

import pytest

from app.analysis.tokens import TOKEN_BOUND, fold, split


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("My flight's late, AGAIN!", ["my", "flight's", "late", "again"]),
        ("2hrs at gate B22", ["2", "hrs", "at", "gate", "b", "22"]),
        ("@united see https://t.co/x?y=1 and www.x.org now", ["see", "and", "now"]),
        ("#StuckInATL mail@example.com", ["stuckinatl", "mail", "example", "com"]),
        ("avión AVION avio\u0301n", ["avion", "avion", "avion"]),
        ("نمی\u200cشود نميشود", ["نمیشود", "نمیشود"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("so 😡😡", ["so", "😡", "😡"]),
        ("can’t can't", ["can't", "can't"]),
        ("۱۲ ساعت", ["۱۲", "ساعت"]),
        ("\x00\ud800 \u202eabc", ["abc"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert [t.word for t in split(text)] == words


def test_places_are_in_the_original() -> None:
    text = "İstanbul'da é\u0301xito @you Straße"
    assert [text[t.start : t.end] for t in split(text)] == ["İstanbul'da", "é\u0301xito", "Straße"]


def test_bounds() -> None:
    assert len(split("word " * 10_000)) == TOKEN_BOUND
    assert split("a" * 1_000_000) == []
    assert [t.word for t in split("e" + "\u0301" * 10_000 + " stranded")] == ["stranded"]


def test_a_folded_word_folds_to_itself() -> None:
    for word in ("avión", "کتاب", "ﷺ", "ǅ", "straße"):
        assert fold(fold(word)) == fold(word)
