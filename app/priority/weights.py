"""The weights of ``routing_rules/priority.yaml``, read and checked. Every number is in points unless its name says otherwise."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core import sheets
from app.core.facts import Band

Points = Annotated[float, Field(ge=-100, le=100)]
Up = Annotated[float, Field(ge=0, le=100)]
Mark = Annotated[int, Field(ge=1, le=100)]
RiskClass = Literal["legal", "safety", "fraud", "discrimination", "press", "privacy"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SentimentWeights(_Strict):
    """Points at compound -1, at +1, and for a text that is not scored."""

    negative: Up
    positive: Points
    not_scored: Points = 0


class IntentWeights(_Strict):
    """Points for what the author is after."""

    complaint: Points = 0
    question: Points = 0
    chat: Points = 0
    praise: Points = 0


class ReachWeights(_Strict):
    """``points`` at ten times ``from_followers`` and on by the logarithm; ``share_when_calm`` of it when nothing is wrong."""

    from_followers: Annotated[int, Field(ge=1)]
    points: Up
    share_when_calm: Annotated[float, Field(ge=0, le=1)]


class ClusterWeights(_Strict):
    """Points each time the number of near-copies doubles, up to ``most``."""

    per_doubling: Up
    most: Up


class Tier(_Strict):
    """A customer tier: reached by its name, by one of the CRM's ``words`` for it or, without one, by a lifetime value of ``min``."""

    min: Annotated[float, Field(ge=0)] = 0.0
    words: Annotated[list[str], Field(max_length=100)] = []
    points: Points = 0


class Bands(_Strict):
    """The lowest score of each band; below ``normal`` is low."""

    urgent: Mark
    high: Mark
    normal: Mark

    @model_validator(mode="after")
    def _falling(self) -> "Bands":
        if not self.urgent > self.high > self.normal:
            raise ValueError("urgent must be above high and high above normal")
        return self

    def of(self, score: int) -> Band:
        """The band a score falls into."""
        if score >= self.urgent:
            return "urgent"
        return "high" if score >= self.high else "normal" if score >= self.normal else "low"


class Patience(_Strict):
    """What a point is worth: ``minutes_per_point`` of waiting lift a mention past a new one that has one point more."""

    minutes_per_point: Annotated[float, Field(gt=0, le=1_440)]


class Weights(_Strict):
    """The whole sheet."""

    start: Annotated[float, Field(ge=0, le=100)]
    sentiment: SentimentWeights
    problem: Up
    urgency: Up
    complaint: Points
    praise: Points
    intent: IntentWeights
    wants_answer: Up
    risk: dict[RiskClass, Up]
    unknown_customer: Points = 0
    tiers: Annotated[dict[str, Tier], Field(min_length=1, max_length=20)]
    reach: ReachWeights
    cluster: ClusterWeights
    bands: Bands
    patience: Patience

    def tier(self, name: str | None, value: float | None) -> str | None:
        """The tier for a CRM's tier name (any case), else by value, else None when neither is known."""
        said = (name or "").strip().casefold()
        for tier, knob in self.tiers.items():
            if said and (said == tier.casefold() or said in (word.casefold() for word in knob.words)):
                return tier
        if value is None:
            return None
        reached = [(knob.min, tier) for tier, knob in self.tiers.items() if value >= knob.min]
        return max(reached)[1] if reached else None


def load(path: Path) -> Weights:
    """The weights at ``path``; raises Invalid naming file, line and field."""
    return sheets.read(Weights, path)


def parse(text: str, *, file: str = "priority.yaml") -> Weights:
    """Weights from text in an editor; raises Invalid like ``load``."""
    return sheets.parse(Weights, text, file=file)
