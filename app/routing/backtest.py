"""What another rule set would have decided about mentions that have already come: counts, and a list to read.

Pure: the caller brings the stored Facts (``store.last_decisions``) and may wrap the iterable to show progress.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from app.core.facts import Facts
from app.core.ids import MentionId
from app.routing.compile import Compiled
from app.routing.decide import decide
from app.routing.explain import outcome_words
from app.routing.model import Decision

LISTED: Final = 200
"""Longest before/after list: a supervisor reads the first dozens; the counts cover all."""

_COMPARED: Final[tuple[str, ...]] = (
    "queue", "assign", "tags", "floor", "checklist", "hold", "escalate", "notify", "no_response_needed", "snooze_minutes", "approval",
    "untag", "term", "close", "community_minutes", "note", "start_timers", "stop_timers", "webhooks", "reply_with",
)  # fmt: skip
_UNORDERED: Final = frozenset({"tags", "notify", "escalate", "untag", "start_timers", "stop_timers", "webhooks"})


@dataclass(frozen=True, slots=True)
class Past:
    """One stored moment to decide again; ``excerpt`` is what the list shows of the mention."""

    mention: MentionId
    facts: Facts
    excerpt: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One outcome that would be another: ``before`` and ``after`` in words, "" for nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One mention that would be decided otherwise; the rule ids that fired before and would fire after."""

    mention: MentionId
    excerpt: str
    differences: tuple[Difference, ...]
    fired_before: tuple[str, ...]
    fired_after: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole comparison. ``by_field`` counts mentions whose field differs, most first; ``moves`` counts queue to queue
    as (before, after, mentions); ``fires`` counts (rule, before, after); ``changes`` holds the first LISTED in full."""

    total: int
    changed: int
    by_field: tuple[tuple[str, int], ...]
    moves: tuple[tuple[str, str, int], ...]
    fires: tuple[tuple[str, int, int], ...]
    changes: tuple[Change, ...]

    @property
    def words(self) -> str:
        """The result in one sentence."""
        if not self.total:
            return "No stored mentions yet, so nothing could be tried."
        if not self.changed:
            return f"None of the last {self.total:,} mentions would have been decided otherwise."
        return f"{self.changed:,} of the last {self.total:,} mentions would have been decided otherwise."


def backtest(pasts: Iterable[Past], before: Compiled, after: Compiled, listed: int = LISTED) -> Report:
    """Decide every past moment with both sets and compare. ``listed`` bounds the list, not the counts."""
    total = changed = 0
    by_field: Counter[str] = Counter()
    moves: Counter[tuple[str, str]] = Counter()
    fires_before: Counter[str] = Counter()
    fires_after: Counter[str] = Counter()
    changes: list[Change] = []
    for past in pasts:
        total += 1
        was, now = decide(before, past.facts, trace=False), decide(after, past.facts, trace=False)
        fires_before.update(was.fired)
        fires_after.update(now.fired)
        differences = differ(was, now)
        if not differences:
            continue
        changed += 1
        by_field.update(one.field for one in differences)
        if was.queue != now.queue:
            moves[was.queue or "", now.queue or ""] += 1
        if len(changes) < listed:
            changes.append(Change(past.mention, past.excerpt, differences, was.fired, now.fired, _words(differences)))
    rules = dict.fromkeys([*(rule.id for rule in after.rules), *(rule.id for rule in before.rules)])
    return Report(
        total,
        changed,
        tuple(by_field.most_common()),
        tuple((a, b, count) for (a, b), count in moves.most_common()),
        tuple((rule, fires_before[rule], fires_after[rule]) for rule in rules),
        tuple(changes),
    )


def differ(was: Decision, now: Decision) -> tuple[Difference, ...]:
    """The outcomes in which two decisions differ; the order of tags and notices does not count."""
    return tuple(
        Difference(field, outcome_words(field, getattr(was, field)), outcome_words(field, getattr(now, field)))
        for field in _COMPARED
        if _comparable(field, getattr(was, field)) != _comparable(field, getattr(now, field))
    )


def _comparable(field: str, value: Any) -> Any:
    return frozenset(value) if field in _UNORDERED else value


def _words(differences: tuple[Difference, ...]) -> str:
    return "; ".join(f"{one.field.replace('_', ' ')}: {one.before or 'nothing'} → {one.after or 'nothing'}" for one in differences)
