"""The records of service levels: calendars of business time, targets, and clocks as lists of intervals."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from app.core.ids import CaseId, ClockId, MatterId
from app.core.records import quick

ResponseMetric = Literal["first_response", "next_response"]
Metric = Literal[
    "first_touch", "first_response", "next_response", "move_to_private", "escalation_ack", "legal_answer", "resolution"
]  # fmt: skip
RESPONSE_METRICS: Final[tuple[ResponseMetric, ...]] = ("first_response", "next_response")
"""Those that an answer stops, and that response times are reported of."""
MATTER_METRICS: Final[tuple[Metric, ...]] = ("escalation_ack", "legal_answer")
"""Those of a matter at a desk; one clock for each matter."""
METRICS: Final[tuple[Metric, ...]] = ("first_touch", *RESPONSE_METRICS, "move_to_private", *MATTER_METRICS, "resolution")
ClockState = Literal["running", "paused", "met", "breached"]
CLOCK_STATES: Final[tuple[ClockState, ...]] = ("running", "paused", "met", "breached")
IntervalKind = Literal["running", "paused"]

DAY_MINUTES: Final = 24 * 60
WEEK_MINUTES: Final = 7 * DAY_MINUTES
WALL: Final = "wall"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """One stretch of open time, in minutes after the local midnight of its day.

    ``closes`` is not included; over 1440 it runs into the next day (22:00-06:00 is 1320..1800).
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < DAY_MINUTES:
            raise ValueError("a window opens between 00:00 and 23:59")
        if not 0 < self.closes - self.opens <= DAY_MINUTES:
            raise ValueError("a window closes after it opens and within 24 hours")


@dataclass(frozen=True)
class Calendar:
    """Business time of one place.

    ``week`` holds the windows of Monday to Sunday. A window belongs to the day it opens on: a holiday takes away the windows
    that open on it, and leaves the end of the night before. ``days`` are own days that replace that day's windows (none:
    closed) and win over ``country``'s public holidays. An instant is open when the zone's wall clock then reads a time
    inside a window, so an hour that the wall clock shows twice is open twice and one it skips is not there.
    """

    name: str
    zone: str = "UTC"
    week: tuple[tuple[Window, ...], ...] = ((Window(0, DAY_MINUTES),),) * 7
    days: tuple[tuple[date, tuple[Window, ...]], ...] = ()
    country: str = ""
    subdivision: str = ""
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        if not any(self.week):
            raise ValueError("the calendar is never open: give at least one day a window")
        _refuse_overlaps(self.week, dict(self.days))
        content = (self.name, self.zone, self.week, self.days, self.country, self.subdivision)
        object.__setattr__(self, "_hash", hash(content))

    def __hash__(self) -> int:
        # Kept, because calendars are the key of every cache in calendar.py.
        return self._hash

    @cached_property
    def always_open(self) -> bool:
        """Whether business time is wall time here."""
        return not self.days and not self.country and all(sum(w.closes - w.opens for w in day) == DAY_MINUTES for day in self.week)


def _refuse_overlaps(week: tuple[tuple[Window, ...], ...], days: dict[date, tuple[Window, ...]]) -> None:
    spans = sorted((day * DAY_MINUTES + w.opens, day * DAY_MINUTES + w.closes) for day, windows in enumerate(week) for w in windows)
    first_again = (spans[0][0] + WEEK_MINUTES, 0)
    if any(later[0] < earlier[1] for earlier, later in pairwise([*spans, first_again])):
        raise ValueError("two windows of the week overlap")
    for day in days:
        number = day.toordinal()
        near = [
            (step * DAY_MINUTES + w.opens, step * DAY_MINUTES + w.closes)
            for step in (-1, 0, 1)
            for w in days.get(date.fromordinal(number + step), week[(number + step - 1) % 7])
        ]
        if any(later[0] < earlier[1] for earlier, later in pairwise(sorted(near))):
            raise ValueError(f"the windows of {day.isoformat()} overlap each other or those of the day beside it")


ALWAYS: Final = Calendar(WALL)


@dataclass(frozen=True, slots=True)
class Target:
    """How long something may take. ``band``, ``tier``, ``network`` and ``risk`` list what it is for; empty means any.

    Of the risks one is enough. ``seconds`` count on ``calendar``; ``warn_at`` is the share of them, 0..1, after which people are
    warned; at 1 nobody is.
    """

    id: str
    metric: Metric
    seconds: int
    calendar: str
    warn_at: float = 0.75
    band: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()


class Served(NamedTuple):
    """What of a case decides which target it gets. ``private``: it is to move to private messages; without that none for doing so."""

    band: str
    tier: str | None
    network: str
    risk: tuple[str, ...] = ()
    private: bool = False


@dataclass(frozen=True)
class ServiceLevels:
    """What ``service_levels.yaml`` says. Targets stand in order and the first that matches wins.

    ``version`` is a hash of the meaning: it stays when only comments or spacing change.
    """

    targets: tuple[Target, ...]
    calendars: tuple[Calendar, ...]
    version: str

    def calendar(self, name: str) -> Calendar:
        """The calendar of that name. ``wall`` is always there, and stands in for one that the file no longer has: a clock
        started under a calendar that was since removed must still come due.
        """
        return self._by_name.get(name, ALWAYS)

    def targets_of(self, metric: Metric) -> tuple[Target, ...]:
        """The targets of one metric, in their order; () where its clocks are not wanted."""
        return self._by_metric.get(metric, ())

    @cached_property
    def zone(self) -> str:
        """The zone in which deadlines on wall time are spoken of: the first calendar's."""
        return self.calendars[0].zone if self.calendars else ALWAYS.zone

    @cached_property
    def _by_metric(self) -> dict[str, tuple[Target, ...]]:
        return {metric: tuple(t for t in self.targets if t.metric == metric) for metric in METRICS}

    @cached_property
    def _by_name(self) -> dict[str, Calendar]:
        return {WALL: ALWAYS} | {c.name: c for c in self.calendars}


@dataclass(frozen=True, slots=True)
class Interval:
    """One stretch of a clock's life; ``end`` is None while it lasts. ``why`` says why it began."""

    start: datetime
    end: datetime | None
    kind: IntervalKind
    why: str


@quick
@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of one case. ``cycle`` counts the times this metric was started there, from 1.

    ``matter_id`` is the matter it is about, for the metrics of a matter.

    ``breached`` keeps its word: a clock that missed its target stays breached when the answer comes late
    (``stopped_at``), when it is paused, or when its target changes. ``due_at`` and ``warn_at`` are None while a clock that
    is not yet breached is paused.
    """

    id: ClockId
    case_id: CaseId
    metric: Metric
    cycle: int
    target_id: str
    target_seconds: int
    warn_fraction: float
    calendar: str
    started_at: datetime
    intervals: tuple[Interval, ...]
    state: ClockState
    due_at: datetime | None
    warn_at: datetime | None
    levels_version: str
    stopped_at: datetime | None = None
    stopped_why: str = ""
    breached_at: datetime | None = None
    warned_at: datetime | None = None
    matter_id: MatterId | None = None

    @property
    def stopped(self) -> bool:
        """Whether it was stopped for good."""
        return self.stopped_at is not None

    @property
    def ticking(self) -> bool:
        """Whether time is being counted now."""
        return not self.stopped and self.intervals[-1].kind == "running"
