"""Which of the four stages of social engagement the desk has reached, and what the next one wants.

The last stage is the three criteria of ``criteria``; those before ask for what must be in place first. A stage counts only
when those before it are reached.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from app.measures import criteria
from app.measures.criteria import Counts, Criterion, Goals

StageName = Literal["learning", "organised", "strategic", "final"]
STAGES: Final[tuple[StageName, ...]] = ("learning", "organised", "strategic", "final")
REACHABLE_SHARE: Final = 0.5  # of the customers that have a value tier: below it a strategy by tier reaches too few


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in place, beside what was counted.

    ``channels`` connected or mentions' networks seen; ``linked`` customers with any social identity; ``tiered`` customers
    that have a value tier, ``tiered_linked`` those of them with a social identity; ``targets_by_tier`` whether service levels
    differ by tier.
    """

    channels: int
    linked: int
    targets_by_tier: bool
    tiered: int
    tiered_linked: int


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: whether it is reached, and what it takes, each part with whether it is there."""

    number: int
    name: StageName
    reached: bool
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Where the desk stands. ``stage`` is 0 before the first stage is reached, ``name`` then ``None``."""

    since: datetime
    until: datetime
    stage: int
    name: StageName | None
    steps: tuple[Step, ...]
    criteria: tuple[Criterion, ...]
    next: str


def scorecard(counts: Counts, standing: Standing, since: datetime, until: datetime, goals: Goals | None = None) -> Scorecard:
    """Judge the window [since, until); the default goals are those of ``criteria.Goals``."""
    goals = goals or Goals()
    judged = (criteria.engagement_model(counts, goals), criteria.social_data(counts, goals), criteria.real_time(counts, goals))
    reachable = standing.tiered_linked / standing.tiered if standing.tiered else 0.0
    wanted: tuple[tuple[tuple[str, bool], ...], ...] = (
        (("a channel is connected", standing.channels > 0), ("a social profile is linked to a customer", standing.linked > 0)),
        (
            ("engagement rules are active", bool(counts.rules_version)),
            ("a policy is active", counts.policies > 0),
            ("authors are matched to customers", counts.authors_matched > 0),
        ),
        (
            ("response targets differ by customer tier", standing.targets_by_tier),
            (f"{REACHABLE_SHARE:.0%} of customers with a tier have a social profile", reachable >= REACHABLE_SHARE),
        ),
        tuple((c.title, c.passed) for c in judged),
    )
    steps: list[Step] = []
    for number, (name, parts) in enumerate(zip(STAGES, wanted, strict=True), 1):
        below = steps[-1].reached if steps else True
        steps.append(Step(number, name, below and all(there for _, there in parts), parts))
    stage = sum(step.reached for step in steps)
    return Scorecard(since, until, stage, STAGES[stage - 1] if stage else None, tuple(steps), judged, _next(steps, stage))


def _next(steps: list[Step], stage: int) -> str:
    if stage == len(steps):
        return "The final stage is reached."
    ahead = steps[stage]
    missing = "; ".join(what for what, there in ahead.parts if not there)
    return f"For stage {ahead.number}, {ahead.name}: {missing}."
