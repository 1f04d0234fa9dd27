"""Sentiment by VADER (Hutto and Gilbert, 2014; vaderSentiment 3.3.2), on English only: it answers 0.0 for every other language."""

import re
from typing import Final

from app.analysis.model import SentimentLabel
from app.analysis.vader import scorer

SCORED_LANGUAGES: Final = frozenset({"en"})
# VADER's authors call |compound| >= 0.05 positive or negative; the outer bound is ours: about the angriest quarter of complaints.
NEUTRAL_BOUND: Final = 0.05
STRONG_BOUND: Final = 0.6
_LETTER: Final = re.compile("[A-Za-z]")  # nearly every text that is scored has one at its beginning


def compound(cleaned: str, language: str) -> float | None:
    """VADER's compound of an already cleaned text, -1..1; None when the language is not scored or no letter is left."""
    if language not in SCORED_LANGUAGES or not (_LETTER.search(cleaned) or any(c.isalpha() for c in cleaned)):
        return None
    return scorer().compound(cleaned)


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
    scorer()
