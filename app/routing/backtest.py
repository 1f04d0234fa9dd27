"""What another rule set would have decided about moments that have already come: counts, and a list to read.

Pure: the caller brings the stored Facts piece by piece, the oldest first (``store_pasts``), and may stop between two pieces. Nothing is
kept of a moment but counts, the newest changes, and which rules that fire once have fired on which case.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from app.core.facts import Facts
from app.core.ids import CaseId, MentionId
from app.routing.compile import Compiled
from app.routing.decide import decide
from app.routing.explain import outcome_words
from app.routing.fields import ARRIVAL, TRIGGERS
from app.routing.model import Decision

LISTED: Final = 200
"""Longest before/after list: a supervisor reads the first dozens; the counts cover all."""
EXCERPT_CHARACTERS: Final = 160
NO_CASE: Final = CaseId("")

_COMPARED: Final[tuple[str, ...]] = (
    "queue", "assign", "tags", "floor", "checklist", "hold", "escalate", "notify", "no_response_needed", "snooze_minutes", "approval",
    "untag", "term", "close", "community_minutes", "note", "start_timers", "stop_timers", "webhooks", "reply_with",
)  # fmt: skip
_UNORDERED: Final = frozenset({"tags", "notify", "escalate", "untag", "start_timers", "stop_timers", "webhooks"})


@dataclass(frozen=True, slots=True)
class Past:
    """One stored moment to decide again. ``mention`` is "" where the moment was none of a mention; ``at`` is None where it is not known."""

    mention: MentionId
    facts: Facts
    case: CaseId = NO_CASE
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One outcome that would be another: ``before`` and ``after`` in words, "" for nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One moment that would be decided otherwise; the rule ids that fired before and would fire after."""

    mention: MentionId
    case: CaseId
    at: datetime | None
    trigger: str
    excerpt: str
    differences: tuple[Difference, ...]
    fired_before: tuple[str, ...]
    fired_after: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole comparison. ``total`` and ``changed`` count mentions, ``moments`` and ``moments_changed`` everything else that asked the
    rules, ``cases`` the cases with any change. ``by_field`` counts what differs, most first; ``moves`` counts queue to queue as
    (before, after, times); ``fires`` counts (rule, before, after); ``changes`` holds the newest in full, the newest first;
    ``left_out`` says in sentences what the comparison does not know."""

    total: int
    changed: int
    moments: int
    moments_changed: int
    cases: int
    by_field: tuple[tuple[str, int], ...]
    moves: tuple[tuple[str, str, int], ...]
    fires: tuple[tuple[str, int, int], ...]
    changes: tuple[Change, ...]
    left_out: tuple[str, ...]

    @property
    def words(self) -> str:
        """The result in one or two sentences."""
        if not self.total and not self.moments:
            return "No stored mentions yet, so nothing could be tried."
        some = f"{self.changed:,}" if self.changed else "None"
        said = f"{some} of the last {self.total:,} mentions would have been decided otherwise."
        if self.moments:
            said += f" Of {self.moments:,} other moments (clocks, edits, moves of people), {self.moments_changed or 'none'} would."
        return said


@dataclass(slots=True)
class _Fired:
    """Which rules that do not fire always have fired, by case, as the tried set would have them."""

    compiled: Compiled
    once: dict[CaseId, set[str]] = field(default_factory=dict)
    in_state: dict[CaseId, tuple[str, set[str]]] = field(default_factory=dict)

    def decide(self, past: Past) -> Decision:
        """The decision at this moment, with what fired before on the same case."""
        if not self.compiled.once_on or not past.case:
            return decide(self.compiled, past.facts, trace=False)
        state, here = self.in_state.get(past.case, (past.facts.state, set()))
        if state != past.facts.state:
            here = set()
        spent = self.once.get(past.case, set()) | here
        made = decide(self.compiled, past.facts, trace=False, spent=spent) if spent else decide(self.compiled, past.facts, trace=False)
        repeats = {rule.id: rule.repeat for rule in self.compiled.rules if rule.id in made.fired}
        once = {id for id, repeat in repeats.items() if repeat == "once"}
        here |= {id for id, repeat in repeats.items() if repeat == "once_per_state"}
        if once:
            self.once.setdefault(past.case, set()).update(once)
        if here or past.case in self.in_state:
            self.in_state[past.case] = (past.facts.state, here)
        return made


class Trial:
    """One comparison under way. ``add`` takes the moments in the order in which they came."""

    def __init__(self, before: Compiled, after: Compiled, listed: int = LISTED) -> None:
        self._before, self._after = _Fired(before), _Fired(after)
        self._seen: Counter[str] = Counter()
        self._changed: Counter[str] = Counter()
        self._by_field: Counter[str] = Counter()
        self._moves: Counter[tuple[str, str]] = Counter()
        self._fires_before: Counter[str] = Counter()
        self._fires_after: Counter[str] = Counter()
        self._cases: set[CaseId | MentionId] = set()
        self._changes: deque[Change] = deque(maxlen=listed)

    @property
    def done(self) -> int:
        """How many moments were decided again."""
        return self._seen.total()

    def add(self, pasts: Iterable[Past]) -> None:
        """Decide these with both sets and compare."""
        for past in pasts:
            trigger = past.facts.trigger
            self._seen[trigger] += 1
            was, now = self._before.decide(past), self._after.decide(past)
            self._fires_before.update(was.fired)
            self._fires_after.update(now.fired)
            differences = differ(was, now)
            if not differences:
                continue
            self._changed[trigger] += 1
            self._cases.add(past.case or past.mention)
            self._by_field.update(one.field for one in differences)
            if was.queue != now.queue:
                self._moves[was.queue or "", now.queue or ""] += 1
            words = _words(differences)
            self._changes.append(
                Change(past.mention, past.case, past.at, trigger, excerpt(past.facts.text), differences, was.fired, now.fired, words)
            )

    def report(self) -> Report:
        """The comparison so far."""
        before, after = self._before.compiled, self._after.compiled
        rules = dict.fromkeys([*(rule.id for rule in after.rules), *(rule.id for rule in before.rules)])
        return Report(
            total=self._seen[ARRIVAL],
            changed=self._changed[ARRIVAL],
            moments=self._seen.total() - self._seen[ARRIVAL],
            moments_changed=self._changed.total() - self._changed[ARRIVAL],
            cases=len(self._cases),
            by_field=tuple(self._by_field.most_common()),
            moves=tuple((a, b, count) for (a, b), count in self._moves.most_common()),
            fires=tuple((rule, self._fires_before[rule], self._fires_after[rule]) for rule in rules),
            changes=tuple(reversed(self._changes)),
            left_out=tuple(self._left_out()) if self._seen else (),
        )

    def _left_out(self) -> Iterable[str]:
        before, after = self._before.compiled, self._after.compiled
        yield (
            "Each moment is decided on the picture it had when it came. What these rules would have changed about a case before (its "
            "queue, tags, hold, state) is not carried on to its later moments."
        )
        if before.once_on or after.once_on:
            yield "Rules that fire once are followed within these moments; what fired before the first of them counts as not fired."
        missing = [TRIGGERS.get(one, one) for one in sorted({*before.by_trigger, *after.by_trigger}) if not self._seen[one]]
        if missing:
            yield f"Not tried, because no such moment is kept among these: when {'; '.join(missing)}."


def backtest(pasts: Iterable[Past], before: Compiled, after: Compiled, listed: int = LISTED) -> Report:
    """Decide every past moment, the oldest first, with both sets and compare. ``listed`` bounds the list, not the counts."""
    trial = Trial(before, after, listed)
    trial.add(pasts)
    return trial.report()


def excerpt(text: str) -> str:
    """The beginning of a text on one line, as lists show it."""
    words = " ".join(text[: 4 * EXCERPT_CHARACTERS].split())
    return words if len(words) <= EXCERPT_CHARACTERS else words[: EXCERPT_CHARACTERS - 1] + "…"


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
