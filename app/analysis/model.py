"""The records of a judged text."""

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Literal

from app.core.facts import Intent
from app.core.records import quick

SentimentLabel = Literal["very negative", "negative", "neutral", "positive", "very positive", "not scored"]
MarkKind = Literal["problem", "urgency", "risk", "wants_answer", "question", "praise", "complaint"]


@quick
@dataclass(frozen=True, slots=True)
class Mark:
    """A word or phrase that caused a judgement.

    ``start`` and ``end`` are character offsets into the original text (Python code points, end exclusive); ``word`` is that slice.
    ``of`` is the risk class for a risk mark, else "".
    """

    kind: MarkKind
    word: str
    start: int
    end: int
    of: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Judgement:
    """What a text means. ``sentiment`` is VADER's compound (-1..1), None when not scored; strengths are 0..1.

    ``language`` is an ISO 639-1 code or "und"; ``language_scored`` says whether sentiment can be scored in it at all.
    """

    language: str
    language_scored: bool
    sentiment: float | None
    sentiment_label: SentimentLabel
    urgency: float
    problem: float
    complaint: float
    praise: float
    risk: tuple[str, ...]
    intent: Intent
    wants_answer: bool
    marks: tuple[Mark, ...]

    def as_json(self) -> dict[str, Any]:
        """A plain map for storage; ``Judgement.from_json`` reads it back."""
        marks = [{"kind": m.kind, "word": m.word, "start": m.start, "end": m.end, "of": m.of} for m in self.marks]
        return dict(zip(_NAMES, _values(self), strict=True)) | {"marks": marks}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Judgement":
        """A Judgement from its stored map; fields since removed are dropped, missing ones take the value of an unjudged text."""
        known = {f.name for f in fields(cls)}
        values = {**_UNJUDGED, **{k: v for k, v in stored.items() if k in known}}
        values["risk"] = tuple(values["risk"])
        values["marks"] = tuple(m if isinstance(m, Mark) else Mark(**m) for m in values["marks"])
        return cls(**values)


_NAMES = tuple(f.name for f in fields(Judgement))
_values = attrgetter(*_NAMES)  # dataclasses.asdict copies every value deeply, which every mention would pay for
_UNJUDGED: dict[str, Any] = {
    "language": "und", "language_scored": False, "sentiment": None, "sentiment_label": "not scored", "urgency": 0.0, "problem": 0.0,
    "complaint": 0.0, "praise": 0.0, "risk": (), "intent": "chat", "wants_answer": False, "marks": (),
}  # fmt: skip
