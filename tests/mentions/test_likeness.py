"""What makes two texts near-copies: who is addressed, which link and which number stand in them does not."""

import pytest

from app.mentions.likeness import buckets, nearest, normalised


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("@United where is my bag??", "where is my bag"),
        ("where is my bag, @United @Delta #fail", "where is my bag"),
        ("WHERE IS MY BAG https://t.co/Ab1c 14 days!", "where is my bag days"),
        ("“Wo ist mein Gepäck?” @Bahn 3 Stunden", "wo ist mein gepäck stunden"),
        ("mail me: ana@example.com", "mail me ana com"),
        ("", ""),
        ("@United 😡 123", ""),
    ],
)
def test_what_copies_change_is_left_out(text: str, normal: str) -> None:
    assert normalised(text) == normal


def test_a_copy_sent_to_others_too_is_found() -> None:
    first = normalised("The seats are broken and nobody answers at the gate @United")
    second = normalised("The seats are broken and nobody answers at the gate @Delta @JetBlue @AmericanAir")
    assert set(buckets("@united", first)) == set(buckets("@united", second))
    assert nearest(second, [first]) == 0
    assert nearest(normalised("My bag was lost in Denver and nobody answers the phone"), [first]) is None


def test_the_buckets_are_the_two_longest_words_the_first_by_alphabet_where_they_are_equally_long() -> None:
    assert buckets("@a", "bbbbbb aaaaaa cc dddddd") == ("@a|aaaaaa", "@a|bbbbbb")
    assert buckets("@a", "too short") == ()
