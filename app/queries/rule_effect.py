"""What a rule comes to: how often it fired by day, how often people undid it, how long answers took before and after its last change.

Every read is bounded: two rows a rule and day from the daily tallies; the newest VERSIONS of the history; the newest ANSWERS on each side
of the change, with the decisions of their cases. Nothing walks the history of mentions.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final

from sqlalchemy import Connection

from app.core.ids import CaseId
from app.measures import store as measures
from app.measures.model import DAILY
from app.routing import store as routing

DAYS: Final = 14
VERSIONS: Final = 200
"""Newest versions that are looked through for the rule's last change."""
ANSWERS: Final = 400
"""Newest first answers on each side of the change that are looked at."""
FEWEST: Final = 5
"""Below so many answers a median says nothing, and none is shown."""
WINDOW: Final = timedelta(days=DAYS)
_NOW_TOO: Final = timedelta(microseconds=1)
_METRIC: Final = "first_response"


@dataclass(frozen=True, slots=True)
class RuleDays:
    """Fires and what people undid by day of UTC, the oldest first, today last; DAYS of each."""

    fired: tuple[int, ...]
    undone_by_day: tuple[int, ...]

    @property
    def most(self) -> int:
        """The most fires on one day."""
        return max(self.fired)

    @property
    def fires(self) -> int:
        """All of them together."""
        return sum(self.fired)

    @property
    def undone(self) -> int:
        """How often people undid what it chose."""
        return sum(self.undone_by_day)


NO_DAYS: Final = RuleDays((0,) * DAYS, (0,) * DAYS)


@dataclass(frozen=True, slots=True)
class Answered:
    """First answers on cases on which the rule fired: how many of those looked at, and their median by the wall, None when too few."""

    count: int
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What one rule comes to. ``dates`` are its days; ``changed`` is None when its last change is not among the versions looked through;
    then ``before`` is empty and ``after`` speaks of the last DAYS."""

    rule: str
    days: RuleDays
    dates: tuple[date, ...]
    changed: datetime | None
    version: int
    before: Answered
    after: Answered

    @property
    def undone_share(self) -> int | None:
        """Of a hundred fires so many were undone; None without a fire."""
        return round(100 * self.days.undone / self.days.fires) if self.days.fires else None


def days_of(conn: Connection, now: datetime) -> dict[str, RuleDays]:
    """Of every rule that fired or was undone in the last DAYS, by its id."""
    today = measures.day_of(now)
    first = today - timedelta(days=DAYS - 1)
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * DAYS)
    for tally in measures.tallies(conn, DAILY, first, now + _NOW_TOO):
        counts[tally.name, tally.key][(tally.since - first).days] += tally.n
    none = [0] * DAYS
    return {
        rule: RuleDays(tuple(counts.get(("rule_fired_daily", rule), none)), tuple(counts.get(("rule_undone", rule), none)))
        for rule in {key for _, key in counts}
    }


def effect_of(conn: Connection, rule: str, now: datetime) -> RuleEffect:
    """What the rule comes to now."""
    today = measures.day_of(now)
    last = routing.last_change(conn, rule, VERSIONS)
    since = last.at if last else now - WINDOW
    before = _answered(conn, rule, since - WINDOW, since) if last else Answered(0, None)
    return RuleEffect(
        rule=rule,
        days=days_of(conn, now).get(rule, NO_DAYS),
        dates=tuple((today - timedelta(days=back)).date() for back in range(DAYS - 1, -1, -1)),
        changed=last.at if last else None,
        version=last.version if last else 0,
        before=before,
        after=_answered(conn, rule, max(since, now - WINDOW), now + _NOW_TOO),
    )


def _answered(conn: Connection, rule: str, since: datetime, until: datetime) -> Answered:
    given = measures.newest_responses(conn, _METRIC, since, until, ANSWERS)
    touched = routing.cases_fired_on(conn, rule, [CaseId(case) for case, _ in given])
    seconds = [wall for case, wall in given if case in touched]
    return Answered(len(seconds), median(seconds) if len(seconds) >= FEWEST else None)
