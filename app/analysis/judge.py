"""The one entry of analysis: a text in, a Judgement out."""

from typing import Final, cast

from app.analysis import language as languages
from app.analysis import sentiment
from app.analysis.clean import clean
from app.analysis.match import Hit
from app.analysis.model import Judgement, Mark, MarkKind
from app.analysis.tokens import Token, split
from app.analysis.words import Lexicon
from app.core.facts import RISK_CLASSES, Intent

MARK_BOUND: Final = 50  # Marks kept per text: more would be a wall of yellow, and storage.
LIKELY: Final = 0.5
STRENGTH_FLOOR: Final = 0.2  # A strength below it does not decide the intent.
_NEGATABLE: Final = frozenset({"problem", "urgency", "complaint", "praise", "risk"})
_QUESTION_MARKS: Final = ("؟", "？", "¿")  # beside the ASCII one


def judge(text: str, *, hint_language: str | None = None, lexicon: Lexicon) -> Judgement:
    """What ``text`` means. ``hint_language`` is the network's claim, believed where the text does not say otherwise.

    Never raises for any text; reads at most ``tokens.TEXT_BOUND_CHARACTERS`` of it.
    """
    tokens = split(text)
    language = languages.detect(text, tokens, hint=hint_language, stopwords=lexicon.stopwords)
    matcher = lexicon.matcher(language)
    hits: list[Hit] = []
    doubt: dict[str, float] = {"problem": 1.0, "urgency": 1.0, "complaint": 1.0, "praise": 1.0}
    risks: set[str] = set()
    neutral: list[tuple[int, int]] = []
    asks = wants_answer = False
    found = matcher.find(tokens)
    covered: set[int] = set()
    for hit in found:
        if hit.entry.kind == "neutral":
            neutral.append((tokens[hit.first].start, tokens[hit.last].end))
            covered.update(range(hit.first, hit.last + 1))
    for hit in found:
        entry, kind = hit.entry, hit.entry.kind
        if kind == "neutral" or (covered and covered.issuperset(range(hit.first, hit.last + 1))):
            continue  # "fraud department" is a name, not a fraud.
        if kind in _NEGATABLE and matcher.negated(tokens, hit, text):
            if kind == "praise":
                doubt["complaint"] *= 1 - entry.weight
            continue
        hits.append(hit)
        if kind in doubt:
            doubt[kind] *= 1 - entry.weight
        elif kind == "risk":
            risks.add(entry.of)
        elif kind == "question":
            asks = True
        else:
            wants_answer = True
    strength = {kind: round(1 - rest, 4) for kind, rest in doubt.items()}
    score = sentiment.compound(clean(text, neutral=neutral), language) if language in sentiment.SCORED_LANGUAGES else None
    asks = asks or "?" in text or (not text.isascii() and any(mark in text for mark in _QUESTION_MARKS))
    intent = _intent(strength, score, bool(risks), asks)
    return Judgement(
        language=language,
        language_scored=language in sentiment.SCORED_LANGUAGES,
        sentiment=score,
        sentiment_label=sentiment.label(score),
        urgency=strength["urgency"],
        problem=strength["problem"],
        complaint=strength["complaint"],
        praise=strength["praise"],
        risk=tuple(risk for risk in RISK_CLASSES if risk in risks) if risks else (),
        intent=intent,
        wants_answer=wants_answer or asks or (intent == "complaint" and strength["problem"] >= LIKELY),
        marks=_marks(text, tokens, hits),
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
