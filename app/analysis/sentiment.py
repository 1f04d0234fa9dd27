"""Sentiment by VADER (Hutto and Gilbert, 2014; vaderSentiment 3.3.2), on English only: it answers 0.0 for every other language."""

from functools import lru_cache
from typing import Final

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from app.analysis.model import SentimentLabel

SCORED_LANGUAGES: Final = frozenset({"en"})
# VADER's authors call |compound| >= 0.05 positive or negative; the outer bound is ours: about the angriest quarter of complaints.
NEUTRAL_BOUND: Final = 0.05
STRONG_BOUND: Final = 0.6


@lru_cache(maxsize=1)
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


def compound(cleaned: str, language: str) -> float | None:
    """VADER's compound of an already cleaned text, -1..1; None when the language is not scored or no letter is left."""
    if language not in SCORED_LANGUAGES or not any(c.isalpha() for c in cleaned):
        return None
    return float(_analyzer().polarity_scores(cleaned)["compound"])


def label(score: float | None) -> SentimentLabel:
    """The words for a compound."""
    if score is None:
        return "not scored"
    if score <= -NEUTRAL_BOUND:
        return "very negative" if score <= -STRONG_BOUND else "negative"
    if score >= NEUTRAL_BOUND:
        return "very positive" if score >= STRONG_BOUND else "positive"
    return "neutral"


def warm_up() -> None:
    """Read VADER's dictionary now (about 20 ms) rather than at the first mention."""
    _analyzer()
