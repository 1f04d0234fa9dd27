"""The records of priority: a score with its terms, and what may set it aside."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.core.facts import Band
from app.core.records import quick


@quick
@dataclass(frozen=True, slots=True)
class Term:
    """One signal's share of the score, in points (negative lowers it), and why in words."""

    term: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Floor:
    """A score a rule demands at least."""

    score: int
    why: str


@dataclass(frozen=True, slots=True)
class Override:
    """A score a person set by hand. ``until`` is when it lapses; the caller, who has the clock, leaves a lapsed one out."""

    score: int
    why: str
    until: datetime | None = None


@quick
@dataclass(frozen=True, slots=True)
class Score:
    """Priority 0..100. The points of ``terms`` sum to ``score``; ``computed`` is the score before a floor or override."""

    score: int
    band: Band
    terms: tuple[Term, ...]
    computed: int
    floor: Floor | None = None
    override: Override | None = None

    def as_json(self) -> dict[str, Any]:
        """The API's ``priority`` object."""
        set_by_hand = None
        if self.override:
            until = self.override.until
            set_by_hand = {"score": self.override.score, "why": self.override.why, "until": until.isoformat() if until else None}
        return {
            "score": self.score,
            "band": self.band,
            "terms": [asdict(term) for term in self.terms],
            "computed": self.computed,
            "floor": asdict(self.floor) if self.floor else None,
            "override": set_by_hand,
        }
