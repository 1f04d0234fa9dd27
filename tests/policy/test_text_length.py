"""Lengths in each network's own units, with the cases their documents name."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy.text_length import measure, units

FAMILY = "👨‍👩‍👧‍👦"
SCOTLAND = "🏴󠁧󠁢󠁳󠁣󠁴󠁿"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("abc", 3),
        ("héllo", 5),
        ("he\u0301llo", 5),  # counted after NFC
        ("漢字", 4),
        ("한국", 4),
        ("سلام", 4),
        ("नमस्ते", 6),
        ("“quoted” – and…", 16),  # quotes and dash are light, the ellipsis is not
        ("😀", 2),
        (FAMILY, 2),
        ("👍🏽", 2),
        ("🇩🇪🇪🇸", 4),
        (SCOTLAND, 2),
        ("1️⃣", 2),
        ("❤️", 2),
        ("☎", 2),
        ("©", 1),
        ("©️", 2),
        ("123", 3),
        ("https://example.com", 23),
        ("https://example.com/a/very/long/path?with=query&and=more#fragment", 23),
        ("see https://example.com/a.", 4 + 23 + 1),
        ("(https://example.com/a)", 25),
        ("http://a.example and https://b.example", 23 + 5 + 23),
        ("example.com", 23),
        ("bbc.co.uk", 23),
        ("t.co/abc", 23),
        ("acme.de/hilfe", 23),
        ("jo@example.com", 14),
        ("end.Then", 8),
        ("it.is", 5),
        ("v1.2.3", 6),
        ("@acme.com", 9),
    ],
)
def test_x_counts_as_its_own_counter_does(text: str, expected: int) -> None:
    assert units(text, "x") == expected


def test_a_full_post_on_x() -> None:
    assert measure("a" * 280, "x", 280).over_at is None
    assert measure("a" * 281, "x", 280).over_at == 280
    assert measure("漢" * 140, "x", 280).over_at is None
    assert measure("漢" * 141, "x", 280).over_at == 140
    assert measure("a" * 257 + "https://example.com/" + "b" * 500, "x", 280).over_at is None


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("bluesky", FAMILY, 1),
        ("bluesky", "e\u0301", 1),
        ("bluesky", "நி", 1),
        ("bluesky", "a\r\nb", 3),
        ("bluesky", "https://example.com", 19),
        ("mastodon", "https://example.com/" + "x" * 90, 23),
        ("mastodon", "@jo@social.example hi", 6),
        ("mastodon", "example.com", 11),
        ("mastodon", FAMILY, 1),
        ("plain", FAMILY, 7),
        ("no-such-rule", "abc", 3),
    ],
)
def test_other_networks(rule: str, text: str, expected: int) -> None:
    assert units(text, rule) == expected


def test_bluesky_has_a_bound_in_bytes_too() -> None:
    assert measure("漢" * 300, "bluesky", 300).over_at is None
    heavy = measure(FAMILY * 150, "bluesky", 300)  # 25 bytes each
    assert heavy.units == 150
    assert heavy.over_at is not None
    assert len((FAMILY * 150)[: heavy.over_at].encode()) <= 3_000


RULES = st.sampled_from(["x", "bluesky", "mastodon", "plain"])


@given(st.text(st.characters(), max_size=400), RULES, st.integers(1, 300))
def test_any_text_is_measured_and_cut_inside(text: str, rule: str, limit: int) -> None:
    length = measure(text, rule, limit)
    assert length.units >= 0
    if length.units > limit:
        assert length.over_at is not None
        assert 0 <= length.over_at < len(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301\u0323" * 5_000,
        "https://" * 5_000,
        "a." * 20_000,
        "@a@" * 20_000,
        "\u200d" * 30_000,
        "👍🏽\u200d" * 9_000,
        "🇩" * 30_001,
        "." * 50_000,
    ],
    ids=["marks", "schemes", "dots", "mentions", "joiners", "emoji", "flags", "points"],
)
@pytest.mark.parametrize("rule", ["x", "bluesky", "mastodon"])
def test_no_text_is_a_bomb(text: str, rule: str) -> None:
    start = time.thread_time()
    measure(text, rule, 280)
    assert time.thread_time() - start < 2
