"""The one entry of analysis: texts in, their Judgements out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from app.analysis import language as languages
from app.analysis import sentiment
from app.analysis.clean import clean
from app.analysis.match import Hit, Matcher
from app.analysis.model import Judgement, Mark, MarkKind
from app.analysis.tokens import Token, split
from app.analysis.words import Lexicon
from app.core.facts import RISK_CLASSES, Intent

MARK_BOUND: Final = 50  # Marks kept per text: more would be a wall of yellow, and storage.
LIKELY: Final = 0.5
STRENGTH_FLOOR: Final = 0.2  # A strength below it does not decide the intent.
_STRENGTHS: Final = ("problem", "urgency", "complaint", "praise")
_NEGATABLE: Final = frozenset({"problem", "urgency", "complaint", "praise", "risk"})
_QUESTION_MARKS: Final = ("؟", "？", "¿")  # beside the ASCII one


def judge(text: str, *, hint_language: str | None = None, lexicon: Lexicon) -> Judgement:
    """What ``text`` means. ``hint_language`` is the network's claim, believed where the text does not say otherwise.

    Never raises for any text; reads at most ``tokens.TEXT_BOUND_CHARACTERS`` of it.
    """
    return judge_all([(text, hint_language)], lexicon)[0]


def judge_all(claimed: Sequence[tuple[str, str | None]], lexicon: Lexicon) -> list[Judgement]:
    """``judge`` of many texts, each with the network's claim of its language.

    One step over all of them before the next: its words then stay near the processor, which waited for them a sixth of the time.
    """
    texts = [text for text, _ in claimed]
    tokens = [split(text) for text in texts]
    found = [
        languages.detect(text, words, hint=hint, stopwords=lexicon.stopwords) for (text, hint), words in zip(claimed, tokens, strict=True)
    ]
    matchers = [lexicon.matcher(language) for language in found]
    hits = [matcher.find(words) for matcher, words in zip(matchers, tokens, strict=True)]
    heard = list(map(_heard, texts, tokens, hits, matchers))
    scores = [
        sentiment.compound(clean(text, neutral=said.neutral), language) if language in sentiment.SCORED_LANGUAGES else None
        for text, language, said in zip(texts, found, heard, strict=True)
    ]
    return list(map(_judged, texts, tokens, found, heard, scores))


@dataclass(slots=True)
class _Heard:
    """What the words of the lists say in a text: those that count, and what they come to. ``doubt`` is 1 less the strength of each kind."""

    hits: list[Hit] = field(default_factory=list)
    neutral: list[tuple[int, int]] = field(default_factory=list)
    doubt: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_STRENGTHS, 1.0))
    risks: set[str] = field(default_factory=set)
    asks: bool = False
    wants_answer: bool = False


def _heard(text: str, tokens: list[Token], found: list[Hit], matcher: Matcher) -> _Heard:
    heard = _Heard()
    doubt = heard.doubt
    covered: set[int] = set()
    for hit in found:
        if hit.entry.kind == "neutral":
            heard.neutral.append((tokens[hit.first].start, tokens[hit.last].end))
            covered.update(range(hit.first, hit.last + 1))
    for hit in found:
        entry, kind = hit.entry, hit.entry.kind
        if kind == "neutral" or (covered and covered.issuperset(range(hit.first, hit.last + 1))):
            continue  # "fraud department" is a name, not a fraud.
        if kind in _NEGATABLE and matcher.negated(tokens, hit, text):
            if kind == "praise":
                doubt["complaint"] *= 1 - entry.weight
            continue
        heard.hits.append(hit)
        if kind in doubt:
            doubt[kind] *= 1 - entry.weight
        elif kind == "risk":
            heard.risks.add(entry.of)
        elif kind == "question":
            heard.asks = True
        else:
            heard.wants_answer = True
    heard.asks = heard.asks or "?" in text or (not text.isascii() and any(mark in text for mark in _QUESTION_MARKS))
    return heard


def _judged(text: str, tokens: list[Token], language: str, heard: _Heard, score: float | None) -> Judgement:
    strength = {kind: round(1 - rest, 4) for kind, rest in heard.doubt.items()}
    intent = _intent(strength, score, bool(heard.risks), heard.asks)
    return Judgement(
        language=language,
        language_scored=language in sentiment.SCORED_LANGUAGES,
        sentiment=score,
        sentiment_label=sentiment.label(score),
        urgency=strength["urgency"],
        problem=strength["problem"],
        complaint=strength["complaint"],
        praise=strength["praise"],
        risk=tuple(risk for risk in RISK_CLASSES if risk in heard.risks) if heard.risks else (),
        intent=intent,
        wants_answer=heard.wants_answer or heard.asks or (intent == "complaint" and strength["problem"] >= LIKELY),
        marks=_marks(text, tokens, heard.hits),
    )


def _intent(strength: dict[str, float], score: float | None, risky: bool, asks: bool) -> Intent:
    """Praise when it outweighs what is wrong, complaint when something is wrong, else question, else chat."""
    wrong = max(strength["problem"], strength["complaint"], LIKELY if risky else 0.0)
    felt = score or 0.0
    if strength["praise"] > max(wrong, STRENGTH_FLOOR) and felt >= 0:
        return "praise"
    if wrong >= STRENGTH_FLOOR and (not asks or wrong >= LIKELY or felt < 0):
        return "complaint"
    if asks:
        return "question"
    if felt <= -0.3:
        return "complaint"
    return "praise" if felt >= 0.6 else "chat"


def _marks(text: str, tokens: list[Token], hits: list[Hit]) -> tuple[Mark, ...]:
    places = sorted({(tokens[h.first].start, tokens[h.last].end, h.entry.kind, h.entry.of) for h in hits})
    return tuple(Mark(cast(MarkKind, kind), text[start:end], start, end, of) for start, end, kind, of in places[:MARK_BOUND])


def warm_up() -> None:
    """Read the dictionaries now rather than at the first mention."""
    languages.warm_up()
    sentiment.warm_up()
