"""The order of the inbox: a virtual deadline, written when a signal changes and never recomputed by the passing of time.

``rank_at`` is arrival plus a patience that shrinks with the score, so one index serves the queue and old work rises of itself:
nothing starves. The patience is linear, so a point is worth the same wait everywhere; docs/priority.md has the measurements
against pure score, a geometric patience and band-then-deadline.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from app.core.facts import Facts
from app.priority import score as scoring
from app.priority.model import Score
from app.priority.weights import Weights

NOTABLE_POINTS: Final = 3  # A change smaller than this is not worth an agent's reading time.


def patience_minutes(score: int, weights: Weights) -> float:
    """Minutes until a mention of this score is level with one of 100 that arrives then."""
    return (scoring.HIGHEST - min(max(score, 0), scoring.HIGHEST)) * weights.patience.minutes_per_point


def rank_at(arrival: datetime, score: int, weights: Weights) -> float:
    """The queue key, lower first: the virtual deadline in seconds since 1970 UTC. ``arrival`` must be aware."""
    if arrival.tzinfo is None:
        raise ValueError("the arrival has no zone")
    return arrival.timestamp() + 60.0 * patience_minutes(score, weights)


def what_would_change(facts: Facts, score: Score, weights: Weights) -> tuple[str, ...]:
    """Sentences on what would move this score, largest first, and how it rises by waiting."""
    changes: list[tuple[int, str]] = []

    def try_(words: str, **different: object) -> None:
        other = scoring.of(replace(facts, **different), weights)  # type: ignore[arg-type]  # the keywords are Facts fields
        if abs(other.score - score.computed) >= NOTABLE_POINTS:
            changes.append((abs(other.score - score.computed), f"{words} it would be {other.score} ({other.band})."))

    if facts.risk:
        try_("Without the risk flag", risk=())
    if facts.urgency >= scoring.LIKELY:
        try_("If it could wait", urgency=0.0)
    if facts.problem >= scoring.LIKELY:
        try_("If nothing had failed", problem=0.0)
    if facts.sentiment is None:
        try_("If it were scored very negative", sentiment=-0.8)
    best = max(weights.tiers, key=lambda name: weights.tiers[name].points)
    if not facts.customer_known or weights.tier(facts.tier, facts.value) != best:
        try_(f"From a {best} customer", customer_known=True, tier=best)
    if facts.cluster_size <= 1:
        try_("If ten others said the same", cluster_size=11)
    changes.sort(reverse=True)
    sentences = [words for _, words in changes]
    nearest = weights.bands.urgent
    if score.score < nearest:
        wait = patience_minutes(score.score, weights) - patience_minutes(nearest, weights)
        sentences.append(f"Waiting lifts it: after {_spell(wait)} it stands level with a new mention of {nearest}.")
    return tuple(sentences)


def _spell(minutes: float) -> str:
    return f"{minutes / 60:.0f} hours" if minutes >= 90 else f"{minutes:.0f} minutes"
