"""The records of measures: one answered clock, one tally, and what is made of many."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from app.core.ids import CaseId, PersonId, ReplyId

By = Literal["queue", "network", "agent", "band", "tier"]
GROUPS: Final[tuple[By, ...]] = ("queue", "network", "agent", "band", "tier")
TimeKind = Literal["wall", "business"]

# The names of tallies. Where no key is named it is "".
TALLIES: Final = frozenset(
    {
        "mentions",  # received
        "decided_by_rules",  # of those, decided by the active rule set, whatever the decision
        "authors_matched",  # mentions whose author has a customer record known in the CRM
        "authors_unmatched",  # mentions whose author has none
        "authors_new",  # identities seen for the first time
        "answered",  # replies of people that went out
        "answered_under_policy",  # of those, under a policy whose checklist was complete
        "within_target",  # clocks met by an answer; key: metric
        "answered_late",  # response clocks stopped by an answer after their breach
        "breached",  # clocks breached; key: metric
        "claimed_by_hand",  # free cases that a person took from a list; key: person
        "rank_inversions",  # of those, taken while a better one waited that the same person could have had; key: person
        "skipped",  # cases that a person passed on; key: person
        "pushed",  # cases that the desk gave out by itself; key: person
        "not_picked_up",  # of those, taken back because the person did not open them in time; key: person
        "closed",  # cases closed; key: disposition
        "volume_network",  # mentions; key: network
        "volume_sentiment",  # mentions; key: negative, neutral, positive, not_scored
        "volume_account",  # mentions; key: account
        "negative_network",  # mentions that are negative; key: network
        "rule_fired",  # times a rule matched; key: rule
        "rule_fired_daily",  # the same by days of UTC, counted beside it; key: rule
        "rule_undone",  # times a person undid what a rule chose, by days of UTC; key: rule
    }
)


DAILY: Final = frozenset({"rule_fired_daily", "rule_undone"})
"""Tallies whose buckets are days of UTC: weeks of them are a few rows a rule."""


@dataclass(frozen=True, slots=True)
class Response:
    """One response clock that a person's answer stopped.

    ``wall_seconds`` and ``business_seconds`` run from the clock's start to the answer, pauses included, by the wall and by the
    business calendar. ``clock_seconds`` is what its own clock counted (its calendar, pauses credited): the figure that stood
    against ``target_seconds``, and ``within`` is that clock's word.
    """

    at: datetime
    case_id: CaseId
    reply_id: ReplyId
    metric: str
    queue: str
    network: str
    band: str
    tier: str
    agent_id: PersonId
    wall_seconds: float
    business_seconds: float
    clock_seconds: float
    target_seconds: int
    within: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How often ``name`` happened with ``key`` in the bucket (or window) that starts at ``since``."""

    since: datetime
    name: str
    key: str
    n: int


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """The response times of one group; seconds are None and the share too where ``count`` is 0.

    ``key`` is the group's value, "" where it is not known, or ``all``.
    """

    key: str
    count: int
    median_seconds: float | None
    p90_seconds: float | None
    p99_seconds: float | None
    within: int
    within_share: float | None
