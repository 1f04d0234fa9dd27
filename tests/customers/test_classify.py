"""The author class and the words that justify it."""

import pytest

from app.customers.classify import classify


@pytest.mark.parametrize(
    ("praise", "complaints", "reach", "verified", "author_class", "word"),
    [
        (3, 0, None, False, "advocate", "3 praising"),
        (0, 3, None, False, "detractor", "3 complaints"),
        (2, 2, 9_999, False, "consumer", "9,999 followers"),
        (0, 0, 10_000, False, "influencer", "10,000"),
        (0, 0, 2_000, True, "influencer", "verified"),
        (0, 0, 2_000, False, "consumer", "2,000"),
        (0, 0, None, True, "consumer", "not known"),
        (5, 5, 50_000, False, "influencer", "50,000"),
        (3, 7, 50_000, True, "detractor", "7 complaints"),
        (7, 3, 10, False, "advocate", "7 praising"),
    ],
)
def test_class(praise: int, complaints: int, reach: int | None, verified: bool, author_class: str, word: str) -> None:
    found = classify(praise=praise, complaints=complaints, reach=reach, verified=verified)
    assert found.author_class == author_class
    assert word in found.evidence
