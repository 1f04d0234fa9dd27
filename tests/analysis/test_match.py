"""Words, stems, phrases, numbers and pairs are found once each, and a list cannot make matching hang."""

import time

import pytest

from app.analysis.match import Entry, Matcher, Pair, items_of
from app.analysis.tokens import split

LOST = Entry("problem", 0.8)
WEAK = Entry("problem", 0.2)
MATCHER = Matcher(
    {
        "lost my bag": [LOST],
        "lost": [WEAK],
        "delay*": [WEAK],
        "# hours": [WEAK],
        "911": [Entry("risk", 1.0, "safety")],
        "great": [Entry("praise")],
    },
    [Pair(LOST, ("flight*",), ("cancel*", "never left"), 3)],
    negations=["not", "no"],
    fillers=["a", "so"],
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("You LOST my bag", ["LOST my bag"]),
        ("lost my mind", ["lost"]),
        ("delays delayed delay delaying", ["delays", "delayed", "delay", "delaying"]),
        ("24 hours", ["24 hours"]),
        ("call 911 or 912", ["911"]),
        ("cancelled my flight", ["cancelled my flight"]),
        ("flight was just cancelled", ["flight was just cancelled"]),
        ("flight to rome next week is cancelled", []),
        ("our flight never left", ["flight never"]),
        ("dela", []),
        ("", []),
    ],
)
def test_find(text: str, found: list[str]) -> None:
    tokens = split(text)
    assert [text[tokens[h.first].start : tokens[h.last].end] for h in MATCHER.find(tokens)] == found


@pytest.mark.parametrize(
    ("text", "negated"),
    [("not great", True), ("not a great", True), ("not so great", True), ("no. great", False), ("not you great", False), ("great", False)],
)
def test_negated(text: str, negated: bool) -> None:
    tokens = split(text)
    assert MATCHER.negated(tokens, MATCHER.find(tokens)[0], text) is negated


@pytest.mark.parametrize("phrase", ["", "ab*", "*", "!!", "lost !! bag"])
def test_an_entry_that_can_match_nothing_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError):
        items_of(phrase)


def test_a_bomb_costs_little() -> None:
    text = "cancelled flight lost my " * 1_000
    started = time.thread_time()
    MATCHER.find(split(text))
    assert time.thread_time() - started < 0.5  # 5 ms on a quiet machine; a quadratic matcher would need seconds
