"""Sentiment is vaderSentiment on the cleaned text, nothing more, and only where it reads."""

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from app.analysis import sentiment
from app.analysis.clean import clean
from app.analysis.judge import judge
from app.analysis.words import Lexicon

TEXTS = [
    "This is GREAT, thank you!!! 😍",
    "worst airline ever :( never again",
    "not bad at all, but the food was terrible",
    "my bag is at the gate",
    "I'll sue you",
]


@pytest.mark.parametrize("text", TEXTS)
def test_equal_to_vader(text: str) -> None:
    assert sentiment.compound(clean(text), "en") == SentimentIntensityAnalyzer().polarity_scores(clean(text))["compound"]


@pytest.mark.parametrize("text", TEXTS)
def test_judge_gives_that_value(lexicon: Lexicon, text: str) -> None:
    assert judge(f"@brand {text}", hint_language="en", lexicon=lexicon).sentiment == sentiment.compound(clean(text), "en")


def test_a_brand_is_no_feeling(lexicon: Lexicon) -> None:
    assert judge("United lands at noon", hint_language="en", lexicon=lexicon).sentiment == 0.0
    assert judge("my credit card, please", hint_language="en", lexicon=lexicon).sentiment == 0.0


@pytest.mark.parametrize("text", ["", "😡😡😡", "!!! 12", "   "])
def test_without_letters_nothing_is_scored(text: str) -> None:
    assert sentiment.compound(text, "en") is None


def test_other_languages_are_not_scored(lexicon: Lexicon) -> None:
    judged = judge("Das ist wirklich schrecklich und ich bin sehr enttäuscht", lexicon=lexicon)
    assert (judged.language, judged.language_scored, judged.sentiment, judged.sentiment_label) == ("de", False, None, "not scored")


@pytest.mark.parametrize(
    ("score", "label"),
    [(None, "not scored"), (-1, "very negative"), (-0.6, "very negative"), (-0.59, "negative"), (-0.05, "negative"), (-0.04, "neutral"),
     (0, "neutral"), (0.04, "neutral"), (0.05, "positive"), (0.6, "very positive")],
)  # fmt: skip
def test_labels(score: float | None, label: str) -> None:
    assert sentiment.label(score) == label
