"""The fast scorer is VADER: the same compound to the last bit, on everything said in the recorded data and on everything imaginable."""

import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

from app.analysis import vader
from app.analysis.vader import Scorer
from tests.conftest import ROOT

VADER = SentimentIntensityAnalyzer()
DATA = Path(os.environ.get("EARSHOT_DATA") or ROOT.parent / "shared" / "data")
RECORDED = ("stream_airline", "stream_twcs", "stream_spotify_followups", "sentiment_multilingual", "vader_ground_truth")
EVERY = 4  # of the recorded texts every fourth; all of them take a minute


def of_library(text: str) -> float:
    return float(VADER.polarity_scores(text)["compound"])


# Words that VADER treats specially, and some it does not know, put together at random: every branch of it is met.
FEELINGS = (
    "good", "GREAT", "awful", "shit", "bomb", "kiss", "death", "Love", "hate", "kind", "no", "No", "doubt", "badass", "bad", "ass", "fine",
    ":)", ":(",
)  # fmt: skip
PLAIN = (
    "plane", "the", "of", "to", "die", "for", "so", "this", "SO", "least", "at", "very", "or", "nor", "but", "BUT", "bUt", "yeah", "right",
    "just", "enough", "sort", "bus", "stop", "beating", "heart", "İ", "ΑΣ", "ok", "x", "1234", "don't", "isn't!", "!!!", "??", "?", "😀",
    "❤", "☹️", "👍🏽",
)  # fmt: skip
WORDS = st.sampled_from([*FEELINGS, *PLAIN, *NEGATE, *BOOSTER_DICT, *SPECIAL_CASES])
SHOUTED = st.tuples(WORDS, st.sampled_from(["as is", "upper", "title"])).map(
    lambda pair: {"as is": pair[0], "upper": pair[0].upper(), "title": pair[0].title()}[pair[1]]
)
ENDS = st.sampled_from([" ", " ", " ", ", ", "! ", "?! ", "...", "", "\n", "\u00a0"])
SENTENCES = st.lists(st.tuples(SHOUTED, ENDS), max_size=14).map(lambda parts: "".join(word + end for word, end in parts))


@given(SENTENCES)
@settings(max_examples=1_500, deadline=None)
def test_words_that_matter_put_together_at_random(text: str) -> None:
    assert vader.scorer().compound(text) == of_library(text)


@given(st.lists(st.sampled_from(sorted(VADER.lexicon)), max_size=8).map(" ".join))
@settings(max_examples=500, deadline=None)
def test_any_words_of_the_dictionary(text: str) -> None:
    assert vader.scorer().compound(text) == of_library(text)


@given(st.text(max_size=200))
@settings(max_examples=500, deadline=None)
def test_any_text_at_all(text: str) -> None:
    assert vader.scorer().compound(text) == of_library(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "!!!", "no", "no no", "no good", "no, not good", "good no", "never so good", "never this good ever", "without doubt good",
        "without a doubt the best", "kind of good", "kind", "good but bad but good", "good good but bad bad", "not the bomb",
        "it was the SHIT", "the service was to die for", "at least it was good", "very least good", "least good", "VERY GOOD",
        "very GOOD day", "VERY good day", "good 😀", "good😀bad", "😀", "a😀😀b",
    ],
)  # fmt: skip
def test_its_oddities_are_kept(text: str) -> None:
    assert vader.scorer().compound(text) == of_library(text)


def test_a_full_memory_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vader, "MEMORY_BOUND", 3)
    scorer = Scorer()
    text = "a good day and a bad night, but the best of all mornings"
    assert scorer.compound(text) == scorer.compound(text) == of_library(text)
    assert len(scorer._memory) <= 3


@pytest.mark.real_data
@pytest.mark.parametrize("name", RECORDED)
def test_recorded_texts(name: str) -> None:
    path = DATA / f"{name}.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"no recorded data in {DATA}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for at, line in enumerate(lines) if at % EVERY == 0]
    wrong = [(text, vader.scorer().compound(text), of_library(text)) for text in texts if vader.scorer().compound(text) != of_library(text)]
    assert not wrong[:5]
