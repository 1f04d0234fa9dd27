"""The word lists of ``routing_rules/words``: read, checked, and compiled into one matcher per language.

A list file is named after its language (``en.yaml``; ``und.yaml`` holds what every language shares). See docs/words.md for the form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app.analysis.language import UNKNOWN, StopWords
from app.analysis.match import Entry, Matcher, Pair, items_of
from app.analysis.tokens import fold
from app.core import sheets
from app.core.errors import Invalid

GROUP_BOUND: Final = 2_000  # Words in one group.
WORD_BOUND_CHARACTERS: Final = 80


def _checked_word(word: str) -> str:
    items_of(word)
    return word


def _words_alone(value: object) -> object:
    """A plain list of words is one group of weight 1."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return [{"words": value}]
    return value


Word = Annotated[str, Field(min_length=1, max_length=WORD_BOUND_CHARACTERS), AfterValidator(_checked_word)]
WordGroup = Annotated[list[Word], Field(max_length=GROUP_BOUND)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Group(_Strict):
    """Words of one weight; with ``with``, each counts only near one of those partners."""

    words: Annotated[WordGroup, Field(min_length=1)]
    weight: Annotated[float, Field(gt=0, le=1)] = 1.0
    partners: WordGroup = Field(default=[], alias="with")
    near: Annotated[int, Field(ge=1, le=20)] = 5


RiskClass = Literal["legal", "safety", "fraud", "discrimination", "press", "privacy"]
Groups = Annotated[list[Group], BeforeValidator(_words_alone)]


class WordList(_Strict):
    """One file of word lists."""

    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")]
    stopwords: WordGroup = []
    negations: WordGroup = []
    fillers: WordGroup = []
    neutral: WordGroup = []
    problem: Groups = []
    urgency: Groups = []
    complaint: Groups = []
    praise: Groups = []
    question: Groups = []
    wants_answer: Groups = []
    risk: dict[RiskClass, Groups] = {}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Compiled lists: a matcher per language, each with the shared list in it, and "und" with all of them."""

    matchers: Mapping[str, Matcher]
    stopwords: StopWords
    shared: Matcher

    def matcher(self, language: str) -> Matcher:
        """The matcher for a language; a language without a list of its own has the shared words only."""
        return self.matchers.get(language, self.shared)


def load(folder: Path) -> Lexicon:
    """The lexicon of a ``words`` folder; raises Invalid naming file, line and field, or that the folder holds no list."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise Invalid(
            f"{folder.name}: no word list here: put at least en.yaml into it", errors=[{"loc": [folder.name], "msg": "no *.yaml"}]
        )
    return build(_read(path) for path in paths)


def build(lists: Iterable[WordList]) -> Lexicon:
    """A lexicon of word lists already read."""
    by_language = {each.language: each for each in lists}
    shared = [by_language[UNKNOWN]] if UNKNOWN in by_language else []
    matchers = {code: _compile([each, *shared]) for code, each in by_language.items() if code != UNKNOWN}
    matchers[UNKNOWN] = _compile([*by_language.values()])  # A text too short to tell may be in any of them.
    stopwords = {code: frozenset(fold(w) for w in each.stopwords) for code, each in by_language.items() if each.stopwords}
    return Lexicon(matchers, StopWords.of(stopwords), _compile(shared))


def _read(path: Path) -> WordList:
    found = sheets.read(WordList, path)
    if found.language != path.stem:
        wrong = f"language is {found.language!r} but the file is called {path.name}: make them agree"
        raise Invalid(f"{path.name}: {wrong}", errors=[{"loc": [path.name, 1, "language"], "msg": wrong}])
    return found


def _compile(lists: list[WordList]) -> Matcher:
    phrases: dict[str, list[Entry]] = {}
    pairs: list[Pair] = []
    negations: list[str] = []
    fillers: list[str] = []
    for each in lists:
        kinds = {name: getattr(each, name) for name in ("problem", "urgency", "complaint", "praise", "question", "wants_answer")}
        groups = [(kind, "", group) for kind, found in kinds.items() for group in found]
        groups += [("risk", risk, group) for risk, found in each.risk.items() for group in found]
        for kind, of, group in groups:
            entry = Entry(kind, group.weight, of)
            if group.partners:
                pairs.append(Pair(entry, tuple(group.words), tuple(group.partners), group.near))
            else:
                for word in group.words:
                    phrases.setdefault(word, []).append(entry)
        for word in each.neutral:
            phrases.setdefault(word, []).append(Entry("neutral"))
        negations += each.negations
        fillers += each.fillers
    return Matcher(phrases, pairs, negations, fillers)
