"""Which language a text is in: the script first, then stop words, then the network's own claim, then py3langid with a floor.

Each step is cheaper than the next and the first that is sure decides; a text too short to tell is "und" (undetermined).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from app.analysis.tokens import TEXT_BOUND_CHARACTERS, Token

UNKNOWN: Final = "und"
LATIN_LANGUAGES: Final = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv", "tr")
LANGUAGES: Final = frozenset({*LATIN_LANGUAGES, "ar", "fa", "ur", "el", "he", "hi", "ja", "ko", "ru", "th", "uk", "zh"})
LANGID_LETTERS_FLOOR: Final = 20  # Below about four words py3langid guesses.
LANGID_CONFIDENCE_FLOOR: Final = 0.7  # On normalised probabilities; below it "und" is the honest answer.
LANGID_WORDS: Final = 40  # Words shown to py3langid: enough to be sure, bounded in time.
STOPWORDS_SURE: Final = 2  # Stop words more than any other language's that settle it.

# Scripts that name their language, or a small family told apart by its letters.
_SCRIPTS: Final = (
    ("arabic", re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("ko", re.compile("[\uac00-\ud7af\u1100-\u11ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_URDU = re.compile("[ٹڈڑںےھہ]")
_ARABIC = re.compile("[ةإ]")
_PERSIAN = re.compile("[پچژگ]")
_ARABIC_ARTICLE: Final = "ال"
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")


@dataclass(frozen=True, slots=True)
class StopWords:
    """Folded small words: of each language, and of each word the languages that have it."""

    of_language: Mapping[str, frozenset[str]]
    languages_of: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, words: Mapping[str, frozenset[str]]) -> "StopWords":
        """From the words of each language."""
        languages: dict[str, tuple[str, ...]] = {}
        for code, each in words.items():
            for word in each:
                languages[word] = (*languages.get(word, ()), code)
        return cls(words, languages)


def detect(text: str, tokens: Sequence[Token], *, hint: str | None, stopwords: StopWords) -> str:
    """An ISO 639-1 code or "und".

    ``hint`` is the network's claim ("en", "en-GB"); it is believed only where script and stop words do not say otherwise.
    """
    claimed = (hint or "").lower().replace("_", "-").split("-")[0]
    if not text.isascii():
        by_script = _by_script(text[:TEXT_BOUND_CHARACTERS], tokens, claimed, stopwords)
        if by_script:
            return by_script
    words = {token[0] for token in tokens}
    counts: dict[str, int] = {}
    for word in words:
        codes = stopwords.languages_of.get(word)
        if codes and word[:1].isalpha():
            for code in codes:
                counts[code] = counts.get(code, 0) + 1
    if not counts and not any(word[:1].isalpha() for word in words):
        return UNKNOWN  # Emoji, numbers or links alone: the claim is about the account, not the text.
    code, best, lead = _leading(counts)
    if lead >= STOPWORDS_SURE and (not claimed or claimed == code or best * 4 >= sum(word[:1].isalpha() for word in words)):
        return code
    if claimed in LATIN_LANGUAGES:
        return claimed
    return _by_letters(text, tokens)


def _leading(counts: Mapping[str, int]) -> tuple[str, int, int]:
    """The language with the most, how many it has, and how many more than any other."""
    code, best, runner_up = "", 0, 0
    for each, count in counts.items():
        if count > best:
            code, best, runner_up = each, count, best
        elif count > runner_up:
            runner_up = count
    return code, best, best - runner_up


def warm_up() -> None:
    """Read py3langid's model now (about a second) rather than at the first mention."""
    _identifier().classify("warm")


def _by_script(text: str, tokens: Sequence[Token], claimed: str, stopwords: StopWords) -> str | None:
    counts = [(len(pattern.findall(text)), name) for name, pattern in _SCRIPTS]
    most, name = max(counts)
    if most < 2 or most * 2 < len(tokens):  # A stray foreign letter or word in a Latin text decides nothing.
        return None
    if name == "arabic":
        return _of_arabic_script(text, [t.word for t in tokens], claimed, most, stopwords)
    if name == "cyrillic":
        return "uk" if _UKRAINIAN.search(text) else "ru"
    if name == "zh" and any(n == "ja" and c for c, n in counts):
        return "ja"  # Japanese is written with both; kana are its own.
    return name


def _of_arabic_script(text: str, words: Sequence[str], claimed: str, letters: int, stopwords: StopWords) -> str:
    """Persian, Arabic or Urdu: by their own letters and small words; keyboards mix the letters they share, so those do not count."""
    if len(_URDU.findall(text)) * 12 > letters:
        return "ur"
    for_persian = 2 * len(_PERSIAN.findall(text)) + sum(w in stopwords.of_language.get("fa", ()) for w in words)
    for_arabic = 2 * len(_ARABIC.findall(text)) + sum(
        w in stopwords.of_language.get("ar", ()) or (w.startswith(_ARABIC_ARTICLE) and len(w) > 4) for w in words
    )
    if for_persian == for_arabic:
        return claimed if claimed in ("ar", "fa", "ur") else UNKNOWN
    return "fa" if for_persian > for_arabic else "ar"


def _by_letters(text: str, tokens: Sequence[Token]) -> str:
    plain = " ".join(text[t.start : t.end] for t in tokens[:LANGID_WORDS] if t.word[:1].isalpha())
    if len(plain) < LANGID_LETTERS_FLOOR:
        return UNKNOWN
    code, confidence = _identifier().classify(plain)
    return str(code) if confidence >= LANGID_CONFIDENCE_FLOOR else UNKNOWN


@lru_cache(maxsize=1)
def _identifier() -> Any:
    # Brought in with its first unclear text and not with the module: it holds 50 MiB and takes half a second, and a desk whose
    # texts all say their language by script, stop words or claim never needs it.
    langid = import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages(LATIN_LANGUAGES)
    identifier._full_model = (identifier.nb_ptc, identifier.nb_pc, identifier.nb_classes)  # the other languages' 25 MiB are let go
    return identifier
