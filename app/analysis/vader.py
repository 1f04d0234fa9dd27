"""VADER's compound, equal to the last bit, several times as fast.

The words, their weights and the constants are vaderSentiment's own (Hutto and Gilbert, 2014; 3.3.2); only the way through a text is
another. The library asks every word of a text about everything; here a word is looked at once in the life of the process and remembered
with what VADER knows of it, and of a text only the words with a weight are visited. Its oddities are kept, because the
score is the contract: the order of the checks, the doubled branches of ``never so``, the first equal value that ``but`` finds.
``tests/analysis/test_vader.py`` holds it against the library.
"""

import string
from functools import lru_cache
from itertools import pairwise
from typing import Final

from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    C_INCR,
    N_SCALAR,
    NEGATE,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
    normalize,
)

MEMORY_BOUND: Final = 50_000  # Words remembered; at the bound the memory starts anew.
_SHORT: Final = 2  # A token of so few characters without its punctuation was an emoticon and keeps it.
_TURNED: Final = float(N_SCALAR)
_SHOUTED: Final = float(C_INCR)
_EXCLAMATION: Final = 0.292  # of one "!", up to four
_EXCLAMATIONS: Final = 4
_QUESTION: Final = 0.18  # of each of two or three "?"
_QUESTIONS: Final = 3
_MANY_QUESTIONS: Final = 0.96
_NEAR: Final = (1.0, 0.95, 0.9)  # how much a booster one, two and three words before still counts
_EMPHASIS: Final = frozenset({"so", "this"})
_GRAMS: Final = frozenset(tuple(key.split()) for key in (*SPECIAL_CASES, *BOOSTER_DICT) if " " in key)
_NEGATIONS: Final = frozenset(NEGATE)
_PAIRS: Final = frozenset(pair for gram in _GRAMS for pair in pairwise(gram))
_SECONDS: Final = frozenset(second for _, second in _PAIRS)


class _Word:
    """What VADER knows of one token of a text, however often it stands there."""

    __slots__ = ("boost", "lower", "negates", "second", "upper", "valence", "weighs")

    def __init__(self, token: str, lexicon: dict[str, float]) -> None:
        stripped = token.strip(string.punctuation)
        word = token if len(stripped) <= _SHORT else stripped
        self.lower: str = word.lower()
        self.upper: bool = word.isupper()
        self.valence: float | None = lexicon.get(self.lower)
        self.boost: float = BOOSTER_DICT.get(self.lower, 0.0)
        self.weighs: bool = self.valence is not None and self.lower not in BOOSTER_DICT
        self.negates: bool = self.lower in _NEGATIONS or "n't" in self.lower
        self.second: bool = self.lower in _SECONDS


class Scorer:
    """Scores texts. One is enough for a process: its memory is shared by threads, each of which may only find it fuller."""

    def __init__(self) -> None:
        self._analyzer = SentimentIntensityAnalyzer()
        self._emojis = frozenset(self._analyzer.emojis)
        self._memory: dict[str, _Word] = {}

    def compound(self, text: str) -> float:
        """What ``SentimentIntensityAnalyzer().polarity_scores(text)["compound"]`` is, -1..1."""
        if not text.isascii() and not self._emojis.isdisjoint(text):
            text = self._described(text)
        memory = self._memory
        words = [memory.get(token) or self._word(token) for token in text.split()]
        places = [at for at, word in enumerate(words) if word.weighs]
        if not places:
            return 0.0
        values = [self._value(words, at) for at in places]
        if "but" in text.lower():
            _weigh_but(words, places, values)
        total = float(sum(values))
        if total:
            emphasis = min(text.count("!"), _EXCLAMATIONS) * _EXCLAMATION + _questioned(text.count("?"))
            total = total + emphasis if total > 0 else total - emphasis
        return round(float(normalize(total)), 4)

    def _described(self, text: str) -> str:
        """Emoji as VADER's words for them, set apart from what stands before."""
        emojis = self._analyzer.emojis
        pieces: list[str] = []
        after_space = True
        for char in text:
            words = emojis.get(char)
            if words is None:
                pieces.append(char)
                after_space = char == " "
            else:
                pieces.append(words if after_space else f" {words}")
                after_space = False
        return "".join(pieces).strip()

    def _word(self, token: str) -> _Word:
        word = _Word(token, self._analyzer.lexicon)
        if len(self._memory) >= MEMORY_BOUND:
            self._memory.clear()
        self._memory[token] = word
        return word

    def _value(self, words: list[_Word], at: int) -> float:
        """The weight of the word at ``at`` as the words around it have it."""
        word = words[at]
        weight = word.valence
        if weight is None or (word.lower == "kind" and at + 1 < len(words) and words[at + 1].lower == "of"):
            return 0.0
        value = weight
        if word.lower == "no" and at + 1 < len(words) and words[at + 1].valence is not None:
            value = 0.0  # "no" before a word that weighs turns that word and has no weight of its own
        if at and _after_no(words, at):
            value = weight * _TURNED
        shouted = word.upper and _some_shout(words)
        if shouted:
            value = value + _SHOUTED if value > 0 else value - _SHOUTED
        for back in range(min(at, 3)):
            before = words[at - back - 1]
            if before.valence is not None:
                continue
            if before.boost:
                value += _boost(before, value, words) * _NEAR[back]
            value = _negated(value, words, at, back)
            if back == 2:
                value = self._idiom(value, words, at)
        if (
            at
            and words[at - 1].lower == "least"
            and words[at - 1].valence is None
            and (at == 1 or words[at - 2].lower not in ("at", "very"))
        ):
            value *= _TURNED
        return value

    def _idiom(self, value: float, words: list[_Word], at: int) -> float:
        """The library's own check, asked only where two neighbours stand together in one of its phrases."""
        around = words[at - 3 : at + 3]
        if not any(word.second for word in around):
            return value
        lower = [word.lower for word in around]
        if _PAIRS.isdisjoint(pairwise(lower)):
            return value
        return float(self._analyzer._special_idioms_check(value, [word.lower for word in words], at))


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """The process's scorer; the first call reads the dictionary (about 20 ms)."""
    return Scorer()


def _after_no(words: list[_Word], at: int) -> bool:
    return (
        words[at - 1].lower == "no"
        or (at > 1 and words[at - 2].lower == "no")
        or (at > 2 and words[at - 3].lower == "no" and words[at - 1].lower in ("or", "nor"))
    )


def _some_shout(words: list[_Word]) -> bool:
    """Whether some words, but not all, are in capitals."""
    return not all(word.upper for word in words)  # asked where one is


def _boost(before: _Word, value: float, words: list[_Word]) -> float:
    boost = -before.boost if value < 0 else before.boost
    if before.upper and _some_shout(words):
        return boost + _SHOUTED if value > 0 else boost - _SHOUTED
    return boost


def _negated(value: float, words: list[_Word], at: int, back: int) -> float:
    """What a negation, or "never so", one to three words before makes of the value."""
    before = words[at - back - 1]
    if back == 0:
        return value * _TURNED if before.negates else value
    nearest = words[at - 1].lower
    if back == 1:
        if before.lower == "never" and nearest in _EMPHASIS:
            return value * 1.25
        doubtless = before.lower == "without" and nearest == "doubt"
    else:
        if nearest in _EMPHASIS or (before.lower == "never" and words[at - 2].lower in _EMPHASIS):
            return value * 1.25
        doubtless = before.lower == "without" and (nearest == "doubt" or words[at - 2].lower == "doubt")
    return value * _TURNED if before.negates and not doubtless else value


def _weigh_but(words: list[_Word], places: list[int], values: list[float]) -> None:
    """Half of what stands before the first "but", half as much again of what stands after it.

    A value that stands twice is found at its first place both times, as the library finds it.
    """
    turn = next((at for at, word in enumerate(words) if word.lower == "but"), None)
    if turn is None:
        return
    for value in values:
        first = values.index(value)
        values[first] = value * (0.5 if places[first] < turn else 1.5)


def _questioned(marks: int) -> float:
    if marks <= 1:
        return 0.0
    return marks * _QUESTION if marks <= _QUESTIONS else _MANY_QUESTIONS
